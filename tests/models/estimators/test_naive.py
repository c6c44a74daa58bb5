"""Models that are not networks: the naive forecasts, and what every estimator keeps with its run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.models.estimators.naive import SeasonalNaive
from seqexp.models.registry import NO_PLUGINS
from tests.factories import (
    normalised_by_loop,
    random_series,
    score_part,
    series_of,
    small_experiment,
    small_windows,
    with_dataset,
)
from tests.faults import is_about, only_fault_of


def windows_of(lookback: int, step: int, delay: int) -> Windows:
    setup = small_experiment()
    changes = {"lookback": lookback, "step": step, "delay": delay}
    return make_windows(random_series(), with_dataset(setup, setup.dataset.model_copy(update=changes)))


def test_naive_is_the_last_value_that_a_window_shows() -> None:
    windows = small_windows("model=naive")
    naive = NO_PLUGINS.make_estimator(small_experiment("model=naive").model.estimator or {})
    naive.fit(windows)
    normalised = normalised_by_loop(windows)
    for rows in (windows.rows.val, windows.rows.test[:5]):
        forecasts = naive.predict(windows, rows)
        assert (forecasts.dtype, forecasts.shape) == (np.float64, (len(rows), 1, 1))
        np.testing.assert_array_equal(forecasts[:, 0, 0], [normalised[row - 2, 1] for row in rows])
        np.testing.assert_array_equal(forecasts.astype(np.float32)[:, 0, 0], windows.samples(rows)[:, -1, 1])


def test_naive_learns_nothing_and_scores_as_the_baseline() -> None:
    windows = small_windows("model=naive")
    naive = NO_PLUGINS.make_estimator({"Naive": None})
    assert naive.parameters == 0
    assert naive.artifacts() == {}
    scored = score_part(windows, "test", naive.predict(windows, windows.rows.test))
    np.testing.assert_array_equal(scored.predictions, scored.baselines["naive"][:])


def looped_seasonal(windows: Windows, row: int, season: int) -> float | None:
    """Return the seasonal naive forecast of one window by trying season after season, or None."""
    seen = range(row - windows.lookback, row, windows.step)
    phase = row + windows.delay - season
    while phase > seen[-1]:
        phase -= season
    at_or_before = [place for place in seen if place <= phase]
    return float(windows.target.values[:, 0][at_or_before[-1]]) if at_or_before else None


@settings(max_examples=60)
@given(timesteps=st.integers(1, 25), step=st.integers(1, 4), delay=st.integers(0, 40), season=st.integers(1, 60))
def test_seasonal_naive_is_the_newest_value_seen_at_the_targets_phase(
    timesteps: int, step: int, delay: int, season: int
) -> None:
    windows = windows_of(timesteps * step, step, delay)
    rows = windows.rows.test[:4]
    expected = [looped_seasonal(windows, row, season) for row in rows.tolist()]
    seasonal = SeasonalNaive(season)
    if None in expected:
        fault = only_fault_of(seasonal.fit, windows)
        assert is_about(fault, "dataset.lookback", "model.season", f"Received: {windows.lookback} rows")
        return
    seasonal.fit(windows)
    forecasts = seasonal.predict(windows, rows)
    assert forecasts.dtype == np.float64
    np.testing.assert_array_equal(forecasts[:, 0, 0], expected)


def test_the_lookback_that_a_season_asks_for_is_enough() -> None:
    with pytest.raises(InputError, match=r"at least 21 rows for model.season=24 with a delay of 3 rows"):
        SeasonalNaive(24).fit(windows_of(20, 1, 3))
    SeasonalNaive(24).fit(windows_of(21, 1, 3))


def test_a_season_as_a_length_of_time_is_that_many_rows() -> None:
    windows = windows_of(20, 2, 3)  # rows are 10 minutes apart
    in_time, in_rows = SeasonalNaive("2h"), SeasonalNaive(12)
    rows = windows.rows.val
    np.testing.assert_array_equal(in_time.predict(windows, rows), in_rows.predict(windows, rows))
    assert in_time.parameters == 0
    assert in_time.artifacts() == {}


@pytest.mark.parametrize(
    ("apart", "rows"), [("10min", 144), ("h", 24), ("D", 7), ("W", 52), ("MS", 12), ("ME", 12), ("QS", 4), ("YS", 1)]
)
def test_the_season_that_rows_so_far_apart_usually_have(apart: str, rows: int) -> None:
    times = pd.date_range("1700-01-01", periods=600, freq=apart, unit="us").to_numpy()
    setup = small_experiment("model=naive", "dataset.lookback=146", "dataset.step=1", "dataset.delay=1")
    windows = make_windows(series_of(random_series().values, times=times), setup)
    of_all = windows.rows.val
    given, expected = SeasonalNaive("auto").predict(windows, of_all), SeasonalNaive(rows).predict(windows, of_all)
    np.testing.assert_array_equal(given, expected)


def test_the_yaml_of_seasonal_naive_is_a_day_where_rows_are_minutes_apart() -> None:
    setup = small_experiment("model=seasonal_naive")
    assert setup.model.estimator == {"SeasonalNaive": {"season": "auto"}}
    windows = windows_of(144, 6, 3)
    seasonal = NO_PLUGINS.make_estimator(setup.model.estimator)
    rows = windows.rows.test[:3]
    # A day before the target lies at row - 141; the newest timestep up to there is at row - 144.
    np.testing.assert_array_equal(seasonal.predict(windows, rows)[:, 0], windows.target.values[rows - 144])


def test_many_leads_are_what_each_is_alone() -> None:
    setup = small_experiment()
    changes = {"lookback": 24, "step": 2, "delay": 1, "target": ["T (degC)", "wv (m/s)"]}
    of_leads = [
        make_windows(random_series(), with_dataset(setup, setup.dataset.model_copy(update=changes | more)))
        for more in ({"horizon": 9, "horizon_step": 3}, {}, {"delay": 4}, {"delay": 7})
    ]
    rows = of_leads[0].rows.val
    for estimator in (SeasonalNaive(12), NO_PLUGINS.make_estimator({"Naive": None})):
        many, *each = (estimator.predict(windows, rows) for windows in of_leads)
        np.testing.assert_array_equal(many, np.concatenate(each, axis=1))


@pytest.mark.parametrize("season", [0, -3, 1.5, True, "a day", "0d", "", None])
def test_a_season_is_rows_or_a_length_of_time(season: object) -> None:
    assert is_about(only_fault_of(SeasonalNaive, season), "model.season", ">= 1", "1d", f"Received: {season!r}.")


@pytest.mark.parametrize("season", ["25min", "1min"])
def test_a_season_is_a_whole_number_of_rows(season: str) -> None:
    fault = only_fault_of(SeasonalNaive(season).fit, windows_of(40, 2, 3))
    assert is_about(fault, "model.season", "10 min", f"Received: '{season}'")
