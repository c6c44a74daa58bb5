"""Series whose rows follow the calendar, a month, a quarter or a year apart: steps that have no one length."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from seqexp.config.durations import (
    DAY,
    YEAR,
    as_length,
    microseconds,
    months_as_length,
    months_in_words,
    months_of,
    span,
)
from seqexp.data.arrays import Floats, Rows, Times

SHORTEST_MONTH = 28 * DAY  # microseconds


def months_apart(times: Times, interval: int) -> int:
    """Return how many months lie between two rows where all fall on one point of their month; 0 where they don't.

    That is the same day and time of the month, or the same time before its end. `times` are (rows,) datetime64[us] in
    any order, and usually so many microseconds apart.
    """
    if interval < SHORTEST_MONTH:
        return 0
    stamps = np.unique(np.asarray(times).astype("datetime64[us]"))
    month = stamps.astype("datetime64[M]")
    since, until = stamps - month.astype("datetime64[us]"), (month + 1).astype("datetime64[us]") - stamps
    steps = np.sort(np.diff(month.astype(np.int64)))
    if not steps.size or not steps[0] or (len(np.unique(since)) > 1 and len(np.unique(until)) > 1):
        return 0
    return int(steps[(len(steps) - 1) // 2])


def rows_between(stamps: Rows, interval: int, months: int) -> Floats:
    """Return (stamps - 1,) float64: how many rows of a series each of (stamps,) int64 microseconds lies after the last.

    The series' rows are so many months apart, or, where that is 0, so many microseconds.
    """
    if not months:
        return np.diff(stamps) / max(interval, 1)
    of_month = stamps.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return np.diff(of_month) / months


def moved(stamps: Rows, rows: Rows, interval: int, months: int) -> Rows:
    """Return (stamps,) int64 microseconds, each so many rows of a series later; see `rows_between`."""
    if not months:
        return stamps + rows * interval
    times = stamps.astype("datetime64[us]")
    month = times.astype("datetime64[M]")
    until = (month + 1).astype("datetime64[us]") - times
    later = month + rows * months
    if len(np.unique(until)) == 1:  # month ends stay month ends
        found = (later + 1).astype("datetime64[us]") - until
    else:
        found = later.astype("datetime64[us]") + (times - month.astype("datetime64[us]"))
    moved_stamps: Rows = found.astype(np.int64)
    return moved_stamps


def rows_in(length: str, interval: int, months: int) -> Fraction:
    """Return how many rows of a series a length of time such as "2y" is; see `rows_between`.

    Raises:
        ValueError: The text is not a length of time.
    """
    of_calendar = months_of(length)
    if not months:
        return Fraction(microseconds(length), interval)
    return of_calendar / months if of_calendar is not None else Fraction(12 * microseconds(length), months * YEAR)


def step_length(interval: int, months: int) -> float:
    """Return how many microseconds two rows of a series are apart; where they follow the calendar, in the mean."""
    return months * YEAR / 12 if months else interval


def rows_in_words(rows: int, interval: int, months: int) -> str:
    """Return how long so many rows of a series are: "10 d", "24.17 h", "25 months", "2 years"."""
    return months_in_words(rows * months) if months else span(rows * interval)


def rows_as_length(rows: int, interval: int, months: int) -> str:
    """Return how long so many rows of a series are as a configuration has it: "10d", "25mo", "2y"."""
    return months_as_length(rows * months) if months else as_length(rows * interval)
