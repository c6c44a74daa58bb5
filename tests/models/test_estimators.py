"""The naive forecast: the target stays as it is."""

from __future__ import annotations

import numpy as np

from seqexp.evaluation.scores import score
from seqexp.models.registry import make_estimator
from tests.factories import normalised_by_loop, small_experiment, small_windows


def test_naive_is_the_last_value_that_a_window_shows() -> None:
    windows = small_windows("model=naive")
    naive = make_estimator(small_experiment("model=naive").model.estimator or {})
    naive.fit(windows)
    normalised = normalised_by_loop(windows)
    for rows in (windows.rows.val, windows.rows.test[:5]):
        forecasts = naive.predict(windows, rows)
        assert forecasts.dtype == np.float64
        np.testing.assert_array_equal(forecasts, [normalised[row - 2, 1] for row in rows])
        np.testing.assert_array_equal(forecasts.astype(np.float32), windows.samples(rows)[:, -1, 1])


def test_naive_learns_nothing_and_scores_as_the_baseline() -> None:
    windows = small_windows("model=naive")
    naive = make_estimator({"Naive": None})
    assert naive.parameters == 0
    scored = score(windows, "test", naive.predict(windows, windows.rows.test))
    assert scored.mae == scored.naive_mae
    assert scored.skill == 0.0
