"""By how much the best group of a table is flattered by having been chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import ScoredPart
from seqexp.evaluation.flattery import flattery
from seqexp.evaluation.intervals import over_seeds
from seqexp.evaluation.power import own_variance
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.losses import GroupLosses
from seqexp.reporting.board.pairs.judgement import figures_of, pairs_over, sign_of, with_losses
from seqexp.tasks.metric import Metric


@dataclass(frozen=True)
class Flattered:
    """By how much the figure that chose the best group is better than that group's in truth, on average."""

    metric: Metric  # of the figure that chose
    part: ScoredPart  # of which part that is
    groups: int  # of how many groups the best was chosen
    amount: float  # not below 0
    best: float  # the figure itself
    with_seeds: bool  # whether the best one's spread over seeds, which chose as well, is in it

    @property
    def share(self) -> float | None:
        """The amount as a share of the figure; None of a figure that is 0."""
        return self.amount / abs(self.best) if self.best else None


def flattered(
    groups: Sequence[Group], losses: Mapping[int, Mapping[ScoredPart, GroupLosses]], task: RankedTask
) -> Flattered | None:
    """Return by how much the best of some groups is flattered; None where nothing can be said.

    Args:
        groups: All that were ranked, the best first.
        losses: What the samples of each part cost those that are shown, by their positions.
        task: Their task.
    """
    metric, part = task.ranking.decides or (None, None)
    sign = sign_of(metric) if metric else None
    if metric is None or part is None or sign is None or metric.loss is None:
        return None
    known = with_losses([groups[at] for at in losses], list(losses.values()), metric, part)
    if len(known) < 2 or known[0][0] is not groups[0]:
        return None
    pairs = pairs_over(known, sign, [None] * len(known), task)
    if pairs is None:
        return None
    seeds = [_of_seeds(group, own, metric, part, pairs.block) for group, own, _ in known]
    read = {id(group) for group, _, _ in known}
    figures = [group.figure for group in groups if id(group) not in read]
    others = [sign * figure for figure in figures if figure is not None and math.isfinite(figure)]
    covariance = pairs.covariance + np.diag([0.0 if each is None else each for each in seeds])
    return Flattered(
        metric=metric,
        part=part,
        groups=len(known) + len(others),
        amount=flattery(pairs.means, covariance, np.array(others)),
        best=known[0][2],
        with_seeds=seeds[0] is not None,
    )


def _of_seeds(group: Group, losses: GroupLosses, metric: Metric, part: ScoredPart, block: int) -> float | None:
    """Return what seeds add to the variance of a group's figure, beside what shows in the losses; None if not known."""
    over = over_seeds(figures_of(group, metric, part))
    if over is None:
        return None
    own = 0.0 if losses.own is None else own_variance(losses.own, block) / losses.runs
    return max(0.0, over.variance - own)
