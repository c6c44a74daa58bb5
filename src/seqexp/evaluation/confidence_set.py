"""Which of several models may be the best, and which pairs of them differ, by their losses on the same samples.

The model confidence set of Hansen, Lunde and Nason (2011) holds the best model with a chance of 95 %. From all models
on, the one that loses the clearest pair is left out, as long as the largest studentised difference of all pairs (their
range statistic) is larger than chance would make it if all that are left were equal.

What chance makes is known from the circular block bootstrap. Its variances have a closed form; so has the covariance of
all models' means, and of means of many blocks it is all that matters: the largest of correlated normal values is drawn
with it, from a fixed seed, so the same losses give the same set. Each pair is tested by Student's t with as many
degrees of freedom as it has, and then compared as the normal value of the same chance.

Variances of strongly autocorrelated losses come out too small with the blocks that are best for the variance itself
(Politis and White 2004): of equal models some pair would be said to differ in one of ten worlds. `WIDER` blocks take
the bias away, and Student's t with the few that are left pays for it (Kiefer and Vogelsang 2005): chosen by simulation,
which a test repeats.

Sources:
    Hansen, P. R., Lunde, A. and Nason, J. M. (2011). The model confidence set. Econometrica 79.
    Kiefer, N. M. and Vogelsang, T. J. (2005). A new asymptotic theory for heteroskedasticity-autocorrelation robust
        tests. Econometric Theory 21.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from seqexp.evaluation.intervals import LEVEL, Uncertain, block_length

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

WIDER = 3
_DRAWS = 4_000
_ROUNDING = 1e-6  # a difference that is less, as a share of the largest mean, is none


@dataclass(frozen=True)
class Pairs:
    """How the mean losses of several models differ, pair by pair; less is better.

    Attributes:
        means: (models,) their mean losses.
        covariance: (models, models) of these means, as far as the samples make it.
        freedom: Degrees of freedom of it.
        seeds: How uncertain each mean is for the spread over seeds; None where that is not known.
        block: Samples a block.
    """

    means: Floats
    covariance: Floats
    freedom: float
    seeds: Sequence[Uncertain | None]
    block: int

    @cached_property
    def differences(self) -> Floats:
        """Return (models, models): the mean loss of the row's model less that of the column's."""
        found: Floats = self.means[:, None] - self.means[None, :]
        found[np.abs(found) <= _ROUNDING * np.abs(self.means).max()] = 0.0
        return found

    @cached_property
    def _variances(self) -> tuple[Floats, Floats]:
        """Return (models, models) those of the differences, and their degrees of freedom (Satterthwaite)."""
        windows = _of_differences(self.covariance)
        known = [Uncertain(0.0, 1.0) if each is None else each for each in self.seeds]
        runs = np.array([each.variance for each in known])
        of_runs = runs**2 / np.array([each.freedom for each in known])
        whole = windows + runs[:, None] + runs[None, :]
        parts = windows**2 / self.freedom + of_runs[:, None] + of_runs[None, :]
        return whole, np.divide(whole**2, parts, out=np.full_like(whole, self.freedom), where=parts > 0)

    @cached_property
    def p_values(self) -> Floats:
        """Return (models, models): how likely so large a difference is of two equal models, two-sided, each by itself.

        It is the test of Diebold and Mariano (1995), with blocks in place of a kernel.
        """
        from scipy.special import stdtr

        variance, freedom = self._variances
        steps = np.full_like(variance, np.inf)
        np.divide(np.abs(self.differences), np.sqrt(variance), out=steps, where=variance > 0)
        steps[self.differences == 0] = 0.0
        found: Floats = np.minimum(1.0, 2 * stdtr(freedom, -steps))
        return found

    def halves(self, *, with_seeds: bool) -> Floats:
        """Return (models, models): half the width of the 95 % interval of each difference, each by itself."""
        from scipy.special import stdtrit

        whole = self._variances if with_seeds else (_of_differences(self.covariance), self.freedom)
        found: Floats = stdtrit(whole[1], (1 + LEVEL) / 2) * np.sqrt(whole[0])
        return found

    def best_set(self) -> list[bool]:
        """Return which models are in the set that holds the best one with a chance of 95 %."""
        return [bool(chance >= 1 - LEVEL) for chance in self.chances()]

    def chances(self) -> Floats:
        """Return (models,) the set's p-values: a model is in the set of any level up to 1 less its own."""
        from scipy.special import ndtr, ndtri

        scores = np.sign(self.differences) * -ndtri(self.p_values / 2)  # a row that loses has the larger ones
        left, out, largest = list(range(len(self.means))), list[int](), list[float]()
        while len(left) > 1:
            among = scores[np.ix_(left, left)].max(axis=1)
            largest.append(float(among.max()))
            out.append(left.pop(int(among.argmax())))
        # The sets grow from the last model on, so each pair of drawn values is looked at once.
        drawn, deviations = self._drawn()
        grown, most, chances = [*left], np.zeros(_DRAWS), np.ones(len(self.means))
        for model, found in zip(reversed(out), reversed(largest), strict=True):
            apart = np.abs(drawn[:, [model]] - drawn[:, grown])
            scale = deviations[model, grown]
            apart = np.divide(apart, scale, out=np.zeros_like(apart), where=scale > 0)
            most = np.maximum(most, apart.max(axis=1))
            grown.append(model)
            by_draws = (1 + int((most >= found).sum())) / (1 + _DRAWS)
            # Never less than all pairs of the set tested one by one would say (Bonferroni).
            chances[model] = min(by_draws, len(grown) * (len(grown) - 1) * float(ndtr(-found)))
        chances[out] = np.maximum.accumulate(chances[out])
        return chances

    def _drawn(self) -> tuple[Floats, Floats]:
        """Return (draws, models) means that chance alone makes, and the standard deviations of their differences."""
        known = [0.0 if each is None else each.variance for each in self.seeds]
        values, vectors = np.linalg.eigh(self.covariance + np.diag(known))
        roots = vectors * np.sqrt(np.maximum(values, 0.0))
        drawn: Floats = np.random.default_rng(0).normal(size=(_DRAWS, len(known))) @ roots.T
        return drawn, np.sqrt(_of_differences(roots @ roots.T))


def _of_differences(covariance: Floats) -> Floats:
    """Return the variances of all differences; what is but rounding is 0."""
    own = np.diag(covariance)
    found: Floats = own[:, None] + own[None, :] - 2 * covariance
    found[found < 1e-12 * (own[:, None] + own[None, :])] = 0.0
    np.fill_diagonal(found, 0.0)
    return found


def pairs_of(
    moves: Floats, means: Floats, seeds: Sequence[Uncertain | None], *, least: int = 1, in_order: bool = True
) -> Pairs | None:
    """Return how models differ that were scored on the same samples; None of too few samples for two blocks.

    Blocks are as long as the most lasting of the models' differences from the best asks for, times `WIDER`.

    Args:
        moves: (samples, models) by how much each sample moves each model's mean loss.
        means: (models,) the mean losses.
        seeds: How uncertain each mean is for the spread over its runs; None where these are too few to know it.
        least: The blocks are no shorter, before they are widened; see `block_length`.
        in_order: Whether samples have neighbours; else each stands for itself.
    """
    n = len(moves)
    best = int(np.argmin(means))
    block = 1
    if in_order:
        others = [moves[:, other] - moves[:, best] for other in range(len(means)) if other != best]
        lengths = [block_length(difference, least) for difference in others]
        block = max(1, min(WIDER * max(lengths, default=1), n // 3))
    if n < 2 * block or n < 3:
        return None
    return Pairs(means, _covariance_of_means(moves, block), n / block - 1, seeds, block)


def _covariance_of_means(series: Floats, block: int) -> Floats:
    """Return (models, models): that of the means of series of the same samples, by the circular block bootstrap.

    It is what `over_windows` has on its diagonal.
    """
    n = len(series)
    whole, rest = divmod(n, block)
    total = whole * _covariance_of_sums(series, block)
    if rest:
        total = total + _covariance_of_sums(series, rest)
    found: Floats = total / n**2 / (1 - block / n)
    return found


def _covariance_of_sums(series: Floats, length: int) -> Floats:
    centred = series - series.mean(axis=0)
    sums = np.cumsum(np.concatenate([np.zeros_like(centred[:1]), centred, centred[:length]]), axis=0)
    blocks = sums[length : length + len(series)] - sums[: len(series)]
    blocks -= blocks.mean(axis=0)
    found: Floats = blocks.T @ blocks / len(series)
    return found
