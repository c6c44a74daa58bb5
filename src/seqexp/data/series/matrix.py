"""The columns as models read them: scaled by the training rows alone, with the calendar, in memory or in a file."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Mask, Times, make_read_only
from seqexp.data.files.cache import data_dir
from seqexp.data.series.repair import Repaired


@dataclass(frozen=True)
class Scaling:
    """Mean and population standard deviation of each column over the training rows, (columns,) float64.

    The deviation of a column that never changes is given as 1.
    """

    mean: Floats
    std: Floats

    def __post_init__(self) -> None:
        make_read_only(self.mean, self.std)

    def extended(self, columns: int) -> Scaling:
        """Return the scaling with so many columns more that are left as they are."""
        return Scaling(np.append(self.mean, np.zeros(columns)), np.append(self.std, np.ones(columns)))


def fit_scaling(repaired: Repaired, first: int, end: int) -> tuple[Scaling, Mask]:
    """Return mean and standard deviation of the training rows [first, end), and which columns change there.

    Two passes over the rows: the mean, then the squares of what differs from it.
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
    # By its range: rounding gives a column that is always 0.1 a deviation of 1e-16.
    changes = high > low
    return Scaling(mean, np.where(changes, np.sqrt(squares / rows), 1.0)), changes


CALENDAR = ("hour of day (sin)", "hour of day (cos)", "day of year (sin)", "day of year (cos)")


def calendar_of(times: Times) -> Floats:
    """Return (rows, 4) float64: sine and cosine of the hour of the day and of the day of the year of (rows,) times.

    Midnight and the beginning of 1 January, in the time zone of the series, have phase 0; a year has its own 365 or 366
    days. All lie in [-1, 1], so they are not scaled.
    """
    days = times.astype("datetime64[D]")
    years = times.astype("datetime64[Y]")
    of_day = (times - days) / np.timedelta64(1, "D")
    begin, end = years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    of_year = ((days - begin) / np.timedelta64(1, "D") + of_day) / ((end - begin) / np.timedelta64(1, "D"))
    angles = (2 * np.pi * of_day, 2 * np.pi * of_year)
    return np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)


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
