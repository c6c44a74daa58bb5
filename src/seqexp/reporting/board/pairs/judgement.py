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
from seqexp.evaluation.intervals import LEVEL, Uncertain, over_seeds
from seqexp.evaluation.letters import letters_of, over_all_pairs
from seqexp.evaluation.losses import spacing
from seqexp.evaluation.power import own_variance
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.losses import GroupLosses
from seqexp.reporting.board.standing import reach
from seqexp.tasks.metric import Metric

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

_JUDGES: ScoredPart = "test"
Known = tuple[Group, GroupLosses, float]  # with the group's mean figure


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
        own: (groups,) what a run's own pattern of errors adds to the variance of its figure; None of one run.
        read: (groups,) over how many runs the losses are averaged.
    """

    metric: Metric
    groups: tuple[Group, ...]
    left_out: tuple[Group, ...]
    figures: Floats
    pairs: Pairs
    independent: float
    own: tuple[float | None, ...]
    read: tuple[int, ...]

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
    def letters(self) -> list[str] | None:
        """Return the letters of the groups, of which two share one if they can't be told apart.

        The one with the best test figure has an "a". None of too few samples, and of so many groups that nobody could
        read their letters.
        """
        every = range(len(self.groups))
        order = [int(at) for at in np.argsort(self.pairs.means, kind="stable")]
        differ = [[self.differ(one, other) for other in every] for one in every]
        return letters_of(differ, order) if self.is_enough else None

    @property
    def tells_anything(self) -> bool:
        """Whether any group is out of the set, or any two differ."""
        return self.is_enough and (not all(self._best_set) or bool((self.adjusted < 1 - LEVEL).any()))

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
        halves = self.pairs.halves(with_seeds=with_seeds)
        widths = [float(halves[one, other]) for one, other in combinations(self.contenders, 2)]
        return self._share(float(np.median(widths)), self.best) if widths else None

    @property
    def may_be_best(self) -> list[int]:
        """The positions of the groups in the set, also where too few samples tell for it to be spoken of."""
        return [at for at, is_in in enumerate(self._best_set) if is_in]

    @property
    def contenders(self) -> Sequence[int]:
        """The positions of the groups in the set, where it has several; else of all."""
        inside = self.may_be_best
        return inside if len(inside) > 1 else range(len(self.groups))

    @property
    def best(self) -> float:
        """The best figure."""
        return float(self.figures[int(np.argmin(self.pairs.means))])

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
    known, sign = with_losses(groups, losses, metric, _JUDGES), sign_of(metric)
    if not known or independent is None or sign is None:
        return None
    figures = np.array([figure for _, _, figure in known])
    pairs = pairs_over(known, sign, [over_seeds(figures_of(group, metric, _JUDGES)) for group, _, _ in known], task)
    if pairs is None:
        return None
    judged = tuple(group for group, _, _ in known)
    left_out = tuple(group for group in groups if not any(group is each for each in judged))
    own = tuple(None if each.own is None else own_variance(each.own, pairs.block) for _, each, _ in known)
    read = tuple(each.runs for _, each, _ in known)
    return Judgement(metric, judged, left_out, figures, pairs, independent, own, read)


def sign_of(metric: Metric) -> float | None:
    """Return what makes less of a metric better, 1 or -1; None where neither less nor more is better."""
    return {"lower": 1.0, "higher": -1.0}.get(str(metric.better))


def figures_of(group: Group, metric: Metric, part: ScoredPart) -> list[float]:
    """Return the figures of a part of the runs of a group that have them."""
    return [value for row in group.rows if (value := row.figure(metric.name(part))) is not None]


def with_losses(
    groups: Sequence[Group], losses: Sequence[Mapping[ScoredPart, GroupLosses]], metric: Metric, part: ScoredPart
) -> list[Known]:
    """Return the groups with a finite figure whose losses are known, of the same samples as the first one's."""
    name = metric.name(part)
    known = [
        (group, own[part], figure)
        for group, own in zip(groups, losses, strict=True)
        if part in own and (figure := group.mean(name)) is not None and math.isfinite(figure)
    ]
    return [each for each in known if np.array_equal(each[1].rows, known[0][1].rows)]


def pairs_over(
    known: Sequence[Known], sign: float, seeds: Sequence[Uncertain | None], task: RankedTask
) -> Pairs | None:
    """Return how groups differ, pair by pair, times a sign; None of too few samples."""
    figures = np.array([figure for _, _, figure in known])
    moves = np.stack([sign * own.figure for _, own, _ in known], axis=1)
    least = math.ceil(reach(task) / spacing(known[0][1].rows))
    return pairs_of(moves, sign * figures, seeds, least=least, in_order=task.kind.order == "in order")
