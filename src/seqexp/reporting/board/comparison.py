"""What a leaderboard may claim: groups on the same samples, with the uncertainty of every difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import TYPE_CHECKING, Literal

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
from seqexp.evaluation.losses import Losses, at_rows, losses_of, spacing
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.losses import (
    GroupLosses,
    Read,
    average,
    both_parts,
    find_common_rows,
    not_common,
    reader,
    scored_anew,
)
from seqexp.tasks.kinds import Kind
from seqexp.tracking.store import Store

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows

Cost = Literal["seconds", "parameters"]
COSTS: Mapping[Cost, str] = {"seconds": "train_seconds", "parameters": "parameters"}  # the figures of them

_ROUNDING = 1e-6  # differences that vary by less, relative to themselves, are those of models without chance
_READ = 10  # runs of a group whose forecasts are read for an interval over windows


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


@dataclass(frozen=True)
class Board:
    """A task's groups as they are shown.

    Attributes:
        task: The task, all its groups as recorded.
        groups: All groups that can be ranked, shown or not, the best first, with the figures that rank them.
        standings: The groups that are shown, the best first.
        hidden: Groups that are not shown.
        cost: What the front is taken over, beside the figure.
        common: How many rows of each part all runs were scored on, where the scored rows differ and the figures are
            those of the common ones; None where all figures are as recorded.
        notes: What a reader must know of how the figures came about.
        independent: About how many independent samples each part is worth, by the errors of the best group that has
            any: as many as blocks of samples that are alike. Empty where the best group's forecasts were not read.
        blocks: Over how many samples these errors stay alike.
    """

    task: RankedTask
    groups: tuple[Group, ...]
    standings: tuple[Standing, ...]
    hidden: int
    cost: Cost
    common: Mapping[ScoredPart, int] | None
    notes: tuple[str, ...]
    independent: Mapping[ScoredPart, float]
    blocks: Mapping[ScoredPart, int]

    @property
    def is_ranked(self) -> bool:
        """Whether any group has a rank; else none is the best."""
        return self.standings[0].rank is not None


def compare(task: RankedTask, store: Store, *, top: int, cost: Cost, intervals: bool) -> Board:
    """Put the groups of a task side by side.

    Args:
        task: The task.
        store: Has the forecasts that its runs saved.
        top: How many groups to show, besides those on the front; 0: all. Only their forecasts are read, unless the
            scored rows differ: then those of all groups are.
        cost: What the front is taken over, beside the figure that ranks.
        intervals: Whether to read forecasts at all; without, figures are as recorded and have no intervals.

    Raises:
        TrackingError: Forecasts can't be read.
    """
    read = reader(store)
    groups, rows, notes = list(task.groups), None, not_common(task)
    if intervals:
        rows, notes = find_common_rows(task, read)
    is_fair = rows is not None or not notes
    if rows is not None:
        # Who comes first, and so who is shown, is decided by the figures that are shown.
        groups, left_out = scored_anew(task, read, rows)
        notes = [*notes, *left_out]
    front = front_of(groups, cost)
    shown = [position for position in range(len(groups)) if not top or position < top or front[position]]
    losses = {position: _losses(groups[position], read, rows) if intervals else {} for position in shown}
    alike = _alike(list(losses.values()), task)
    return Board(
        task=task,
        groups=tuple(groups),
        standings=tuple(_standing(p, groups, losses, task, on_front=front[p], is_fair=is_fair) for p in shown),
        hidden=len(groups) - len(shown),
        cost=cost,
        common=None if rows is None else {part: len(each) for part, each in rows.items()},
        notes=tuple(notes),
        independent={part: count / block for part, (count, block) in alike.items()},
        blocks={part: block for part, (_, block) in alike.items()},
    )


def shown_seconds(value: float) -> float:
    """Return seconds as exactly as they are shown: less than that is chance, and decides nothing."""
    return round(value, 1 if value < 100 else 0) if math.isfinite(value) else value


def front_of(groups: Sequence[Group], cost: Cost) -> list[bool]:
    """Return which groups are not dominated: no other one is as good and as cheap, and better or cheaper (Pareto)."""
    marks = [False] * len(groups)
    means = (group.mean(COSTS[cost]) for group in groups)
    prices = [price if price is None or cost != "seconds" else shown_seconds(price) for price in means]
    orders = [group.ranking.order(group.figure) for group in groups]
    known = [
        (orders[i], price, i)
        for i, price in enumerate(prices)
        if price is not None and math.isfinite(price) and not orders[i][0]
    ]
    cheapest, its_order = math.inf, None
    # From the best on, and of equally good ones from the cheapest on, each that is cheaper than all before is on it.
    for order, price, i in sorted(known):
        if price < cheapest or (price == cheapest and order == its_order):
            marks[i], cheapest, its_order = True, price, order
    return marks


def _losses(group: Group, read: Read, common: Mapping[ScoredPart, Rows] | None) -> dict[ScoredPart, GroupLosses]:
    """Return what the samples of each part cost a group, averaged over its first runs that saved forecasts."""
    kept: dict[ScoredPart, list[tuple[Losses, Losses]]] = {part: [] for part in SCORED}
    metric, _ = group.ranking.decides or (group.ranking.metric, None)
    for row in sorted(group.rows, key=lambda row: row.stored.started)[:_READ]:
        saved = both_parts(row, read)
        for part, score in (saved or {}).items():
            scored = at_rows(score, common[part]) if common else score
            losses = losses_of(scored, row.metric)
            if losses is not None:
                kept[part].append((losses, losses if metric is row.metric else losses_of(scored, metric) or losses))
    found = {part: average([each for each, _ in pairs], [each for _, each in pairs]) for part, pairs in kept.items()}
    return {part: each for part, each in found.items() if each is not None}


def _standing(
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
    least = _reach(task)
    finite = not order[0]
    versus = _versus(group, groups[0], own, losses[0], least) if position and finite and is_fair else None
    skills = [_skill(group, own.get(part), part, least, task) for part in SCORED]
    return Standing(group, first + 1 if finite else None, on_front, skills[0], skills[1], versus)


def _skill(group: Group, losses: GroupLosses | None, part: ScoredPart, delay: int, task: RankedTask) -> Interval | None:
    """Return the mean skill with its interval: over samples, and over the runs where there are enough of them."""
    known = [skill for row in group.rows if (skill := row.figure(f"skill_{part}")) is not None]
    if losses is None or len(known) < group.n or len(group.baselines) > 1 or not all(map(math.isfinite, known)):
        return None
    samples, block = _over_samples(losses.skill, losses.rows, delay, task.kind)
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
        over, block = _over_samples(a.figure - b.figure, a.rows, delay, kind)
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


def _reach(task: RankedTask) -> int:
    """Return how many rows ahead a task's forecasts reach: errors of windows that are nearer share what happened."""
    return task.lead or task.delay or 1


def _alike(losses: Sequence[Mapping[ScoredPart, GroupLosses]], task: RankedTask) -> dict[ScoredPart, tuple[int, int]]:
    """Return by part how many samples there are and over how many of them errors stay alike: of the best that errs."""
    found: dict[ScoredPart, tuple[int, int]] = {}
    for part in SCORED:
        if part in losses[0]:
            known = [each[part] for each in losses if part in each]
            best = next((each for each in known if np.ptp(each.figure)), known[0])
            _, block = _over_samples(best.figure, best.rows, _reach(task), task.kind)
            found[part] = len(best.rows), block
    return found


def _over_samples(values: Floats, rows: Rows, delay: int, kind: Kind) -> tuple[Uncertain | None, int]:
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
