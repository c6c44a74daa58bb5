"""Measure in turn, round after round, so that a slow moment of the machine strikes every peer alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import TypedDict, TypeVar

T = TypeVar("T")
Sample = Mapping[str, float]


class Figure(TypedDict):
    """One quantity over all rounds: what is quoted is the median."""

    median: float
    min: float
    max: float
    rounds: int


def figure(values: list[float]) -> Figure:
    """Return the figure of one value a round."""
    return {"median": median(values), "min": min(values), "max": max(values), "rounds": len(values)}


def in_turn(
    peers: Mapping[str, T], measure: Callable[[str, T], Sample], *, rounds: int, warm_up: int = 1
) -> dict[str, dict[str, Figure]]:
    """Measure every peer once a round and return each one's figures.

    Args:
        peers: What is measured, by name.
        measure: Takes a name and a peer; returns the value of each quantity.
        rounds: Rounds that count.
        warm_up: Rounds before them that don't: peers trace and compile there.
    """
    names = list(peers)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for index in range(warm_up + rounds):
        first = index % len(names)  # nobody always comes after the same one
        for name in names[first:] + names[:first]:
            sample = measure(name, peers[name])
            if index >= warm_up:
                samples[name].append(sample)
    return {
        name: {quantity: figure([sample[quantity] for sample in taken]) for quantity in taken[0]}
        for name, taken in samples.items()
    }
