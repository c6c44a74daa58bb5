"""The leaderboard as text: aligned on a terminal, whole lines of plain text when piped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqexp.reporting.board.columns import shown_columns
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.horizons import by_horizon
from seqexp.reporting.board.leaderboard import Baseline, Leaderboard
from seqexp.reporting.board.lines import lines_of
from seqexp.reporting.board.words import NOTHING, remarks, title, unranked_line, warnings
from seqexp.reporting.text_table import ABSENT, Heading, TextTable, print_text_table

if TYPE_CHECKING:
    from seqexp.reporting.console import Console


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
        Heading(name, is_number=False, folds=name in ("name", "why"))
        for name in ("status", "name", "model", "started", "why")
    ]
    rows = [
        [run.status, run.name, run.model or ABSENT, f"{run.started.astimezone():%Y-%m-%d %H:%M}", run.reason or ABSENT]
        for run in leaderboard.unranked
    ]
    return TextTable(columns, rows)


@dataclass(frozen=True)
class TitledTable:
    """A table with its heading, what must be known before it is read, and what explains it."""

    title: str
    warnings: Sequence[str]
    table: TextTable
    remarks: Sequence[str] = ()


def titled_tables(boards: Sequence[Board]) -> list[TitledTable]:
    """Return one table per task, then those of tasks that differ in their horizon."""
    return [
        *(TitledTable(board_title(board), warnings(board), as_texts(board), remarks(board)) for board in boards),
        *(TitledTable(each.title, each.warnings, each.table) for each in by_horizon(boards)),
    ]


def board_title(board: Board) -> str:
    """Return the line that states what all runs of a board did."""
    return title(board.task, anew=board.common is not None)


def print_section(section: TitledTable, console: Console) -> None:
    """Print a table with what stands above and below it."""
    console.prose(section.title, style="bold")
    for line in section.warnings:
        console.prose(line, style="yellow")
    print_text_table(section.table, console, ruled=True)
    for line in section.remarks:
        console.prose(line, style="dim")


def print_tables(
    sections: Sequence[TitledTable], leaderboard: Leaderboard, console: Console, *, show_all: bool
) -> None:
    """Print tables, and then the runs without a rank: how many there are, or all of them if asked to `show_all`."""
    for section in sections:
        print_section(section, console)
        console.print()
    if not sections:
        console.print(NOTHING)
    if leaderboard.unranked:
        hint = "" if show_all else "; --all lists them"
        console.print(f"{unranked_line(leaderboard)}{hint}")
        if show_all:
            console.print()
            print_text_table(unranked_as_texts(leaderboard), console, ruled=True)
