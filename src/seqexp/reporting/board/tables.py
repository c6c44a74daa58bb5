"""The leaderboard as text: aligned on a terminal, whole lines of plain text when piped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from seqexp.reporting.board.columns import (
    NOTHING,
    Column,
    columns,
    faint_lines,
    remarks,
    title,
    unranked_columns,
    unranked_line,
    warnings,
)
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.leaderboard import Leaderboard

if TYPE_CHECKING:
    from rich.table import Table

    from seqexp.reporting.console import Console

_GAP = 2
_NARROWEST_FOLD = 16


def print_boards(boards: Sequence[Board], leaderboard: Leaderboard, console: Console, *, show_all: bool) -> None:
    """Print one table a task, then what has no rank.

    Args:
        boards: The tasks.
        leaderboard: All runs.
        console: Where to print.
        show_all: List the runs without a rank, instead of only counting them.
    """
    for board in boards:
        console.print(console.wrapped(title(board.task), 0), style="bold")
        for line in warnings(board):
            console.print(console.wrapped(line, 0), style="yellow")
        _print_columns(columns(board), console, faint=faint_lines(board))
        for line in remarks(board):
            console.print(console.wrapped(line, 0), style="dim")
        console.print()
    if not boards:
        console.print(NOTHING)
    if leaderboard.unranked:
        hint = "" if show_all else "; --all lists them"
        console.print(f"{unranked_line(leaderboard)}{hint}")
        if show_all:
            console.print()
            _print_columns(unranked_columns(leaderboard), console)


def _print_columns(columns: Sequence[Column], console: Console, faint: Iterable[int] = ()) -> None:
    """Print a table; on a terminal that is too narrow fold names and give up columns, then say which."""
    kept, hidden, faint = list(columns), list[str](), set(faint)
    if console.is_terminal:
        for column in sorted(columns, key=lambda column: -column.spare):
            if not column.spare or _width(kept, folded=True) <= console.rich.width:
                break
            hidden.append(column.header)
            kept.remove(column)
    else:
        console.rich.width = max(console.rich.width, _width(kept, folded=False))
    console.rich.print(_table(kept, faint))
    if hidden:
        console.print(console.wrapped(f"hidden: {', '.join(hidden)} (pipe to see all)", 0), style="dim")


def _table(columns: Sequence[Column], faint: set[int]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.number else "left"
        table.add_column(column.header, justify=justify, no_wrap=not column.folds, overflow="fold")
    for number, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        # As Text: a run's name may hold what rich would take for markup.
        table.add_row(*map(Text, cells), style="dim" if number in faint else "")
    return table


def _width(columns: Sequence[Column], *, folded: bool) -> int:
    """Return the width of the table, with long names folded as far as is readable or in one line."""
    from rich.cells import cell_len

    width = 0
    for column in columns:
        widest = max(map(cell_len, [column.header, *column.cells]))
        width += _GAP + (min(widest, _NARROWEST_FOLD) if folded and column.folds else widest)
    return width
