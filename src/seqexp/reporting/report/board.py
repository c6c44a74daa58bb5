"""The leaderboard of a task as the page's table: groups, their runs, the baselines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from seqexp.evaluation.measure import ACCURACY
from seqexp.reporting.groups import Group, Spread
from seqexp.reporting.leaderboard import Baseline, Task
from seqexp.reporting.numbers import number
from seqexp.reporting.report.colours import look
from seqexp.reporting.report.content import Board, Cell, Column, Line
from seqexp.reporting.rows import Row

_NOTHING = Cell("", None)
Value = float | None


def board_of(task: Task, prefix: str, drawn: int) -> Board:
    """Return the table of a task.

    Args:
        task: The task.
        prefix: Begins the lines' ids.
        drawn: How many of the groups have curves, and so a colour.
    """
    sources = [source for source in _sources(task) if source.is_told(task)]
    lines: list[tuple[float, Line]] = []
    for place, group in enumerate(task.groups):
        lines.append((_order(task, group.figure), _group_line(group, place, f"{prefix}g{place}", sources, drawn)))
    if task.ranking.part is not None:
        for place, baseline in enumerate(task.baselines()):
            figure = baseline.val if task.ranking.part == "val" else baseline.test
            lines.append((_order(task, figure), _baseline_line(task, baseline, f"{prefix}b{place}", sources)))
    lines.sort(key=lambda found: found[0])
    return Board([source.column for source in sources], [line for _, line in lines])


class _Source:
    """Where a column's cells come from."""

    def __init__(
        self,
        column: Column,
        of_group: Callable[[Group], Cell],
        of_run: Callable[[Row], Cell],
        of_baseline: Callable[[Baseline], Cell] = lambda _: _NOTHING,
    ) -> None:
        self.column, self.of_group, self.of_run, self.of_baseline = column, of_group, of_run, of_baseline

    def is_told(self, task: Task) -> bool:
        """Whether a group of the task has anything in it."""
        return any(self.of_group(group).text for group in task.groups)


def _group_line(group: Group, place: int, line: str, sources: Sequence[_Source], drawn: int) -> Line:
    colour, dash = look(place) if place < drawn else (None, "solid")
    runs = [
        Line(f"{line}r{at}", row.name, [source.of_run(row) for source in sources]) for at, row in enumerate(group.rows)
    ]
    return Line(line, group.name, [source.of_group(group) for source in sources], colour, dash, runs)


def _baseline_line(task: Task, baseline: Baseline, line: str, sources: Sequence[_Source]) -> Line:
    return Line(line, baseline_name(task, baseline), [s.of_baseline(baseline) for s in sources], is_baseline=True)


def baseline_name(task: Task, baseline: Baseline) -> str:
    """Return what a baseline is called: "naive", with its true lead where there are several."""
    several = len(task.baselines()) > 1 and baseline.lead_hours is not None
    return f"{task.measure.baseline} ({baseline.lead_hours:.4g} h)" if several else task.measure.baseline


def _order(task: Task, figure: Value) -> float:
    if figure is None or not math.isfinite(figure):
        return math.inf
    return -figure if task.ranking.higher_is_better else figure


def _sources(task: Task) -> list[_Source]:
    label, better = task.measure.label, "higher" if task.measure.higher_is_better else "lower"
    base = task.measure.baseline
    unit = task.unit or "unit"
    scaled = "" if task.measure is ACCURACY else ", in standard deviations of the target"
    found = [
        _Source(
            Column("model", "The model's name.", is_number=False),
            lambda group: _text(group.model),
            lambda row: _text(row.model),
            lambda _: _text(base),
        ),
        _Source(
            Column("n", "Runs in the group: repetitions with other seeds, or what was asked to be put together."),
            lambda group: _figure(group.n, 0),
            lambda row: _text(f"seed {row.seed}" if row.seed else ""),
        ),
        _Source(
            Column(
                f"val {label}",
                f"Validation {label} of the best epoch{scaled}: mean ± sd over runs; {better} is "
                "better. It decides the order unless another metric was asked for.",
            ),
            lambda group: _spread(group.val, 4),
            lambda row: _figure(row.val, 4),
            lambda baseline: _figure(baseline.val, 4),
        ),
        _Source(
            Column(f"test {label}", f"Test {label} of the same weights{scaled}: mean ± sd over runs."),
            lambda group: _spread(group.test, 4),
            lambda row: _figure(row.test, 4),
            lambda baseline: _figure(baseline.test, 4),
        ),
        _Source(
            Column(f"test {unit}", f"Test MAE in {unit}."),
            lambda group: _figure(group.mean(lambda row: row.test_units), 3),
            lambda row: _figure(row.test_units, 3),
            lambda baseline: _figure(baseline.test_units, 3),
        ),
        _Source(
            Column("skill val", f"Share of the {base} baseline's validation error that the model takes away."),
            lambda group: _percent(group.mean(lambda row: row.skill_val)),
            lambda row: _percent(row.skill_val),
            lambda _: _percent(0.0),
        ),
        _Source(
            Column("skill test", f"Share of the {base} baseline's test error that the model takes away."),
            lambda group: _percent(group.mean(lambda row: row.skill_test)),
            lambda row: _percent(row.skill_test),
            lambda _: _percent(0.0),
        ),
        _Source(
            Column("true lead", "Hours from the last value that the model sees to the target."),
            lambda group: _hours(group.mean(lambda row: row.lead_hours)),
            lambda row: _hours(row.lead_hours),
            lambda baseline: _hours(baseline.lead_hours),
        ),
        _Source(
            Column("parameters", "Trainable parameters."),
            lambda group: _figure(group.mean(lambda row: row.parameters), 0),
            lambda row: _figure(row.parameters, 0),
        ),
        _Source(
            Column("seconds", "Seconds spent training, mean over runs."),
            lambda group: _figure(group.mean(lambda row: row.seconds), 1),
            lambda row: _figure(row.seconds, 1),
        ),
        _Source(
            Column("failed", "Runs of this configuration that failed, with seeds that no finished run has."),
            lambda group: _figure(group.failed, 0) if group.failed else _NOTHING,
            lambda _: _NOTHING,
        ),
    ]
    if task.ranking.part is None:
        metric = task.ranking.metric
        asked = Column(metric, f"{metric}, the metric that decides the order, as was asked for.")
        ranked = _Source(
            asked,
            lambda group: _figure(group.figure, 4),
            lambda row: _figure(row.stored.metrics.get(metric), 4),
        )
        found.insert(2, ranked)
    return found


def _text(text: str) -> Cell:
    return Cell(text, text.casefold() or None)


def _figure(value: Value, digits: int) -> Cell:
    if value is None:
        return _NOTHING
    if not math.isfinite(value):
        return Cell("not finite", None)
    return Cell(f"{round(value):,}" if digits == 0 else number(value, digits), float(value))


def _spread(spread: Spread | None, digits: int) -> Cell:
    if spread is None:
        return _NOTHING
    mean = _figure(spread.mean, digits)
    return mean if spread.sd is None else Cell(f"{mean.text} ± {number(spread.sd, digits)}", mean.order)


def _percent(share: Value) -> Cell:
    if share is None or not math.isfinite(share):
        return _NOTHING
    return Cell(f"{100 * share:+.1f} %" if share else "0.0 %", share)


def _hours(hours: Value) -> Cell:
    return _NOTHING if hours is None else Cell(f"{hours:.4g} h", hours)
