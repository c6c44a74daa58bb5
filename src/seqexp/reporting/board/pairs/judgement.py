"""What the test part says of the groups of a table: which may be the best, which pairs differ, and what it can tell.

Groups are ranked, and models and epochs chosen, by the validation part: what it says of them is flattered by that. The
test part was used for nothing, so it judges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from seqexp.data.arrays import ScoredPart
from seqexp.data.samples import FEWEST_JUDGED
from seqexp.evaluation.confidence_set import Pairs, pairs_of
from seqexp.evaluation.intervals import LEVEL, over_seeds
from seqexp.evaluation.letters import letters_of, over_all_pairs
from seqexp.evaluation.losses import spacing
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.losses import GroupLosses
from seqexp.reporting.board.standing import reach
from seqexp.tasks.metric import Metric

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

_JUDGES: ScoredPart = "test"


@dataclass(frozen=True)
class Judgement:
    """What the losses of the test part say of the groups that saved them.

    Attributes:
        metric: What the losses are of: what ranks, where that has a figure of every sample.
        groups: The groups that are judged, in the table's order.
        left_out: Those that are shown and can't be judged: they saved no forecasts, or have no finite figure.
        figures: (groups,) their mean test figures.
        pairs: How they differ.
        independent: About how many independent samples the part is worth.
    """

    metric: Metric
    groups: tuple[Group, ...]
    left_out: tuple[Group, ...]
    figures: Floats
    pairs: Pairs
    independent: float

    @property
    def figure(self) -> str:
        """The name of the figure that is judged, for people."""
        return f"{_JUDGES} {self.metric.label}"

    def at(self, group: Group) -> int | None:
        """Return the position of a group; None of one that is not judged."""
        return next((at for at, each in enumerate(self.groups) if each is group), None)

    @property
    def is_enough(self) -> bool:
        """Whether there are enough independent samples to say anything of which groups differ."""
        return self.independent >= FEWEST_JUDGED

    @property
    def in_best_set(self) -> list[bool] | None:
        """Return which groups are in the set that holds the best with 95 %; None where too few samples tell."""
        return self._best_set if self.is_enough else None

    @cached_property
    def _best_set(self) -> list[bool]:
        return self.pairs.best_set()

    @cached_property
    def adjusted(self) -> Floats:
        """Return (groups, groups): p-values of all pairs, adjusted to how many these are."""
        return over_all_pairs(self.pairs.p_values)

    def differ(self, one: int, other: int) -> bool:
        """Return whether two groups, by their positions, can be told apart."""
        return self.is_enough and bool(self.adjusted[one, other] < 1 - LEVEL)

    @cached_property
    def letters(self) -> list[str]:
        """Return the letters of the groups, of which two share one if they can't be told apart; "" of too few samples.

        The one with the best test figure has an "a".
        """
        if not self.is_enough:
            return [""] * len(self.groups)
        every = range(len(self.groups))
        order = [int(at) for at in np.argsort(self.pairs.means, kind="stable")]
        return letters_of([[self.differ(one, other) for other in every] for one in every], order)

    @property
    def tells_anything(self) -> bool:
        """Whether any group is out of the set, or any two differ."""
        return len(set(self.letters)) > 1 or not all(self.in_best_set or [])

    def relative(self, one: int, other: int) -> float | None:
        """Return by how much the first group's figure differs from the second's, as a share of that."""
        return self._share(float(self.figures[one] - self.figures[other]), float(self.figures[other]))

    def half(self, one: int, other: int) -> float | None:
        """Return half the width of the 95 % interval of that share, of these two by themselves."""
        return self._share(float(self.pairs.halves(with_seeds=True)[one, other]), float(self.figures[other]))

    def resolution(self, *, with_seeds: bool) -> float | None:
        """Return the difference that the part can tell of a typical pair, as a share of the best figure.

        It is half the 95 % interval's width of the median pair: of those in the set, where it has several; else of all.
        That too few samples tell what is in it doesn't matter: it is of models that are like each other. None where
        there is no pair, or the best figure is 0.
        """
        inside = [at for at, is_in in enumerate(self._best_set) if is_in]
        chosen = inside if len(inside) > 1 else range(len(self.groups))
        halves = self.pairs.halves(with_seeds=with_seeds)
        widths = [float(halves[one, other]) for one, other in combinations(chosen, 2)]
        best = float(self.figures[int(np.argmin(self.pairs.means))])
        return self._share(float(np.median(widths)), best) if widths else None

    def _share(self, difference: float, figure: float) -> float | None:
        return difference / abs(figure) if figure else None


def judge(
    groups: Sequence[Group],
    losses: Sequence[Mapping[ScoredPart, GroupLosses]],
    task: RankedTask,
    independent: float | None,
) -> Judgement | None:
    """Return what the test part says of groups; None where it says nothing.

    Args:
        groups: The groups that are shown, in the table's order.
        losses: What the samples of each part cost each of them.
        task: Their task.
        independent: About how many independent samples the test part is worth; None where that is not known.
    """
    metric, _ = task.ranking.decides or (task.metric, None)
    if metric.loss is None:  # it is no matter of single samples: the losses are those of what runs are judged by
        metric = task.metric
    name, sign = metric.name(_JUDGES), {"lower": 1.0, "higher": -1.0}.get(str(metric.better))
    known = [
        (group, own[_JUDGES], figure)
        for group, own in zip(groups, losses, strict=True)
        if _JUDGES in own and (figure := group.mean(name)) is not None and math.isfinite(figure)
    ]
    known = [each for each in known if np.array_equal(each[1].rows, known[0][1].rows)]
    if not known or independent is None or sign is None:
        return None
    figures = np.array([figure for _, _, figure in known])
    moves = np.stack([sign * own.figure for _, own, _ in known], axis=1)
    runs = [[value for row in group.rows if (value := row.figure(name)) is not None] for group, _, _ in known]
    least = math.ceil(reach(task) / spacing(known[0][1].rows))
    in_order = task.kind.order == "in order"
    pairs = pairs_of(moves, sign * figures, list(map(over_seeds, runs)), least=least, in_order=in_order)
    if pairs is None:
        return None
    judged = tuple(group for group, _, _ in known)
    left_out = tuple(group for group in groups if not any(group is each for each in judged))
    return Judgement(metric, judged, left_out, figures, pairs, independent)
