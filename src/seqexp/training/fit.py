"""Fit a network on training windows, scoring the validation part after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from seqexp.config.schema import Experiment
from seqexp.data.batches import Gather, make_batches
from seqexp.data.sampling import batches_per_epoch, epoch_rows
from seqexp.data.series import Floats
from seqexp.data.splits import Rows
from seqexp.data.windows import Windows
from seqexp.evaluation.epoch import Epoch
from seqexp.training.reached import Reached, TrainingDiverged
from seqexp.training.trainee import Steps, Trainee, joined

# Steps go to the graph in portions of about so many seconds: often enough for the progress line and for an interrupt.
PORTION_SECONDS = 0.25


class Listener(Protocol):
    """Told how a training goes on."""

    def on_step(self, epoch: int, step: int, steps: int) -> None:
        """After some training steps, the last of an epoch always; epoch and step count from 1."""

    def on_validation(self, epoch: int) -> None:
        """Before the validation part is scored."""

    def on_epoch(self, epoch: Epoch, is_best: bool) -> None:
        """After each completed epoch."""


def fit(
    network: Any,
    windows: Windows,
    experiment: Experiment,
    *,
    gather: Gather,
    predict: Callable[[Rows], Floats],
    jit_compile: bool,
    reached: Reached,
    listener: Listener,
    portion_seconds: float = PORTION_SECONDS,
) -> None:
    """Train until the last epoch, or until patience runs out; `reached` holds what has been reached.

    Args:
        network: A Keras model from samples to (batch, 1). Its weights are those of the last step at the
            end; the best ones are in `reached`.
        windows: The data.
        experiment: Seed, sampling and training.
        gather: From window rows to samples; see `make_gather`.
        predict: From window rows to normalised forecasts by the network's present weights.
        jit_compile: Whether XLA compiles the step.
        reached: Filled epoch by epoch, also when an exception cuts the training short.
        listener: Told of every portion of steps and of every epoch.
        portion_seconds: About how long a portion takes; 0: each step is one.

    Raises:
        TrainingDiverged: If loss or gradient is not finite. The network then holds the weights before that
            step; if those had overflowed, the last finite ones at an epoch's begin.
    """
    training = experiment.training
    batches = make_batches(windows, gather)
    trainee = Trainee(network, training, batches, batch_size=windows.batch_size, jit_compile=jit_compile)
    course = _Course(trainee, windows, experiment, listener, portion_seconds, network.get_weights())
    targets = windows.targets(windows.rows.val)
    for number in range(1, training.epochs + 1):
        begin = time.perf_counter()
        figures = course.train_epoch(number)
        listener.on_validation(number)
        predictions = predict(windows.rows.val)
        figures |= {
            "val_loss": mean_loss(training.loss, predictions, targets),
            "val_mae": mean_loss("mae", predictions, targets),
            "learning_rate": trainee.learning_rate,
            "epoch_seconds": time.perf_counter() - begin,
        }
        completed = Epoch(number, figures)
        listener.on_epoch(completed, reached.add(completed, network.get_weights(), predictions))
        if training.patience is not None and reached.epochs_since_best >= training.patience:
            return


@dataclass
class _Course:
    """The training steps of a fit, epoch after epoch.

    Attributes:
        good: The last finite weights at an epoch's begin.
        last_norm: The gradient's norm in the last step of the epoch before.
        portion: How many steps go to the graph at once.
    """

    trainee: Trainee
    windows: Windows
    experiment: Experiment
    listener: Listener
    portion_seconds: float
    good: list[Any]
    last_norm: float = math.nan
    portion: int = 1

    def train_epoch(self, number: int) -> dict[str, float]:
        """Take an epoch's steps and return its training metrics.

        Raises:
            TrainingDiverged: If loss or gradient is not finite.
        """
        if _all_finite(present := self.trainee.network.get_weights()):
            self.good = present
        rows, weights = self._draw(number)
        portions: list[Steps] = []
        done = 0
        while done < len(rows):
            begin = time.perf_counter()
            ran = self.trainee.run(rows[done : done + self.portion], weights[done : done + self.portion])
            seconds = time.perf_counter() - begin
            portions.append(ran)
            if ran.diverged:
                raise self._diverged(number, joined(portions))
            done += len(ran)
            self.portion = max(1, min(2 * self.portion, int(self.portion_seconds / seconds * len(ran))))
            self.listener.on_step(number, done, len(rows))
        steps = joined(portions)
        self.last_norm = float(steps.norms[-1])
        counted = steps.counted.sum()
        return {
            "loss": float(steps.losses @ steps.counted / counted),
            "mae": float(steps.errors.sum() / counted),
            "gradient_norm": self.last_norm,
        }

    def _draw(self, number: int) -> tuple[Rows, Any]:
        """Return the epoch's (steps, batch) window rows and weights."""
        train, experiment = self.windows.rows.train, self.experiment
        size = self.windows.batch_size
        return epoch_rows(
            train,
            experiment.dataset.sampling,
            seed=experiment.seed,
            epoch=number - 1,
            batches=batches_per_epoch(len(train), size, experiment.training.steps_per_epoch),
            batch_size=size,
        )

    def _diverged(self, number: int, steps: Steps) -> TrainingDiverged:
        # The step before may have overflowed, or the forward pass spoilt a moving average.
        network = self.trainee.network
        if not _all_finite(network.get_weights()):
            network.set_weights(self.good)
        return TrainingDiverged(
            epoch=number,
            step=len(steps),
            loss=float(steps.losses[-1]),
            learning_rate=self.trainee.learning_rate,
            gradient_norm=float(steps.norms[-1]),
            last_norm=float(steps.norms[-2]) if len(steps) > 1 else self.last_norm,
        )


def mean_loss(name: str, predictions: Floats, targets: Floats) -> float:
    """Return the mean of Keras's loss of that name, in float64: "mae", "mse" or "huber" (delta 1)."""
    errors = np.abs(predictions - targets)
    if name == "mae":
        return float(errors.mean())
    if name == "mse":
        return float((errors**2).mean())
    return float(np.where(errors <= 1, 0.5 * errors**2, errors - 0.5).mean())


def _all_finite(weights: list[Any]) -> bool:
    return all(np.isfinite(weight).all() for weight in weights)
