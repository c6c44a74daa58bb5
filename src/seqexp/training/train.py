"""Train a network on training samples, scoring the validation part after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats, Floats32, Rows
from seqexp.data.samples import batches_per_epoch, epoch_rows, order_generator
from seqexp.models.events import Arrays, Epoch, EpochDone, Event, Snapshot, StepsDone, Validating
from seqexp.models.training_state import TrainingDiverged, TrainingState
from seqexp.tasks.task import Task
from seqexp.training.feed import end_of_portion
from seqexp.training.objective import Objective
from seqexp.training.schedule import learning_rates
from seqexp.training.signals import signals_deferred
from seqexp.training.train_step import Steps, TrainStep, joined

# Steps go to the graph in portions of about so many seconds: often enough for the progress line and for an interrupt.
PORTION_SECONDS = 0.25


def train(
    step: TrainStep,
    task: Task,
    predict: Callable[[Rows], Floats],
    state: TrainingState,
    begin: Snapshot | None = None,
    portion_seconds: float = PORTION_SECONDS,
) -> Iterator[Event]:
    """Train until the last epoch, or until patience runs out.

    A training that goes on from a snapshot is, bit for bit, the one that was never cut short.

    Args:
        step: The network with its optimizer and its loss. Its weights are those of the last step at the end; the best
            ones are in the state.
        task: Seed, sampling and training; the samples; the metrics.
        predict: From rows to predictions by the network's present weights, in the task's shape.
        state: Filled epoch by epoch, also when an exception cuts the training short; epochs that it has are not done
            again.
        begin: What the training goes on from; None: from the network as it is.
        portion_seconds: About how long a portion takes; 0: each step is one.

    Raises:
        TrainingDiverged: If loss or gradient is not finite. The network then holds the weights before that
            step; if those had overflowed, the last finite ones at the beginning of an epoch.
    """
    training, val = task.experiment.training, task.samples.rows.val
    course = _Course(step, task, portion_seconds, step.network.get_weights())
    if begin is not None:
        course.go_on(begin)
    for number in range(len(state.epochs) + 1, training.epochs + 1):
        if training.patience is not None and state.epochs_since_best >= training.patience:
            return
        started = time.perf_counter()
        figures = yield from course.train_epoch(number, state.epochs)
        yield Validating(number)
        predictions = predict(val)
        score = task.score_of("val", predictions)
        figures |= {"val_loss": step.objective.figure(score.truth, predictions)}
        figures |= {f"val_{each.key}": score.figure(each) for each in task.metrics if each.loss is not None}
        figures |= {"learning_rate": step.learning_rate, "epoch_seconds": time.perf_counter() - started}
        epoch = Epoch(number, figures)
        with signals_deferred():  # an epoch is in the state as a whole or not at all
            is_best = state.add(epoch, step.network.get_weights(), predictions)
        yield EpochDone(epoch, is_best, course.snapshot)


def figures_of_epoch(objective: Objective, task: Task) -> list[str]:
    """Return the names of the figures that `train` gives each epoch."""
    scored = [f"val_{metric.key}" for metric in task.metrics if metric.loss is not None]
    return ["loss", objective.metric, "gradient_norm", "val_loss", *scored, "learning_rate", "epoch_seconds"]


@dataclass
class _Course:
    """The training steps, epoch after epoch."""

    step: TrainStep
    task: Task
    portion_seconds: float
    good: Arrays  # the last finite weights at the beginning of an epoch
    last_norm: float = math.nan  # the gradient's norm in the last step of the epoch before
    portion: int = 1  # how many steps go to the graph at once

    def train_epoch(self, number: int, before: Sequence[Epoch]) -> Generator[Event, None, dict[str, float]]:
        """Take the steps of an epoch after those before it, and return its training figures.

        Raises:
            TrainingDiverged: If loss or gradient is not finite.
        """
        if _all_finite(present := self.step.network.get_weights()):
            self.good = present
        rows, weights = self._draw(number)
        widths = self.task.samples.widths(rows)
        rates = learning_rates(self.task.experiment.training, len(rows), before)
        portions: list[Steps] = []
        done = 0
        while done < len(rows):
            begin, end = time.perf_counter(), end_of_portion(widths, done, self.portion)
            of_portion = None if rates is None else rates[done:end]
            ran = self.step.run(rows[done:end], weights[done:end], int(widths[done]), of_portion)
            seconds = time.perf_counter() - begin
            portions.append(ran)
            if ran.diverged:
                raise self._diverged(number, joined(portions))
            done += len(ran)
            self.portion = max(1, min(2 * self.portion, int(self.portion_seconds / seconds * len(ran))))
            yield StepsDone(number, done, len(rows))
        steps = joined(portions)
        self.last_norm = float(steps.norms[-1])
        counted = steps.counted.sum()
        return {
            "loss": float(steps.losses @ steps.counted / counted),
            self.step.objective.metric: float(steps.scores.sum() / counted),
            "gradient_norm": self.last_norm,
        }

    def snapshot(self) -> Snapshot:
        """Return all that the training goes on from after an epoch."""
        good = [] if _all_finite(self.step.network.get_weights()) else self.good
        return Snapshot(*self.step.variables(), good, self.last_norm)

    def go_on(self, begin: Snapshot) -> None:
        """Set everything to what it was when the snapshot was taken."""
        self.step.restore(begin.variables, begin.optimizer)
        self.good = begin.good or self.good
        self.last_norm = begin.last_norm

    def _draw(self, number: int) -> tuple[Rows, Floats32]:
        """Return the epoch's (steps, batch) rows and weights."""
        samples, experiment = self.task.samples, self.task.experiment
        train, size = samples.rows.train, samples.batch_size
        sampling, steps = experiment.dataset.sampling, experiment.training.steps_per_epoch
        rows, weights = epoch_rows(
            train,
            sampling,
            seed=experiment.seed,
            epoch=number - 1,
            batches=batches_per_epoch(len(train), size, steps, sampling),
            batch_size=size,
        )
        return samples.arrange(rows, weights, order_generator(experiment.seed, number - 1))

    def _diverged(self, number: int, steps: Steps) -> TrainingDiverged:
        # The step before may have overflowed, or the forward pass spoilt a moving average.
        network = self.step.network
        if not _all_finite(network.get_weights()):
            network.set_weights(self.good)
        return TrainingDiverged(
            epoch=number,
            step=len(steps),
            loss=float(steps.losses[-1]),
            learning_rate=self.step.learning_rate,
            gradient_norm=float(steps.norms[-1]),
            last_norm=float(steps.norms[-2]) if len(steps) > 1 else self.last_norm,
            clipnorm=self.task.experiment.training.clipnorm,
        )


def _all_finite(weights: Arrays) -> bool:
    return all(np.isfinite(weight).all() for weight in weights)
