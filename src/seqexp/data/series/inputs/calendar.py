"""The calendar as inputs, and the holidays of a country."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqexp.config.errors import nearest, refused
from seqexp.data.arrays import Floats, Times

CALENDAR = tuple(
    f"{what} ({wave})" for what in ("hour of day", "day of week", "day of year") for wave in ("sin", "cos")
)

_DAYS_SINCE_MONDAY = 3  # of 1 January 1970, a Thursday


def calendar_of(times: Times) -> Floats:
    """Return (rows, 6) float64: sine and cosine of the hour of the day, the day of the week and that of the year.

    Midnight, the beginning of Monday and that of 1 January, in the time zone of the series, have phase 0; a year has
    its own 365 or 366 days. All lie in [-1, 1], so they are not scaled.
    """
    days = times.astype("datetime64[D]")
    years = times.astype("datetime64[Y]")
    of_day = (times - days) / np.timedelta64(1, "D")
    of_week = ((days.astype(np.int64) + _DAYS_SINCE_MONDAY) % 7 + of_day) / 7
    begin, end = years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    of_year = ((days - begin) / np.timedelta64(1, "D") + of_day) / ((end - begin) / np.timedelta64(1, "D"))
    angles = (2 * np.pi * of_day, 2 * np.pi * of_week, 2 * np.pi * of_year)
    return np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)


def holidays_name(place: str) -> str:
    """Return the name of the input that has the holidays of a country, or of a part of one."""
    return f"holiday ({place})"


def check_holidays(place: str) -> None:
    """Check that the holidays of a country, such as DE, or of a part of one, such as US-CA, can be had.

    Raises:
        InputError: If the package `holidays` is not installed, or knows no such place.
    """
    _calendar_of_place(place, [2000])


def holidays_of(times: Times, place: str) -> Floats:
    """Return (rows,) float64: 1 where the day of a time stamp is a holiday of the place, as its own clocks say, else 0.

    Raises:
        InputError: If the package `holidays` is not installed, or knows no such place.
    """
    days, of_row = np.unique(times.astype("datetime64[D]"), return_inverse=True)
    years = np.unique(days.astype("datetime64[Y]").astype(np.int64) + 1970)
    known = _calendar_of_place(place, [int(year) for year in years])
    found: Floats = np.array([float(day in known) for day in days.tolist()])[of_row]
    return found


def _calendar_of_place(place: str, years: list[int]) -> Any:
    try:
        import holidays
    except ImportError:
        how = "needs the package holidays: pip install 'seqexp[holidays]'"
        raise refused("dataset.holidays", f"{how}. Received: {place!r}.") from None
    country, _, part = place.partition("-")
    there: dict[str, list[str]] = holidays.list_supported_countries()
    if country not in there:
        what = "must be the code of a country, such as DE, or of a part of one, such as US-CA"
        raise refused("dataset.holidays", f"{what}. Received: {place!r}.{nearest(country, list(there))}")
    if part and part not in there[country]:
        what = f"must be {country}, or one of its parts {', '.join(f'{country}-{each}' for each in there[country])}"
        raise refused("dataset.holidays", f"{what}. Received: {place!r}.{nearest(part, there[country])}")
    return holidays.country_holidays(country, subdiv=part or None, years=years)
