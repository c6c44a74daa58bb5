"""Runs as the runner records them, with figures that a test chooses."""

from __future__ import annotations

import contextlib

from seqexp.tracking.recorder import Kind, RunRecorder
from seqexp.tracking.store import Store

# MLflow uses a loader strategy that SQLAlchemy 2.1 deprecates.

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
    kind: Kind = "run",
    parent: str | None = None,
    ends: BaseException | None = None,
) -> str:
    """Record one run and return its id; `ends` ends it early."""
    params = {
        "dataset.name": "jena",
        "dataset.target": "T (degC)",
        "dataset.delay": "144",
        "training.score_every": str(score_every),
        "model.name": model,
        "model.units": "32",
        "seed": str(seed),
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
