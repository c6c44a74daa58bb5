"""One definition of every score, in float64."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.tasks.metric import MAE, METRICS
from tests.factories import normalised_by_loop, score_part, small_windows
from tests.tasks.scores import value_of

WINDOWS = small_windows("model=naive")
SERIES_METRICS = [metric for metric in METRICS.values() if metric.samples == "series"]


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_the_mean_absolute_error_equals_a_loop(pairs: list[tuple[float, float]]) -> None:
    predictions, targets = np.array(pairs).T
    expected = math.fsum(abs(prediction - target) for prediction, target in pairs) / len(pairs)
    assert value_of(MAE, targets, predictions) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("part", ["val", "test"])
def test_a_score_holds_every_window_of_its_part(part: str) -> None:
    rows = getattr(WINDOWS.rows, part)
    forecasts = np.linspace(-1, 1, len(rows)).astype(np.float32)
    scored = score_part(WINDOWS, part, forecasts)  # type: ignore[arg-type]
    np.testing.assert_array_equal(scored.rows, rows)
    for values in (scored.predictions, scored.baselines["naive"], scored.truth):
        assert values.shape == values[:].shape == (len(rows), 1, 1)
    assert scored.predictions[:].dtype == np.float32, "as they were given"
    normalised = normalised_by_loop(WINDOWS)
    truth = [normalised[row + 3, 1] for row in rows]
    naive = [normalised[row - 2, 1] for row in rows]
    mae = math.fsum(abs(float(f) - t) for f, t in zip(forecasts, truth, strict=True)) / len(rows)
    naive_mae = math.fsum(abs(n - t) for n, t in zip(naive, truth, strict=True)) / len(rows)
    assert scored.figure(MAE) == pytest.approx(mae, rel=1e-12)
    assert scored.figure(MAE, "naive") == pytest.approx(naive_mae, rel=1e-12)
    assert scored.skill(MAE) == pytest.approx(1 - mae / scored.baseline(MAE), rel=1e-12)


def test_scores_keep_float64_where_float32_would_round() -> None:
    targets = np.full(1000, 1.0)
    assert value_of(MAE, targets, targets + 1e-10) == pytest.approx(1e-10, rel=1e-5)


@pytest.mark.parametrize(
    ("mae", "naive_mae", "expected"), [(0.2, 0.4, 0.5), (0.4, 0.4, 0.0), (0.6, 0.4, -0.5), (0.0, 0.4, 1.0)]
)
def test_skill_is_the_share_of_the_naive_error_taken_away(mae: float, naive_mae: float, expected: float) -> None:
    assert MAE.skill(mae, naive_mae) == pytest.approx(expected)


def test_skill_where_the_naive_forecast_is_perfect() -> None:
    assert MAE.skill(0.0, 0.0) is None
    assert MAE.skill(0.1, 0.0) is None


def test_what_a_run_records_of_a_part() -> None:
    scored = score_part(WINDOWS, "test", np.zeros(len(WINDOWS.rows.test), dtype=np.float32))
    found = scored.recorded(SERIES_METRICS, MAE, 2.0)
    assert found["test_mae_units"] == pytest.approx(2 * scored.figure(MAE))
    assert found["skill_test"] == scored.skill(MAE)
    assert found["naive_test_mae"] == scored.figure(MAE, "naive")
    assert found["test_sd_ratio"] == 0.0
    assert found["median_test_sd_ratio"] == pytest.approx(0, abs=1e-12)  # a baseline's explains a model's
    never = replace(scored, baselines={"naive": scored.truth}).recorded(SERIES_METRICS, MAE, None)
    assert never["skill_test"] is None
    assert "test_mae_units" not in never
