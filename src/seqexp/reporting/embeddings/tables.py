"""Neighbours and analogies of words as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from rich.table import Table

from seqexp.reporting.console import PlainTable
from seqexp.reporting.numbers import number


def near_table(found: Sequence[dict[str, Any]]) -> Table:
    """Return a table of what `WordVectors.near` found for each word: by cosine and by distance side by side."""
    table = _table("word", "nearest by cosine", "cosine", "nearest by L2", "distance")
    for row, word in enumerate(found):
        if row:
            table.add_row()
        name = word["word"]
        for by_cosine, by_distance in zip_longest(word["cosine"], word["l2"]):
            cosine = (by_cosine["word"], number(by_cosine["cosine"], 3)) if by_cosine else ("", "")
            distance = (by_distance["word"], number(by_distance["distance"], 3)) if by_distance else ("", "")
            table.add_row(name, *cosine, *distance)
            name = ""
    return table


def analogy_table(found: dict[str, Any]) -> Table:
    """Return a table of what `WordVectors.analogy` found."""
    a, b, c = found["analogy"]
    table = _table(f"{a} is to {b} as {c} is to", "cosine")
    for word in found["found"]:
        table.add_row(word["word"], number(word["cosine"], 3))
    return table


def _table(*headings: str) -> Table:
    table = PlainTable(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in ("cosine", "distance") else "left", no_wrap=True)
    return table
