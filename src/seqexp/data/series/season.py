"""The seasons of a series, such as a day and a week: which ones its training part shows, and where their phases lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqexp.config.durations import DAY
from seqexp.config.errors import raise_any, wrong
from seqexp.data.arrays import Floats, Mask, Rows, Times
from seqexp.data.series.months import rows_as_length

_LEAST_CORRELATION = 0.1  # below it a season takes away less than a tenth of what it might
_PERIODS = 2  # of a season that the training part must hold


@dataclass(frozen=True)
class Season:
    """A length of time after which a series tends to repeat itself."""

    name: str  # as in "1d", "7d", "1y", "48rows"
    rows: int


def seasons_of(
    named: Sequence[int] | None, interval: int, values: Floats, measured: Mask, months: int = 0
) -> tuple[Season, ...]:
    """Return the seasons that are named, else those of a day, a week and a year that the values show.

    Of several columns one that shows it is enough: together with others that move otherwise it might not stand out, and
    a model would be compared with nothing that knows it.

    Args:
        named: How many rows each season has that the configuration names; None: it names none.
        interval: Microseconds between two rows.
        values: (rows,) or (rows, columns) of the target in the training part, in any units.
        measured: (rows,) whether each was measured.
        months: Between two rows, where they follow the calendar.
    """
    if named is not None:
        return tuple(Season(_name(rows, interval, months), rows) for rows in named)
    found = [(season, away) for season, away in _candidates(interval, months) if _PERIODS * season.rows <= len(values)]
    columns = values.reshape(len(values), -1).T
    return tuple(
        season for season, away in found if any(_shows(season.rows, away, column, measured) for column in columns)
    )


def check_seasons(named: Sequence[int] | None, rows: int) -> None:
    """Check that the seasons that are named fit into a training part of so many rows.

    Raises:
        InputError: If one does not fit in twice, with a fault for each.
    """
    what = f"must fit twice into the training part, which has {rows:,} rows"
    raise_any(
        [
            wrong("dataset.season", f"{what}. Received: one of {season:,} rows.")
            for season in named or ()
            if _PERIODS * season > rows
        ]
    )


def _name(rows: int, interval: int, months: int) -> str:
    """Return one name for a season, however its length was given."""
    usual = {season.rows: season.name for season, _ in _candidates(interval, months)}
    return usual.get(rows) or (rows_as_length(rows, interval, months) if interval else f"{rows}rows")


def _candidates(interval: int, months: int) -> list[tuple[Season, int]]:
    """Return the seasons that rows so far apart may show, each with the distance of its neighbours, in rows.

    A season stands out if what lies a season apart is more alike than what lies half of one more or less apart; of a
    week and a year that is whole days, or the day's own cycle would decide.
    """
    if not interval:
        return []
    if months:
        rows = 12 // months
        return [(Season("1y", rows), rows // 2)] if rows >= 2 and 12 % months == 0 else []
    found = [("1d", DAY, DAY // 2), ("7d", 7 * DAY, 3 * DAY), ("1y", 365 * DAY, 182 * DAY)]
    seasons = []
    for name, length, distance in found:
        rows = round(length / interval)
        # Weeks make no whole year; shorter rows must make a whole season, or its phase would drift.
        if rows >= 2 and (length % interval == 0 or (name == "1y" and interval > DAY)):
            seasons.append((Season(name, rows), max(1, round(distance / interval))))
    return seasons


def _shows(rows: int, distance: int, values: Floats, measured: Mask) -> bool:
    at = _correlation(values, measured, rows)
    around = [_correlation(values, measured, lag) for lag in (rows - distance, rows + distance)]
    # Three standard errors of a correlation of so many independent values: what chance hardly makes.
    chance = 3 / math.sqrt(measured.sum())
    return at > max(_LEAST_CORRELATION, chance, *(other + chance for other in around))


def _correlation(values: Floats, measured: Mask, lag: int) -> float:
    """Return Pearson's r of values and those so many rows later; 0 where it can't be had."""
    both = measured[:-lag] & measured[lag:]
    if both.sum() < 3:
        return 0.0
    first, later = values[:-lag][both], values[lag:][both]
    spread = float(first.std() * later.std())
    return float(((first - first.mean()) * (later - later.mean())).mean()) / spread if spread else 0.0


def clock_of(times: Times, interval: int, months: int = 0) -> Rows:
    """Return (rows,) int64: how many intervals after the first row each lies, so that a gap shifts no phase.

    An interval is so many months where rows follow the calendar, else so many microseconds.

    Where time stamps step back, rows as recorded, or are all the same, each row counts as one interval.
    """
    passed = (times - times[0]).astype("timedelta64[us]").astype(np.int64)
    if not interval or (np.diff(passed) < 0).any():
        return np.arange(len(times), dtype=np.int64)
    if months:
        of_month = times.astype("datetime64[M]").astype(np.int64)
        return np.asarray((of_month - of_month[0]) // months, dtype=np.int64)
    found: Rows = (passed + interval // 2) // interval
    return found
