"""What the samples of a part cost runs and groups, and the samples that all runs of a task were scored on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seqexp.data.arrays import SCORED, Floats, Rows, ScoredPart
from seqexp.data.samples import FEWEST_JUDGED
from seqexp.evaluation.class_predictions import find_constant, read_class_predictions
from seqexp.evaluation.losses import Losses, at_rows, common_rows
from seqexp.evaluation.power import contrast
from seqexp.evaluation.predictions import read_predictions
from seqexp.evaluation.saved_losses import read_losses
from seqexp.reporting.board.at_lead import At
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.rows import Row, metrics_of
from seqexp.tasks.kinds import SERIES
from seqexp.tasks.score import Score
from seqexp.tracking.reading.artifacts import artifact_file
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store
from seqexp.tracking.tags import SCORED_TAG

Read = Callable[[Row, ScoredPart], Score | None]


class DamagedForecasts(Exception):
    """The forecasts of a run can't be read.

    Attributes:
        run_id: Which run's.
    """

    def __init__(self, row: Row, path: Path, why: Exception) -> None:
        super().__init__(f"the forecasts of the run {row.name!r} ({row.stored.run_id}) can't be read: {path}: {why}")
        self.run_id = row.stored.run_id


@contextmanager
def naming_the_run(row: Row, path: Path) -> Iterator[None]:
    """Say of forecasts that can't be read which run they are of.

    Raises:
        DamagedForecasts: They can't be read.
    """
    try:
        yield
    # Arrow's errors are ValueErrors, OSErrors and NotImplementedErrors; a KeyError names a missing column.
    except (OSError, ValueError, LookupError, TypeError, NotImplementedError) as error:
        raise DamagedForecasts(row, path, error) from error


def reader(store: Store, at: At | None = None) -> Read:
    """Return what reads the saved predictions of a run; it gives None for a run that saved none of the part.

    Where a window has several numbers it is what they cost on their mean, which was saved of every window; `at` one
    lead or column it is what was forecast of these alone.

    The rows of a series are those of the targets: with a lead, the window of one row has other targets in runs of other
    steps.
    """

    def read(row: Row, part: ScoredPart) -> Score | None:
        if (
            at is None
            and row.has_losses
            and (path := artifact_file(store, row.stored, f"losses/{part}.parquet")) is not None
        ):
            with naming_the_run(row, path):
                losses = read_losses(path, part, metrics_of(row.kind))
                return replace(losses, rows=losses.rows + row.delay)
        path = artifact_file(store, row.stored, f"predictions/{part}.parquet")
        if path is None:
            return None
        with naming_the_run(row, path):
            if row.kind is SERIES:
                if not row.scale and not row.has_losses:
                    return None
                wanted = at or At()
                score = read_predictions(path, part, row.scale, lead=wanted.lead, column=wanted.column)
                known = [name for name in row.baselines if name in score.baselines] or list(score.baselines)
                baselines = {name: score.baselines[name] for name in known}
                return replace(score, rows=score.rows + row.delay, baselines=baselines if at else score.baselines)
            return read_class_predictions(path, part, _constant(store, row))

    return read


def _constant(store: Store, row: Row) -> str:
    figures = {part: row.baseline(part) for part in SCORED}
    files = {part: artifact_file(store, row.stored, f"predictions/{part}.parquet") for part in SCORED}
    return find_constant(
        [(path, figure) for part in SCORED if (path := files[part]) and (figure := figures[part]) is not None],
        row.metric,
    )


def both_parts(row: Row, read: Read) -> dict[ScoredPart, Score] | None:
    """Return what a run saved of both parts; None if it saved nothing of one."""
    val, test = read(row, "val"), read(row, "test")
    return None if val is None or test is None else {"val": val, "test": test}


@dataclass(frozen=True)
class GroupLosses:
    """One part of a group, averaged over its runs sample by sample."""

    rows: Rows  # (samples,) int64, the rows of the targets, or the texts
    figure: Floats  # (samples,) float64, mean 0: by how much each sample moves the group's mean of what ranks
    skill: Floats  # the same for the mean skill
    own: Floats | None  # what the runs have not in common of `figure`, as large as one run's own; None of one run
    runs: int  # over how many runs it is averaged


def average(losses: Sequence[Losses], deciding: Sequence[Losses]) -> GroupLosses | None:
    """Return the losses of a group; None if there are none, or the runs were scored on different samples.

    Args:
        losses: Those that the skill is of, of each run.
        deciding: Those of the metric that ranks.
    """
    if not losses or any(not np.array_equal(each.rows, losses[0].rows) for each in losses[1:]):
        return None
    figures = [each.moving_figure() for each in deciding]
    skill = np.mean([each.moving_skill() for each in losses], axis=0)
    return GroupLosses(losses[0].rows, np.mean(figures, axis=0), skill, contrast(figures), len(figures))


def scored_on(run: StoredRun) -> tuple[str | None, ...]:
    """Return what decides which windows a run was scored on: equal for runs of a task that were scored alike.

    It is the digest of their targets. Of runs of earlier versions, which have none, it is what that follows from.
    """
    params = run.params
    if SCORED_TAG in run.tags:
        return (run.tags[SCORED_TAG],)
    batches = params.get("dataset.batch_size") if params.get("dataset.boundary") == "lecture" else None
    return params.get("dataset.lookback"), batches, run.tags.get("seqexp.windows")


def on_same_rows(task: RankedTask) -> bool:
    """Return whether all runs of a task must have been scored on the same samples; texts always are."""
    return task.kind.order == "independent" or len({scored_on(row.stored) for row in task.rows}) == 1


def not_common(task: RankedTask) -> list[str]:
    """Return what a reader must know where no forecasts are read."""
    if on_same_rows(task):
        return []
    return ["the runs were scored on different windows: without intervals, figures are as recorded, each on its own"]


def find_common_rows(task: RankedTask, read: Read) -> tuple[dict[ScoredPart, Rows] | None, list[str]]:
    """Find the rows of each part that all runs of the task were scored on.

    The forecasts of one run say it for all that are scored alike.

    Returns:
        The rows, or None where figures stay as recorded, because all were scored on the same rows or because too few
        are common; and what a reader must know.
    """
    if on_same_rows(task):
        return None, []
    found: dict[ScoredPart, list[Rows]] = {"val": [], "test": []}
    for alike, example in {scored_on(row.stored): row for row in reversed(task.rows)}.items():
        rows = (row for row in task.rows if scored_on(row.stored) == alike)
        saved = next((each for row in rows if (each := both_parts(row, read))), None)
        if saved is None:
            return None, [
                f"the runs were scored on different windows, and some saved no forecasts ({example.name}): figures are "
                "as recorded, each on its own"
            ]
        for part in SCORED:
            found[part].append(saved[part].rows)
    if all(np.array_equal(found[part][0], rows) for part in SCORED for rows in found[part][1:]):
        return None, []
    common: dict[ScoredPart, Rows] = {part: common_rows(found[part]) for part in SCORED}
    if min(len(rows) for rows in common.values()) < FEWEST_JUDGED:
        return None, [
            f"the runs were scored on different windows, of which {len(common['val']):,} of validation and "
            f"{len(common['test']):,} of test are common to all: too few, so figures are as recorded, each on its own"
        ]
    return common, []


def scored_anew(task: RankedTask, read: Read, common: Mapping[ScoredPart, Rows]) -> tuple[list[Group], list[str]]:
    """Return all groups of a task with the figures of common rows.

    A run that saved no forecasts can't be scored anew: it is left out, and with it a group that has no other.

    Returns:
        The groups, the best first, and what a reader must know of them.

    Raises:
        DamagedForecasts: They can't be read.
    """
    found = []
    for group in task.groups:
        rows = [new for row in group.rows if (new := _scored_anew(row, read, common)) is not None]
        rows.sort(key=lambda row: (*task.ranking.order(row.figure(task.ranking.by)), row.stored.started))
        if rows:
            found.append(replace(group, rows=tuple(rows)))
    found.sort(key=lambda group: (*task.ranking.order(group.figure), group.rows[0].stored.started))
    missing = len(task.rows) - sum(group.n for group in found)
    notes = [f"left out, since they saved no forecasts that could be scored again: {missing:,} of the runs"]
    return found, notes if missing else []


def _scored_anew(row: Row, read: Read, common: Mapping[ScoredPart, Rows]) -> Row | None:
    saved = both_parts(row, read)
    if saved is None:
        return None
    try:
        return _rescored(row, {part: at_rows(saved[part], common[part]) for part in SCORED})
    except ValueError:  # scored on others than its lookback says: by another version, which chose them otherwise
        return None


def _rescored(row: Row, saved: Mapping[ScoredPart, Score]) -> Row:
    """Return a run with the figures of other rows than those it was scored on, as far as it has recorded them."""
    figures: dict[str, float | None] = {**row.figures}
    for score in saved.values():
        anew = score.recorded(metrics_of(row.kind), row.metric, row.scale)
        figures |= {name: value for name, value in anew.items() if name in row.figures}
    # What can't be had of these rows is not known of them, whatever was recorded of others.
    return replace(row, figures={name: value for name, value in figures.items() if value is not None})
