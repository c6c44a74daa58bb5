"""Numbers among the tags of recorded runs: somebody else may have written anything there."""

from __future__ import annotations

import math


def recorded_number(text: str | None) -> float | None:
    """Return the finite number that a recorded value is; None where it is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def whole_number(text: str | None) -> int | None:
    """Return the whole number that a recorded value is, from 0; None where it is none, or has over 18 digits."""
    return int(text) if text is not None and text.isdecimal() and len(text) <= 18 else None
