"""Results that nobody measured."""

from __future__ import annotations

from typing import Any


def figure(median: float) -> dict[str, float]:
    return {"median": median, "min": 0.9 * median, "max": 1.2 * median, "rounds": 5}


def entry(train: float, evaluation: float, note: str = "") -> dict[str, Any]:
    return {"parameters": 4641, "note": note, "train": figure(train), "evaluation": figure(evaluation)}


def results(**changes: Any) -> dict[str, Any]:
    """Return the results of all parts: lecture and seqexp measured, torch not installed."""
    found: dict[str, Any] = {
        "machine": {
            "cpu": "A CPU",
            "cores": 4,
            "threads": 2,
            "memory_gib": 8.0,
            "python": "CPython 3.12.0",
            "platform": "Linux x86_64",
            "load": 0.1,
            "date": "2026-01-31",
            "commit": "0123456789abcdef",
            "packages": {"tensorflow": "2.21.0", "torch": None},
            "distributions": [],
        },
        "method": {"rounds": 5, "steps": None, "arguments": []},
        "peers": ["lecture", "seqexp"],
        "left_out": {"torch": "not installed"},
        "headline": {
            "models": {
                "gru": {"lecture": entry(180, 44), "seqexp": entry(30, 11, "jit_compile on")},
                "gru_dropout": {"lecture": entry(160, 44), "seqexp": entry(40, 11, "jit_compile on")},
            },
            "whole_epoch": {"lecture": 120.0, "seqexp": 24.0},
            "failed": {},
            "idle_share": 0.001,
        },
        "scaling": [
            {"units": units, "timesteps": 240, "batch": 128, "train": {"stock": figure(60), "seqexp": figure(units)}}
            for units in (16, 32)
        ],
        "windows": {"lecture": figure(5.6), "seqexp": figure(0.9)},
        "startup": {"seqexp --help": figure(0.5)},
    }
    return {**found, **changes}
