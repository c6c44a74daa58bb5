"""Peer "seqexp": the project's own path, by the functions that a run calls."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np

from benchmarks.epochs import Clock, EpochByEpoch
from benchmarks.task import EPOCH_EVAL_STEPS, EPOCH_TRAIN_STEPS, Loaded, Task, Times, random_series
from seqexp.config.plan import make_plan
from seqexp.config.schema import Experiment
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.series import Series
from seqexp.data.series.windows import Windows
from seqexp.data.stand_ins.station import COLUMNS
from seqexp.models.events import EpochDone, Validating
from seqexp.models.registry import NO_PLUGINS
from seqexp.models.training_state import TrainingState
from seqexp.runs.models import build
from seqexp.tasks.kinds import monitors
from seqexp.tasks.task import forecasting_task
from seqexp.training.feed import feed_of
from seqexp.training.network_model import NetworkModel

# More than any measurement asks for.
_ENDLESS = 1_000_000


class SeqexpPeer:
    """A run without its store: configuration, windows, network, training and scoring."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._running: EpochByEpoch | None = None

    def load(self, **values: Any) -> Loaded:
        """Build a model; its first epoch will compile it.

        Args:
            values: Those of the task.
        """
        self._end()
        self._task = Task(**values)
        experiment = self._experiment(self._task.train_steps)
        windows = _windows(self._task)
        self._network, self._compute = build(experiment, forecasting_task(experiment, windows).problem, NO_PLUGINS)
        self._running = self._training(experiment, windows, self._task.eval_windows)
        return {
            "parameters": self._network.count_params(),
            "note": f"jit_compile {'on' if self._compute.jit_compile else 'off'}, layers {self._compute.layers}",
        }

    def epoch(self) -> Times:
        """Train and evaluate for as many steps as the task says."""
        assert self._running is not None
        return self._running.next()

    def whole_epoch(self) -> Times:
        """Train and evaluate for a whole epoch of the lecture's: the second one, for the first compiles."""
        self._end()
        windows = _windows(self._task)
        whole = self._training(self._experiment(EPOCH_TRAIN_STEPS), windows, EPOCH_EVAL_STEPS * self._task.batch)
        whole.next()
        times = whole.next()
        whole.end()
        return times

    def _experiment(self, train_steps: int) -> Experiment:
        return _composed(self._task, f"training.steps_per_epoch={train_steps}", f"training.threads={self._threads}")

    def _training(self, experiment: Experiment, windows: Windows, eval_windows: int) -> EpochByEpoch:
        scored = dataclasses.replace(windows.rows, val=windows.rows.val[:eval_windows])
        windows = dataclasses.replace(windows, rows=scored)

        task = forecasting_task(experiment, windows)

        def train(clock: Clock) -> None:
            model = NetworkModel(self._network, task, self._compute)
            for event in model.train(task, TrainingState(experiment.training.monitor)):
                if isinstance(event, Validating):
                    clock.evaluation_begins()
                elif isinstance(event, EpochDone):
                    clock.epoch_ends()
                    clock.epoch_begins()

        return EpochByEpoch(train)

    def _end(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None


def gather_of(task: Task) -> Any:
    """Return the project's function from a tensor of window rows to samples, as a graph."""
    import tensorflow as tf

    gather = feed_of(_windows(task)).gather
    return tf.function(lambda rows: gather(rows, 0), input_signature=[tf.TensorSpec((task.batch,), tf.int64)])


def _composed(task: Task, *overrides: str) -> Experiment:
    """Return the experiment that `seqexp train model=...` would run on the task's windows."""
    chosen = [
        f"model={task.model}",
        f"dataset.lookback={task.lookback}",
        f"dataset.step={task.step}",
        f"dataset.batch_size={task.batch}",
        f"training.epochs={_ENDLESS}",
        *([f"model.units={task.units}"] if task.units is not None else []),
    ]
    return make_plan([*chosen, *overrides], monitors()).experiments[0]


def _windows(task: Task) -> Windows:
    return make_windows(_series(), _composed(task))


@cache
def _series() -> Series:
    """Return the random values as a series like the weather's, a row every ten minutes."""
    values = random_series().astype(np.float64)
    times = np.datetime64("2009-01-01T00:10:00", "us") + np.arange(len(values)) * np.timedelta64(10, "m")
    return Series("jena", times, values, COLUMNS, "simulated", "random numbers", "of no file")
