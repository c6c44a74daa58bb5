"""Whether what a store has of a run is what MLflow writes: SQLite takes texts for numbers, and bytes for texts."""

from __future__ import annotations

from collections.abc import Iterable

from seqexp.config.errors import shown

_LAST = 253_370_764_800_000  # milliseconds: the year 9999 begins, whose end not every clock can show


def what_is_odd(times: Iterable[object], texts: Iterable[object], numbers: Iterable[object]) -> str | None:
    """Return the first value that MLflow would not have written, and what belongs there; None if there is none.

    A time, in milliseconds since 1970, may be None.
    """
    for time in times:
        if time is not None and not (isinstance(time, int) and 0 <= time < _LAST):
            return f"{shown(time)} where a time belongs"
    for text in texts:
        if not isinstance(text, str):
            return f"{shown(text)} where a text belongs"
    for number in numbers:
        if not isinstance(number, int | float):
            return f"{shown(number)} where a number belongs"
    return None
