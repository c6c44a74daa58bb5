"""Lengths of time as people write them in a configuration: "10d", "36h", "90min", "0.5s", "3mo", "1y"."""

from __future__ import annotations

import re
from fractions import Fraction

_SECOND = 1_000_000
DAY = 24 * 3600 * _SECOND  # microseconds
_UNITS = {"us": 1, "ms": 1_000, "s": _SECOND, "min": 60 * _SECOND, "h": 3600 * _SECOND, "d": DAY, "w": 7 * DAY}
YEAR = 31_556_952 * _SECOND  # the mean one of the Gregorian calendar, 365.2425 days
# Of the calendar, with their mean lengths: only where rows follow it is a month a whole number of them.
_MONTHS = {"mo": 1, "y": 12}
_LENGTHS = {**_UNITS, **{name: months * YEAR // 12 for name, months in _MONTHS.items()}}
_LENGTH = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({'|'.join(_LENGTHS)})")


def microseconds(text: str) -> int:
    """Return a length of time such as "1.5h" in microseconds, rounded down; months and years have their mean length.

    Raises:
        ValueError: The text is not a number followed by us, ms, s, min, h, d, w, mo or y.
    """
    number, unit = _parts(text)
    return int(number * _LENGTHS[unit])


def months_of(text: str) -> Fraction | None:
    """Return how many months "18mo" or "1.5y" is; None where the length is no matter of the calendar.

    Raises:
        ValueError: The text is not a length of time.
    """
    number, unit = _parts(text)
    return number * _MONTHS[unit] if unit in _MONTHS else None


def _parts(text: str) -> tuple[Fraction, str]:
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"not a length of time: {text!r}")
    return Fraction(match[1]), match[2]


def months_in_words(months: int) -> str:
    """Return "25 months", "1 month", or "2 years" where they are whole ones."""
    count, unit = (months, "month") if months % 12 or not months else (months // 12, "year")
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def months_as_length(months: int) -> str:
    """Return months as a configuration has them: "25mo", "2y"."""
    return f"{months}mo" if months % 12 or not months else f"{months // 12}y"


def roughly(length: int) -> str:
    """Return microseconds with about three digits in the largest unit that is not longer: "3 d", "36.5 min"."""
    unit = max((name for name in _UNITS if name != "w" and _UNITS[name] <= max(length, 1)), key=_UNITS.__getitem__)
    return f"{length / _UNITS[unit]:,.3g} {unit}"


def span(length: int) -> str:
    """Return microseconds as a person says them: whole days, else hours with four digits: "10 d", "24.17 h"."""
    if length % _UNITS["d"] and length >= _UNITS["h"]:
        return f"{length / _UNITS['h']:,.4g} h"
    return in_words(length)


def as_length(length: int) -> str:
    """Return microseconds as a configuration has them: "10min"."""
    return in_words(length).replace(" ", "").replace(",", "")


def in_words(length: int) -> str:
    """Return microseconds in the largest unit that gives a whole number: 600,000,000 as "10 min"."""
    unit = max((name for name in _UNITS if name != "w" and length % _UNITS[name] == 0), key=_UNITS.__getitem__)
    return f"{length // _UNITS[unit]:,} {unit}"
