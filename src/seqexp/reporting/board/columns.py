"""The one list of a leaderboard's columns: terminal, Markdown, HTML, CSV, JSON and the report's page render it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.comparison import COSTS, Board, Cost, Standing
from seqexp.reporting.board.groups import Spread
from seqexp.reporting.board.leaderboard import Baseline, baselines
from seqexp.reporting.board.rows import Row, metrics_of
from seqexp.tasks.metric import Better, Metric

ABSENT = "-"
ALIKE = "≈"
FRONT = "*"

_SPREAD = ("mean", "sd", "best")
_INTERVAL = ("estimate", "low", "high", "over", "block")


@dataclass(frozen=True)
class Mean:
    """A mean without an interval, beside others that have one."""

    estimate: float


Value = str | float | Sequence[float] | Mapping[str, str] | Spread | Interval | Mean | None
BoardLine = Standing | Baseline | Row


@dataclass(frozen=True)
class Heading:
    """What stands above a column of a table, and how its cells are set.

    Attributes:
        header: The text; empty: the column is in no table, but in CSV and JSON.
        about: What the column says, in a sentence.
        is_number: Whether the cells are numbers, set flush right.
        folds: Whether long cells may take several lines.
        spare: On a narrow terminal columns are given up from the highest on; 0: never. The true lead is not: figures of
            different leads would look alike.
    """

    header: str
    about: str = ""
    is_number: bool = True
    folds: bool = False
    spare: int = 0


def _nothing(_: object) -> Value:
    return None


def as_text(value: Value) -> str:
    """Return a text as it is; nothing of what is not there."""
    return "" if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class Column(Heading):
    """A column of the leaderboard.

    Attributes:
        key: Its field in CSV and JSON; empty: it is in tables alone.
        figure: The name of the recorded figure that it shows, if it shows one.
        of_group, of_baseline, of_run: The value of a line.
        write: From a value to the text of a cell; empty where there is none.
        text: From a group to the text of its cell, where that says more than the value.
        fields: The parts of the value in CSV and JSON; empty: the value itself.
        data: From a group to what CSV and JSON have, where that is more than the value.
    """

    key: str = ""
    figure: str = ""
    of_group: Callable[[Standing], Value] = _nothing
    of_baseline: Callable[[Baseline], Value] = _nothing
    of_run: Callable[[Row], Value] = _nothing
    write: Callable[[Value], str] = as_text
    text: Callable[[Standing], str] | None = None
    fields: tuple[str, ...] = ()
    data: Callable[[Standing], object] | None = None

    @property
    def is_of_runs(self) -> bool:
        """Whether single runs have a value."""
        return self.of_run is not _nothing

    def value(self, line: BoardLine) -> Value:
        """Return the value of a line."""
        if isinstance(line, Standing):
            return self.of_group(line)
        return self.of_baseline(line) if isinstance(line, Baseline) else self.of_run(line)

    def cell(self, line: BoardLine) -> str:
        """Return the text of a line's cell; empty where there is nothing."""
        if self.text is not None and isinstance(line, Standing):
            return self.text(line)
        value = self.value(line)
        return value if isinstance(value, str) else self.write(value)

    def order(self, line: BoardLine) -> float | str | None:
        """Return by what a line is sorted in this column; None: it comes last."""
        value = self.value(line)
        if isinstance(value, str):
            return value.casefold() or None
        if isinstance(value, Sequence):
            return value[0] if value else None
        found = value.mean if isinstance(value, Spread) else getattr(value, "estimate", value)
        return float(found) if isinstance(found, int | float) and math.isfinite(found) else None

    def plain(self, standing: Standing) -> object:
        """Return what CSV and JSON have of a group."""
        if self.data is not None:
            return self.data(standing)
        value = self.of_group(standing)
        return parts_of(value, self.fields) if self.fields else value


def parts_of(value: Value, fields: Sequence[str]) -> dict[str, object]:
    """Return the parts of a value by their names, None where it has none."""
    return {name: getattr(value, name, None) for name in fields}


def columns(board: Board) -> list[Column]:
    """Return the columns of a task's leaderboard; further metrics of its samples have one where a run has them."""
    found = [*_of_identity(board), *_of_metric(board), *_of_skill(board), *_of_cost(), *_of_further_metrics(board)]
    return [*found, Column("", key="on_front", of_group=lambda standing: standing.on_front)]


def shown_columns(board: Board) -> list[Column]:
    """Return the columns that a table has: of all, those that say something about this task's groups."""
    task, standings = board.task, board.standings
    one_each = all(standing.group.n == 1 for standing in standings)
    in_units = any(standing.group.mean(_in_units(task.metric)) is not None for standing in standings)
    unwanted = {
        "figure": task.ranking.part is not None,
        "best": one_each,
        "n": one_each and not any(standing.group.failed for standing in standings),
        "versus_best": len(standings) == 1 or not board.is_ranked,
        "test_units": not in_units,
        "true_lead_hours": task.kind.order == "independent",
    }
    return [column for column in columns(board) if column.header and not unwanted.get(column.key or column.header)]


def shown_baselines(board: Board) -> list[Baseline]:
    """Return the baselines on the samples that a table's figures are of."""
    return baselines((row for each in board.standings for row in each.group.rows), board.task.ranking)


def lines_of(board: Board) -> list[Standing | Baseline]:
    """Return groups and baselines in one order: who stands below a baseline is worse than it.

    In the order of another figure than that of a part the baselines come last.
    """
    ranking = board.task.ranking

    def order(line: Standing | Baseline) -> tuple[bool, float]:
        if isinstance(line, Standing):
            return ranking.order(line.group.figure)
        return ranking.order(line.figures.get(ranking.by))

    if ranking.part is None:
        return [*board.standings, *shown_baselines(board)]
    return sorted([*board.standings, *shown_baselines(board)], key=order)


def _of_identity(board: Board) -> list[Column]:
    base = board.task.kind.baseline
    several = len(shown_baselines(board)) > 1

    def name(baseline: Baseline) -> str:
        lead = f", {_hours(baseline.lead_hours)}" if several and baseline.lead_hours is not None else ""
        return f"{base} (baseline{lead})"

    return [
        Column(
            "rank",
            key="rank",
            about=f"Its rank. {FRONT}: no group is both better and cheaper in {board.cost} (Pareto).",
            of_group=lambda standing: standing.rank,
            of_baseline=lambda _: f"{ABSENT}  ",
            text=lambda standing: f"{standing.rank or ABSENT} {FRONT if standing.on_front else ' '}",
        ),
        Column(
            "name",
            key="name",
            about="The configuration, or the run.",
            is_number=False,
            folds=True,
            of_group=lambda standing: standing.group.name,
            of_baseline=name,
            of_run=lambda row: row.name,
        ),
        Column("", key="by", of_group=lambda standing: dict(standing.group.by)),
        Column(
            "model",
            key="model",
            about="The model's name.",
            is_number=False,
            spare=8,
            of_group=lambda standing: standing.group.model,
            of_baseline=lambda _: base,
            of_run=lambda row: row.model,
        ),
        Column(
            "n",
            key="n",
            about="Runs in the group: repetitions with other seeds, or what was asked to be put together.",
            spare=2,
            of_group=lambda standing: standing.group.n,
            of_run=lambda row: f"seed {row.seed}" if row.seed else None,
            text=_counted,
        ),
        Column("", key="failed", of_group=lambda standing: standing.group.failed),
    ]


def _of_metric(board: Board) -> list[Column]:
    task, metric, by = board.task, board.task.metric, board.task.ranking.by
    unit = task.unit or "unit"
    scaled = ", in standard deviations of the target" if metric.has_unit else ""
    val, test, in_units = metric.name("val"), metric.name("test"), _in_units(metric)
    return [
        Column(
            by,
            key="figure",
            about=f"{by}, which decides the order, as was asked for: mean ± sd over runs.",
            of_group=lambda standing: standing.group.figure,
            of_run=lambda row: row.figure(by),
            write=_decimals,
            text=lambda standing: _decimals(standing.group.spread(by)),
        ),
        _spread_of(
            val,
            "val",
            f"val {metric.label}",
            f"Validation {metric.label} of the best epoch{scaled}: mean ± sd over runs; {_which(metric.better)}.",
        ),
        Column(
            "best",
            about=f"The best validation {metric.label} of a run of the group.",
            spare=7,
            of_group=lambda standing: standing.group.val.best,
            write=_decimals,
        ),
        Column(
            "vs best",
            key="versus_best",
            about="By how much its figure differs from the best group's, ± half the 95 % interval. "
            f"{ALIKE}: the interval holds 0, so it can't be told from the best.",
            of_group=_difference,
            text=_versus,
            data=_versus_data,
        ),
        _spread_of(
            test,
            "test",
            f"test {metric.label}",
            f"Test {metric.label} of the same weights{scaled}: mean ± sd over runs.",
            spare=1,
        ),
        Column(
            unit,
            key="test_units",
            about=f"Test {metric.label} in {unit}.",
            figure=in_units,
            spare=3,
            of_group=lambda standing: standing.group.mean(in_units),
            of_baseline=lambda baseline: baseline.figures.get(in_units),
            of_run=lambda row: row.figure(in_units),
            write=lambda value: _decimals(value, 3),
        ),
    ]


def _of_skill(board: Board) -> list[Column]:
    base = board.task.kind.baseline

    def skill(part: str, in_words: str, of_group: Callable[[Standing], Interval | None], spare: int) -> Column:
        name = f"skill_{part}"
        return Column(
            f"skill {part} %",
            key=name,
            about=f"Share of the {base} baseline's {in_words} error that is taken away, ± half the 95 % interval.",
            spare=spare,
            of_group=lambda standing: of_group(standing) or _mean(standing.group.mean(name)),
            of_baseline=lambda _: "0.0",
            of_run=lambda row: row.figure(name),
            write=_percent,
            fields=_INTERVAL,
        )

    return [
        skill("val", "validation", lambda standing: standing.skill_val, 6),
        skill("test", "test", lambda standing: standing.skill_test, 0),
    ]


def _of_cost() -> list[Column]:
    return [
        Column(
            "true lead",
            key="true_lead_hours",
            about="Hours from the last value that the model sees to the target.",
            of_group=lambda standing: standing.group.leads,
            of_baseline=lambda baseline: baseline.lead_hours,
            of_run=lambda row: row.lead_hours,
            write=_hours,
        ),
        _cost("parameters", "parameters", "Trainable parameters.", 5, _whole, "0"),
        _cost("seconds", "seconds", "Seconds spent training, mean over runs.", 4, _seconds, None),
    ]


def _cost(
    key: Cost, header: str, about: str, spare: int, write: Callable[[Value], str], of_baseline: str | None
) -> Column:
    figure = COSTS[key]
    return Column(
        header,
        key=key,
        about=about,
        spare=spare,
        of_group=lambda standing: standing.group.mean(figure),
        of_baseline=lambda _: of_baseline,
        of_run=lambda row: row.figure(figure),
        write=write,
    )


def _of_further_metrics(board: Board) -> list[Column]:
    """Return the test figures of the metrics that don't rank; they are the first ones to be given up."""
    task = board.task
    return [
        _spread_of(
            metric.name("test"),
            f"test_{metric.key}",
            f"test {metric.label}",
            f"Test {metric.label}: mean ± sd over runs; {_which(metric.better)}.",
            spare=9 + position,
        )
        for position, metric in enumerate(metrics_of(task.kind))
        if metric is not task.metric and any(row.figure(metric.name("test")) is not None for row in task.rows)
    ]


def _spread_of(figure: str, key: str, header: str, about: str, spare: int = 0) -> Column:
    """Return the column of a recorded figure, by its name."""
    return Column(
        header,
        key=key,
        about=about,
        figure=figure,
        spare=spare,
        of_group=lambda standing: standing.group.spread(figure),
        of_baseline=lambda baseline: baseline.figures.get(figure),
        of_run=lambda row: row.figure(figure),
        write=_decimals,
        fields=_SPREAD,
    )


def _in_units(metric: Metric) -> str:
    return f"{metric.name('test')}_units"


def _which(better: Better) -> str:
    """Return which way a figure is better, in words."""
    if isinstance(better, float):
        return f"the nearer to {better:g} the better"
    return f"{better} is better" if better else "it says nothing of better or worse"


def _counted(standing: Standing) -> str:
    group = standing.group
    return f"{group.n} of {group.n + group.failed}" if group.failed else f"{group.n}"


def _difference(standing: Standing) -> Value:
    if standing.rank == 1:
        return 0.0
    return standing.versus.shown if standing.versus else None


def _versus(standing: Standing) -> str:
    if standing.rank == 1:
        return "best"
    if standing.versus is None or standing.versus.shown is None:
        return ""
    found = standing.versus.shown
    return f"{'' if standing.versus.can_be_told else ALIKE}{found.estimate:+.4f}±{found.half:.4f}"


def _versus_data(standing: Standing) -> dict[str, object]:
    versus = standing.versus
    return {
        "over_seeds": parts_of(versus.seeds if versus else None, _INTERVAL),
        "over_samples": parts_of(versus.windows if versus else None, _INTERVAL),
        "can_be_told": versus.can_be_told if versus else None,
    }


def _mean(value: float | None) -> Mean | None:
    return None if value is None else Mean(value)


def _decimals(value: Value, digits: int = 4) -> str:
    """Return "0.2640±0.0020"; of a single run without what it can't have."""
    if isinstance(value, Spread):
        return _decimals(value.mean) if value.sd is None else f"{_decimals(value.mean)}±{_decimals(value.sd)}"
    return f"{value:.{digits}f}" if isinstance(value, int | float) else ""


def _percent(value: Value) -> str:
    """Return a share in percent, such as "+6.1±2.0" or "+6.1"."""
    if isinstance(value, Interval):
        return f"{100 * value.estimate:+.1f}±{100 * value.half:.1f}"
    share = value.estimate if isinstance(value, Mean) else value
    return f"{100 * share:+.1f}" if isinstance(share, int | float) and math.isfinite(share) else ""


def _whole(value: Value) -> str:
    """Return a count, such as "4,641"."""
    return f"{round(value):,}" if isinstance(value, int | float) and math.isfinite(value) else ""


def _seconds(value: Value) -> str:
    """Return a time in seconds, such as "14.7" or "1,234"."""
    return f"{value:,.{1 if value < 100 else 0}f}" if isinstance(value, int | float) else ""


def _hours(value: Value) -> str:
    """Return "24.5 h", or "24.5 to 25 h" of several leads."""
    leads = [value] if isinstance(value, int | float) else value
    if not isinstance(leads, list) or not leads:
        return ""
    return f"{' to '.join(dict.fromkeys(f'{lead:.4g}' for lead in (leads[0], leads[-1])))} h"
