"""Peer "stock": the best that Keras's own layers give with TensorFlow, for one who knows how to tune them."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from benchmarks.keras_networks import network
from benchmarks.keras_peer import KerasPeer, Part, Training
from benchmarks.task import (
    DELAY,
    EPOCH_EVAL_STEPS,
    EPOCH_TRAIN_STEPS,
    EVALUATION_BATCH,
    RECURRENT,
    TARGET,
    VALIDATION,
    Task,
    random_series,
    training_bounds,
)
from benchmarks.tensorflow_threads import use_threads

# (jit_compile, steps_per_execution). XLA always pays for recurrence, and its steps are long enough for calls not to
# matter; for short steps it is not plain what is faster, so each is tried.
_RECURRENT = ((True, 1),)
_OTHERS = ((False, 1), (True, 1), (False, 16), (True, 16))


class StockPeer(KerasPeer):
    """Static shapes, one gather a batch inside the graph, and the faster way to run each model."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        use_threads(threads)
        self._array = tf.constant(random_series())

    def compiled(self, task: Task) -> tuple[Any, str]:
        """Return the model compiled in the way that is fastest for an epoch."""
        ways = _RECURRENT if task.model in RECURRENT else [way for way in _OTHERS if _fits(task, way[1])]
        jit, executed = ways[0] if len(ways) == 1 else min(ways, key=lambda way: self._epoch_seconds(task, *way))
        return _compiled(task, jit, executed), f"jit_compile {'on' if jit else 'off'}, steps_per_execution {executed}"

    def batches(self, task: Task, part: Part) -> Any:
        """Return a tf.data pipeline whose batches are made inside the graph, two ahead."""
        offsets, targets = tf.constant(task.offsets), self._array[:, TARGET]
        if part == "train":
            first, end = training_bounds(task)
            size = task.batch
        else:
            first, end = VALIDATION[0] + task.lookback, VALIDATION[1] - DELAY
            size = self.evaluation_batch

        def drawn(index: Any) -> Any:
            if part == "train":
                return tf.random.uniform((size,), first, end, tf.int64)
            return first + (index * size + tf.range(size, dtype=tf.int64)) % (end - first)

        def batch(index: Any) -> tuple[Any, Any]:
            rows = drawn(index)
            return tf.gather(self._array, rows[:, None] + offsets), tf.gather(targets, rows + DELAY)[:, None]

        options = tf.data.Options()
        options.autotune.enabled = False  # nothing is left to be tuned
        return tf.data.Dataset.counter().map(batch).prefetch(2).with_options(options)

    def _epoch_seconds(self, task: Task, jit: bool, executed: int) -> float:
        """Return what an epoch would take in this way: the better of two trials, after one that compiles."""
        trial = Training(self, _compiled(task, jit, executed), task)
        trial.epoch()
        seconds = []
        for _ in range(2):
            times = trial.epoch()
            train, evaluation = times["train"] / task.train_steps, times["evaluation"] / task.eval_steps
            seconds.append(EPOCH_TRAIN_STEPS * train + EPOCH_EVAL_STEPS * evaluation)
        trial.end()
        return min(seconds)


def _fits(task: Task, executed: int) -> bool:
    """Return whether calls of so many steps end where a measurement ends: none would be made in vain."""
    return task.train_steps % executed == 0 and task.eval_windows % (executed * EVALUATION_BATCH) == 0


def _compiled(task: Task, jit: bool, executed: int) -> Any:
    model = network(task.model, task.shape, units=task.units, recurrent={"use_cudnn": False})
    model.compile(optimizer=keras.optimizers.RMSprop(), loss="mae", jit_compile=jit, steps_per_execution=executed)
    return model
