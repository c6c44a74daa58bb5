"""How many seeds it takes to tell a difference between two models, and what no number of seeds can tell.

The difference of two models' figures on a test part has two sources of chance. The *windows'*: other windows would
give another difference, however many seeds there are. The *seeds'*: another seed gives another figure on these
windows; their mean over s seeds has a variance of 1 / s of that. A run's own pattern of errors over the windows is
one of the things that seeds change, so it is in both: in the spread over seeds, and in what a bootstrap over windows
finds in the mean losses of few runs. It is measured by contrasts between runs of one model, and taken out of the
windows' part.

The test whose power it is is the leaderboard's (`Pairs`): Student's t with the variance of the windows' bootstrap
plus that of both spreads over seeds, its degrees of freedom by Satterthwaite (1946). Its statistic follows the
noncentral t distribution. That test counts a run's own pattern twice, which makes it careful; its power allows for
that.

Sources:
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences. 2nd edition, Erlbaum.
    Bouthillier, X. et al. (2021). Accounting for variance in machine learning benchmarks. Proceedings of Machine
        Learning and Systems 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seqexp.evaluation.intervals import FEWEST_SEEDS, LEVEL, over_windows

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

POWER = 0.8  # the chance with which a difference is to be told that is there
_KNOWN = 1e6  # degrees of freedom from which on a variance is as good as known
_HALVINGS = 60  # of a bisection


@dataclass(frozen=True)
class Chance:
    """What makes the difference of two models' figures uncertain on one test part.

    Attributes:
        windows: The variance of the difference that is left with any number of seeds.
        found: What the bootstrap found of it, the own patterns of those runs included from which it was taken.
        freedom: Degrees of freedom of what a bootstrap finds.
        runs: The variance of the figure of one run over seeds, for each of the two models.
        own: What of these two, together, is in the losses window by window: the runs' own patterns of errors.
        runs_freedom: Degrees of freedom with which `runs` are known.
    """

    windows: float
    found: float
    freedom: float
    runs: tuple[float, float]
    own: float
    runs_freedom: float

    def power(self, difference: float, seeds: float) -> float:
        """Return the chance that the test tells a true difference with so many seeds of each model, on its side of 0.

        Args:
            difference: Of the two figures, above 0.
            seeds: Runs of each model, at least two; infinity: as many as one likes.
        """
        from scipy.special import nctdtr, stdtrit

        true, tested, freedom = self._variances(seeds)
        if true <= 0:
            return 1.0
        freedom = min(freedom, _KNOWN)
        edge = float(stdtrit(freedom, (1 + LEVEL) / 2)) * math.sqrt(tested / true)
        return 1 - float(nctdtr(freedom, difference / math.sqrt(true), edge))

    def _variances(self, seeds: float) -> tuple[float, float, float]:
        """Return the variance of the difference, that which the test takes it to have, and its degrees of freedom."""
        by_windows = self.windows + self.own / seeds
        by_seeds = [variance / seeds for variance in self.runs]
        tested = by_windows + sum(by_seeds)
        parts = by_windows**2 / self.freedom + sum(each**2 for each in by_seeds) / (seeds - 1)
        return self.windows + sum(by_seeds), tested, tested**2 / parts if parts else _KNOWN

    def seeds_for(self, difference: float) -> int | None:
        """Return the smallest number of seeds of each model that tells a difference with `POWER`.

        It is None where no number does. Fewer than `FEWEST_SEEDS` are never enough, for their spread is not known.
        """
        if self.power(difference, math.inf) < POWER:
            return None
        enough = FEWEST_SEEDS
        while self.power(difference, enough) < POWER:
            enough *= 2
        short = enough // 2
        while enough - short > 1:
            middle = (short + enough) // 2
            short, enough = (short, middle) if self.power(difference, middle) >= POWER else (middle, enough)
        return max(enough, FEWEST_SEEDS)

    def least_difference(self, seeds: float) -> float:
        """Return the smallest difference that so many seeds of each model tell with `POWER`."""
        high = math.sqrt(self._variances(seeds)[1])
        if high == 0:
            return 0.0
        while self.power(high, seeds) < POWER:
            high *= 2
        low = 0.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(middle, seeds) >= POWER else (middle, high)
        return high

    def folded(self, folds: int) -> Chance:
        """Return it for the mean over so many test parts like this one, each with seeds of its own: roughly.

        Other parts are taken for as long, as hard and independent of this one.
        """
        return replace(
            self,
            windows=self.windows / folds,
            found=self.found / folds,
            freedom=self.freedom * folds,
            runs=(self.runs[0] / folds, self.runs[1] / folds),
            own=self.own / folds,
        )

    def likely(self) -> tuple[Chance, Chance]:
        """Return the least and the most chance that there may be, each with 90 %, so far as variances are known."""
        from scipy.special import chdtri

        found = []
        for share in (0.1, 0.9):  # of values of chi squared that are larger
            of_runs, of_windows = (each / float(chdtri(each, share)) for each in (self.runs_freedom, self.freedom))
            runs = (self.runs[0] * of_runs, self.runs[1] * of_runs)
            windows = max(self.windows + self.found * (of_windows - 1), 0.0)
            found.append(replace(self, windows=windows, runs=runs, own=min(self.own, sum(runs))))
        return found[0], found[1]


def chance_of(
    windows: float, freedom: float, runs: Sequence[tuple[float, int]], own: Sequence[float], read: Sequence[int]
) -> Chance:
    """Return what makes the difference of two models uncertain, from the runs that there are.

    Args:
        windows: The variance of the difference of both models' mean losses, by a bootstrap over windows.
        freedom: Degrees of freedom of it.
        runs: For each model the variance of a run's figure over its seeds, with its degrees of freedom.
        own: For each model what a run's own pattern of errors over the windows adds to the variance of its mean.
        read: Over how many runs the losses of each model were averaged.
    """
    left = windows - sum(each / count for each, count in zip(own, read, strict=True))
    variances = (runs[0][0], runs[1][0])
    parts = sum(variance**2 / count for variance, count in runs)
    return Chance(
        windows=max(left, 0.0),
        found=windows,
        freedom=freedom,
        runs=variances,
        own=min(sum(own), sum(variances)),
        runs_freedom=sum(variances) ** 2 / parts if parts else float(sum(count for _, count in runs)),
    )


def contrast(runs: Sequence[Floats]) -> Floats | None:
    """Return what runs of one model have not in common: some less the others, with the variance of one run's own part.

    It is None of a single run.

    Args:
        runs: (samples,) of each run.
    """
    n = len(runs)
    if n < 2:
        return None
    some = n // 2
    up, down = math.sqrt((n - some) / (some * n)), math.sqrt(some / ((n - some) * n))
    found: Floats = up * np.sum(runs[:some], axis=0) - down * np.sum(runs[some:], axis=0)
    return found


def own_variance(contrasted: Floats, block: int) -> float:
    """Return what a run's own pattern of errors adds to the variance of its mean; 0 where two blocks don't fit in."""
    found = over_windows(contrasted, block)
    return 0.0 if found is None else found.variance
