"""Four ways to make a batch of windows from a series in memory, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from benchmarks.lecture import lecture_batches
from benchmarks.seqexp_peer import gather_of
from benchmarks.task import DELAY, TARGET, TRAIN, Task, random_series, task_of, training_bounds
from benchmarks.tensorflow_threads import use_threads


class WindowsPeer:
    """Each way is a function that makes the next batch."""

    def __init__(self, threads: int) -> None:
        use_threads(threads)
        task = task_of("gru")
        self._next: dict[str, Callable[[], Any]] = {
            "seqexp": _gathered(task),
            "fancy index": _indexed(task),
            "lecture": _generated(task),
            "timeseries_dataset_from_array": _from_keras(task),
        }

    def ways(self) -> list[str]:
        """Return the ways' names."""
        return list(self._next)

    def seconds(self, way: str, batches: int) -> float:
        """Return how long it takes to make so many batches."""
        make = self._next[way]
        begin = time.perf_counter()
        for _ in range(batches):
            make()
        return time.perf_counter() - begin


def _gathered(task: Task) -> Callable[[], Any]:
    gather, drawn = gather_of(task), _drawn(task)
    return lambda: gather(drawn())


def _indexed(task: Task) -> Callable[[], Any]:
    series, drawn = random_series(), _drawn(task)

    def make() -> Any:
        rows = drawn()
        return series[rows[:, None] + task.offsets], series[rows + DELAY, TARGET]

    return make


def _generated(task: Task) -> Callable[[], Any]:
    first, end = TRAIN
    batches = lecture_batches(
        random_series(), lookback=task.lookback, delay=DELAY, first=first, end=end, shuffle=True, step=task.step
    )
    return lambda: next(batches)


def _from_keras(task: Task) -> Callable[[], Any]:
    series = random_series()[: TRAIN[1]]
    dataset = keras.utils.timeseries_dataset_from_array(
        series[:-DELAY],
        series[task.lookback + DELAY :, TARGET],
        sequence_length=task.timesteps,
        sampling_rate=task.step,
        shuffle=True,
        batch_size=task.batch,
    )
    batches = iter(dataset.repeat())
    return lambda: next(batches)


def _drawn(task: Task) -> Callable[[], Any]:
    generator = np.random.default_rng(0)
    return lambda: generator.integers(*training_bounds(task), size=task.batch)
