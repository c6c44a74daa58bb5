"""The standing of a group: its rank, and how sure its skill and its difference from the best are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import TYPE_CHECKING

import numpy as np

from seqexp.data.arrays import SCORED, ScoredPart
from seqexp.evaluation.intervals import (
    Interval,
    Uncertain,
    block_length,
    interval,
    over_seeds,
    over_windows,
    paired_over_seeds,
)
from seqexp.evaluation.losses import spacing
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.losses import GroupLosses
from seqexp.tasks.kinds import Kind

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows

_ROUNDING = 1e-6  # differences that vary by less, relative to themselves, are those of models without chance


@dataclass(frozen=True)
class Versus:
    """By how much a group's figure differs from the best one's: the group's less the best's.

    Attributes:
        seeds: The paired t interval over the seeds that both have; None of fewer than three, or where all
            differences are equal, as those of models without chance. Would other seeds say the same on these samples?
            Its estimate is that of the shared seeds.
        windows: The block bootstrap of the differences window by window, or text by text. Would other samples say the
            same? Where seeds are not paired, the spread over the runs of each group is in it, as far as these are
            enough to know it.
        difference: The group's figure less the best one's, each over all its runs: what ranks them.
    """

    seeds: Interval | None
    windows: Interval | None
    difference: float

    @property
    def shown(self) -> Interval | None:
        """The one to show where there is room for one: paired over seeds where they match, else over windows."""
        return self.seeds or self.windows

    @property
    def can_be_told(self) -> bool:
        """Whether no interval holds 0, and all are on that side of it on which the rank is.

        It is a difference then that neither seeds nor samples could explain.
        """
        found = [each for each in (self.seeds, self.windows) if each is not None]
        return bool(found) and not any(each.holds_zero or each.estimate * self.difference < 0 for each in found)


@dataclass(frozen=True)
class Standing:
    """A group with its rank, and how sure that is."""

    group: Group  # the group; its figures are those of the common rows, where the task has such
    rank: int | None  # from 1, shared by those of one figure; None where the figure that decides is not finite
    on_front: bool  # whether no group is both better and cheaper (Pareto)
    skill_val: Interval | None  # the skill on the validation part with its interval; None without saved forecasts
    skill_test: Interval | None  # the same on the test part
    versus: Versus | None  # against the best group; None for that itself, and where nothing can be said
    in_best_set: bool | None = None  # whether it may be the best on the test part; None where nothing can be said
    letters: str = ""  # groups that share one can't be told apart on the test part; "" where nothing can be said


def standing_of(
    position: int,
    groups: Sequence[Group],
    losses: Mapping[int, Mapping[ScoredPart, GroupLosses]],
    task: RankedTask,
    *,
    on_front: bool,
    is_fair: bool,
) -> Standing:
    """Return the standing of the group at a position, from 0; the losses of the best one, at 0, are needed too.

    It `is_fair` if all figures are of the same samples: of others nothing can be said about a difference.
    """
    group, own = groups[position], losses[position]
    order = task.ranking.order(group.figure)
    first = next(place for place, each in enumerate(groups) if task.ranking.order(each.figure) == order)
    least = reach(task)
    finite = not order[0]
    versus = _versus(group, groups[0], own, losses[0], least) if position and finite and is_fair else None
    skills = [_skill(group, own.get(part), part, least, task) for part in SCORED]
    return Standing(group, first + 1 if finite else None, on_front, skills[0], skills[1], versus)


def _skill(group: Group, losses: GroupLosses | None, part: ScoredPart, delay: int, task: RankedTask) -> Interval | None:
    """Return the mean skill with its interval: over samples, and over the runs where there are enough of them."""
    known = [skill for row in group.rows if (skill := row.figure(f"skill_{part}")) is not None]
    if losses is None or len(known) < group.n or len(group.baselines) > 1 or not all(map(math.isfinite, known)):
        return None
    samples, block = over_samples(losses.skill, losses.rows, delay, task.kind)
    return _joined(sum(known) / len(known), samples, over_seeds(known), block, task.kind)


def _versus(
    group: Group,
    best: Group,
    losses: Mapping[ScoredPart, GroupLosses],
    of_best: Mapping[ScoredPart, GroupLosses],
    delay: int,
) -> Versus | None:
    own, others = group.by_seed(), best.by_seed()
    by, kind = group.ranking.by, group.ranking.kind
    pairs = [(own[seed].figure(by), others[seed].figure(by)) for seed in own if seed in others]
    differences = [a - b for a, b in pairs if a is not None and b is not None and math.isfinite(a - b)]
    varied = len(differences) > 1 and stdev(differences) > _ROUNDING * max(map(abs, differences))
    seeds = paired_over_seeds(differences) if varied else None
    metric, part = group.ranking.decides or (None, None)
    a, b = (losses.get(part), of_best.get(part)) if metric and part and metric.loss else (None, None)
    difference = (group.figure or 0.0) - (best.figure or 0.0)
    windows = None
    if a is not None and b is not None and np.array_equal(a.rows, b.rows):
        over, block = over_samples(a.figure - b.figure, a.rows, delay, kind)
        all_paired = varied and len(differences) == group.n == best.n
        spread = None if seeds else over_seeds(differences) if all_paired else _unpaired(group, best)
        windows = _joined(difference, over, spread, block, kind)
    return Versus(seeds, windows, difference) if seeds or windows else None


def _unpaired(group: Group, best: Group) -> Uncertain | None:
    """Return how uncertain the difference of two groups' means is for the spread over their runs (Welch)."""
    spreads = []
    for each in (group, best):
        figures = [figure for row in each.rows if (figure := row.figure(each.ranking.by)) is not None]
        spreads.append(over_seeds(figures))
    known = [spread for spread in spreads if spread is not None]
    return sum(known[1:], known[0]) if known else None


def reach(task: RankedTask) -> int:
    """Return how many rows ahead a task's forecasts reach: errors of windows that are nearer share what happened."""
    if task.at is not None and task.at.lead is not None:
        return task.at.lead
    return (task.lead or task.delay or 1) + task.horizon - 1


def over_samples(values: Floats, rows: Rows, delay: int, kind: Kind) -> tuple[Uncertain | None, int]:
    """Return how uncertain the mean over samples is, and the block: only what is in order has neighbours."""
    block = block_length(values, math.ceil(delay / spacing(rows))) if kind.order == "in order" else 1
    return over_windows(values, block), block


def _joined(
    estimate: float, samples: Uncertain | None, seeds: Uncertain | None, block: int, kind: Kind
) -> Interval | None:
    if samples is None:
        return None
    what = f"{kind.sample}s"
    if seeds is None:
        return interval(estimate, samples, what, block)
    return interval(estimate, samples + seeds, f"{what} and seeds", block)
