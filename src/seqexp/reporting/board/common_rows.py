"""The windows that all runs of a task were scored on, where lookback makes them differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqexp.evaluation.losses import Losses, common_rows
from seqexp.reporting.board.group_losses import Read, rescored
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import Task
from seqexp.reporting.board.rows import Row
from seqexp.tasks.metric import ACCURACY
from seqexp.tracking.stored_runs import StoredRun

if TYPE_CHECKING:
    from seqexp.data.arrays import Part, Rows

PARTS: tuple[Literal["val", "test"], ...] = ("val", "test")
FEWEST = 30  # rows that all have in common for figures on them to mean something


def scored_on(run: StoredRun) -> tuple[str | None, ...]:
    """Return what decides which windows a run was scored on: equal for runs of a task that were scored alike."""
    params = run.params
    batches = params.get("dataset.batch_size") if params.get("dataset.boundary") == "lecture" else None
    return params.get("dataset.lookback"), batches, run.tags.get("seqexp.windows")


def not_common(task: Task) -> list[str]:
    """Return what a reader must know where no forecasts are read."""
    if task.measure is ACCURACY or len({scored_on(row.stored) for row in task.rows}) == 1:
        return []
    return ["the runs were scored on different windows: without intervals, figures are as recorded, each on its own"]


def find_common_rows(task: Task, read: Read) -> tuple[dict[Part, Rows] | None, list[str]]:
    """Find the rows of each part that all runs of the task were scored on.

    Which rows a run was scored on follows from its lookback, not from its model: the forecasts of one run tell it for
    all that are scored alike.

    Returns:
        The rows, or None where figures stay as recorded, because all were scored on the same rows or because too few
        are common; and what a reader must know.
    """
    kinds = {scored_on(row.stored): row for row in reversed(task.rows)}
    if task.measure is ACCURACY or len(kinds) == 1:
        return None, []
    found: dict[Part, list[Rows]] = {"val": [], "test": []}
    for kind, example in kinds.items():
        alike = (row for row in task.rows if scored_on(row.stored) == kind)
        losses = next((each for row in alike if (each := both_parts(row, read))), None)
        if losses is None:
            return None, [
                f"the runs were scored on different windows, and some saved no forecasts ({example.name}): figures are "
                "as recorded, each on its own"
            ]
        for part in PARTS:
            found[part].append(losses[part].rows)
    if all(np.array_equal(found[part][0], rows) for part in PARTS for rows in found[part][1:]):
        return None, []
    common: dict[Part, Rows] = {part: common_rows(found[part]) for part in PARTS}
    if min(len(rows) for rows in common.values()) < FEWEST:
        return None, [
            f"the runs were scored on different windows, of which {len(common['val']):,} of validation and "
            f"{len(common['test']):,} of test are common to all: too few, so figures are as recorded, each on its own"
        ]
    return common, []


def both_parts(row: Row, read: Read) -> dict[Part, Losses] | None:
    """Return what the samples of both parts cost a run; None if it saved no forecasts of one."""
    val, test = read(row, "val"), read(row, "test")
    return None if val is None or test is None else {"val": val, "test": test}


def scored_anew(task: Task, read: Read, common: Mapping[Part, Rows]) -> tuple[list[Group], list[str]]:
    """Return all groups of a task with the figures of common rows.

    A run that saved no forecasts can't be scored anew: it is left out, and with it a group that has no other.

    Returns:
        The groups, the best first, and what a reader must know of them.

    Raises:
        TrackingError: Forecasts can't be read.
    """
    found = []
    for group in task.groups:
        rows = [new for row in group.rows if (new := _scored_anew(row, read, common, task)) is not None]
        rows.sort(key=lambda row: (*task.ranking.order(group.figure_of(row)), row.started))
        if rows:
            found.append(replace(group, rows=tuple(rows)))
    found.sort(key=lambda group: (*task.ranking.order(group.figure), group.rows[0].started))
    missing = len(task.rows) - sum(group.n for group in found)
    notes = [f"left out, for no forecasts were saved that could be scored anew: {missing:,} of the runs"]
    return found, notes if missing else []


def _scored_anew(row: Row, read: Read, common: Mapping[Part, Rows], task: Task) -> Row | None:
    losses = both_parts(row, read)
    if losses is None:
        return None
    try:
        return rescored(row, losses["val"].of(common["val"]), losses["test"].of(common["test"]), task.measure)
    except ValueError:  # scored on others than its lookback tells: by another version, which chose them otherwise
        return None
