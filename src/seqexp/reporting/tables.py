"""The leaderboard as text: aligned on a terminal, whole lines of plain text when piped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seqexp.evaluation.measure import ACCURACY
from seqexp.reporting.leaderboard import Baseline, Leaderboard, Row, Task, Unranked
from seqexp.reporting.numbers import ordinal

if TYPE_CHECKING:
    from rich.table import Table

    from seqexp.reporting.console import Console

_ABSENT = "-"
_GAP = 2
_NARROWEST_FOLD = 20
# What is given up first on a narrow terminal. Never the true lead: scores of different leads would look alike.
_DROPPED_FIRST = ("parameters", "seed", "seconds", "skill val %", "model")


@dataclass(frozen=True)
class Column:
    """A column of a table: its cells from top to bottom.

    Attributes:
        header: The header.
        cells: The cells, as text.
        number: Whether they are numbers, set flush right.
        folds: Whether long cells may take several lines.
    """

    header: str
    cells: list[str]
    number: bool = True
    folds: bool = False


def print_leaderboard(board: Leaderboard, console: Console, *, show_all: bool) -> None:
    """Print one table a task, then what has no rank.

    Args:
        board: The runs.
        console: Where to print.
        show_all: List the runs without a rank, instead of only counting them.
    """
    for task in board.tasks:
        console.print(task_title(task), style="bold")
        if task.simulated:
            console.print("simulated stand-in, not the official record", style="yellow")
        _print_columns(task_columns(task), console, faint=_baseline_lines(task))
        _print_repeated(task, console)
    if not board.tasks:
        console.print("No finished runs yet.")
    if board.unranked:
        hint = "" if show_all else "; --all lists them"
        console.print(f"Not ranked: {_counted(board)}{hint}")
        if show_all:
            console.print()
            _print_columns(_unranked_columns(board.unranked), console)


def task_title(task: Task) -> str:
    """Return the line that states what all runs of a table did."""
    sample = "text" if task.measure is ACCURACY else "window"
    every = task.score_every
    which = "" if every == "1" else f"{ordinal(int(every)) if every.isdecimal() else every} "
    what = f"{task.target}, {task.delay} rows ahead" if task.delay else f"classes {task.target}"
    runs = "1 run" if len(task.rows) == 1 else f"{len(task.rows)} runs"
    return (
        f"{task.dataset}: {what}, every {which}{sample} scored"
        f" | {runs} | task {task.digest.removeprefix('sha256:')[:8]}"
    )


def task_columns(task: Task) -> list[Column]:
    """Return the columns of a task's table: its runs by validation figure, the baselines among them."""
    lines = _lines(task)
    several = len(task.baselines()) > 1

    measure = task.measure

    def baseline_name(baseline: Baseline) -> str:
        which = f", {_hours(baseline.lead_hours)}" if several else ""
        return f"{measure.baseline} (baseline{which})"

    finite = [row.run_id for row in task.rows if math.isfinite(row.val)]
    ranks = {run_id: str(rank) for rank, run_id in enumerate(finite, start=1)}
    columns = [
        Column("rank", _cells(lines, lambda row: ranks.get(row.run_id, _ABSENT), lambda _: _ABSENT)),
        Column("name", _cells(lines, lambda row: row.name, baseline_name), number=False, folds=True),
        Column("model", _cells(lines, lambda row: row.model, lambda _: measure.baseline), number=False),
        Column(f"val {measure.label}", [_decimals(line.val, 4) for line in lines]),
        Column(f"test {measure.label}", [_decimals(line.test, 4) for line in lines]),
        Column(f"test {task.unit}".strip(), [_decimals(line.test_units, 3) for line in lines]),
        Column("skill val %", _cells(lines, lambda row: _percent(row.skill_val), lambda _: "0.0")),
        Column("skill test %", _cells(lines, lambda row: _percent(row.skill_test), lambda _: "0.0")),
        Column("true lead", [_hours(line.lead_hours) for line in lines]),
        Column("parameters", _cells(lines, lambda row: _whole(row.parameters), lambda _: "0")),
        Column("seconds", _cells(lines, lambda row: _seconds(row.seconds), lambda _: _ABSENT)),
        Column("seed", _cells(lines, lambda row: row.seed or _ABSENT, lambda _: _ABSENT)),
    ]
    one_seed = len({row.seed for row in task.rows}) == 1
    no_units = all(line.test_units is None for line in lines)
    unwanted = {"seed"} if one_seed else set()
    unwanted |= {columns[5].header} if no_units else set()
    unwanted |= {"true lead"} if measure is ACCURACY else set()
    return [column for column in columns if column.header not in unwanted]


def _lines(task: Task) -> list[Row | Baseline]:
    """Return runs and baselines in one order: whoever stands below a baseline is worse than it."""
    lines: list[Row | Baseline] = [*task.rows, *task.baselines()]
    return sorted(lines, key=lambda line: task.order(line.val))


def _baseline_lines(task: Task) -> set[int]:
    return {number for number, line in enumerate(_lines(task)) if isinstance(line, Baseline)}


def _cells(
    lines: Iterable[Row | Baseline], of_run: Callable[[Row], str], of_baseline: Callable[[Baseline], str]
) -> list[str]:
    return [of_run(line) if isinstance(line, Row) else of_baseline(line) for line in lines]


def _print_repeated(task: Task, console: Console) -> None:
    repeated, label = task.repeated(), task.measure.label
    if not repeated:
        return
    console.print("The same configuration with several seeds, mean +/- standard deviation:")
    columns = [
        Column("name", [line.name for line in repeated], number=False, folds=True),
        Column("model", [line.model for line in repeated], number=False),
        Column("seeds", [str(line.seeds) for line in repeated]),
        Column(f"val {label}", [_spread(line.val_mean, line.val_sd) for line in repeated]),
        Column(f"test {label}", [_spread(line.test_mean, line.test_sd) for line in repeated]),
    ]
    _print_columns(columns, console)


def _unranked_columns(runs: Sequence[Unranked]) -> list[Column]:
    return [
        Column("status", [run.status for run in runs], number=False),
        Column("name", [run.name for run in runs], number=False, folds=True),
        Column("model", [run.model or _ABSENT for run in runs], number=False),
        Column("started", [f"{run.started.astimezone():%Y-%m-%d %H:%M}" for run in runs], number=False),
        Column("why", [run.reason or _ABSENT for run in runs], number=False, folds=True),
    ]


def _print_columns(columns: Sequence[Column], console: Console, faint: Iterable[int] = ()) -> None:
    """Print a table; on a terminal that is too narrow fold names and give up columns, then say which."""
    from rich.text import Text

    kept, hidden, faint = list(columns), list[str](), set(faint)
    if console.is_terminal:
        for header in _DROPPED_FIRST:
            if _width(kept, folded=True) <= console.rich.width:
                break
            hidden += [column.header for column in kept if column.header == header]
            kept = [column for column in kept if column.header != header]
    else:
        console.rich.width = max(console.rich.width, _width(kept, folded=False))
    console.rich.print(_table(kept, faint))
    if hidden:
        console.rich.print(Text(f"hidden: {', '.join(hidden)} (pipe to see all)", style="dim"))
    console.print()


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


def _counted(board: Leaderboard) -> str:
    return ", ".join(f"{count} {status}" for status, count in board.unranked_counts())


def _decimals(value: float | None, digits: int) -> str:
    return _ABSENT if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return _ABSENT if share is None or not math.isfinite(share) else f"{100 * share:+.1f}"


def _hours(hours: float | None) -> str:
    return _ABSENT if hours is None else f"{hours:.4g} h"


def _whole(value: float | None) -> str:
    return _ABSENT if value is None or not math.isfinite(value) else f"{round(value):,}"


def _seconds(seconds: float | None) -> str:
    return _ABSENT if seconds is None else f"{seconds:,.1f}" if seconds < 100 else f"{seconds:,.0f}"


def _spread(mean: float | None, sd: float | None) -> str:
    return _ABSENT if mean is None else f"{mean:.4f} +/- {_decimals(sd, 4)}"
