"""The leaderboard of a task as the page's table: groups, their runs, the baselines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board import columns as board_columns
from seqexp.reporting.board.comparison import Board, Standing
from seqexp.reporting.board.groups import Spread
from seqexp.reporting.board.leaderboard import Baseline
from seqexp.reporting.board.rows import Row
from seqexp.reporting.numbers import number
from seqexp.reporting.page.colours import look
from seqexp.reporting.page.content import Cell, Column, Leaderboard, Line
from seqexp.tasks.metric import ACCURACY

_NOTHING = Cell("", None)
Value = float | None


@dataclass(frozen=True)
class _Source:
    """Where a column's cells come from."""

    column: Column
    of_group: Callable[[Standing], Cell]
    of_run: Callable[[Row], Cell] = lambda _: _NOTHING
    of_baseline: Callable[[Baseline], Cell] = lambda _: _NOTHING

    def is_told(self, board: Board) -> bool:
        """Whether a group has anything in it."""
        return any(self.of_group(standing).text for standing in board.standings)


def table_of(board: Board, prefix: str, drawn: int) -> Leaderboard:
    """Return the table of a task.

    Args:
        board: The task's groups in their order.
        prefix: Begins the lines' ids: group 0 of it is PREFIXg0.
        drawn: How many of the groups have curves, and so a colour.
    """
    sources = [source for source in _sources(board) if source.is_told(board)]
    ranking = board.task.ranking
    lines: list[tuple[tuple[bool, float], Line]] = []
    for place, standing in enumerate(board.standings):
        line = _group_line(standing, place, f"{prefix}g{place}", sources, drawn)
        lines.append((ranking.order(standing.group.figure), line))
    for place, baseline in enumerate(board_columns.shown_baselines(board)):
        figure = {"val": baseline.val, "test": baseline.test}.get(ranking.part or "")  # else it comes last
        line = Line(
            f"{prefix}b{place}",
            baseline_name(board, baseline),
            [source.of_baseline(baseline) for source in sources],
            is_baseline=True,
        )
        lines.append((ranking.order(figure), line))
    lines.sort(key=lambda found: found[0])
    return Leaderboard([source.column for source in sources], [line for _, line in lines])


def baseline_name(board: Board, baseline: Baseline) -> str:
    """Return what a baseline is called: "naive", with its true lead where there are several."""
    several = len(board_columns.shown_baselines(board)) > 1 and baseline.lead_hours is not None
    name = f"{board.task.measure.baseline} baseline"
    return f"{name}, {baseline.lead_hours:.4g} h" if several else name


def _group_line(standing: Standing, place: int, line: str, sources: Sequence[_Source], drawn: int) -> Line:
    colour, dash = look(place) if place < drawn else (None, "solid")
    runs = [
        Line(f"{line}r{at}", row.name, [source.of_run(row) for source in sources])
        for at, row in enumerate(standing.group.rows)
    ]
    return Line(line, standing.group.name, [source.of_group(standing) for source in sources], colour, dash, runs)


def _sources(board: Board) -> list[_Source]:
    return [*_ranks(board), *_scores(board), *_skills(board), *_costs(board)]


def _ranks(board: Board) -> list[_Source]:
    metric = board.task.ranking.metric
    found = [
        _Source(
            Column("rank", "Its place."),
            lambda standing: _NOTHING if standing.rank is None else _figure(standing.rank, 0),
        ),
        _Source(
            Column("n", "Runs in the group: repetitions with other seeds, or what was asked to be put together."),
            _counted,
            lambda row: _text(f"seed {row.seed}" if row.seed else ""),
        ),
    ]
    if board.task.ranking.part is None:
        found.append(
            _Source(
                Column(metric, f"{metric}, which decides the order, as was asked for: mean ± sd over runs."),
                lambda standing: _spread(standing.group.spread(standing.group.figure_of)),
                lambda row: _figure(board.groups[0].figure_of(row), 4),
            )
        )
    return found


def _scores(board: Board) -> list[_Source]:
    measure, unit = board.task.measure, board.task.unit or "unit"
    better = "higher" if measure.higher_is_better else "lower"
    scaled = "" if measure is ACCURACY else ", in standard deviations of the target"
    return [
        _Source(
            Column(
                f"val {measure.label}",
                f"Validation {measure.label} of the best epoch{scaled}: mean ± sd over runs; {better} is better.",
            ),
            lambda standing: _spread(standing.group.val),
            lambda row: _figure(row.val, 4),
            lambda baseline: _figure(baseline.val, 4),
        ),
        _Source(
            Column(
                "vs best",
                "By how much its figure differs from the best group's, ± half the 95 % interval. ≈: the interval holds "
                "0, so it can't be told from the best.",
            ),
            _versus,
        ),
        _Source(
            Column(f"test {measure.label}", f"Test {measure.label} of the same weights{scaled}: mean ± sd over runs."),
            lambda standing: _spread(standing.group.test),
            lambda row: _figure(row.test, 4),
            lambda baseline: _figure(baseline.test, 4),
        ),
        _Source(
            Column(f"test {unit}", f"Test MAE in {unit}."),
            lambda standing: _figure(standing.group.mean(lambda row: row.test_units), 3),
            lambda row: _figure(row.test_units, 3),
            lambda baseline: _figure(baseline.test_units, 3),
        ),
    ]


def _skills(board: Board) -> list[_Source]:
    base = board.task.measure.baseline
    meaning = "Share of the {} baseline's {} error that the model takes away, ± half the 95 % interval."
    return [
        _Source(
            Column("skill val", meaning.format(base, "validation")),
            lambda standing: _skill(standing.skill_val, standing.group.skill_val),
            lambda row: _percent(row.skill_val),
            lambda _: _percent(0.0),
        ),
        _Source(
            Column("skill test", meaning.format(base, "test")),
            lambda standing: _skill(standing.skill_test, standing.group.skill_test),
            lambda row: _percent(row.skill_test),
            lambda _: _percent(0.0),
        ),
    ]


def _costs(board: Board) -> list[_Source]:
    return [
        _Source(
            Column("model", "The model's name.", is_number=False),
            lambda standing: _text(standing.group.model),
            lambda row: _text(row.model),
            lambda _: _text(board.task.measure.baseline),
        ),
        _Source(
            Column("true lead", "Hours from the last value that the model sees to the target."),
            lambda standing: _hours(standing.group.leads),
            lambda row: _hours([] if row.lead_hours is None else [row.lead_hours]),
            lambda baseline: _hours([] if baseline.lead_hours is None else [baseline.lead_hours]),
        ),
        _Source(
            Column("parameters", "Trainable parameters."),
            lambda standing: _figure(standing.group.parameters, 0),
            lambda row: _figure(row.parameters, 0),
        ),
        _Source(
            Column("seconds", "Seconds spent training, mean over runs."),
            lambda standing: _figure(standing.group.seconds, 1),
            lambda row: _figure(row.seconds, 1),
        ),
        _Source(
            Column("front", f"★: no group is both better and cheaper in {board.cost} (Pareto).", is_number=False),
            lambda standing: _text("★" if standing.on_front and len(board.standings) > 1 else ""),
        ),
    ]


def _counted(standing: Standing) -> Cell:
    group = standing.group
    text = f"{group.n} of {group.n + group.failed}" if group.failed else f"{group.n}"
    return Cell(text, float(group.n))


def _versus(standing: Standing) -> Cell:
    if standing.rank == 1:
        return Cell("best", 0.0)
    if standing.versus is None or standing.versus.shown is None:
        return _NOTHING
    shown = standing.versus.shown
    mark = "" if standing.versus.can_be_told else "≈ "
    return Cell(f"{mark}{shown.estimate:+.4f} ± {shown.half:.4f}", shown.estimate)


def _skill(interval: Interval | None, mean: Value) -> Cell:
    if interval is None:
        return _percent(mean)
    return Cell(f"{100 * interval.estimate:+.1f} ± {100 * interval.half:.1f} %", interval.estimate)


def _text(text: str) -> Cell:
    return Cell(text, text.casefold() or None)


def _figure(value: Value, digits: int) -> Cell:
    if value is None:
        return _NOTHING
    if not math.isfinite(value):
        return Cell("not finite", None)
    return Cell(f"{round(value):,}" if digits == 0 else number(value, digits), float(value))


def _spread(spread: Spread | None) -> Cell:
    if spread is None:
        return _NOTHING
    mean = _figure(spread.mean, 4)
    return mean if spread.sd is None else Cell(f"{mean.text} ± {number(spread.sd, 4)}", mean.order)


def _percent(share: Value) -> Cell:
    if share is None or not math.isfinite(share):
        return _NOTHING
    return Cell(f"{100 * share:+.1f} %" if share else "0.0 %", share)


def _hours(leads: Sequence[float]) -> Cell:
    if not leads:
        return _NOTHING
    ends = dict.fromkeys(f"{lead:.4g}" for lead in (leads[0], leads[-1]))
    return Cell(f"{' to '.join(ends)} h", leads[0])
