"""How many seeds it takes: against Student's t by SciPy, and in simulated worlds whose truth is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from seqexp.data.arrays import Floats
from seqexp.evaluation.confidence_set import Pairs, pairs_of
from seqexp.evaluation.intervals import over_seeds
from seqexp.evaluation.power import POWER, Chance, chance_of, contrast, own_variance

ONLY_SEEDS = Chance(windows=0.0, found=0.0, freedom=50.0, runs=(1.0, 1.0), own=0.0, runs_freedom=8.0)
ONLY_WINDOWS = Chance(windows=1.0, found=1.0, freedom=30.0, runs=(0.0, 0.0), own=0.0, runs_freedom=8.0)
BOTH = Chance(windows=1.0, found=1.2, freedom=30.0, runs=(4.0, 2.0), own=0.5, runs_freedom=8.0)


def test_seeds_alone_need_what_a_t_test_of_two_groups_needs() -> None:
    """Welch's with two spreads of equal size has 2 (n - 1) degrees of freedom."""

    def power(n: int, difference: float) -> float:
        freedom, steps = 2 * (n - 1), difference / math.sqrt(2 / n)
        return float(stats.nct.sf(stats.t.ppf(0.975, freedom), freedom, steps))

    for difference in (0.5, 1.0, 2.0):
        needed = next(n for n in range(2, 500) if power(n, difference) >= POWER)
        assert ONLY_SEEDS.power(difference, needed) == pytest.approx(power(needed, difference), rel=1e-6)
        assert ONLY_SEEDS.seeds_for(difference) == needed
    assert ONLY_SEEDS.seeds_for(50.0) == 3  # of fewer no spread is known


def test_of_windows_there_is_a_difference_that_no_number_of_seeds_tells() -> None:
    least = ONLY_WINDOWS.least_difference(math.inf)
    assert stats.nct.sf(stats.t.ppf(0.975, 30), 30, least) == pytest.approx(POWER, rel=1e-6)
    assert ONLY_WINDOWS.seeds_for(1.001 * least) == 3
    assert ONLY_WINDOWS.seeds_for(0.999 * least) is None
    assert BOTH.least_difference(math.inf) == pytest.approx(least)
    assert BOTH.seeds_for(0.999 * least) is None


def test_more_seeds_tell_smaller_differences() -> None:
    least = [BOTH.least_difference(seeds) for seeds in (3, 5, 20, 1000, math.inf)]
    assert least == sorted(least, reverse=True)
    for seeds in (5, 20):
        assert BOTH.power(BOTH.least_difference(seeds), seeds) == pytest.approx(POWER)
        assert BOTH.seeds_for(1.0001 * BOTH.least_difference(seeds)) == seeds


def test_more_folds_tell_less_in_steps_of_their_root() -> None:
    known = replace(BOTH, freedom=1e9)
    assert known.folded(4).least_difference(math.inf) == pytest.approx(known.least_difference(math.inf) / 2)
    assert BOTH.folded(1) == BOTH


def test_without_any_chance_every_difference_is_told() -> None:
    none = replace(ONLY_WINDOWS, windows=0.0, found=0.0)
    assert (none.least_difference(3), none.seeds_for(1e-9)) == (0.0, 3)


def test_a_contrast_has_the_variance_of_one_runs_own_part() -> None:
    """Whatever the runs have in common is not in it."""
    random = np.random.default_rng(0)
    for n in (2, 3, 7):
        common = 5 * random.normal(size=20_000)
        runs = [common + 0.3 * random.normal(size=20_000) for _ in range(n)]
        found = contrast(runs)
        assert found is not None
        assert np.std(found) == pytest.approx(0.3, rel=0.03)
    assert contrast([np.zeros(3)]) is None
    assert own_variance(np.array([1.0, 2.0, 3.0]), 2) == 0.0


def test_a_runs_own_pattern_is_taken_out_of_what_windows_make() -> None:
    found = chance_of(1.0, 40.0, [(3.0, 4), (1.0, 2)], own=[0.6, 0.3], read=[3, 2])
    assert found.windows == pytest.approx(1.0 - 0.2 - 0.15)
    assert (found.found, found.freedom, found.runs, found.own) == (1.0, 40.0, (3.0, 1.0), pytest.approx(0.9))
    assert found.runs_freedom == pytest.approx(16 / (9 / 4 + 1 / 2))
    assert chance_of(0.1, 40.0, [(3.0, 4), (1.0, 2)], own=[0.6, 0.3], read=[3, 2]).windows == 0.0


@dataclass(frozen=True)
class World:
    """Two models on windows with memory; variances are of means over the part."""

    windows: float  # of the difference of the models, seeds aside
    own: float  # of what each run errs by itself, window by window
    luck: float  # of what a seed shifts in all windows
    samples: int = 800
    rho: float = 0.7

    @property
    def truth(self) -> Chance:
        """What a world's chance is; its test knows the windows' part as well as it mostly does."""
        runs = (self.own + self.luck, self.own + self.luck)
        freedom = float(np.median([pair(self.runs(np.random.default_rng(k), 5, 0.0)).freedom for k in range(40)]))
        return Chance(self.windows, self.windows, freedom, runs, 2 * self.own, math.inf)

    def runs(self, random: np.random.Generator, seeds: int, difference: float) -> list[Floats]:
        """Return (seeds, samples) of the losses of each model; the second is worse by a difference."""
        common = 3 * self._drawn(random, 1)
        return [
            10 + difference * model + common + math.sqrt(self.windows / 2) * self._drawn(random, 1)
            + math.sqrt(self.own) * self._drawn(random, seeds)
            + math.sqrt(self.luck) * random.normal(size=(seeds, 1))
            for model in (0, 1)
        ]  # fmt: skip

    def _drawn(self, random: np.random.Generator, count: int) -> Floats:
        """Return autoregressive rows whose mean has a variance of 1."""
        drawn = lfilter([1.0], [1.0, -self.rho], random.normal(size=(count, self.samples + 200)), axis=1)[:, 200:]
        found: Floats = drawn * (1 - self.rho) * math.sqrt(self.samples)
        return found


def pair(runs: list[Floats]) -> Pairs:
    """Return the test of the leaderboard of two models, from their runs."""
    means = np.array([each.mean() for each in runs])
    moves = np.stack([each.mean(axis=0) for each in runs], axis=1) - means
    found = pairs_of(moves, means, [over_seeds(each.mean(axis=1).tolist()) for each in runs])
    assert found is not None
    return found


def told(world: World, seeds: int, difference: float, worlds: int = 600) -> float:
    """Return in how many of so many worlds the test tells that the second model is the worse one."""
    random, count = np.random.default_rng(5), 0
    for _ in range(worlds):
        found = pair(world.runs(random, seeds, difference))
        count += bool(found.p_values[0, 1] < 0.05 and found.differences[1, 0] > 0)
    return count / worlds


def measured(runs: list[Floats]) -> Chance:
    """Return what is known of the chance from some runs."""
    found = pair(runs)
    covariance = found.covariance
    contrasts = [contrast(list(each)) for each in runs]
    return chance_of(
        float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]),
        found.freedom,
        [(float(each.mean(axis=1).var(ddof=1)), len(each) - 1) for each in runs],
        [own_variance(each, found.block) for each in contrasts if each is not None],
        [len(each) for each in runs],
    )


WORLDS = {
    "a bit of all": (World(windows=1.0, own=0.5, luck=2.2), 4.0),
    "a floor that is near": (World(windows=1.0, own=0.5, luck=2.2), 3.2),
    "runs with patterns of their own": (World(windows=1.0, own=2.2, luck=0.3), 4.0),
    "seeds above all": (World(windows=1.0, own=0.1, luck=16.0, samples=2_000, rho=0.5), 4.0),
    "hardly any windows": (World(windows=0.25, own=2.2, luck=2.2), 2.2),
}


@pytest.mark.slow
@pytest.mark.parametrize(("world", "difference"), WORLDS.values(), ids=WORLDS)
def test_so_many_seeds_tell_the_difference_in_four_of_five_worlds(world: World, difference: float) -> None:
    truth = world.truth
    seeds = truth.seeds_for(difference)
    assert seeds is not None
    assert 0.75 <= told(world, seeds, difference) <= 0.85
    # What no number of seeds tells is told by many of them as rarely as is said.
    less = 0.5 * truth.least_difference(math.inf)
    assert truth.seeds_for(less) is None
    assert told(world, 40, less, worlds=300) <= truth.power(less, math.inf) + 0.05 < 0.4


@pytest.mark.slow
@pytest.mark.parametrize(("world", "difference"), WORLDS.values(), ids=WORLDS)
def test_what_five_seeds_each_say_of_it_is_near_the_truth(world: World, difference: float) -> None:
    random, truth = np.random.default_rng(11), world.truth
    found = [measured(world.runs(random, 5, difference)) for _ in range(250)]
    # It is cut off at 0, which makes what is little a bit more on average.
    assert np.mean([each.windows for each in found]) == pytest.approx(world.windows, rel=0.25)
    assert np.mean([each.own for each in found]) <= 2.1 * world.own
    assert np.mean([each.runs for each in found]) == pytest.approx(truth.runs[0], rel=0.15)

    def among(least: float | None, most: float | None, of: float | None) -> bool:
        low, value, high = (math.inf if each is None else each for each in (least, of, most))
        return low <= value <= high

    seeds = [[each.seeds_for(difference) for each in each.likely()] for each in found]
    assert np.mean([among(*each, truth.seeds_for(difference)) for each in seeds]) >= 0.8
    floors = [[each.least_difference(math.inf) for each in each.likely()] for each in found]
    assert np.mean([among(*each, truth.least_difference(math.inf)) for each in floors]) >= 0.8
