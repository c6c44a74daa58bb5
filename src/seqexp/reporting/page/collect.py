"""From the store's runs to what the page shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import seqexp
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import Leaderboard, RankedTask
from seqexp.reporting.board.words import STAND_IN, remarks, title, warnings
from seqexp.reporting.numbers import counted, in_units, number, percent
from seqexp.reporting.page.board import table_of
from seqexp.reporting.page.content import PageSection, Report, TaskPart
from seqexp.reporting.page.recipes import configs_of, data_facts_of, without_folders_in_text
from seqexp.reporting.page.run_sections import curves_section, sweeps_section
from seqexp.reporting.page.score_sections import class_sections, forecast_sections
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store
from seqexp.tracking.store.uris import sqlite_path


@dataclass(frozen=True)
class Limits:
    """How much of a task the page shows: a page of thousands of runs must still open."""

    groups: int = 100  # groups in the leaderboard, the best first; 0: all
    drawn: int = 20  # groups with curves and a configuration, the best first
    runs: int = 10  # runs of each group with a curve, the best first
    scored: int = 3  # groups whose predictions are drawn


def collect(
    store: Store,
    runs: Sequence[StoredRun],
    board: Leaderboard,
    *,
    heading: str,
    command: str,
    filters: Sequence[tuple[str, str]],
    now: datetime,
    limits: Limits = Limits(),
) -> Report:
    """Return what the page shows.

    Args:
        store: Where the runs are.
        runs: All runs that were chosen, sweeps' own among them.
        board: The leaderboard of the chosen runs.
        heading: Above it all.
        command: The command that makes it.
        filters: (name, value) of what was asked for.
        now: When it is made, with its time zone.
        limits: How much is drawn.

    Raises:
        TrackingError: The store can't be read.
    """
    ranked = sum(len(group.rows) for task in board.tasks for group in task.groups)
    counts = ", ".join(f"{count} {status}" for status, count in board.unranked_counts())
    facts = [
        ("store", _store_in_words(store)),
        *filters,
        ("runs", f"{ranked:,} ranked{f', not ranked: {counts}' if counts else ''}"),
        ("made", f"{now:%Y-%m-%d %H:%M %Z}".strip()),
        ("by", f"seqexp {seqexp.__version__}"),
    ]
    return Report(
        title=heading,
        facts=facts,
        command=command,
        tasks=[_part(store, runs, task, f"t{position}", limits) for position, task in enumerate(board.tasks)],
        unranked=[replace(run, reason=without_folders_in_text(run.reason)) for run in board.unranked],
        unranked_note=counts,
    )


def _store_in_words(store: Store) -> str:
    """Return which store it is; of a file only its name: the names of folders are private, and pages are passed on."""
    path = sqlite_path(store.uri)
    return path.name if path else store.shown


def _part(store: Store, runs: Sequence[StoredRun], task: RankedTask, prefix: str, limits: Limits) -> TaskPart:
    board = compare(task, store, top=limits.groups, cost="seconds", intervals=True)
    groups = [standing.group for standing in board.standings]
    drawn = groups[: limits.drawn]
    columns, lines = table_of(board, prefix, len(drawn))
    by_id = {line.id: line for line in lines}
    with_lines = [(group, by_id[f"{prefix}g{position}"]) for position, group in enumerate(drawn)]
    finite = [(group, line) for group, line in with_lines if not task.ranking.order(group.figure)[0]]
    sections_of = {"series": forecast_sections, "text": class_sections}[task.kind.key]
    sections: list[PageSection | None] = [
        curves_section(store, board, with_lines, limits.runs, prefix),
        sweeps_section(store, board, runs, prefix),
        *sections_of(store, board, finite[: limits.scored], prefix),
    ]
    return TaskPart(
        id=prefix,
        title=title(task, anew=board.common is not None),
        headline=_headline(board),
        warnings=_warnings(board),
        columns=columns,
        lines=lines,
        board_note=_board_note(board),
        remarks=_remarks(board, len(drawn)),
        sections=[section for section in sections if section is not None],
        configs=configs_of(store, drawn, has_best=board.is_ranked),
        facts=data_facts_of(store, task),
    )


def _headline(board: Board) -> list[tuple[str, str, str]]:
    """Return the figures of the best group; nothing where none has a rank."""
    if not board.is_ranked:
        return []
    task, metric = board.task, board.task.metric
    first = board.standings[0]
    best = first.group
    found = [("best", best.name, f"of {counted(len(task.groups), 'configuration')}, by {task.ranking.by}")]
    found.append((f"val {metric.label}", number(best.val.mean, 4), _over_runs(best)))
    test, units = best.mean(metric.name("test")), best.mean(f"{metric.name('test')}_units")
    if test is not None:
        in_unit = "of the same weights" if units is None else f"{in_units(units, 2)} {task.unit or 'unit'}"
        found.append((f"test {metric.label}", number(test, 4), in_unit))
    skill, interval = best.mean("skill_test"), first.skill_test
    if skill is not None and math.isfinite(skill):
        value = f"{100 * interval.estimate:+.1f} ± {100 * interval.half:.1f} %" if interval else percent(skill)
        found.append(("skill on test", value, f"of the error of {baseline_in_words(best.baselines[0])} taken away"))
    return found


def _over_runs(group: Group) -> str:
    if group.val.sd is None:
        return "one run: its spread is not known"
    return f"mean of {group.val.n} runs, sd {number(group.val.sd, 4)}"


def _warnings(board: Board) -> list[str]:
    found = [_sentence(text) for text in warnings(board)]
    if board.task.simulated:
        found[0] = f"{_sentence(STAND_IN)[:-1]}: these figures say nothing about the real data."
    if len({row.lead for standing in board.standings for row in standing.group.rows}) > 1:
        found.append(
            "The true leads differ: a run that sees nearer to the target has an easier task. Each skill is against a "
            "baseline that sees what the run sees."
        )
    return found


def _remarks(board: Board, drawn: int) -> list[str]:
    found = [_sentence(text) for text in remarks(board)]
    if drawn < len(board.standings):
        found.append(f"Curves and configurations are those of the first {drawn} lines.")
    return found


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _board_note(board: Board) -> str:
    ranking = board.task.ranking
    part = {"val": "the validation part", "test": "the test part"}.get(ranking.part or "", ranking.by)
    order = f"Ordered by {part}" if board.is_ranked else "In no order"
    return (
        f"{order}; a heading sorts by its column. A line is a configuration: a button opens its runs, one per "
        "seed. Lines without a tick, or left out by the filter, are drawn only in the pictures of sweeps."
    )
