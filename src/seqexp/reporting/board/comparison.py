"""What a leaderboard may claim: groups on the same samples, with the uncertainty of every difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqexp.data.arrays import PART_WORDS, SCORED, ScoredPart
from seqexp.evaluation.losses import Losses, at_rows, losses_of
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask, scored_samples
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
from seqexp.reporting.board.pairs.flattered import Flattered, flattered
from seqexp.reporting.board.pairs.judgement import Judgement, judge
from seqexp.reporting.board.standing import Standing, over_samples, reach, standing_of
from seqexp.tracking.store.store import Store

if TYPE_CHECKING:
    from seqexp.data.arrays import Rows

Cost = Literal["seconds", "parameters"]
COSTS: Mapping[Cost, str] = {"seconds": "train_seconds", "parameters": "parameters"}  # the figures of them

_READ = 10  # runs of a group whose forecasts are read for an interval over windows


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
        judgement: What the test part says of the groups that are shown; None where it says nothing.
        flattered: By how much the best one is flattered by having been chosen; None where that can't be said.
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
    judgement: Judgement | None
    flattered: Flattered | None

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
    read = reader(store, task.at)
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
    notes = [*notes, *_thinned(task, alike, anew=rows is not None)]
    independent = {part: count / block for part, (count, block) in alike.items()}
    of_shown = [groups[position] for position in shown]
    judgement = judge(of_shown, list(losses.values()), task, independent.get("test")) if is_fair else None
    standings = [standing_of(p, groups, losses, task, on_front=front[p], is_fair=is_fair) for p in shown]
    return Board(
        task=task,
        groups=tuple(groups),
        standings=tuple(_judged(each, judgement) for each in standings),
        hidden=len(groups) - len(shown),
        cost=cost,
        common=None if rows is None else {part: len(each) for part, each in rows.items()},
        notes=tuple(notes),
        independent=independent,
        blocks={part: block for part, (_, block) in alike.items()},
        judgement=judgement,
        flattered=flattered(groups, losses, task) if is_fair else None,
    )


def _judged(standing: Standing, judgement: Judgement | None) -> Standing:
    """Return a standing with what the test part says of its group."""
    at = None if judgement is None else judgement.at(standing.group)
    if judgement is None or at is None:
        return standing
    inside, letters = judgement.in_best_set, judgement.letters
    in_best_set = None if inside is None else inside[at]
    return replace(standing, in_best_set=in_best_set, letters="" if letters is None else letters[at])


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


def _thinned(task: RankedTask, alike: Mapping[ScoredPart, tuple[int, int]], *, anew: bool) -> list[str]:
    """Return what a reader must know where not all windows that were scored have saved forecasts."""
    scored = scored_samples(task.rows[0].stored.tags)
    counts = {part: (count, scored.get(part, count)) for part, (count, _) in alike.items()}
    few = [
        f"{count:,} of {whole:,} {PART_WORDS[part]} windows" for part, (count, whole) in counts.items() if count < whole
    ]
    if task.at is None or anew or not few:
        return []
    return [f"intervals are over {' and '.join(few)}: those whose forecasts were saved"]


def _alike(losses: Sequence[Mapping[ScoredPart, GroupLosses]], task: RankedTask) -> dict[ScoredPart, tuple[int, int]]:
    """Return by part how many samples there are and over how many of them errors stay alike: of the best that errs."""
    found: dict[ScoredPart, tuple[int, int]] = {}
    for part in SCORED:
        if part in losses[0]:
            known = [each[part] for each in losses if part in each]
            best = next((each for each in known if np.ptp(each.figure)), known[0])
            _, block = over_samples(best.figure, best.rows, reach(task), task.kind)
            found[part] = len(best.rows), block
    return found
