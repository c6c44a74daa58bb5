"""The figures of one epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """The figures of one completed epoch.

    Attributes:
        number: Completed epochs, from 1.
        metrics: loss, mae or accuracy, val_loss, val_mae or val_accuracy, learning_rate, epoch_seconds,
            gradient_norm.
    """

    number: int
    metrics: dict[str, float]
