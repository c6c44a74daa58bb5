"""Which rows of a series end a window: of the training, validation and test part.

A window is named by its row: it sees the rows before it, data[row - lookback : row : step], and its target
is data[row + delay].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import InputError
from seqexp.config.schema import DatasetConfig

Rows = NDArray[np.int64]
Part = Literal["train", "val", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class SplitRows:
    """The window rows of each part.

    Attributes:
        train: (windows,) int64, each possible training window once.
        val: (windows,) int64, all validation windows in time order.
        test: (windows,) int64, all test windows in time order.
        train_bounds: Rows [first, end) of the training part; scaling uses these alone.
    """

    train: Rows
    val: Rows
    test: Rows
    train_bounds: tuple[int, int]


def split_rows(dataset: DatasetConfig, total: int) -> SplitRows:
    """Return the window rows of each part.

    Args:
        dataset: lookback, delay, splits, boundary rule; batch_size too under boundary=lecture.
        total: Rows of the series.

    Raises:
        InputError: If a part leaves the series, overlaps the one before, or is shorter than one window.
    """
    bounds: dict[Part, tuple[int, int]] = {
        "train": dataset.split.train.rows(total),
        "val": dataset.split.val.rows(total),
        "test": dataset.split.test.rows(total),
    }
    faults = _bounds_faults(bounds, dataset, total)
    if faults:
        raise InputError(faults)
    if dataset.boundary == "strict":
        rows = {part: _strict_rows(*bounds[part], dataset) for part in PARTS}
    else:
        rows = {part: _lecture_rows(part, dataset, *bounds[part], total) for part in PARTS}
    faults = [
        f"dataset.split.{part} must end at row {total - dataset.delay} or before with boundary=lecture, "
        f"whose targets lie up to {dataset.delay} rows after the end. Received: {bounds[part][1]}."
        for part in PARTS
        if rows[part].max() + dataset.delay >= total
    ]
    if faults:
        raise InputError(faults)
    return SplitRows(**rows, train_bounds=bounds["train"])


def _bounds_faults(bounds: Mapping[Part, tuple[int, int]], dataset: DatasetConfig, total: int) -> list[str]:
    faults = []
    previous: tuple[Part, int] = ("train", 0)
    for part in PARTS:
        first, end = bounds[part]
        if end > total or first >= total:
            faults.append(f"dataset.split.{part} must lie within the series' {total} rows. Received: [{first}, {end}).")
        elif first < previous[1]:
            faults.append(
                f"dataset.split.{part} must begin at or after row {previous[1]}, where {previous[0]} ends. "
                f"Received: [{first}, {end})."
            )
        elif end - first < _least_rows(part, end, dataset, total):
            faults.append(_too_short(part, first, end, dataset, total))
        previous = (part, max(end, previous[1]))
    return faults


def _too_short(part: Part, first: int, end: int, dataset: DatasetConfig, total: int) -> str:
    if dataset.boundary == "strict":
        what, keys = "one window", f"lookback {dataset.lookback} and delay {dataset.delay}"
    else:
        what = "one window" if part == "train" else "one batch"
        keys = f"lookback {dataset.lookback}, delay {dataset.delay} and batch_size {dataset.batch_size}"
    return (
        f"dataset.split.{part} is shorter than {what}: [{first}, {end}) has {max(end - first, 0)} rows, "
        f"{keys} need at least {_least_rows(part, end, dataset, total)}."
    )


def _least_rows(part: Part, end: int, dataset: DatasetConfig, total: int) -> int:
    """Return how many rows a part must have: those of one window and, in the lecture, of one whole batch."""
    if dataset.boundary == "strict":
        return dataset.lookback + dataset.delay + 1
    if part == "train":
        return dataset.lookback + 1
    room_for_targets = dataset.delay + 2 if end == total else 1
    return dataset.lookback + max(dataset.batch_size, room_for_targets)


def _strict_rows(first: int, end: int, dataset: DatasetConfig) -> Rows:
    """Return the rows whose whole window and target lie within [first, end)."""
    return np.arange(first + dataset.lookback, end - dataset.delay, dtype=np.int64)


def _lecture_rows(part: Part, dataset: DatasetConfig, first: int, end: int, total: int) -> Rows:
    """Return the rows that the lecture's generator visits, its repeated and skipped ones included.

    Its targets may lie after `end`. The test generator, given no end, stops `delay + 1` rows before the
    series' end, while the number of its batches is counted up to the end: so the last batch starts anew.
    """
    open_end = end == total
    max_index = total - dataset.delay - 1 if open_end else end
    if part == "train":
        return np.arange(first + dataset.lookback, max_index, dtype=np.int64)
    batches = (end - first - dataset.lookback) // dataset.batch_size
    i = first + dataset.lookback
    visited = [np.empty(0, dtype=np.int64)]
    for _ in range(batches):
        if i + dataset.batch_size >= max_index:
            i = first + dataset.lookback
        visited.append(np.arange(i, min(i + dataset.batch_size, max_index), dtype=np.int64))
        i += len(visited[-1])
    return np.concatenate(visited)
