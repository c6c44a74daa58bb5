"""Intervals against plain loops, SciPy and simulated series whose mean is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import lfilter

from seqexp.data.arrays import Floats
from seqexp.evaluation.intervals import (
    Uncertain,
    block_length,
    interval,
    over_seeds,
    over_windows,
    paired_over_seeds,
)


def autoregressive(random: np.random.Generator, n: int, rho: float) -> Floats:
    """Return a stationary series with mean 0."""
    found: Floats = lfilter([1.0], [1.0, -rho], random.normal(size=n + 1000))[1000:]
    return found


@pytest.mark.parametrize(("n", "block"), [(7, 1), (7, 2), (9, 3), (11, 4)])
def test_the_variance_is_that_of_all_circular_bootstrap_samples(n: int, block: int) -> None:
    """Every series that the bootstrap can draw is drawn: each choice of places for its blocks."""
    series = np.random.default_rng(n).normal(size=n).tolist()
    lengths = [block] * (n // block) + ([n % block] if n % block else [])
    if n ** len(lengths) > 200_000:  # blocks of one: all are independent, and one place each is enough
        expected = float(np.var(series)) / n
    else:
        means = [
            sum(
                series[(place + k) % n]
                for place, length in zip(places, lengths, strict=True)
                for k in range(length)
            ) / n
            for places in itertools.product(range(n), repeat=len(lengths))
        ]  # fmt: skip
        mean = sum(means) / len(means)
        expected = sum((each - mean) ** 2 for each in means) / len(means)
    found = over_windows(np.array(series), block)
    assert found is not None
    assert found.variance * (1 - block / n) == pytest.approx(expected, rel=1e-9)
    assert found.freedom == pytest.approx(n / block - 1)


def test_single_samples_give_the_usual_standard_error() -> None:
    series = np.random.default_rng(1).normal(size=50)
    found = over_windows(series, 1)
    assert found is not None
    assert found.variance == pytest.approx(np.var(series, ddof=1) / 50)
    low, high = stats.t.interval(0.95, 49, series.mean(), stats.sem(series))
    whole = interval(float(series.mean()), found, "texts", 1)
    assert (whole.low, whole.high) == (pytest.approx(low), pytest.approx(high))


def test_there_must_be_two_blocks() -> None:
    assert over_windows(np.arange(9.0), 5) is None
    assert over_windows(np.arange(10.0), 5) is not None


def optimal_by_loops(series: list[float]) -> float:
    """Return the block length from the formula of Politis and White (2004, 2009), before it is rounded."""
    n, mean = len(series), sum(series) / len(series)
    r = [sum((series[t] - mean) * (series[t + k] - mean) for t in range(n - k)) / n for k in range(n)]
    band = 2 * math.sqrt(math.log10(n) / n)
    in_a_row = max(5, math.ceil(math.log10(n)))
    highest = math.ceil(math.sqrt(n)) + in_a_row
    last = 0
    while last < highest and not all(abs(r[last + k] / r[0]) < band for k in range(1, in_a_row + 1)):
        last += 1
    m = min(2 * max(last, 1), highest)
    window = {k: 1.0 if abs(k) <= m / 2 else 2 * (1 - abs(k) / m) for k in range(-m, m + 1)}
    g = sum(window[k] * abs(k) * r[abs(k)] for k in window)
    s = sum(window[k] * r[abs(k)] for k in window)
    return float((2 * g**2 / (4 / 3 * s**2) * n) ** (1 / 3))


@pytest.mark.parametrize(("n", "rho", "seed"), [(200, 0.0, 0), (200, 0.5, 1), (400, 0.9, 2), (400, -0.5, 3)])
def test_the_block_length_is_that_of_the_formula(n: int, rho: float, seed: int) -> None:
    series = autoregressive(np.random.default_rng(seed), n, rho)
    most = math.ceil(min(3 * math.sqrt(n), n / 3))
    assert block_length(series) == min(math.ceil(optimal_by_loops(series.tolist())), most)


# What arch 8.0's optimal_block_length gives for the same series, rounded up.
@pytest.mark.parametrize(("n", "rho", "arch"), [(100, 0.5, 5), (500, 0.5, 12), (2000, 0.8, 30), (5000, 0.95, 126)])
def test_the_block_length_is_near_that_of_arch(n: int, rho: float, arch: int) -> None:
    random = np.random.default_rng(3)
    for size, strength in [(100, 0.0), (100, 0.5), (500, 0.5), (2000, 0.8), (5000, 0.95)]:
        series = lfilter([1.0], [1.0, -strength], random.standard_normal(size + 500))[500:]
        if (size, strength) == (n, rho):
            assert abs(block_length(series) - arch) <= 1
            return
    pytest.fail("no such series")


def test_a_block_is_no_shorter_than_the_forecasts_distance() -> None:
    series = np.random.default_rng(0).normal(size=300)
    assert block_length(series, least=18) == 18
    assert block_length(series, least=1000) == 100  # three blocks must fit in
    assert block_length(np.ones(300), least=7) == 7
    assert [block_length(np.arange(float(n))) for n in (1, 2, 3)] == [1, 1, 1]


@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=12, max_size=60),
    shift=st.floats(-1e3, 1e3),
    factor=st.sampled_from([0.5, 2.0, 8.0]),
    block=st.integers(1, 6),
)
def test_the_unit_and_the_zero_of_errors_change_nothing(
    values: list[float], shift: float, factor: float, block: int
) -> None:
    series = np.array(values)
    plain, changed = over_windows(series, block), over_windows(factor * series + shift, block)
    assert plain is not None
    assert changed is not None
    assert math.sqrt(changed.variance) == pytest.approx(factor * math.sqrt(plain.variance), rel=1e-6, abs=1e-8)


def test_intervals_hold_the_mean_of_autocorrelated_errors_where_those_of_independent_ones_do_not() -> None:
    """AR(1) with 0.9, 2,000 windows, 400 series: 95 % intervals hold the true mean in at least 90 % of them."""
    random = np.random.default_rng(0)
    held = {"blocks": 0, "single": 0}
    for _ in range(400):
        series = autoregressive(random, 2000, 0.9)
        for name, block in (("blocks", block_length(series)), ("single", 1)):
            uncertain = over_windows(series, block)
            assert uncertain is not None
            held[name] += interval(float(series.mean()), uncertain, "windows", block).holds_zero
    assert 0.90 * 400 <= held["blocks"] <= 0.98 * 400
    assert held["single"] < 0.5 * 400


def test_pairs_over_seeds_are_the_paired_t_interval() -> None:
    a, b = [0.262, 0.264, 0.266, 0.261], [0.270, 0.2665, 0.271, 0.2688]
    found = paired_over_seeds([x - y for x, y in zip(a, b, strict=True)])
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert not found.holds_zero
    assert paired_over_seeds([0.1, 0.2]) is None


def test_a_sum_of_two_spreads_is_welchs() -> None:
    a, b = [0.262, 0.264, 0.266, 0.261], [0.270, 0.2665, 0.281]
    first, second = over_seeds(a), over_seeds(b)
    assert first is not None
    assert second is not None
    found = interval(sum(a) / 4 - sum(b) / 3, first + second, "seeds")
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_what_is_certain_has_no_width() -> None:
    certain = Uncertain(0.0, 3.0) + Uncertain(0.0, 5.0)
    assert interval(0.1, certain, "seeds") == interval(0.1, Uncertain(0.0, math.inf), "seeds")
    assert (interval(0.1, certain, "seeds").half, interval(0.1, certain, "seeds").holds_zero) == (0.0, False)
    assert over_seeds([0.1, 0.2]) is None
