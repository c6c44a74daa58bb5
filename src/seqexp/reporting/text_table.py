"""Tables of texts that fit a terminal: names are folded and columns given up there, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from seqexp.config.output.printable import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from seqexp.reporting.console import Console

ABSENT = "-"
STAYS = 3  # columns that may be spared no more than this are given up last, even where they say the same everywhere
_GAP = 2
_NARROWEST_FOLD = 16
_LONGEST_WORD = 32  # characters of a word, such as "learning_rate=0.000266", that is kept whole


@dataclass(frozen=True)
class Heading:
    """A column of texts.

    Attributes:
        header: What stands above it.
        is_number: Whether the cells are numbers, set flush right.
        folds: Whether long cells may take several lines.
        spare: On a narrow terminal columns are given up from the highest on; 0: never.
        about: What it says, in a sentence, for pages.
    """

    header: str
    is_number: bool = field(default=True, kw_only=True)
    folds: bool = field(default=False, kw_only=True)
    spare: int = field(default=0, kw_only=True)
    about: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class TextTable:
    """A table of texts, row by row; its columns say what stands above them, and how their cells are set."""

    columns: Sequence[Heading]
    rows: Sequence[Sequence[str]]
    faint: Collection[int] = ()  # the positions of rows that are printed dim: those of baselines


def plain_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Collection[str] = (),
    kept: Collection[int] = (),
    folding: Collection[int] = (0,),
) -> TextTable:
    """Return a table with texts below the headings that are `left`, and numbers below the others.

    On a narrow terminal the columns at the `folding` positions are folded, and columns are given up from the right on,
    but for the first and those at the positions that are `kept`.
    """
    columns = [
        Heading(
            heading,
            is_number=heading not in left,
            folds=at in folding,
            spare=0 if at == 0 or at in kept else STAYS + at,
        )
        for at, heading in enumerate(headings)
    ]
    return TextTable(columns, rows)


def print_text_table(table: TextTable, console: Console, *, ruled: bool = False) -> None:
    """Print a table; on a terminal that is too narrow fold names and give up columns, then say which.

    A `ruled` one has a line below its headings.
    """
    from rich.console import Group
    from rich.text import Text

    table = _in_lines(table)
    whole = list(range(len(table.columns)))
    kept, hidden = list(whole), list[str]()
    if console.is_terminal:
        for position in spared(table):
            if _width(table, kept, folded=True) <= console.rich.width:
                break
            hidden.append(table.columns[position].header)
            kept.remove(position)
    shown: RenderableType = _rendered(table, kept, ruled=ruled)
    if hidden:
        hint = console.wrapped(f"hidden: {', '.join(hidden)} (pipe to see all)", 0)
        shown = Group(shown, Text(hint, style="dim"))
    console.print_fitted(shown, _rendered(table, whole, ruled=ruled), _width(table, whole, folded=False))


def _in_lines(table: TextTable) -> TextTable:
    """Return the table as it is printed: no cell acts on a terminal, and each has one line."""
    columns = [replace(column, header=one_line(column.header)) for column in table.columns]
    return replace(table, columns=columns, rows=[list(map(one_line, row)) for row in table.rows])


def spared(table: TextTable) -> list[int]:
    """Return the positions of the columns that may be given up: first those that say the same in every row."""

    def order(position: int) -> tuple[bool, int]:
        spare = table.columns[position].spare
        said = [row[position] for row in table.rows if row[position] not in (ABSENT, "")]
        says_the_same = len(said) > 1 and len(set(said)) == 1
        return not (says_the_same and spare > STAYS), -spare

    return sorted((at for at, column in enumerate(table.columns) if column.spare), key=order)


def _rendered(table: TextTable, kept: Sequence[int], *, ruled: bool) -> Table:
    from rich.box import SIMPLE_HEAD

    from seqexp.reporting.console import PlainTable

    box, padding = (SIMPLE_HEAD, (0, 1, 0, 0)) if ruled else (None, (0, _GAP, 0, 0))
    rendered = PlainTable(box=box, show_edge=False, padding=padding, pad_edge=False, header_style="bold")
    for column in (table.columns[position] for position in kept):
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        rendered.add_column(column.header, justify=justify, no_wrap=not column.folds, overflow="fold")
    for number, cells in enumerate(table.rows):
        rendered.add_row(*(cells[position] for position in kept), style="dim" if number in table.faint else "")
    return rendered


def _width(table: TextTable, kept: Sequence[int], *, folded: bool) -> int:
    """Return the width of the table, with long names folded between words as far as is readable, or in one line."""
    from rich.cells import cell_len

    width = 0
    for position in kept:
        column = table.columns[position]
        texts = [column.header, *(row[position] for row in table.rows)]
        widest = max(map(cell_len, texts))
        if folded and column.folds:
            longest_word = max(cell_len(word) for text in texts for word in text.split() or [""])
            widest = min(widest, max(_NARROWEST_FOLD, min(longest_word, _LONGEST_WORD)))
        width += _GAP + widest
    return width - _GAP
