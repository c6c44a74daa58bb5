"""Peer "lecture": its generator and stock layers through `fit`, as one would write it today in Keras 3."""

from __future__ import annotations

from typing import Any

import keras

from benchmarks.keras_networks import network
from benchmarks.keras_peer import KerasPeer, Part
from benchmarks.lecture import lecture_batches
from benchmarks.task import COLUMNS, DELAY, TRAIN, VALIDATION, Task, random_series
from benchmarks.tensorflow_threads import use_threads


class LecturePeer(KerasPeer):
    """As in the lecture: shapes unknown to the graph, nothing tuned."""

    evaluation_batch = 128

    def __init__(self, threads: int) -> None:
        super().__init__()
        use_threads(threads)

    def compiled(self, task: Task) -> tuple[Any, str]:
        """Return the model as the lecture compiles it; only Flatten must know the timesteps."""
        timesteps = task.timesteps if task.model == "mlp" else None
        model = network(task.model, (timesteps, COLUMNS), units=task.units)
        model.compile(optimizer=keras.optimizers.RMSprop(), loss="mae")
        return model, "jit_compile as Keras chooses: " + ("on" if model.jit_compile else "off")

    def batches(self, task: Task, part: Part) -> Any:
        """Return the lecture's generator."""
        first, end = TRAIN if part == "train" else VALIDATION
        return lecture_batches(
            random_series(),
            lookback=task.lookback,
            delay=DELAY,
            first=first,
            end=end,
            shuffle=part == "train",
            batch_size=task.batch if part == "train" else self.evaluation_batch,
            step=task.step,
        )
