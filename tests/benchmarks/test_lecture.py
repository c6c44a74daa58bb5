from __future__ import annotations

import itertools

import numpy as np

from benchmarks.lecture import lecture_batches

DATA = np.arange(3 * 60, dtype=np.float32).reshape(60, 3)  # a row's first value is 3 times its number


def batches(count: int, *, shuffle: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    endless = lecture_batches(DATA, lookback=12, delay=3, first=10, end=40, shuffle=shuffle, batch_size=8, step=4)
    return list(itertools.islice(endless, count))


def test_windows_in_order_begin_over_before_a_batch_would_reach_the_end() -> None:
    rows = [(samples[:, 0, 0] / 3 + 12).tolist() for samples, _ in batches(4, shuffle=False)]
    assert rows[:2] == [list(range(22, 30)), list(range(30, 38))]
    assert rows[2:] == rows[:2]


def test_a_sample_sees_its_past_and_its_target_lies_ahead() -> None:
    for samples, targets in batches(3, shuffle=True):
        assert samples.shape == (8, 3, 3)
        assert samples.dtype == targets.dtype == np.float64
        rows = (samples[:, 0, 0] / 3).astype(int) + 12
        assert ((rows >= 22) & (rows < 40)).all()
        np.testing.assert_array_equal(samples, DATA[rows[:, None] + [-12, -8, -4]])
        np.testing.assert_array_equal(targets, DATA[rows + 3, 1])


def test_random_batches_differ() -> None:
    (first, _), (second, _) = batches(2, shuffle=True)
    assert not np.array_equal(first, second)
