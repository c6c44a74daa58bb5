"""The leaderboard in words: the lines above and below a table, and its cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.comparison import Board, Standing
from seqexp.reporting.board.groups import Spread
from seqexp.reporting.board.leaderboard import Baseline, Leaderboard, Task, baselines
from seqexp.reporting.numbers import ordinal
from seqexp.tasks.metric import ACCURACY
from seqexp.tracking.where import Where

STAND_IN = "simulated stand-in, not the official record"
NOTHING = "No finished runs yet."

ABSENT = "-"
_SAME = "≈"
_FRONT = "*"


@dataclass(frozen=True)
class Column:
    """A column of a table: its cells from top to bottom.

    Attributes:
        header: The header.
        cells: The cells, as text.
        number: Whether they are numbers, set flush right.
        folds: Whether long cells may take several lines.
        spare: On a narrow terminal columns are given up from the highest on; 0: never. The true lead is not: figures of
            different leads would look alike.
    """

    header: str
    cells: list[str]
    number: bool = True
    folds: bool = False
    spare: int = 0


def title(task: Task) -> str:
    """Return the line that states what all runs of a table did."""
    sample = "text" if task.measure is ACCURACY else "window"
    every = task.score_every
    which = "" if every == "1" else f"{ordinal(int(every)) if every.isdecimal() else every} "
    what = f"{task.target}, {task.delay} rows ahead" if task.delay else f"classes {task.target}"
    runs = _counted(len(task.rows), "run")
    groups = f" in {_counted(len(task.groups), 'group')}" if len(task.groups) < len(task.rows) else ""
    return (
        f"{task.dataset}: {what}, every {which}{sample} scored"
        f" | {runs}{groups} | task {task.digest.removeprefix('sha256:')[:8]}"
    )


def warnings(board: Board) -> list[str]:
    """Return what must be known before a figure is read: stand-in data, selection on the test part, other rows."""
    found = [STAND_IN] if board.task.simulated else []
    ranking, where = board.task.ranking, board.task.where
    if where is not None:
        found.append(_only(where, on_test=board.task.chosen_on_test))
    if not board.is_ranked:
        found.append(_not_ranked(board))
    elif ranking.selects_on_test:
        found.append(
            f"ranked by {ranking.metric}, that is SELECTED ON THE TEST PART: the best one's test figure is better than "
            "it would be on new data"
        )
    elif ranking.part is None:
        found.append(f"ranked by {ranking.metric}")
    if board.common is not None:
        found.append(
            f"scored anew on the {board.common['val']:,} validation and {board.common['test']:,} test windows that all "
            "runs have in common"
        )
        if board.is_ranked and not ranking.is_score and not ranking.is_cost:
            found.append(f"{ranking.metric} is as recorded, each run on its own windows")
    return [*found, *board.notes]


def _only(where: Where, *, on_test: bool) -> str:
    """Return which runs were chosen, and what that does to their figures."""
    text = f"only runs where {where.text}"
    if on_test:
        return f"{text}, that is SELECTED ON THE TEST PART: their test figures are flattered by it"
    return text


def _not_ranked(board: Board) -> str:
    metric = board.task.ranking.metric
    if all(group.figure is None for group in board.groups):
        return f"no run of this task has {metric}: not ranked"
    return f"{metric} is finite in no group of this task: not ranked"


def remarks(board: Board) -> list[str]:
    """Return what explains a table, to stand below it."""
    standings = board.standings
    found = []
    if any(standing.group.n > 1 for standing in standings):
        found.append("val, test: mean ± standard deviation over the runs of a group")
    several = [standing.versus for standing in standings if standing.versus]
    if several or any(standing.skill_test for standing in standings):
        what = "skill, vs best: ± half the 95 % interval" if several else "skill: ± half the 95 % interval"
        found.append(what + _methods(board))
    if any(not versus.can_be_told for versus in several):
        found.append(f"{_SAME} can't be told from the best")
    if any(standing.on_front for standing in standings):
        found.append(f"{_FRONT} no group is both better and cheaper in {board.cost}")
    if board.task.older:
        found.append(f"{_counted(board.task.older, 'older run')} of the same configuration and seed left out")
    if board.hidden:
        found.append(f"{_counted(board.hidden, 'more group')}: --top 0 shows all")
    return found


def _methods(board: Board) -> str:
    shown = [interval for standing in board.standings for interval in _intervals(standing)]
    blocks = sorted({interval.block for interval in shown if interval.block})
    found = []
    if any(interval.over == "seeds" for interval in shown):
        found.append("paired over seeds where 3 or more match")
    if board.task.measure is ACCURACY and blocks:
        found.append("the texts resampled one by one")
    elif blocks:
        span = f"{blocks[0]}" if len(blocks) == 1 else f"{blocks[0]} to {blocks[-1]}"
        found.append(f"circular block bootstrap over windows, {span} a block (Politis and White 2004)")
    return f": {'; '.join(found)}" if found else ""


def _intervals(standing: Standing) -> list[Interval]:
    versus = standing.versus.shown if standing.versus else None
    return [each for each in (standing.skill_val, standing.skill_test, versus) if each is not None]


def columns(board: Board) -> list[Column]:
    """Return the columns of a table: the groups in their order, the baselines among them."""
    task, measure = board.task, board.task.measure
    lines = _lines(board)
    several = sum(isinstance(line, Baseline) for line in lines) > 1

    def cells(of_group: Callable[[Standing], str], of_baseline: Callable[[Baseline], str]) -> list[str]:
        return [of_group(line) if isinstance(line, Standing) else of_baseline(line) for line in lines]

    def baseline_name(baseline: Baseline) -> str:
        which = f", {_hours([baseline.lead_hours])}" if several and baseline.lead_hours is not None else ""
        return f"{measure.baseline} (baseline{which})"

    def absent(_: Baseline) -> str:
        return ABSENT

    def none(_: Baseline) -> str:
        return "0.0"

    units = task.unit or "unit"
    val, test = f"val {measure.label}", f"test {measure.label}"
    found = [
        Column("rank", cells(_rank, lambda _: f"{ABSENT}  ")),
        Column("name", cells(lambda line: line.group.name, baseline_name), number=False, folds=True),
        Column("model", cells(lambda line: line.group.model, lambda _: measure.baseline), number=False, spare=8),
        Column("n", cells(_runs, absent), spare=2),
        Column(task.ranking.metric, cells(_ranked_by, absent)),
        Column(val, cells(lambda line: spread(line.group.val), lambda b: decimals(b.val))),
        Column("best", cells(lambda line: decimals(line.group.val.best), absent), spare=7),
        Column("vs best", cells(_versus, absent)),
        Column(test, cells(lambda line: spread(line.group.test), lambda b: decimals(b.test)), spare=1),
        Column(units, cells(_test_units, lambda b: decimals(b.test_units, 3)), spare=3),
        Column(
            "skill val %", cells(lambda line: _skill(line.skill_val, line.group.skill_val), lambda _: "0.0"), spare=6
        ),
        Column("skill test %", cells(lambda line: _skill(line.skill_test, line.group.skill_test), lambda _: "0.0")),
        Column("true lead", cells(lambda line: _hours(line.group.leads), lambda b: _hours([b.lead_hours]))),
        Column("parameters", cells(lambda line: whole(line.group.parameters), lambda _: "0"), spare=5),
        Column("seconds", cells(lambda line: seconds(line.group.seconds), absent), spare=4),
    ]
    unwanted = {units} if all(cell == ABSENT for cell in _of(found, units)) else set()
    unwanted |= {task.ranking.metric} if task.ranking.part is not None else set()
    unwanted |= {"true lead"} if measure is ACCURACY else set()
    one_each = all(standing.group.n == 1 for standing in board.standings)
    unwanted |= {"best"} if one_each else set()
    unwanted |= {"n"} if one_each and not any(standing.group.failed for standing in board.standings) else set()
    unwanted |= {"vs best"} if len(board.standings) == 1 or not board.is_ranked else set()
    return [column for column in found if column.header not in unwanted]


def faint_lines(board: Board) -> set[int]:
    """Return the places of the baselines among the lines of a table."""
    return {place for place, line in enumerate(_lines(board)) if isinstance(line, Baseline)}


def shown_baselines(board: Board) -> list[Baseline]:
    """Return the baselines on the samples that a table's figures are of."""
    return baselines((row for each in board.standings for row in each.group.rows), board.task.measure)


def unranked_columns(board: Leaderboard) -> list[Column]:
    """Return the columns of the runs that have no rank."""
    runs = board.unranked
    return [
        Column("status", [run.status for run in runs], number=False),
        Column("name", [run.name for run in runs], number=False, folds=True),
        Column("model", [run.model or ABSENT for run in runs], number=False),
        Column("started", [f"{run.started.astimezone():%Y-%m-%d %H:%M}" for run in runs], number=False),
        Column("why", [run.reason or ABSENT for run in runs], number=False, folds=True),
    ]


def unranked_line(board: Leaderboard) -> str:
    """Return how many runs have no rank, such as "Not ranked: 1 failed"."""
    return f"Not ranked: {', '.join(f'{count} {status}' for status, count in board.unranked_counts())}"


def _lines(board: Board) -> list[Standing | Baseline]:
    """Return groups and baselines in one order: who stands below a baseline is worse than it."""
    ranking = board.task.ranking
    if ranking.part is None:  # in the order of another figure the baselines have no place
        return [*board.standings, *shown_baselines(board)]
    lines: list[Standing | Baseline] = [*board.standings, *shown_baselines(board)]

    def figure(line: Standing | Baseline) -> float | None:
        if isinstance(line, Standing):
            return line.group.figure
        return line.val if ranking.part == "val" else line.test

    return sorted(lines, key=lambda line: ranking.order(figure(line)))


def _of(found: Sequence[Column], header: str) -> list[str]:
    return next(column.cells for column in found if column.header == header)


def _rank(standing: Standing) -> str:
    """Return the rank, and whether the group is on the front."""
    return f"{standing.rank or ABSENT} {_FRONT if standing.on_front else ' '}"


def _runs(standing: Standing) -> str:
    group = standing.group
    return f"{group.n} of {group.n + group.failed}" if group.failed else f"{group.n}"


def _ranked_by(standing: Standing) -> str:
    return spread(standing.group.spread(standing.group.figure_of))


def _test_units(standing: Standing) -> str:
    return decimals(standing.group.mean(lambda row: row.test_units), 3)


def _versus(standing: Standing) -> str:
    if standing.rank == 1:
        return "best"
    if standing.versus is None or standing.versus.shown is None:
        return ABSENT
    shown = standing.versus.shown
    mark = "" if standing.versus.can_be_told else _SAME
    return f"{mark}{shown.estimate:+.4f}±{shown.half:.4f}"


def _skill(interval: Interval | None, mean: float | None) -> str:
    if interval is not None:
        return f"{100 * interval.estimate:+.1f}±{100 * interval.half:.1f}"
    return ABSENT if mean is None or not math.isfinite(mean) else f"{100 * mean:+.1f}"


def spread(of: Spread | None) -> str:
    """Return "0.2640±0.0020"; of a single run without what it can't have."""
    if of is None:
        return ABSENT
    return decimals(of.mean) if of.sd is None else f"{decimals(of.mean)}±{decimals(of.sd)}"


def decimals(value: float | None, digits: int = 4) -> str:
    """Return a figure with so many decimals."""
    return ABSENT if value is None else f"{value:.{digits}f}"


def whole(value: float | None) -> str:
    """Return a count, such as "4,641"."""
    return ABSENT if value is None or not math.isfinite(value) else f"{round(value):,}"


def seconds(value: float | None) -> str:
    """Return a time in seconds, such as "14.7" or "1,234"."""
    return ABSENT if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _hours(leads: Sequence[float | None]) -> str:
    known = [lead for lead in leads if lead is not None]
    return f"{' to '.join(dict.fromkeys(f'{lead:.4g}' for lead in (known[0], known[-1])))} h" if known else ABSENT


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
