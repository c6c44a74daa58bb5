"""By how much the best is flattered: against the expected minimum of equal models, and in worlds of known truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from seqexp.data.arrays import Floats
from seqexp.evaluation.flattery import flattery

NONE = np.zeros(0)


def of_a_minimum(n: int) -> float:
    """Return by how much the least of n standard normal values is below 0 on average, by its density."""

    def density(x: float) -> float:
        return float(-x * n * stats.norm.pdf(x) * stats.norm.sf(x) ** (n - 1))

    return float(integrate.quad(density, -10, 10)[0])


@pytest.mark.parametrize("n", [2, 5, 24])
def test_of_equal_models_it_is_the_expected_minimum(n: int) -> None:
    """Figures that happen to be equal, too: there is nothing but chance."""
    assert flattery(np.full(n, 3.0), 0.04 * np.eye(n), NONE) == pytest.approx(0.2 * of_a_minimum(n), rel=0.05)


def test_what_all_have_in_common_flatters_none() -> None:
    alone = flattery(np.full(6, 3.0), 0.04 * np.eye(6), NONE)
    assert flattery(np.full(6, 3.0), 0.04 * np.eye(6) + 25.0, NONE) == pytest.approx(alone)


def test_a_clear_winner_is_not_flattered() -> None:
    figures = np.array([1.0, 3.0, 3.1, 3.2])
    assert flattery(figures, 0.01 * np.eye(4), NONE) == pytest.approx(0.0, abs=0.01)
    assert flattery(figures, np.zeros((4, 4)), NONE) == 0.0


def test_models_that_were_not_read_are_counted() -> None:
    """With chance as large as the others': those that come near the best flatter it, those far off don't."""
    three, few = np.array([1.0, 1.01, 1.02]), 0.01 * np.eye(3)
    alone = flattery(three, few, NONE)
    near = flattery(three, few, np.full(20, 1.02))
    assert near == pytest.approx(flattery(np.append(three, np.full(20, 1.02)), 0.01 * np.eye(23), NONE), rel=0.05)
    assert near > 1.5 * alone
    assert flattery(three, few, np.full(20, 9.0)) == pytest.approx(alone)


def test_it_is_in_the_unit_of_the_figures_and_always_the_same() -> None:
    figures, covariance = np.linspace(1, 1.3, 7), 0.02 * np.eye(7) + 0.01
    once = flattery(figures, covariance, NONE)
    assert flattery(figures, covariance, NONE) == once
    assert flattery(1000 * figures, 1e6 * covariance, NONE) == pytest.approx(1000 * once)


def equal(n: int) -> Floats:
    return np.zeros(n)


def half_hopeless(n: int) -> Floats:
    return np.where(np.arange(n) < n // 2, 0.0, 20.0)


def as_far_as_chance(n: int) -> Floats:
    return np.asarray(stats.norm.ppf((np.arange(n) + 0.5) / n))


def in_a_row(n: int) -> Floats:
    return np.linspace(0, 10, n)


@pytest.mark.slow
@pytest.mark.parametrize("n", [8, 24, 100])
@pytest.mark.parametrize("truth", [equal, half_hopeless, as_far_as_chance, in_a_row])
def test_what_is_said_is_within_a_third_of_the_truth(truth: Callable[[int], Floats], n: int) -> None:
    """On average over worlds: figures are the truth and chance, of which a part is common to all models."""
    random, true, said = np.random.default_rng(3), [], []
    for _ in range(300):
        chance = random.normal(size=n) + 3 * random.normal()
        figures = truth(n) + chance
        winner = int(np.argmin(figures))
        true.append(chance.mean() - chance[winner])  # the mean, which flatters none, is taken out: worlds are few
        said.append(flattery(figures, np.eye(n) + 9.0, NONE))
    assert np.mean(said) == pytest.approx(np.mean(true), rel=1 / 3)
