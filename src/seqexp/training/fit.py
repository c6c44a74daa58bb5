"""Fit a network on training samples, scoring the validation part after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from seqexp.config.schema import Experiment
from seqexp.data.arrays import Floats, Rows
from seqexp.data.samples import Samples, batches_per_epoch, epoch_rows, order_generator
from seqexp.models.epoch import Epoch
from seqexp.training.checkpoint import Keep, State
from seqexp.training.objective import Objective
from seqexp.training.signals import signals_held_back
from seqexp.training.train_step import MakeBatch, Steps, Trainee, joined
from seqexp.training.training_state import Reached, TrainingDiverged

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
    samples: Samples,
    experiment: Experiment,
    *,
    objective: Objective,
    make_batch: MakeBatch,
    predict: Callable[[Rows], Floats],
    jit_compile: bool,
    reached: Reached,
    listener: Listener,
    keep: Keep | None = None,
    begin: State | None = None,
    after: Callable[[Epoch], None] | None = None,
    portion_seconds: float = PORTION_SECONDS,
) -> None:
    """Train until the last epoch, or until patience runs out; `reached` holds what has been reached.

    A training that goes on from what `keep` was given once is, bit for bit, the one that was never cut short.

    Args:
        network: A Keras model from samples to (batch, outputs). Its weights are those of the last step at the
            end; the best ones are in `reached`.
        samples: The data.
        experiment: Seed, sampling and training.
        objective: The loss, and what is counted beside it.
        make_batch: From rows to samples and targets; see `make_batches`.
        predict: From rows to predictions by the network's present weights.
        jit_compile: Whether XLA compiles the step.
        reached: Filled epoch by epoch, also when an exception cuts the training short; epochs that it holds are
            not done again.
        listener: Told of every portion of steps and of every epoch.
        keep: Given all that the training goes on from after each epoch, once the listener was told; None: nobody
            wants it.
        begin: What the training goes on from; its `reached` is the one above. None: from the network as it is.
        after: Told of each epoch once it is kept; what it raises ends the training.
        portion_seconds: About how long a portion takes; 0: each step is one.

    Raises:
        TrainingDiverged: If loss or gradient is not finite. The network then holds the weights before that
            step; if those had overflowed, the last finite ones at an epoch's begin.
    """
    training = experiment.training
    trainee = Trainee(network, training, make_batch, objective, batch_size=samples.batch_size, jit_compile=jit_compile)
    if begin is not None:
        trainee.restore(begin.variables, begin.optimizer)
    course = _Course(trainee, samples, experiment, listener, portion_seconds, network.get_weights())
    if begin is not None:
        course.go_on(begin)
    targets = samples.targets(samples.rows.val)
    for number in range(len(reached.epochs) + 1, training.epochs + 1):
        if training.patience is not None and reached.epochs_since_best >= training.patience:
            return
        started = time.perf_counter()
        figures = course.train_epoch(number)
        listener.on_validation(number)
        predictions = predict(samples.rows.val)
        val_loss, val_metric = objective.figures(predictions, targets)
        figures |= {
            "val_loss": val_loss,
            f"val_{objective.metric}": val_metric,
            "learning_rate": trainee.learning_rate,
            "epoch_seconds": time.perf_counter() - started,
        }
        completed = Epoch(number, figures)
        with signals_held_back():  # who has read an epoch's line may count on its being kept
            listener.on_epoch(completed, reached.add(completed, network.get_weights(), predictions))
            if keep is not None:
                keep(course.state(reached))
        if after is not None:
            after(completed)


@dataclass
class _Course:
    """The training steps of a fit, epoch after epoch.

    Attributes:
        good: The last finite weights at an epoch's begin.
        last_norm: The gradient's norm in the last step of the epoch before.
        portion: How many steps go to the graph at once.
    """

    trainee: Trainee
    samples: Samples
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
        widths = self.samples.widths(rows)
        portions: list[Steps] = []
        done = 0
        while done < len(rows):
            begin, end = time.perf_counter(), _end_of_portion(widths, done, self.portion)
            ran = self.trainee.run(rows[done:end], weights[done:end], int(widths[done]))
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
            self.trainee.objective.metric: float(steps.scores.sum() / counted),
            "gradient_norm": self.last_norm,
        }

    def state(self, reached: Reached) -> State:
        """Return all that the training goes on from after an epoch."""
        network = self.trainee.network
        good = [] if _all_finite(network.get_weights()) else self.good
        return State(*self.trainee.variables(), good, self.last_norm, reached)

    def go_on(self, begin: State) -> None:
        """Take over what is not in the network, nor in the optimizer."""
        self.good = list(begin.good) or self.good
        self.last_norm = begin.last_norm

    def _draw(self, number: int) -> tuple[Rows, Any]:
        """Return the epoch's (steps, batch) rows and weights."""
        train, size, experiment = self.samples.rows.train, self.samples.batch_size, self.experiment
        sampling, steps = experiment.dataset.sampling, experiment.training.steps_per_epoch
        rows, weights = epoch_rows(
            train,
            sampling,
            seed=experiment.seed,
            epoch=number - 1,
            batches=batches_per_epoch(len(train), size, steps, sampling),
            batch_size=size,
        )
        return self.samples.arrange(rows, weights, order_generator(experiment.seed, number - 1))

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


def _end_of_portion(widths: Rows, first: int, steps: int) -> int:
    """Return where a portion of at most so many steps ends that begins at `first`: all its batches have one width."""
    same = widths[first : first + steps] == widths[first]
    return first + (len(same) if same.all() else int(np.argmin(same)))


def _all_finite(weights: list[Any]) -> bool:
    return all(np.isfinite(weight).all() for weight in weights)
