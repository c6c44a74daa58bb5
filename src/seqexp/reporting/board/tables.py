"""The leaderboard as text: aligned on a terminal, whole lines of plain text when piped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seqexp.reporting.board.column import Column
from seqexp.reporting.board.columns import ABSENT, lines_of, shown_columns
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.leaderboard import Baseline, Leaderboard
from seqexp.reporting.board.words import NOTHING, remarks, title, unranked_line, warnings

if TYPE_CHECKING:
    from rich.table import Table

    from seqexp.reporting.console import Console

_GAP = 2
_NARROWEST_FOLD = 16


@dataclass(frozen=True)
class TextTable:
    """A table of texts, row by row; its columns say what stands above them, and how their cells are set."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    faint: Collection[int] = ()  # the positions of rows that are printed dim: those of baselines


def as_texts(board: Board) -> TextTable:
    """Return the table of a task: the groups in their order, the baselines among them."""
    columns, lines = shown_columns(board), lines_of(board)
    return TextTable(
        columns=columns,
        rows=[[column.cell(line) or ABSENT for column in columns] for line in lines],
        faint={position for position, line in enumerate(lines) if isinstance(line, Baseline)},
    )


def unranked_as_texts(leaderboard: Leaderboard) -> TextTable:
    """Return the table of the runs that have no rank."""
    columns = [
        Column(name, is_number=False, folds=name in ("name", "why"))
        for name in ("status", "name", "model", "started", "why")
    ]
    rows = [
        [run.status, run.name, run.model or ABSENT, f"{run.started.astimezone():%Y-%m-%d %H:%M}", run.reason or ABSENT]
        for run in leaderboard.unranked
    ]
    return TextTable(columns, rows)


def print_boards(boards: Sequence[Board], leaderboard: Leaderboard, console: Console, *, show_all: bool) -> None:
    """Print one table a task, then how many runs have no rank, or all of them if asked to `show_all`."""
    for board in boards:
        console.print(console.wrapped(title(board.task, anew=board.common is not None), 0), style="bold")
        for line in warnings(board):
            console.print(console.wrapped(line, 0), style="yellow")
        _print_table(as_texts(board), console)
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
            _print_table(unranked_as_texts(leaderboard), console)


def _print_table(table: TextTable, console: Console) -> None:
    """Print a table; on a terminal that is too narrow fold names and give up columns, then say which."""
    kept, hidden = list(range(len(table.columns))), list[str]()
    if console.is_terminal:
        for position in sorted(kept, key=lambda position: -table.columns[position].spare):
            if not table.columns[position].spare or _width(table, kept, folded=True) <= console.rich.width:
                break
            hidden.append(table.columns[position].header)
            kept.remove(position)
    else:
        console.rich.width = max(console.rich.width, _width(table, kept, folded=False))
    console.rich.print(_rendered(table, kept))
    if hidden:
        console.print(console.wrapped(f"hidden: {', '.join(hidden)} (pipe to see all)", 0), style="dim")


def _rendered(table: TextTable, kept: Sequence[int]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    rendered = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for column in (table.columns[position] for position in kept):
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        rendered.add_column(column.header, justify=justify, no_wrap=not column.folds, overflow="fold")
    for number, cells in enumerate(table.rows):
        # As Text: a run's name may hold what rich would take for markup.
        rendered.add_row(*(Text(cells[position]) for position in kept), style="dim" if number in table.faint else "")
    return rendered


def _width(table: TextTable, kept: Sequence[int], *, folded: bool) -> int:
    """Return the width of the table, with long names folded as far as is readable or in one line."""
    from rich.cells import cell_len

    width = 0
    for position in kept:
        column = table.columns[position]
        widest = max(map(cell_len, [column.header, *(row[position] for row in table.rows)]))
        width += _GAP + (min(widest, _NARROWEST_FOLD) if folded and column.folds else widest)
    return width
