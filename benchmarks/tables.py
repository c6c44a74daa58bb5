"""Tables in Markdown, and numbers as they stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """Return a table; the first `words` columns are words, the others numbers.

    Args:
        header: The columns' names.
        rows: The cells, row by row.
        words: How many columns are set to the left.
    """
    rule = ["---" if index < words else "---:" for index in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *rows)) + "\n"


def number(value: float | None) -> str:
    """Return three digits of a number, "-" for none."""
    if value is None:
        return "-"
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def times(ratio: float | None) -> str:
    """Return a ratio such as "4.21x"."""
    return "-" if ratio is None else f"{number(ratio)}x"
