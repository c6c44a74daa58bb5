"""Peer "jax": Keras on JAX, in a process of its own, fed by numpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import keras
import numpy as np

from benchmarks.keras_networks import network
from benchmarks.keras_peer import KerasPeer, Part
from benchmarks.task import DELAY, TARGET, Float32s, Task, random_series, training_bounds, validation_rows


class JaxPeer(KerasPeer):
    """Static shapes, one fancy index a batch, compiled as Keras does by default."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        if keras.backend.backend() != "jax":
            raise RuntimeError(f"KERAS_BACKEND must be jax, not {keras.backend.backend()}")
        del threads  # XLA takes as many as the process may use cores

    def compiled(self, task: Task) -> tuple[Any, str]:
        """Return the model compiled as by default."""
        model = network(task.model, task.shape, units=task.units)
        model.compile(optimizer=keras.optimizers.RMSprop(), loss="mae")
        return model, ""

    def wait_for(self, model: Any) -> None:
        """Wait for the weights: JAX returns from a step before it is computed."""
        jax.block_until_ready([variable.value for variable in model.trainable_variables])

    def batches(self, task: Task, part: Part) -> Any:
        """Return a generator of numpy batches."""
        return _batches(task, part, self.evaluation_batch)


def _batches(task: Task, part: Part, evaluation_batch: int) -> Iterator[tuple[Float32s, Float32s]]:
    series, index = random_series(), 0
    generator = np.random.default_rng(0)
    while True:
        if part == "train":
            rows = generator.integers(*training_bounds(task), size=task.batch)
        else:
            rows = validation_rows(task, evaluation_batch, index)
            index += 1
        yield series[rows[:, None] + task.offsets], series[rows + DELAY, TARGET][:, None]
