"""The measures of a window in rows, whether the configuration gives them in rows or as lengths of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.config.errors import Fault, InputError, raise_any, wrong
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Rows
from seqexp.data.series.months import rows_as_length, rows_in, rows_in_words

_MEASURES = ("lookback", "step", "lead", "delay", "horizon", "horizon_step", "max_gap")


@dataclass(frozen=True)
class Geometry:
    """The measures of a window, in rows."""

    lookback: int  # how many a window looks back
    step: int  # how many from one timestep of a window to the next
    delay: int  # how many from the window's end to the target, or to the first row of it
    max_gap: int | None  # how many missing ones a window may cross at most; None: any number
    season: tuple[int, ...] | None = None  # after how many the series repeats itself, rising; None: it is to be found
    horizon: int = 1  # how many from the first row of the target to behind its last one
    horizon_step: int = 1  # how many from one row of the target to the next

    @property
    def lead(self) -> int:
        """How many from the last timestep that is seen to the target, or to the first row of it: the true lead."""
        return self.delay + self.step

    @property
    def ahead(self) -> Rows:
        """(leads,) int64: the rows of the target relative to the window's row, rising."""
        return np.arange(self.delay, self.delay + self.horizon, self.horizon_step, dtype=np.int64)

    @property
    def last(self) -> int:
        """How many from the window's end to the last row of the target."""
        return self.delay + (self.horizon - 1) // self.horizon_step * self.horizon_step


def geometry_of(dataset: SeriesConfig, interval: int, months: int = 0) -> Geometry:
    """Return the measures of a window in rows, for a series whose rows are usually so many microseconds apart.

    Where they follow the calendar, they are so many months apart.

    Raises:
        InputError: If a length of time is not a whole number of rows, lookback is no multiple of step, or lead is
            shorter than step.
    """
    seasons = dataset.season if isinstance(dataset.season, list) else [dataset.season]
    named = [length for length in seasons if length is not None]
    given = [(key, getattr(dataset, key)) for key in _MEASURES]
    times = [(key, value) for key, value in (*given, *(("season", each) for each in named)) if isinstance(value, str)]
    if times and not interval:
        what = "must be in rows, for all time stamps of this series are the same"
        raise InputError(*(wrong(f"dataset.{key}", f"{what}. Received: {value!r}.") for key, value in times))
    faults: list[Fault] = []
    lookback = _rows("lookback", dataset.lookback, interval, months, faults)
    step = _rows("step", dataset.step, interval, months, faults)
    if dataset.lead is None:
        assert dataset.delay is not None  # one of the two is given
        delay = _rows("delay", dataset.delay, interval, months, faults, least=0)
    else:
        delay = _rows("lead", dataset.lead, interval, months, faults) - step
        if delay < 0 and not faults:
            what = f"must be at least dataset.step ({dataset.step}), how far the last row seen is from the window's end"
            faults.append(wrong("dataset.lead", f"{what}. Received: {dataset.lead!r}."))
    horizon = _rows("horizon", dataset.horizon, interval, months, faults)
    horizon_step = _rows("horizon_step", dataset.horizon_step, interval, months, faults)
    season = tuple(sorted({_rows("season", length, interval, months, faults) for length in named}))
    if not faults and lookback % step:
        received = f"{dataset.lookback!r}, {lookback} rows of {rows_in_words(1, interval, months)}"
        what = f"must be a multiple of dataset.step ({dataset.step}: {step} rows). Received: {received}."
        faults.append(wrong("dataset.lookback", what))
    if not any(fault.key.startswith("dataset.horizon") for fault in faults) and horizon % horizon_step:
        received = f"{dataset.horizon_step!r}, {horizon_step} rows"
        what = f"must divide dataset.horizon ({dataset.horizon}: {horizon} rows). Received: {received}."
        faults.append(wrong("dataset.horizon_step", what))
    raise_any(faults)
    gap = dataset.max_gap
    max_gap = int(rows_in(gap, interval, months)) if isinstance(gap, str) else gap
    named_seasons = None if dataset.season is None else season
    return Geometry(lookback, step, delay, max_gap, named_seasons, horizon, horizon_step)


def _rows(key: str, value: int | str, interval: int, months: int, faults: list[Fault], least: int = 1) -> int:
    if isinstance(value, int):
        return value
    exact = rows_in(value, interval, months)
    rows = int(exact)
    if rows != exact or rows < least:
        near = " or ".join(rows_as_length(count, interval, months) for count in (rows, rows + 1) if count)
        apart = rows_in_words(1, interval, months)
        what = f"must be a whole number of rows, which are {apart} apart in this series"
        faults.append(wrong(f"dataset.{key}", f"{what}. Received: {value!r}. Nearest: {near}."))
    return max(rows, least)
