"""How many seeds it takes to tell groups of a task apart, from the runs that there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from statistics import fmean, median, variance

from seqexp.data.samples import FEWEST_JUDGED
from seqexp.evaluation.intervals import FEWEST_SEEDS
from seqexp.evaluation.power import Chance, chance_of
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.pairs.judgement import Judgement, figures_of

DIFFERENCES = (0.005, 0.01, 0.02, 0.05, 0.1)
FOLDS = 5  # of which is said what they would tell
MOST_FOLDS = 50  # more are not spoken of
TYPICAL = "a typical pair"
_MOST_SUGGESTED = 30  # seeds of a group that a command is given for, where no difference was asked for


@dataclass(frozen=True)
class Needed:
    """What it takes to tell a difference.

    Attributes:
        relative: The difference, as a share of the best figure.
        can_be_told: Whether any number of seeds does; None where their spread isn't known.
        seeds: How many of each group; None where no number does, and where it isn't known.
        low: The least that it may be, and `high` the most, with 80 %: so well the spreads are known. None where no
            number may do.
        folds: About how many test parts like this one tell it with `FEWEST_SEEDS` seeds each; None of too many.
    """

    relative: float
    can_be_told: bool | None
    seeds: int | None
    low: int | None
    high: int | None
    folds: int | None


@dataclass(frozen=True)
class PairOutlook:
    """What seeds can tell of a pair of groups, or of such as there are.

    Attributes:
        name: Which pair.
        groups: The two groups; of a typical pair all that it is typical of.
        chance: What makes their difference uncertain.
        knows_seeds: Whether the spread over seeds is known, and in it.
        best: What differences are shares of.
    """

    name: str
    groups: tuple[Group, ...]
    chance: Chance
    knows_seeds: bool
    best: float

    @property
    def seeds(self) -> int:
        """How many seeds each of them has at least."""
        return min(group.n for group in self.groups)

    @property
    def now(self) -> float | None:
        """The least difference that as many seeds tell, as a share; None where their spread isn't known."""
        return self._least(self.seeds) if self.knows_seeds and self.seeds >= FEWEST_SEEDS else None

    @cached_property
    def floor(self) -> tuple[float, float, float]:
        """The difference below which no number of seeds tells, as a share; and between which two it is with 80 %."""
        likely = self.chance.likely()
        low, high = (self._share(each.least_difference(math.inf)) for each in likely)
        return self._least(math.inf), low, high

    def with_folds(self, folds: int) -> float:
        """Return, roughly, the difference below which no number of seeds tells on so many test parts like this one."""
        return self._share(self.chance.folded(folds).least_difference(math.inf))

    def needed(self, relative: float) -> Needed:
        """Return what it takes to tell a difference, a share of the best figure."""
        difference = relative * abs(self.best)
        if not self.knows_seeds:
            return Needed(relative, None, None, None, None, None)
        seeds = self.chance.seeds_for(difference)
        low, high = (each.seeds_for(difference) for each in self.chance.likely())
        return Needed(relative, seeds is not None, seeds, low, high, self._folds(difference))

    def _folds(self, difference: float) -> int | None:
        """Return how many folds with a few seeds each tell a difference; the sum of their seeds counts as that many."""

        def tells(folds: int) -> bool:
            needed = self.chance.folded(folds).seeds_for(difference)
            return needed is not None and needed <= FEWEST_SEEDS

        return next((folds for folds in range(1, MOST_FOLDS + 1) if tells(folds)), None)

    def _least(self, seeds: float) -> float:
        return self._share(self.chance.least_difference(seeds))

    def _share(self, difference: float) -> float:
        return difference / abs(self.best)


@dataclass(frozen=True)
class Outlook:
    """What can be told of the groups of a task, with which effort.

    Attributes:
        board: The task's groups.
        pairs: The best two by the table, and a typical pair of those that may be the best, unless they are these two;
            none where nothing can be said.
        differences: What is asked of each, as shares of the best figure.
        asked: Those of them that a person asked for.
    """

    board: Board
    pairs: tuple[PairOutlook, ...]
    differences: tuple[float, ...]
    asked: tuple[float, ...]

    @property
    def few_independent(self) -> bool:
        """Whether the test part has too few independent samples for their variance to be known."""
        judgement = self.board.judgement
        return judgement is not None and judgement.independent < FEWEST_JUDGED

    @cached_property
    def needed(self) -> list[tuple[PairOutlook, list[Needed]]]:
        """What each difference takes, pair by pair."""
        return [(pair, [pair.needed(each) for each in self.differences]) for pair in self.pairs]

    @property
    def next_step(self) -> tuple[float | None, list[tuple[Group, int]]]:
        """The difference that is to be told of the best two, and how many more seeds of each that takes.

        It is the smallest that was asked for and can be told; else the smallest that takes no more than a number of
        seeds that one may have time for. It is None where their spread is to be known first.
        """
        if not self.pairs:
            return None, []
        pair, needed = self.needed[0]
        wanted: Needed | None = None
        if pair.knows_seeds:
            known = [each for each in needed if each.seeds is not None]
            chosen = [each for each in known if each.relative in self.asked] if self.asked else known
            few = [each for each in chosen if self.asked or (each.seeds or 0) <= _MOST_SUGGESTED]
            wanted = min(few, key=lambda each: each.relative, default=None)
            if wanted is None:
                return None, []
        count = FEWEST_SEEDS if wanted is None else wanted.seeds or 0
        missing = [(group, count - group.n) for group in pair.groups if group.n < count]
        return (None if wanted is None else wanted.relative), missing


def outlook(board: Board, asked: Sequence[float] = ()) -> Outlook:
    """Return what can be told of the groups of a board, with which effort.

    Args:
        board: The groups, with their forecasts read.
        asked: Differences that a person wants to tell, as shares of the best figure.
    """
    judgement = board.judgement
    differences = tuple(sorted({*DIFFERENCES, *asked}))
    pairs: tuple[PairOutlook, ...] = ()
    if judgement is not None and len(judgement.groups) > 1 and judgement.best:
        parts = _Parts(judgement)
        others = judgement.may_be_best
        pairs = (parts.pair(0, 1), *([parts.typical(others)] if len(others) > 1 and others != [0, 1] else []))
    return Outlook(board, pairs, differences, tuple(asked))


class _Parts:
    """What is known of the chance of each group; of one whose seeds are too few, what the others say on average."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement
        figures = [figures_of(group, judgement.metric, "test") for group in judgement.groups]
        self._runs = [(variance(each), len(each) - 1) if len(each) >= FEWEST_SEEDS else None for each in figures]
        near = [known for at in judgement.contenders if (known := self._runs[at]) is not None]
        # Hopeless models may vary a lot: they say something of others only where nothing else does.
        self._known = near or [each for each in self._runs if each is not None]
        own = [each for at in judgement.contenders if (each := judgement.own[at]) is not None]
        self._usual_own = fmean(own) if own else 0.0

    def pair(self, one: int, other: int) -> PairOutlook:
        """Return the outlook of two groups."""
        groups = self._judgement.groups[one], self._judgement.groups[other]
        return self._outlook(f"{groups[0].name} vs {groups[1].name}", groups, self._chance(one, other))

    def typical(self, positions: Sequence[int]) -> PairOutlook:
        """Return that of a pair such as there are: the median windows' part, and the mean spread of all."""
        judgement = self._judgement
        chances = [self._chance(one, other) for one, other in combinations(positions, 2)]
        spread, freedom = self._pooled
        chance = Chance(
            windows=median(each.windows for each in chances),
            found=median(each.found for each in chances),
            freedom=judgement.pairs.freedom,
            runs=(spread, spread),
            own=min(2 * fmean(map(self._own, positions)), 2 * spread),
            runs_freedom=float(freedom),
        )
        return self._outlook(TYPICAL, tuple(judgement.groups[at] for at in positions), chance)

    def _outlook(self, name: str, groups: tuple[Group, ...], chance: Chance) -> PairOutlook:
        return PairOutlook(name, groups, chance, bool(self._known), self._judgement.best)

    @property
    def _pooled(self) -> tuple[float, int]:
        """The mean variance over seeds, with its degrees of freedom."""
        freedom = sum(count for _, count in self._known)
        return (sum(each * count for each, count in self._known) / freedom, freedom) if freedom else (0.0, 1)

    def _own(self, at: int) -> float:
        known = self._judgement.own[at]
        return self._usual_own if known is None else known

    def _chance(self, one: int, other: int) -> Chance:
        judgement, pair = self._judgement, (one, other)
        covariance = judgement.pairs.covariance
        windows = float(covariance[one, one] + covariance[other, other] - 2 * covariance[one, other])
        return chance_of(
            max(windows, 0.0),
            judgement.pairs.freedom,
            [self._runs[at] or self._pooled for at in pair],
            [self._own(at) for at in pair],
            [judgement.read[at] for at in pair],
        )
