"""Where forecasts err: by the hour of the day and by the month of the year."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from seqexp.data.arrays import Floats

HOURS = tuple(f"{hour:02d}" for hour in range(24))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Forecasts:
    """A part's forecasts as a run has kept them, in the order in which they were scored.

    Attributes:
        target_name: The target's column.
        rows: (windows,) int64, each window's row.
        times: (windows,) datetime64[ms], when the target was recorded.
        target, prediction, naive: (windows,) float64, in the target's unit.
    """

    target_name: str
    rows: npt.NDArray[np.int64]
    times: npt.NDArray[np.datetime64]
    target: Floats
    prediction: Floats
    naive: Floats

    @property
    def errors(self) -> Floats:
        """(windows,) float64: |prediction - target|."""
        found: Floats = np.abs(self.prediction - self.target)
        return found

    @property
    def naive_errors(self) -> Floats:
        """(windows,) float64: |naive - target|."""
        found: Floats = np.abs(self.naive - self.target)
        return found


def read_forecasts(path: Path) -> Forecasts:
    """Return the forecasts that `write_predictions` wrote.

    Args:
        path: The Parquet file.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.read_table(path, use_threads=False)
    name = (table.schema.metadata or {}).get(b"target", b"target").decode("utf-8")
    target, prediction, naive = (
        table[column].to_numpy().astype(np.float64) for column in ("target", "prediction", "naive")
    )
    times = table["time"].to_numpy().astype("datetime64[ms]")
    return Forecasts(name, table["row"].to_numpy().astype(np.int64), times, target, prediction, naive)


@dataclass(frozen=True)
class MeanBy:
    """A mean for each of some classes of windows.

    Attributes:
        names: The classes, such as the hours of the day.
        mean: (classes,) float64; NaN where a class has no window.
        count: (classes,) int64, windows in each.
    """

    names: tuple[str, ...]
    mean: Floats
    count: npt.NDArray[np.int64]


def mean_by_hour(values: Floats, times: npt.NDArray[np.datetime64]) -> MeanBy:
    """Return the mean of values by the hour of their times, as the series states it: no time zone is assumed.

    Args:
        values: (windows,).
        times: (windows,) datetime64.
    """
    hours = times.astype("datetime64[h]").astype(np.int64) % 24
    return _mean_by(values, hours, HOURS)


def mean_by_month(values: Floats, times: npt.NDArray[np.datetime64]) -> MeanBy:
    """Return the mean of values by the month of their times, whatever the year.

    Args:
        values: (windows,).
        times: (windows,) datetime64.
    """
    months = times.astype("datetime64[M]").astype(np.int64) % 12
    return _mean_by(values, months, MONTHS)


def _mean_by(values: Floats, classes: npt.NDArray[np.int64], names: tuple[str, ...]) -> MeanBy:
    count = np.bincount(classes, minlength=len(names))
    with np.errstate(invalid="ignore"):  # 0 / 0 where a class has no window
        mean = np.bincount(classes, weights=values, minlength=len(names)) / count
    return MeanBy(names, mean, count)
