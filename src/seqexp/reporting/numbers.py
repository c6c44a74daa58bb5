"""Numbers as people read them, the absurd ones of a diverging training included."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Sequence

_AROUND = 12  # characters that are shown on each side of what differs


def number(value: float, digits: int) -> str:
    """Return a number with so many decimals; in scientific notation where that would be long."""
    return f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.1e}"


def in_units(value: float, digits: int) -> str:
    """Return an amount of any unit with so many decimals; in scientific notation where they would all be 0, too."""
    return f"{value:.1e}" if 0 < abs(value) < 0.5 * 10.0**-digits else number(value, digits)


def decimals_for(values: Iterable[float], least: int = 4, most: int = 8) -> int:
    """Return how many decimals show that none of some values is 0: `least` unless one is smaller, `most` at the most.

    What is smaller than that by rounding alone stays 0.
    """
    small = [abs(value) for value in values if math.isfinite(value) and abs(value) >= 10.0**-most]
    return max([least, *(math.ceil(-math.log10(value) - 1e-9) for value in small)])


def round_step(span: float, most: int = 6) -> tuple[float, int]:
    """Return the smallest of the steps 1, 2 and 5, times a power of ten, of which a span has so many at most.

    With it come the decimals that it is written with.
    """
    least = abs(span) / most or 1.0
    power = math.floor(math.log10(least))
    step = next(factor * 10.0**power for factor in (1, 2, 5, 10) if factor * 10.0**power >= least * (1 - 1e-9))
    return step, max(0, -math.floor(math.log10(step) + 1e-9))


def percent(share: float | None) -> str:
    """Return a share as a signed percentage: "+7.3 %"; "-" of one that there is not."""
    if share is None:
        return "-"
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


def differing_parts(texts: Sequence[str], longest: int) -> list[str]:
    """Return texts without the beginning and the end that all share, where one has more than `longest` characters.

    Some of what is shared stays, to say where the difference is. What is too long even so is cut, with a digest of the
    whole behind it: texts that differ stay different.

    Example:
        >>> differing_parts(["['Flatten', 'Flatten', {'GRU': {'units': 8}}]", "['Flatten', 'Flatten', 'Last']"], 30)
        ["…{'GRU': {'units': 8}}]", "…'Last']"]
    """
    if max(map(len, texts)) <= longest:
        return list(texts)
    differ = len(set(texts)) > 1
    begin = _shared(texts) if differ else 0
    end = _shared([text[begin:][::-1] for text in texts]) if differ else 0
    begin = max(texts[0].rfind(" ", 0, max(begin - _AROUND, 0)), 0)
    end = max(end - _AROUND, 0)
    return [_around(text, begin, len(text) - end, longest) for text in texts]


def _shared(texts: Sequence[str]) -> int:
    """Return with how many characters all texts begin alike."""
    first, last = min(texts), max(texts)  # what these two share, all that are sorted between them do
    return next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))


def _around(text: str, begin: int, end: int, longest: int) -> str:
    part = text[begin:end].strip()
    if len(part) > longest:
        part = f"{part[: longest - 10]}… #{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"{'…' if begin else ''}{part}{'…' if end < len(text) else ''}"
