"""Sums of products of lagged values over windows, from the windows' overlap: no window is ever materialised."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows

# Bytes of float64 values that are in memory at once, beside the sums.
_CHUNK = 64 << 20


@dataclass(frozen=True)
class Lags:
    """Rows relative to a window's row: first, first + step, and so on."""

    first: int
    step: int  # >= 1; of a single row it says nothing
    count: int  # >= 1

    @property
    def rows(self) -> Rows:
        """(count,) int64, rising."""
        return self.first + self.step * np.arange(self.count, dtype=np.int64)

    @property
    def span(self) -> int:
        """How many rows lie from the first to the last."""
        return self.step * (self.count - 1)


@dataclass(frozen=True)
class Lagged:
    """Columns of a series, each seen at some lags of a window's row."""

    values: NDArray[Any]  # (rows, columns) of floating-point numbers, finite
    lags: Lags

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return int(self.values.shape[1])

    @property
    def features(self) -> int:
        """How many numbers a window has: those of all columns at the first lag, then those at the second."""
        return self.lags.count * self.columns

    def between(self, first: int, end: int) -> Floats:
        """Return (columns, end - first + span) float64: what windows at the rows [first, end) see."""
        seen = self.values[first + self.lags.first : end + self.lags.first + self.lags.span]
        return np.ascontiguousarray(seen.T, dtype=np.float64)

    def at(self, rows: Rows, dtype: Any = np.float64) -> NDArray[Any]:
        """Return (windows, features): what the windows at some rows see, materialised."""
        seen = self.values[rows[:, None] + self.lags.rows].reshape(len(rows), self.features)
        found: NDArray[Any] = seen.astype(dtype, copy=False)
        return found


def sums_of_lagged(seen: Lagged, rows: Rows) -> Floats:
    """Return (features,) float64: the sum of each feature over the windows at (windows,) rows, rising, none twice."""
    lags, found = seen.lags, np.zeros((seen.lags.count, seen.columns))
    for first, counted in _stretches(rows, seen):
        values = seen.between(first, first + len(counted))
        for index in range(lags.count):
            found[index] += values[:, index * lags.step :][:, : len(counted)] @ counted
    return found.reshape(-1)


def lagged_products(left: Lagged, right: Lagged, rows: Rows) -> Floats:
    """Return L'R, (left features, right features) float64, of the windows at (windows,) rows, rising, none twice.

    L and R are (windows, features) matrices, which are not made. Let s be a common multiple of both steps. Feature
    i + s / left step of the window at row r is feature i of the window at row r + s; likewise on the right. So an entry
    of L'R, summed over the set S of rows, is the entry s / step places before it on both sides summed over S moved by
    s: that entry itself, plus the rows of the moved set that are not in S, minus those of S that are not in the moved
    set. What remains to be summed are the entries that have none before them. With rows in a few runs all of it takes
    windows x (left + right features) multiplications for each column, not windows x left x right; with any other rows
    the result is as exact.
    """
    shift = math.lcm(left.lags.step, right.lags.step)
    down = min(shift // left.lags.step, left.lags.count)
    across = min(shift // right.lags.step, right.lags.count)
    shape = (left.lags.count, left.columns, right.lags.count, right.columns)
    found = np.zeros(shape)
    _add_first(found, left, right, rows, down, across)
    if down < left.lags.count and across < right.lags.count:
        older = Lagged(left.values, Lags(left.lags.first, left.lags.step, left.lags.count - down))
        others = Lagged(right.values, Lags(right.lags.first, right.lags.step, right.lags.count - across))
        inner = found[down:, :, across:]
        _add_each(inner, older, others, np.setdiff1d(rows + shift, rows, assume_unique=True), +1.0)
        _add_each(inner, older, others, np.setdiff1d(rows, rows + shift, assume_unique=True), -1.0)
        for index in range(down, left.lags.count):
            found[index, :, across:] += found[index - down, :, : right.lags.count - across]
    return found.reshape(left.features, right.features)


def _add_first(found: Floats, left: Lagged, right: Lagged, rows: Rows, down: int, across: int) -> None:
    """Add the entries of the first `down` lags of the left and of the first `across` lags of the right."""
    same = left is right  # then what is below the diagonal is what is above it
    for first, counted in _stretches(rows, left, right):
        size = len(counted)
        ours, theirs = left.between(first, first + size), right.between(first, first + size)
        for i in range(down):
            one = ours[:, i * left.lags.step :][:, :size] * counted
            for j in range(right.lags.count):
                found[i, :, j] += one @ theirs[:, j * right.lags.step :][:, :size].T
        for j in range(0 if same else across):
            one = theirs[:, j * right.lags.step :][:, :size] * counted
            for i in range(down, left.lags.count):
                found[i, :, j] += ours[:, i * left.lags.step :][:, :size] @ one.T
    if same:
        found[down:, :, :across] = found[:across, :, down:].transpose(2, 3, 0, 1)


def _add_each(found: Floats, left: Lagged, right: Lagged, rows: Rows, sign: float) -> None:
    """Add L'R of windows that are materialised, a bounded number at once, times the sign."""
    size = max(1, _CHUNK // (8 * (left.features + right.features)))
    for first in range(0, len(rows), size):
        chunk = rows[first : first + size]
        found += (sign * left.at(chunk).T @ right.at(chunk)).reshape(found.shape)


def _stretches(rows: Rows, *seen: Lagged) -> Iterator[tuple[int, Floats]]:
    """Yield stretches of the series that hold all rows: the first row, and (length,) float64, 1 for a row, else 0."""
    columns, span = sum(one.columns for one in seen), max(one.lags.span for one in seen)
    # A stretch is much longer than the rows around it that are read as well.
    size = max(_CHUNK // (8 * columns), 4 * span, 1)
    for first in range(int(rows[0]), int(rows[-1]) + 1, size) if len(rows) else ():
        begin, end = np.searchsorted(rows, [first, first + size])
        if begin == end:
            continue
        counted = np.zeros(int(rows[end - 1]) + 1 - first)
        counted[rows[begin:end] - first] = 1.0
        yield first, counted
