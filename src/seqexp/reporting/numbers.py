"""Numbers as people read them, the absurd ones of a diverging training included."""

from __future__ import annotations

import math
from collections.abc import Collection


def number(value: float, digits: int) -> str:
    """Return a number with so many decimals; in scientific notation where that would be long."""
    return f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.1e}"


def percent(share: float) -> str:
    """Return a share as a signed percentage: "+7.3 %"."""
    return f"{'+' if share >= 0 else '-'}{number(abs(100 * share), 1)} %"


def duration(seconds: float) -> str:
    """Return a time span: "0:41", "12:05", "1:02:45"."""
    whole = max(round(seconds), 0)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def as_numbers(texts: Collection[str]) -> list[float] | None:
    """Return texts as finite numbers; None if one of them is none."""
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def ordered(texts: Collection[str]) -> list[str]:
    """Return texts by size where they are numbers, else by name."""
    names = sorted(texts)
    numbers = as_numbers(names)
    return names if numbers is None else [name for _, name in sorted(zip(numbers, names, strict=True))]


def counted(count: int, what: str) -> str:
    """Return "1 run", "2,000 runs"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def abbreviated(text: str, longest: int) -> str:
    """Return a text of so many characters at most: of a longer one its beginning and an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "3rd", "11th"."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
