"""How long a stretch of a series is drawn: enough rows to see its course, few enough to see each."""

from __future__ import annotations

import math

from seqexp.config.durations import DAY

_TWO_WEEKS = 14  # days
_FEWEST = 60  # rows, where they are a day or more apart


def drawn_days(step: float) -> int:
    """Return how many days are drawn of a series whose rows are so many microseconds apart: 14, or those of 60 rows."""
    return max(_TWO_WEEKS, math.ceil(_FEWEST * step / DAY)) if step >= DAY else _TWO_WEEKS


def days_in_words(days: int) -> str:
    """Return "two weeks", "60 days" or, from two years on, about how many: "5 years"."""
    if days == _TWO_WEEKS:
        return "two weeks"
    return f"{days} days" if days < 2 * 365 else f"{days / 365.2425:.0f} years"
