"""The measures of a window in rows, whether the configuration gives them in rows or as lengths of time."""

from __future__ import annotations

from dataclasses import dataclass

from seqexp.config.errors import Fault, InputError, nearest, raise_any, refused, wrong
from seqexp.config.schema import SeriesConfig
from seqexp.data.series.column_names import split_name
from seqexp.data.series.months import rows_as_length, rows_in, rows_in_words
from seqexp.data.series.series import Series


@dataclass(frozen=True)
class Geometry:
    """The measures of a window, in rows."""

    lookback: int  # how many a window looks back
    step: int  # how many from one timestep of a window to the next
    delay: int  # how many from the window's end to the target
    max_gap: int | None  # how many missing ones a window may cross at most; None: any number
    season: tuple[int, ...] | None = None  # after how many the series repeats itself, rising; None: it is to be found

    @property
    def lead(self) -> int:
        """How many from the last timestep that is seen to the target: the true lead."""
        return self.delay + self.step


def geometry_of(dataset: SeriesConfig, interval: int, months: int = 0) -> Geometry:
    """Return the measures of a window in rows, for a series whose rows are usually so many microseconds apart.

    Where they follow the calendar, they are so many months apart.

    Raises:
        InputError: If a length of time is not a whole number of rows, lookback is no multiple of step, or lead is
            shorter than step.
    """
    seasons = dataset.season if isinstance(dataset.season, list) else [dataset.season]
    named = [length for length in seasons if length is not None]
    given = [(key, getattr(dataset, key)) for key in ("lookback", "step", "lead", "delay", "max_gap")]
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
    season = tuple(sorted({_rows("season", length, interval, months, faults) for length in named}))
    if not faults and lookback % step:
        received = f"{dataset.lookback!r}, {lookback} rows of {rows_in_words(1, interval, months)}"
        what = f"must be a multiple of dataset.step ({dataset.step}: {step} rows). Received: {received}."
        faults.append(wrong("dataset.lookback", what))
    raise_any(faults)
    gap = dataset.max_gap
    max_gap = int(rows_in(gap, interval, months)) if isinstance(gap, str) else gap
    return Geometry(lookback, step, delay, max_gap, None if dataset.season is None else season)


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


def target_of(dataset: SeriesConfig, series: Series) -> str:
    """Return the column to forecast.

    Raises:
        InputError: If it is not one of the series' columns, or none is named and there are several.
    """
    if dataset.target is None and len(series.columns) == 1:
        return series.columns[0]
    if dataset.target in series.columns:
        return dataset.target
    alike = [column for column in series.columns if split_name(column)[0] == dataset.target]
    hint = nearest(dataset.target, series.columns) if dataset.target else ""
    hint = f" Did you mean {' or '.join(map(repr, alike))}?" if alike else hint
    text = f" {dataset.target!r} holds no numbers." if dataset.target in series.dropped else hint
    received = "none" if dataset.target is None else repr(dataset.target)
    columns = ", ".join(series.columns)
    raise refused("dataset.target", f"must be one of the columns {columns}. Received: {received}.{text}")
