"""The state of a training so far: nothing of it is lost when the training is cut short."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from seqexp.config.output.printable import csv_text
from seqexp.data.arrays import Floats
from seqexp.models.events import Arrays, Epoch
from seqexp.tasks.metric import better_of, is_better


@dataclass
class TrainingState:
    """Completed epochs, and the weights and validation predictions of the best one."""

    monitor: str  # the metric that picks the best epoch; see `better_of`
    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    best_weights: Arrays | None = None  # the network's weights at the best epoch's end
    best_predictions: Floats | None = None  # (samples, ...) float64, its predictions for the validation part
    has_begun: bool = False  # whether a training in epochs has begun
    fit_seconds: float = 0.0  # of a model that has no epochs: how long fitting it took

    def add(self, epoch: Epoch, weights: Arrays, predictions: Floats) -> bool:
        """Add a completed epoch and return whether it is the best so far."""
        self.epochs.append(epoch)
        value, better = epoch.metrics[self.monitor], better_of(self.monitor)
        is_best = self.best is None or is_better(better, value, self.best.metrics[self.monitor])
        if math.isfinite(value) and is_best:
            self.best, self.best_weights, self.best_predictions = epoch, weights, predictions
            return True
        return False

    @property
    def train_seconds(self) -> float:
        """How long the training took, validation included."""
        return self.fit_seconds + sum(epoch.metrics["epoch_seconds"] for epoch in self.epochs)

    @property
    def epochs_since_best(self) -> int:
        """Completed epochs since the best one."""
        return len(self.epochs) - (self.best.number if self.best else 0)

    def history_csv(self) -> str:
        """Return the figures of every completed epoch as CSV, a line per epoch."""
        names = list(dict.fromkeys(name for epoch in self.epochs for name in epoch.metrics))
        rows = ([epoch.number, *(float(epoch.metrics.get(name, math.nan)) for name in names)] for epoch in self.epochs)
        return csv_text([["epoch", *names], *rows])


def calmer(clipnorm: float | None) -> str:
    """Return what may help a training that diverges, whose gradients were clipped to a norm or were not."""
    other = "training.clipnorm=1" if clipnorm is None else "a smaller training.clipnorm"
    return f"Try a smaller training.learning_rate, or {other}."


class TrainingDiverged(Exception):
    """The loss or the gradient stopped being finite, at this step of the epoch; both are counted from 1.

    The last finite norm of the gradient is that of one step or more before; `clipnorm` is what training was given.
    """

    def __init__(
        self,
        *,
        epoch: int,
        step: int,
        loss: float,
        learning_rate: float,
        gradient_norm: float,
        last_norm: float,
        clipnorm: float | None = None,
    ) -> None:
        self.epoch, self.step = epoch, step
        self.learning_rate, self.gradient_norm = learning_rate, gradient_norm
        super().__init__(
            f"training diverged in epoch {epoch} at step {step}: loss {loss:g}, gradient norm "
            f"{gradient_norm:g} (last finite one {last_norm:g}), learning rate {learning_rate:g}. "
            f"{calmer(clipnorm)}"
        )


class NothingToScore(Exception):
    """All epochs are done, and in none was the validation figure that picks the best one finite."""

    def __init__(self, state: TrainingState, clipnorm: float | None) -> None:
        epochs = f"epochs 1 to {len(state.epochs)}" if len(state.epochs) > 1 else "epoch 1"
        super().__init__(f"no finite {state.monitor} in {epochs}, so nothing can be scored. {calmer(clipnorm)}")
