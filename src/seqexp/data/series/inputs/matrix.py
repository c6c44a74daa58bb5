"""The columns as models read them: scaled by the training rows alone, in memory or in a file."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import Fault, raise_any
from seqexp.data.arrays import Floats, Mask, Rows, make_read_only
from seqexp.data.files.cache import data_dir
from seqexp.data.series.repair import Repaired


@dataclass(frozen=True)
class Scaling:
    """How each column is scaled, from the training rows alone; all (columns,) float64.

    Attributes:
        mean: Of the training rows.
        std: Their population standard deviation; of a column that never changes it is given as 1.
        limit: How large a scaled input can be, in either direction; infinite where there is no limit.
    """

    mean: Floats
    std: Floats
    limit: Floats

    def __post_init__(self) -> None:
        make_read_only(self, "mean", "std", "limit")

    def extended(self, columns: int) -> Scaling:
        """Return the scaling with so many columns more that are left as they are."""
        more = {"mean": np.zeros(columns), "std": np.ones(columns), "limit": np.full(columns, np.inf)}
        return Scaling(**{name: np.append(getattr(self, name), values) for name, values in more.items()})

    def of(self, columns: Rows) -> Scaling:
        """Return the scaling of some of the columns, given their numbers."""
        return Scaling(self.mean[columns], self.std[columns], self.limit[columns])

    def joined(self, more: Scaling) -> Scaling:
        """Return the scaling of these columns and of others behind them."""
        return Scaling(*(np.append(getattr(self, name), getattr(more, name)) for name in ("mean", "std", "limit")))


@dataclass(frozen=True)
class Limited:
    """The inputs of one column that lay beyond its limit and became that."""

    count: int
    limit: float  # training standard deviations from the training mean
    farthest: float  # where the farthest of them lay, likewise

    def in_words(self, name: str) -> str:
        """Return what has become of the inputs of the column of this name, in one line for a person."""
        far = f"{self.farthest:,.3g}" if self.farthest < 1000 else f"{self.farthest:,.0f}"
        lie = f"{self.count:,} values of {name} lie up to" if self.count > 1 else f"1 value of {name} lies"
        where = f"{lie} {far} standard deviations from the mean of the training rows"
        return f"{where}: models are given {self.limit:.3g} instead (dataset.input_limit)"


# What is left of a column that never changes once it was computed with: its values differ by some units in the last
# place, of which this is the share of the largest value.
_ROUNDING = 16 * np.finfo(np.float64).eps


@np.errstate(over="ignore", invalid="ignore")  # values near the largest number are refused
def fit_scaling(repaired: Repaired, first: int, end: int, limit: float | None = None) -> tuple[Scaling, Mask]:
    """Return the scaling by the training rows [first, end), and which columns change there by more than rounding.

    Two passes over the rows: the mean, then the squares of what differs from it. No input of the training part itself
    is beyond the `limit`, standard deviations from the mean: where one would be, it is the limit of its column.

    Raises:
        InputError: If values are so large that they have no standard deviation.
    """
    columns, rows = len(repaired.series.columns), end - first
    total, low, high = np.zeros(columns), np.full(columns, np.inf), np.full(columns, -np.inf)
    for _, values, _ in repaired.chunks(first, end):
        total += values.sum(axis=0)
        low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
    mean = total / rows
    squares = np.zeros(columns)
    for _, values, _ in repaired.chunks(first, end):
        squares += np.square(values - mean).sum(axis=0)
    farthest = np.where(-low > high, low, high)
    what = "that are too large to be squared"
    raise_any(
        [
            Fault("dataset.valid", f"dataset.valid must leave out values of {name!r} {what}. Received: {value:g}.")
            for name, value, fits in zip(repaired.series.columns, farthest, np.isfinite(squares), strict=True)
            if not fits
        ]
    )
    std = np.sqrt(squares / rows)
    # By its range: rounding gives a column that is always 0.1 a deviation of 1e-16. Squares of 1e-170 are 0.
    changes = (high - low > _ROUNDING * np.maximum(np.abs(low), np.abs(high))) & (std > 0)
    std = np.where(changes, std, 1.0)
    farthest = np.maximum(high - mean, mean - low) / std
    return Scaling(mean, std, np.maximum(farthest, np.inf if limit is None else limit)), changes


def new_matrix(rows: int, columns: int, *, mapped: bool) -> NDArray[np.float32]:
    """Return a (rows, columns) float32 array to be filled, in memory, or `mapped` to a file of the data folder.

    The file has no name (where the system allows that): it goes when the array does, whatever happens to the process.

    Raises:
        OSError: The file can't be written: the disk is full, say.
    """
    if not mapped:
        return np.empty((rows, columns), dtype=np.float32)
    folder = data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, prefix="inputs-") as file:
        _reserve(file.fileno(), folder, rows * columns * 4)
        return np.memmap(file, dtype=np.float32, mode="w+", shape=(rows, columns))


def _reserve(descriptor: int, folder: Path, size: int) -> None:
    """Take the space at once: a full disk is then an error here, not a dead process later."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            raise OSError(error.errno, f"{error.strerror}: {size / 1e9:,.3f} GB are needed", str(folder)) from error
