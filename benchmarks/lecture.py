"""The lecture's generator of windows, in words of our own: the same rows and values, the same work a sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.task import TARGET

Floats = NDArray[np.float64]


def lecture_batches(
    data: NDArray[Any],
    *,
    lookback: int,
    delay: int,
    first: int,
    end: int,
    shuffle: bool,
    batch_size: int = 128,
    step: int = 6,
) -> Iterator[tuple[Floats, Floats]]:
    """Yield endless batches of (samples, targets).

    Args:
        data: (rows, columns), normalised.
        lookback: Rows a window looks back.
        delay: Rows from the window's end to its target.
        first: The part's first row.
        end: The row before which every window ends.
        shuffle: Whether rows are drawn at random, or taken in order from the first one, over and over.
        batch_size: Windows a batch.
        step: Rows between two timesteps.

    Yields:
        samples (batch, timesteps, columns) and targets (batch,), float64 as numpy makes them.
    """
    lowest = first + lookback
    position = lowest
    while True:
        if shuffle:
            rows = np.random.randint(lowest, end, size=batch_size)
        else:
            if position + batch_size >= end:
                position = lowest
            rows = np.arange(position, min(position + batch_size, end))
            position += len(rows)
        samples = np.zeros((len(rows), lookback // step, data.shape[-1]))
        targets = np.zeros(len(rows))
        for index, row in enumerate(rows):
            samples[index] = data[range(row - lookback, row, step)]
            targets[index] = data[row + delay][TARGET]
        yield samples, targets
