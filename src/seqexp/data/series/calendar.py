"""What the calendar says about a row: known for any time, so it gives nothing away."""

from __future__ import annotations

import numpy as np

from seqexp.data.series.series import Floats, Times

CALENDAR = ("hour of day (sin)", "hour of day (cos)", "day of year (sin)", "day of year (cos)")


def calendar_of(times: Times) -> Floats:
    """Return (rows, 4) float64: sine and cosine of the hour of the day and of the day of the year.

    Midnight and the beginning of 1 January have phase 0; a year has its own 365 or 366 days. All lie in
    [-1, 1], so they are not scaled.

    Args:
        times: (rows,) datetime64[us], in the time zone of the series.
    """
    days = times.astype("datetime64[D]")
    years = times.astype("datetime64[Y]")
    of_day = (times - days) / np.timedelta64(1, "D")
    begin, end = years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    of_year = ((days - begin) / np.timedelta64(1, "D") + of_day) / ((end - begin) / np.timedelta64(1, "D"))
    angles = (2 * np.pi * of_day, 2 * np.pi * of_year)
    return np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)
