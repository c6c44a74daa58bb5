"""The model confidence set and all pairs: against the intervals of two models, plain loops, and simulated truths."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import lfilter

from seqexp.data.arrays import Floats
from seqexp.evaluation.confidence_set import WIDER, Pairs, pairs_of
from seqexp.evaluation.intervals import Uncertain, block_length, over_windows
from seqexp.evaluation.letters import over_all_pairs

ALPHA = 0.05


def losses_of(
    random: np.random.Generator, n: int, models: int, *, rho: float, shared: float = 0.5, heavy: bool = False
) -> Floats:
    """Return (n, models) losses with mean 0 and memory; a share of their variance is common to all models."""
    size = (n + 400, models + 1)
    drawn = random.standard_t(4, size) / math.sqrt(2) if heavy else random.normal(size=size)
    found = lfilter([1.0], [1.0, -rho], drawn, axis=0)[400:]
    losses: Floats = math.sqrt(1 - shared) * found[:, 1:] + math.sqrt(shared) * found[:, :1]
    return losses


def judged(losses: Floats, seeds: list[Uncertain | None] | None = None, least: int = 1) -> Pairs:
    found = pairs_of(losses, losses.mean(axis=0), seeds or [None] * losses.shape[1], least=least)
    assert found is not None
    return found


def test_a_pair_is_that_of_the_intervals_of_two_models() -> None:
    losses = losses_of(np.random.default_rng(0), 400, 2, rho=0.6) + np.array([0.0, 0.3])
    pairs = judged(losses)
    difference = losses[:, 1] - losses[:, 0]
    assert pairs.block == WIDER * block_length(difference)
    alone = over_windows(difference, pairs.block)
    assert alone is not None
    assert pairs.freedom == pytest.approx(alone.freedom)
    assert pairs.differences[1, 0] == pytest.approx(difference.mean())
    half = stats.t.ppf(0.975, alone.freedom) * math.sqrt(alone.variance)
    assert pairs.halves(with_seeds=False)[1, 0] == pytest.approx(half)
    steps = abs(difference.mean()) / math.sqrt(alone.variance)
    assert pairs.p_values[0, 1] == pytest.approx(2 * stats.t.sf(steps, alone.freedom))


def test_the_spread_over_seeds_widens_a_difference() -> None:
    """By the rule of Welch and Satterthwaite, of windows and both groups' runs."""
    losses = losses_of(np.random.default_rng(1), 300, 3, rho=0.0)
    runs = [[0.1, 0.3, 0.2], [0.5, 0.1, 0.2, 0.1]]
    seeds = [Uncertain(float(np.var(each, ddof=1)) / len(each), len(each) - 1) for each in runs]
    alone, both = judged(losses), judged(losses, [*seeds, None])
    windows = Uncertain((alone.halves(with_seeds=False)[0, 1] / stats.t.ppf(0.975, alone.freedom)) ** 2, alone.freedom)
    whole = windows + seeds[0] + seeds[1]
    expected = stats.t.ppf(0.975, whole.freedom) * math.sqrt(whole.variance)
    assert both.halves(with_seeds=True)[0, 1] == pytest.approx(expected, rel=0.02)  # Satterthwaite's, taken at once
    assert both.halves(with_seeds=False) == pytest.approx(alone.halves(with_seeds=True))
    assert (both.p_values >= alone.p_values - 1e-12).all()


def chances_by_drawn_blocks(losses: Floats, block: int) -> list[float]:
    """Return the p-values of Hansen, Lunde and Nason's range statistic with blocks that are really drawn."""
    random, (n, models) = np.random.default_rng(5), losses.shape
    places = random.integers(0, n, (3_000, math.ceil(n / block)))
    at = ((places[:, :, None] + np.arange(block)) % n).reshape(len(places), -1)[:, :n]
    means = losses.mean(axis=0)
    drawn = losses[at].mean(axis=1) - means
    left, chances, highest = list(range(models)), [1.0] * models, 0.0
    while len(left) > 1:
        of_pairs, by_chance = {}, np.zeros(len(drawn))
        for one in left:
            for other in left:
                if one != other:
                    apart = drawn[:, one] - drawn[:, other]
                    of_pairs[one, other] = (means[one] - means[other]) / apart.std()
                    by_chance = np.maximum(by_chance, np.abs(apart) / apart.std())
        worst = max(of_pairs, key=lambda pair: of_pairs[pair])
        highest = max(highest, float(np.mean(by_chance >= of_pairs[worst])))
        chances[worst[0]] = highest
        left.remove(worst[0])
    return chances


def test_the_set_is_that_of_blocks_that_are_drawn() -> None:
    """Of many blocks the normal limit is the bootstrap itself; the differences are of some that are near 0.05."""
    losses = losses_of(np.random.default_rng(3), 1_500, 5, rho=0.3, heavy=True)
    losses += np.array([0.0, 0.03, 0.09, 0.1, 0.2])
    pairs = judged(losses)
    found, expected = pairs.chances(), chances_by_drawn_blocks(losses, pairs.block)
    assert found == pytest.approx(expected, abs=0.03)
    assert pairs.best_set() == [chance >= ALPHA for chance in expected]
    assert len(set(pairs.best_set())) == 2


def test_the_same_losses_give_the_same_set_in_any_unit() -> None:
    losses = losses_of(np.random.default_rng(4), 500, 6, rho=0.5) + np.linspace(0, 0.4, 6)
    once, again, scaled = judged(losses), judged(losses), judged(1000 * losses)
    assert once.chances().tolist() == again.chances().tolist()
    assert scaled.chances() == pytest.approx(once.chances())


def test_models_without_a_difference_and_those_with_a_certain_one() -> None:
    losses = losses_of(np.random.default_rng(5), 200, 1, rho=0.5) + 3.0
    # The last one is worse by as much in every sample.
    alike = np.repeat(losses, 4, axis=1) + np.array([0.0, 1e-9, 0.0, 0.5])
    pairs = judged(alike)
    assert pairs.best_set() == [True, True, True, False]
    assert pairs.p_values[3].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert pairs.p_values[0].tolist() == [1.0, 1.0, 1.0, 0.0]


def test_blocks_reach_as_far_as_forecasts_and_samples_that_are_independent_have_none() -> None:
    losses = losses_of(np.random.default_rng(6), 900, 3, rho=0.0)
    assert judged(losses, least=24).block == 24 * WIDER
    assert judged(losses, least=500).block == 300  # three must fit in
    each = pairs_of(losses, losses.mean(axis=0), [None] * 3, least=24, in_order=False)
    assert each is not None
    assert (each.block, each.freedom) == (1, 899)
    assert pairs_of(losses[:2], losses[:2].mean(axis=0), [None] * 3) is None
    only = pairs_of(losses[:, :1], losses[:, :1].mean(axis=0), [None])
    assert only is not None
    assert only.best_set() == [True]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), models=st.integers(2, 7), width=st.floats(0, 1.0))
def test_no_two_of_the_set_are_told_apart_by_all_pairs(seed: int, models: int, width: float) -> None:
    """What Holm's steps find is never between two that both may be the best: else letters would contradict the set."""
    random = np.random.default_rng(seed)
    losses = losses_of(random, 300, models, rho=0.4) + random.uniform(0, width, models)
    pairs = judged(losses)
    inside = np.flatnonzero(pairs.best_set())
    assert int(np.argmin(losses.mean(axis=0))) in inside
    assert (over_all_pairs(pairs.p_values)[np.ix_(inside, inside)] >= ALPHA).all()


@dataclass(frozen=True)
class Worlds:
    """What came out in many worlds whose truth is known, as shares of these."""

    holds_the_best: float  # where the models differ
    size: float  # the set's mean size there
    holds_all: float  # where all are equal
    some_differ: float  # where all are equal: some pair is said to differ


def simulated(n: int, models: int, *, rho: float, heavy: bool = False, runs: int = 0, worlds: int = 2_000) -> Worlds:
    """Return what comes out of models that lie up to six standard errors apart, and of equal ones."""
    random, found = np.random.default_rng(7), []
    error = 1 / (1 - rho) / math.sqrt(n)  # of the difference of two models, of half of whose variance is shared
    gaps = np.concatenate([[0.0], np.linspace(0.3, 6, models - 1)]) * error
    for _ in range(worlds):
        moves = losses_of(random, n, models, rho=rho, heavy=heavy)
        means, seeds = moves.mean(axis=0), list[Uncertain | None]([None] * models)
        if runs:
            figures = error * random.normal(size=(runs, models))
            means = means + figures.mean(axis=0)
            seeds = [Uncertain(float(each) / runs, runs - 1) for each in figures.var(axis=0, ddof=1)]
        differing, equal = pairs_of(moves, means + gaps, seeds), pairs_of(moves, means, seeds)
        assert differing is not None
        assert equal is not None
        inside = differing.best_set()
        all_inside = all(equal.best_set())
        found.append((inside[0], sum(inside), all_inside, over_all_pairs(equal.p_values).min() < ALPHA))
    return Worlds(*np.mean(found, axis=0).tolist())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "largest"),
    [
        ({"n": 500, "models": 5, "rho": 0.0}, 2.7),
        ({"n": 500, "models": 5, "rho": 0.5}, 2.7),
        ({"n": 1_000, "models": 3, "rho": 0.9}, 2.2),
        ({"n": 3_000, "models": 5, "rho": 0.9}, 2.8),
        ({"n": 2_000, "models": 10, "rho": 0.5, "heavy": True}, 5.0),
        ({"n": 1_000, "models": 5, "rho": 0.5, "runs": 3}, 3.3),
    ],
    ids=["no memory", "memory", "three of long memory", "five of long memory", "ten of heavy tails", "three seeds"],
)
def test_of_two_thousand_worlds_the_set_holds_the_best(world: dict[str, float], largest: float) -> None:
    """A set that held all would always be right: it must leave out about as many as can be left out."""
    found = simulated(**world)  # type: ignore[arg-type]
    assert found.holds_the_best >= 0.935
    assert found.some_differ <= 0.06
    assert found.size <= largest
    assert found.holds_all >= 0.935
