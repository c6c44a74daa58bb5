"""From the store's runs to what the page shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import seqexp
from seqexp.evaluation.measure import ACCURACY
from seqexp.reporting.groups import Group
from seqexp.reporting.leaderboard import Leaderboard, Task
from seqexp.reporting.numbers import number, percent
from seqexp.reporting.report.board import board_of
from seqexp.reporting.report.content import Report, Section, TaskPart
from seqexp.reporting.report.recipes import configs_of, data_facts_of, recipes_of
from seqexp.reporting.report.run_sections import curves_section, sweeps_section
from seqexp.reporting.report.score_sections import class_sections, forecast_sections
from seqexp.reporting.tables import task_title
from seqexp.tracking.store import Store
from seqexp.tracking.stored_runs import StoredRun


@dataclass(frozen=True)
class Limits:
    """How much of a task the page draws; the leaderboard has every run.

    Attributes:
        groups: Groups with curves and a configuration, the best first.
        runs: Runs of each group with a curve, the best first.
        scored: Groups whose predictions are drawn.
    """

    groups: int = 20
    runs: int = 10
    scored: int = 3


@dataclass(frozen=True)
class Asked:
    """What the page is asked for.

    Attributes:
        title: Its heading.
        command: The command that makes it.
        filters: (name, value) of what was asked for.
        now: When it is made, with its time zone.
        limits: How much is drawn.
    """

    title: str
    command: str
    filters: Sequence[tuple[str, str]]
    now: datetime
    limits: Limits = Limits()


def collect(store: Store, runs: Sequence[StoredRun], board: Leaderboard, asked: Asked) -> Report:
    """Return what the page shows.

    Args:
        store: Where the runs are.
        runs: All runs that were chosen, sweeps' own among them.
        board: The leaderboard of the chosen runs.
        asked: What the page is asked for.

    Raises:
        TrackingError: The store can't be read.
    """
    ranked = sum(len(group.rows) for task in board.tasks for group in task.groups)
    counts = ", ".join(f"{count} {status}" for status, count in board.unranked_counts())
    facts = [
        ("store", store.shown),
        *asked.filters,
        ("runs", f"{ranked:,} ranked{f', not ranked: {counts}' if counts else ''}"),
        ("made", f"{asked.now:%Y-%m-%d %H:%M %Z}".strip()),
        ("by", f"seqexp {seqexp.__version__}"),
    ]
    return Report(
        title=asked.title,
        facts=facts,
        command=asked.command,
        tasks=[_part(store, runs, task, f"t{place}", asked.limits) for place, task in enumerate(board.tasks)],
        unranked=[(run.status, run.name, run.model, run.reason) for run in board.unranked],
        unranked_note=counts,
    )


def _part(store: Store, runs: Sequence[StoredRun], task: Task, prefix: str, limits: Limits) -> TaskPart:
    drawn = task.groups[: limits.groups]
    board = board_of(task, prefix, len(drawn))
    lines = {line.id: line for line in board.lines}
    own = [lines[f"{prefix}g{place}"] for place in range(len(drawn))]
    scored = [(group, line) for group, line in zip(drawn, own, strict=True) if _is_finite(group)][: limits.scored]
    if task.measure is ACCURACY:
        scores = class_sections(store, scored, prefix)
    else:
        scores = forecast_sections(store, task, scored, prefix)
    sections: list[Section | None] = [
        curves_section(store, task, list(zip(drawn, own, strict=True)), limits.runs, prefix),
        sweeps_section(store, task, runs, prefix),
        *scores,
    ]
    left_out = []
    if len(drawn) < len(task.groups):
        left_out.append(
            f"Curves and configurations are those of the first {len(drawn)} groups; the leaderboard has all "
            f"{len(task.groups):,}."
        )
    return TaskPart(
        id=prefix,
        title=task_title(task),
        headline=_headline(task),
        warnings=_warnings(task),
        board=board,
        board_note=_board_note(task),
        sections=[section for section in sections if section is not None],
        configs=configs_of(store, drawn),
        recipes=recipes_of(store, drawn),
        facts=data_facts_of(store, task),
        left_out=left_out,
    )


def _is_finite(group: Group) -> bool:
    return group.figure is not None and math.isfinite(group.figure)


def _headline(task: Task) -> list[tuple[str, str, str]]:
    best, measure = task.groups[0], task.measure
    skill = best.mean(lambda row: row.skill_test)
    units = best.mean(lambda row: row.test_units)
    found = [("best", best.name, f"of {len(task.groups):,} configurations, by {task.ranking.metric}")]
    found.append((f"val {measure.label}", number(best.val.mean, 4), _over_runs(best)))
    if best.test is not None:
        in_unit = "" if units is None else f"{number(units, 2)} {task.unit or 'unit'}"
        found.append((f"test {measure.label}", number(best.test.mean, 4), in_unit))
    if skill is not None and math.isfinite(skill):
        found.append(("skill on test", percent(skill), f"of the {measure.baseline} baseline's error taken away"))
    return found


def _over_runs(group: Group) -> str:
    if group.val.sd is None:
        return "one run: its spread is not known"
    return f"mean of {group.val.n} runs, sd {number(group.val.sd, 4)}"


def _warnings(task: Task) -> list[str]:
    found = []
    if task.simulated:
        found.append("Simulated stand-in, not the official record: these figures say nothing about the real data.")
    if task.ranking.selects_on_test:
        found.append(
            f"Ordered by {task.ranking.metric}: to rank by the test part is to select on it. The figure of the best is "
            "then too good to be true for data not seen."
        )
    if len({row.lead_hours for row in task.rows}) > 1:
        found.append(
            "The true leads differ: who sees nearer to the target has an easier task. Each skill is against the naive "
            "forecast of the run's own windows."
        )
    return found


def _board_note(task: Task) -> str:
    part = {"val": "the validation part", "test": "the test part"}.get(task.ranking.part or "", task.ranking.metric)
    return (
        f"Ordered by {part}; a heading sorts by its column. Runs that differ in nothing but the seed are one line: the "
        "arrow opens it. Unticked lines, and those that the filter leaves out, are not drawn."
    )
