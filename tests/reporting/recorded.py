"""Runs as the runner records them, with figures that a test chooses."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.recorder import RunKind, RunRecorder
from seqexp.tracking.store.store import Store

# MLflow uses a loader strategy that SQLAlchemy 2.1 deprecates.

NOTHING: Mapping[str, str] = MappingProxyType({})
OFFICIAL, STAND_IN = "a" * 64, "b" * 64


class Failed(Exception):
    """What a training of these tests fails with."""


def record(
    store: Store,
    name: str,
    val_mae: float = 0.27,
    *,
    model: str = "gru",
    seed: int = 1,
    task: str = OFFICIAL,
    lead: float = 25.0,
    naive: tuple[float, float] = (0.29, 0.30),
    score_every: int = 8,
    experiment: str = "ladder",
    kind: RunKind = "run",
    parent: str | None = None,
    ends: BaseException | None = None,
    more: Mapping[str, str] = NOTHING,
) -> str:
    """Record one run and return its id; `ends` ends it early, and it has chosen `more`."""
    params = {
        "dataset.name": "jena",
        "dataset.target": "T (degC)",
        "dataset.delay": "144",
        "training.score_every": str(score_every),
        "model.name": model,
        "model.units": "32",
        "seed": str(seed),
        **more,
    }
    tags = {
        "seqexp.task_digest": task,
        "seqexp.data_source": "simulated" if task == STAND_IN else "official",
        "seqexp.unit": "deg C",
        "seqexp.true_lead_hours": f"{lead:g}",
    }
    test_mae = val_mae + 0.01
    with (
        contextlib.suppress(Failed, KeyboardInterrupt),
        RunRecorder(store, experiment, name, kind, tags, params, None, parent) as run,
    ):
        run.log_epoch(1, {"loss": 0.4, "val_mae": val_mae})
        if ends is not None:
            raise ends
        if kind != "sweep":
            run.log_summary(
                {
                    "best_val_mae": val_mae,
                    "test_mae": test_mae,
                    "test_mae_units": 8 * test_mae,
                    "naive_val_mae": naive[0],
                    "naive_test_mae": naive[1],
                    "skill_val": 1 - val_mae / naive[0],
                    "skill_test": 1 - test_mae / naive[1],
                    "parameters": 12345.0,
                    "train_seconds": 1234.5,
                }
            )
    return run.run_id


def record_texts(
    store: Store,
    name: str,
    val_accuracy: float = 0.8,
    *,
    model: str = "gru",
    seed: int = 1,
    task: str = "c" * 64,
    majority: tuple[float, float] = (0.5, 0.51),
    experiment: str = "ladder",
) -> str:
    """Record one run of texts and return its id; its test accuracy is a hundredth lower."""
    test = val_accuracy - 0.01
    params = {"dataset.name": "imdb", "training.score_every": "1", "model.name": model, "seed": str(seed)}
    tags = {
        "seqexp.task_digest": task,
        "seqexp.task": "classify",
        "seqexp.classes": "neg, pos",
        "seqexp.data_source": "official",
    }
    with RunRecorder(store, experiment, name, "run", tags, params, None, None) as run:
        run.log_epoch(1, {"loss": 0.4, "val_accuracy": val_accuracy})
        run.log_summary(
            {
                "best_val_accuracy": val_accuracy,
                "test_accuracy": test,
                "majority_val_accuracy": majority[0],
                "majority_test_accuracy": majority[1],
                "skill_val": 1 - (1 - val_accuracy) / (1 - majority[0]),
                "skill_test": 1 - (1 - test) / (1 - majority[1]),
                "parameters": 328353.0,
                "train_seconds": 60.0,
            }
        )
    return run.run_id


def stored(name: str, minute: int, val: float = 0.27, status: str = "FINISHED", **params: str) -> StoredRun:
    """Return a run as a store has it; `minute` is when it began."""
    began = datetime(2026, 1, 1, 12, minute, tzinfo=UTC)
    return StoredRun(
        run_id=f"{minute:032x}", experiment="e", name=name, status=status, started=began, ended=began,
        params={"model.name": "gru", "seed": "1", **{key.replace("__", "."): value for key, value in params.items()}},
        tags={"seqexp.kind": "run", "seqexp.task_digest": OFFICIAL}, metrics={"best_val_mae": val}, artifacts="",
    )  # fmt: skip
