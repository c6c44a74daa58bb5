"""By how much the best of several models is flattered by having been chosen: the optimism of a minimum.

A measured figure is a model's true one plus chance. Who picks the best of many figures picks chance with it, and the
more so the more figures there are and the less the models differ. By how much follows from drawing again: chance, as
large as it was and as alike from model to model, is put on models that differ as much as these truly do, and what the
winner's figure is below its true one is averaged.

How much models truly differ is less than their figures do, for chance spreads these as well. Taking the figures for
the truth, as a plain bootstrap does, gives about 0.7 of the flattery of equal models. So the figures are shrunk
towards their mean until their variance is what chance doesn't explain: not of all of them, since a few hopeless
models would make the others seem to differ, but of those that come near the best. What all models have in common,
such as a windy week, helps none of them: it is taken out.

Sources:
    Efron, B. (2011). Tweedie's formula and selection bias. Journal of the American Statistical Association 106.
    Louis, T. A. (1984). Estimating a population of parameter values using Bayes and empirical Bayes methods. Journal of
        the American Statistical Association 79.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

_DRAWS = 1_000  # and their opposites
_NEAR = 6.0  # standard deviations of chance from the best within which models may be alike: chosen by simulation


def flattery(figures: Floats, covariance: Floats, others: Floats) -> float:
    """Return by how much the figure of the best model is, on average, better than that of it in truth.

    The same figures always give the same.

    Args:
        figures: (models,) at least two; less is better.
        covariance: (models, models) of what chance adds to them.
        others: (further models,) figures of models of which the covariance is not known: chance is taken to be as
            large for them as for the others on average, and not to be alike.
    """
    known = len(figures)
    centre = np.eye(known) - 1 / known
    apart = centre @ covariance @ centre
    size = math.sqrt(max(float(np.trace(apart)), 0.0) / (known - 1))
    everyone = np.concatenate([figures, others])
    near = everyone <= everyone.min() + _NEAR * size
    truth = everyone[near]
    truth = truth.mean() + _true_share(truth, size) * (truth - truth.mean())
    values, vectors = np.linalg.eigh(apart)
    random = np.random.default_rng(0)
    drawn = random.normal(size=(_DRAWS, known)) @ (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    more = random.normal(size=(_DRAWS, int(near[known:].sum()))) * size
    chance = np.concatenate([drawn[:, near[:known]], more], axis=1)
    chance = np.concatenate([chance, -chance])  # a clear winner's luck is 0 on average, then exactly
    winners = np.argmin(truth + chance, axis=1)
    return max(0.0, float(-chance[np.arange(len(chance)), winners].mean()))


def _true_share(figures: Floats, size: float) -> float:
    """Return the share of the figures' standard deviation that chance, of that standard deviation, doesn't explain."""
    spread = float(figures.var(ddof=1)) if len(figures) > 1 else 0.0
    return math.sqrt(max(0.0, 1 - size**2 / spread)) if spread else 0.0
