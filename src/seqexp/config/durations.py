"""Lengths of time as people write them in a configuration: "10d", "36h", "90min", "0.5s"."""

from __future__ import annotations

import re
from fractions import Fraction

_SECOND = 1_000_000
DAY = 24 * 3600 * _SECOND  # microseconds
_UNITS = {"us": 1, "ms": 1_000, "s": _SECOND, "min": 60 * _SECOND, "h": 3600 * _SECOND, "d": DAY, "w": 7 * DAY}
_LENGTH = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({'|'.join(_UNITS)})")


def microseconds(text: str) -> int:
    """Return a length of time such as "1.5h" in microseconds, rounded down.

    Raises:
        ValueError: The text is not a number followed by us, ms, s, min, h, d or w.
    """
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"not a length of time: {text!r}")
    return int(Fraction(match[1]) * _UNITS[match[2]])


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
