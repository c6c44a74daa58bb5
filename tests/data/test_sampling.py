"""The order of training windows: a function of (seed, epoch) alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.samples import FEWEST_SCORED, batches_per_epoch, epoch_rows, spread_evenly

ROWS = np.arange(100, 400, dtype=np.int64)


@given(st.integers(0, 60_000), st.integers(1, 10**9))
def test_a_share_is_spread_over_all_samples(samples: int, every: int) -> None:
    scored = spread_evenly(samples, every)
    assert len(scored) == max(math.ceil(samples / every), min(samples, FEWEST_SCORED))
    # One of each stretch of samples: as many stretches as are scored, of equal lengths but for one sample.
    stretch = [position * len(scored) // samples for position in scored.tolist()] if len(scored) < samples else scored
    assert np.abs(np.asarray(stretch) - np.arange(len(scored))).max(initial=0) <= 1
    assert (np.diff(scored) > 0).all()
    assert samples == 0 or (scored[0] >= 0 and scored[-1] < samples)


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 2**32 - 1), st.integers(0, 1000))
def test_sampling_epoch_counts_each_window_exactly_once(windows: int, batch_size: int, seed: int, epoch: int) -> None:
    batches = batches_per_epoch(windows, batch_size, None)
    rows, weights = epoch_rows(ROWS[:windows], "epoch", seed=seed, epoch=epoch, batches=batches, batch_size=batch_size)
    assert rows.shape == weights.shape == (batches, batch_size)
    assert weights.dtype == np.float32
    assert set(np.unique(weights)) <= {0.0, 1.0}
    assert sorted(rows[weights == 1].tolist()) == ROWS[:windows].tolist()
    # Only the last batch is filled up, and no batch is empty.
    assert (weights[:-1] == 1).all()
    assert weights[-1].sum() >= 1
    assert np.isin(rows, ROWS[:windows]).all()


@given(st.integers(1, 300), st.integers(1, 5), st.integers(1, 40))
def test_sampling_random_draws_training_rows_only(windows: int, batches: int, batch_size: int) -> None:
    rows, weights = epoch_rows(ROWS[:windows], "random", seed=0, epoch=0, batches=batches, batch_size=batch_size)
    assert rows.shape == (batches, batch_size)
    assert np.isin(rows, ROWS[:windows]).all()
    assert (weights == 1).all()


def test_sampling_random_reaches_first_and_last_row_evenly() -> None:
    rows, _ = epoch_rows(np.arange(4), "random", seed=0, epoch=0, batches=100, batch_size=100)
    counts = np.bincount(rows.ravel(), minlength=4)
    # 10,000 draws of 4 rows: a standard deviation is 43.
    np.testing.assert_allclose(counts, 2500, atol=5 * 43)


@pytest.mark.parametrize("sampling", ["random", "epoch"])
def test_an_epoch_needs_nothing_but_seed_and_number(sampling: str) -> None:
    def draw(seed: int, epoch: int) -> np.ndarray:
        return epoch_rows(ROWS, sampling, seed=seed, epoch=epoch, batches=30, batch_size=10)[0]  # type: ignore[arg-type]

    in_order = [draw(3, epoch) for epoch in range(4)]
    np.random.default_rng(5).normal(size=9)
    np.random.seed(9)
    for epoch in (3, 0, 2, 1):
        np.testing.assert_array_equal(draw(3, epoch), in_order[epoch])
    distinct = {draw(seed, epoch).tobytes() for seed in range(4) for epoch in range(4)}
    assert len(distinct) == 16


def test_the_stream_stays_what_it_is() -> None:
    """A change of these rows changes every result that was ever recorded: raise the version if it must be."""
    official = np.arange(1440, 199_856)
    rows, _ = epoch_rows(official, "random", seed=0, epoch=0, batches=500, batch_size=128)
    assert rows[0, :6].tolist() == [198091, 140910, 8948, 16908, 191254, 68508]
    rows, _ = epoch_rows(official, "random", seed=7, epoch=3, batches=500, batch_size=128)
    assert rows[499, -6:].tolist() == [171416, 84905, 106211, 79947, 91765, 27192]
    rows, _ = epoch_rows(np.arange(100, 110), "epoch", seed=0, epoch=1, batches=3, batch_size=4)
    assert rows.tolist() == [[105, 101, 108, 102], [106, 109, 104, 107], [100, 103, 105, 101]]


@pytest.mark.parametrize(
    ("windows", "steps", "batches"), [(198_416, 500, 500), (198_416, None, 1551), (256, None, 2), (257, None, 3)]
)
def test_batches_per_epoch(windows: int, steps: int | None, batches: int) -> None:
    assert batches_per_epoch(windows, 128, steps) == batches
