"""States of trainings that never were, for what is written and read: imported without TensorFlow."""

from __future__ import annotations

import math

import numpy as np

from seqexp.models.events import Epoch, Snapshot
from seqexp.models.training_state import TrainingState
from seqexp.training.checkpoint import Checkpoint

FACTS = {"run": "0123", "config": {"seed": 1}, "words": "ä ß"}


def state_after(epochs: int, best: int | None = None, fill: float = 0.5) -> Checkpoint:
    reached = TrainingState("val_mae")
    reached.epochs = [
        Epoch(number, {"val_mae": 1 / number, "loss": math.nan, "epoch_seconds": 0.1})
        for number in range(1, epochs + 1)
    ]
    if best is not None:
        reached.best = reached.epochs[best - 1]
        reached.best_weights = [np.full((2, 3), fill, np.float32), np.array([7], np.float32)]
        reached.best_predictions = np.array([0.1, math.pi])
    variables = [np.full((2, 3), fill, np.float32), np.array([1, 2**32 - 1], np.uint32), np.array(epochs, np.int64)]
    optimizer = [np.array(3, np.int64), np.float32([1e-45, math.inf])]
    return Checkpoint(Snapshot(variables, optimizer, [], math.nan), reached)
