"""A share of the windows says what all of them say, as sure as its interval claims, whatever cycles a series has."""

from __future__ import annotations

import numpy as np
import pytest

from seqexp.data.arrays import Floats
from seqexp.data.samples import FEWEST_SCORED, spread_evenly
from seqexp.evaluation.intervals import block_length, interval, over_windows

WINDOWS, EVERY, SEEDS = 24_000, 8, 25


def series_with_a_cycle(season: int, seed: int) -> Floats:
    """Return values like solar power: a cycle that is cut off at zero, whose height changes from one to the next."""
    random = np.random.default_rng(seed)
    count = WINDOWS + 2 * season
    height = np.repeat(random.gamma(4, 1, count // season + 1), season)[:count]
    cycle = np.maximum(np.sin(2 * np.pi * np.arange(count) / season), 0)
    noise = np.zeros(count)
    for row, shock in enumerate(random.normal(0, 0.1, count)):
        noise[row] = 0.9 * noise[row - 1] + shock
    values: Floats = height * cycle + noise
    return values


@pytest.mark.parametrize("season", [24, 48, 144, 7 * 24])
def test_thinned_errors_agree_with_all_of_them_within_their_interval(season: int) -> None:
    """Of 100 series, 25 each of four cycles, at least 90 must; a stride of 8 meets 24 hours at the same three."""
    agree = 0
    for seed in range(SEEDS):
        values = series_with_a_cycle(season, seed)
        # A naive forecast an hour off the cycle: its error depends on the phase more than on anything else.
        errors = np.abs(values[season + 1 :][:WINDOWS] - values[:WINDOWS])
        thinned = errors[spread_evenly(WINDOWS, EVERY)]
        assert len(thinned) == max(WINDOWS // EVERY, FEWEST_SCORED)
        uncertain = over_windows(thinned, block_length(thinned, season * len(thinned) // WINDOWS))
        assert uncertain is not None
        found = interval(float(thinned.mean()), uncertain, "windows")
        agree += found.low <= errors.mean() <= found.high
    assert agree >= 0.9 * SEEDS
