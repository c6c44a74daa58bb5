"""The leaderboard of a task as the page's table: groups, their runs, the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seqexp.reporting.board.column import BoardLine, Column
from seqexp.reporting.board.columns import shown_columns
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.leaderboard import Baseline
from seqexp.reporting.board.lines import line_name, lines_of, shown_baselines
from seqexp.reporting.board.standing import Standing
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.page.content import Cell, PageLine
from seqexp.reporting.page.figures import look
from seqexp.reporting.text_table import spared
from seqexp.tasks.kinds import baseline_in_words


def table_of(board: Board, prefix: str, drawn: int) -> tuple[list[Column], list[PageLine]]:
    """Return the columns and lines of a task's table, the best line first: group 0 has the id PREFIXg0.

    So many groups as are drawn have curves, and so a colour. The columns that a narrow page hides have a `spare` from 1
    on, the first to go the highest.
    """
    table, shown = as_texts(board), shown_columns(board)
    going = {position: len(table.columns) - place for place, position in enumerate(spared(table))}
    ordered = [replace(column, spare=going.get(at, 0)) for at, column in enumerate(shown)]
    columns = [column for column in ordered if column.key != "name"]  # which begins every line
    of_baselines = shown_baselines(board)
    position_of = {id(standing): position for position, standing in enumerate(board.standings)}
    bases, lines = 0, []
    for line in lines_of(board):
        if isinstance(line, Baseline):
            cells = _cells(columns, line)
            name = baseline_name(board, line)
            lines.append(PageLine(f"{prefix}b{bases}", name, cells, is_baseline=True))
            bases += 1
        else:
            name = line_name(line, of_baselines)
            lines.append(_group_line(line, name, position_of[id(line)], prefix, columns, drawn))
    return columns, lines


def baseline_name(board: Board, baseline: Baseline) -> str:
    """Return what a baseline is called: "naive baseline", with its true lead where there are several of that name."""
    several = sum(other.name == baseline.name for other in shown_baselines(board)) > 1
    name = f"{baseline_in_words(baseline.name)} baseline"
    return f"{name}, {baseline.lead}" if several and baseline.lead else name


def _group_line(
    standing: Standing, name: str, position: int, prefix: str, columns: Sequence[Column], drawn: int
) -> PageLine:
    colour, dash = look(position) if position < drawn else (None, "solid")
    line = f"{prefix}g{position}"
    runs = [PageLine(f"{line}r{at}", row.name, _cells(columns, row)) for at, row in enumerate(standing.group.rows)]
    return PageLine(line, name, _cells(columns, standing), colour, dash, runs)


def _cells(columns: Sequence[Column], line: BoardLine) -> list[Cell]:
    """Return the cells of a line; there is room for spaces around what is written without them elsewhere."""
    return [Cell(column.cell(line).replace("±", " ± ").replace("≈", "≈ "), column.order(line)) for column in columns]
