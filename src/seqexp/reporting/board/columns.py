"""The one list of a leaderboard's columns: terminal, Markdown, HTML, CSV, JSON and the report's page render it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.column import (
    CellValue,
    Column,
    Mean,
    amount,
    as_percent,
    decimals,
    leads,
    parts_of,
    seconds,
    whole,
)
from seqexp.reporting.board.comparison import COSTS, Board, Cost
from seqexp.reporting.board.leaderboard import Baseline
from seqexp.reporting.board.lines import line_name, names_in_words, shown_baselines, skill_is_against
from seqexp.reporting.board.rows import metrics_of
from seqexp.reporting.board.standing import Standing
from seqexp.reporting.numbers import decimals_for
from seqexp.reporting.text_table import ABSENT, STAYS
from seqexp.tasks.metric import Better, Metric

ALIKE = "≈"
FRONT = "*"
MAY_BE_BEST = "✓"

_SPREAD = ("mean", "sd", "best")
_INTERVAL = ("estimate", "low", "high", "over", "block")

# What each column says, by its field, or by its header where it has none.
_ABOUT = {
    "rank": "Its place in the order. A * says something else: no group is both better and cheaper in {cost}, so it is "
    "on the Pareto front.",
    "name": "The configuration, or the run.",
    "model": "The model's name.",
    "n": "Runs in the group: repetitions with other seeds, or what was asked to be put together.",
    "figure": "{by}, which decides the order, as was asked for: mean ± sd over runs.",
    "val": "Validation {label} of the best epoch{scaled}: mean ± sd over runs; {better}.",
    "best": "The best validation {label} of a run of the group.",
    "versus_best": "By how much its figure differs from the best group's, ± half the 95 % interval. ≈: 0 is in the "
    "interval, so it can't be told from the best.",
    "test": "Test {label} of the same weights{scaled}: mean ± sd over runs.",
    "test_units": "Test {label} in {unit}.",
    "letters": "Groups that share a letter can't be told apart on the test part. ✓: it is in the set that holds the "
    "best of them with 95 % confidence.",
    "skill_val": "Share of the best baseline's validation error that the model takes away, ± half the 95 % interval. "
    "It is {base}.",
    "skill_test": "Share of the same baseline's test error that the model takes away, ± half the 95 % interval.",
    "baseline": "The baseline that its skills are against.",
    "true lead": "From the last value that the model sees to the target; of many rows of it to the first and the last.",
    "parameters": "Trainable parameters.",
    "seconds": "Seconds spent training, mean over runs.",
}


def columns(board: Board) -> list[Column]:
    """Return the columns of a task's leaderboard; further metrics of its samples have one where a run has them."""
    metric = board.task.metric
    words = {
        "cost": board.cost,
        "by": board.task.ranking.by,
        "label": metric.label,
        "scaled": ", in standard deviations of the target" if metric.has_unit else "",
        "better": _which_is_better(metric.better),
        "unit": board.task.unit or "unit",
        "base": skill_is_against(board),
    }
    found = [*_of_runs(board), *_of_figures(board), *_of_costs(), *_of_further_metrics(board)]
    found.append(Column("", "on_front", lambda standing: standing.on_front))
    return [
        column if column.about else replace(column, about=_ABOUT.get(column.key or column.header, "").format(**words))
        for column in found
    ]


def shown_columns(board: Board) -> list[Column]:
    """Return the columns that a table has: of all, those that say something about this task's groups."""
    task, standings = board.task, board.standings
    one_each = all(standing.group.n == 1 for standing in standings)
    unwanted = {
        "figure": task.ranking.part is not None,
        "best": one_each,
        "n": one_each and not any(standing.group.failed for standing in standings),
        "versus_best": len(standings) == 1 or not board.is_ranked,
        "letters": board.judgement is None or not board.judgement.tells_anything,
        "test_units": all(standing.group.mean(_in_units(task.metric)) is None for standing in standings),
        "baseline": len({name for each in standings for name in each.group.baselines}) == 1,
        "true lead": task.kind.order == "independent",
        # Of one number they order as others do: who publishes tables of many is used to them.
        **{
            f"test_{metric.key}": not task.has_many and metric.name("test") != task.ranking.by
            for metric in metrics_of(task.kind)
            if metric.better == "lower" and not metric.has_unit and task.kind.order == "in order"
        },
    }
    return [column for column in columns(board) if column.header and not unwanted.get(column.key or column.header)]


def _of_runs(board: Board) -> Iterator[Column]:
    """Yield what the runs of a line are."""
    of_baselines = shown_baselines(board)

    def name(line: Standing | Baseline) -> str:
        return line_name(line, of_baselines)

    yield Column("rank", "rank", lambda line: line.rank, lambda _: f"{ABSENT}  ", text=_rank)
    yield Column(
        "name",
        "name",
        lambda line: line.group.name,
        name,
        lambda row: row.name,
        text=name,
        is_number=False,
        folds=True,
    )
    yield Column("", "by", lambda line: dict(line.group.by))
    yield Column(
        "model",
        "model",
        lambda line: line.group.model,
        lambda _: ABSENT,
        lambda row: row.model,
        is_number=False,
        spare=18,
    )
    yield Column(
        "n", "n", lambda line: line.group.n, of_run=lambda row: row.seed and f"seed {row.seed}", text=_counted, spare=2
    )
    yield Column("", "failed", lambda line: line.group.failed)


def _of_figures(board: Board) -> Iterator[Column]:
    """Yield the figures of what ranks, and the skills."""
    metric, by = board.task.metric, board.task.ranking.by
    in_units = _in_units(metric)
    yield Column(
        by,
        "figure",
        lambda line: line.group.figure,
        lambda baseline: baseline.figures.get(by),
        lambda row: row.figure(by),
        decimals,
        figure=by,
        text=lambda line: decimals(line.group.spread(by)),
    )
    yield _spread_of(metric.name("val"), "val", f"val {metric.label}")
    yield Column("best", of_group=lambda line: line.group.val.best, write=decimals, spare=17)
    yield Column("vs best", "versus_best", _difference, text=_versus, data=_versus_data, spare=12)
    yield _spread_of(metric.name("test"), "test", f"test {metric.label}", spare=1)
    yield Column(
        board.task.unit or "unit",
        "test_units",
        lambda line: line.group.mean(in_units),
        lambda baseline: baseline.figures.get(in_units),
        lambda row: row.figure(in_units),
        amount,
        figure=in_units,
        spare=3,
    )
    yield Column(
        "alike", "letters", lambda line: line.letters or None, text=letters_in_words, is_number=False, spare=STAYS
    )
    yield Column("", "in_best_set", lambda line: line.in_best_set)
    for part, spare in (("val", 16), ("test", 11)):
        yield _skill_of(part, spare)
    yield Column(
        "skill against",
        "baseline",
        lambda line: " or ".join(line.group.baselines),
        of_run=lambda row: row.baselines[0],
        text=lambda line: names_in_words(line.group.baselines),
        is_number=False,
        spare=13,
    )


def _skill_of(part: str, spare: int) -> Column:
    key = f"skill_{part}"

    def of_baseline(line: Baseline) -> CellValue:
        skill = line.figures.get(key)
        return None if skill is None else "0.0" if skill == 0 else as_percent(skill)

    def of_group(line: Standing) -> CellValue:
        interval: Interval | None = getattr(line, key)
        mean = line.group.mean(key)
        return interval if interval or mean is None else Mean(mean)

    return Column(
        f"skill {part} %",
        key,
        of_group,
        of_baseline,
        lambda row: row.figure(key),
        as_percent,
        fields=_INTERVAL,
        spare=spare,
    )


def _of_costs() -> Iterator[Column]:
    yield Column(
        "true lead",
        of_group=lambda line: line.group.leads,
        of_baseline=lambda baseline: [each for each in (baseline.lead, baseline.last) if each is not None],
        of_run=lambda row: [each for each in (row.lead, row.last_lead) if each is not None],
        write=leads,
        spare=4,
    )
    yield Column(
        "",
        "true_lead_hours",
        lambda line: [lead.hours for lead in line.group.leads],
        of_run=lambda row: row.lead and row.lead.hours,
    )
    yield Column(
        "",
        "true_lead_months",
        lambda line: [lead.months for lead in line.group.leads if lead.months] or None,
        of_run=lambda row: (row.lead and row.lead.months) or None,
    )
    yield _cost_of("parameters", whole, "0", spare=15)
    yield _cost_of("seconds", seconds, None, spare=14)


def _cost_of(cost: Cost, write: Callable[[CellValue], str], of_baseline: CellValue, spare: int) -> Column:
    figure = COSTS[cost]
    return Column(
        cost,
        cost,
        lambda line: line.group.mean(figure),
        lambda _: of_baseline,
        lambda row: row.figure(figure),
        write,
        spare=spare,
    )


def _of_further_metrics(board: Board) -> Iterator[Column]:
    """Yield the test figures of the metrics that don't rank; errors stay the longest, for they may rank otherwise."""
    for position, metric in enumerate(metrics_of(board.task.kind)):
        name, header = metric.name("test"), f"test {metric.label}"
        if metric is not board.task.metric and any(row.figure(name) is not None for row in board.task.rows):
            about = f"Test {metric.label}: mean ± sd over runs; {_which_is_better(metric.better)}."
            spare = 14 if metric.is_error else 15 if metric.has_unit else 19 + position
            yield replace(_spread_of(name, f"test_{metric.key}", header, spare=spare), about=about)


def _spread_of(figure: str, key: str, header: str, spare: int = 0) -> Column:
    """Return the column of a recorded figure, by its name."""
    return Column(
        header,
        key,
        lambda line: line.group.spread(figure),
        lambda baseline: baseline.figures.get(figure),
        lambda row: row.figure(figure),
        decimals,
        fields=_SPREAD,
        figure=figure,
        spare=spare,
    )


def _in_units(metric: Metric) -> str:
    return f"{metric.name('test')}_units"


def _which_is_better(better: Better) -> str:
    if isinstance(better, float):
        return f"the nearer to {better:g} the better"
    return f"{better} is better" if better else "it says nothing of better or worse"


def _rank(standing: Standing) -> str:
    return f"{standing.rank or ABSENT} {FRONT if standing.on_front else ' '}"


def letters_in_words(standing: Standing) -> str:
    """Return a group's letters, marked where it is in the set of the best; "" where nothing can be said."""
    return f"{standing.letters} {MAY_BE_BEST if standing.in_best_set else ''}".strip()


def _counted(standing: Standing) -> str:
    group = standing.group
    return f"{group.n} of {group.n + group.failed}" if group.failed else f"{group.n}"


def _difference(standing: Standing) -> CellValue:
    if standing.rank == 1:
        return 0.0
    return standing.versus.shown if standing.versus else None


def _versus(standing: Standing) -> str:
    if standing.rank == 1:
        return "best"
    if standing.versus is None or standing.versus.shown is None:
        return ""
    found = standing.versus.shown
    digits = decimals_for([found.estimate, found.half])
    return f"{'' if standing.versus.can_be_told else ALIKE}{found.estimate:+.{digits}f}±{found.half:.{digits}f}"


def _versus_data(standing: Standing) -> dict[str, object]:
    versus = standing.versus
    return {
        "over_seeds": parts_of(versus.seeds if versus else None, _INTERVAL),
        "over_samples": parts_of(versus.windows if versus else None, _INTERVAL),
        "can_be_told": versus.can_be_told if versus else None,
    }
