"""Ridge regression against least squares on the whole design matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.models.estimators import ridge, ridge_maps
from seqexp.models.estimators.ridge import ALPHAS, Ridge
from seqexp.models.registry import NO_PLUGINS
from tests.factories import random_series, series_of, small_experiment, small_windows, wave_series, with_dataset
from tests.faults import is_about, only_fault_of


def looped_design(windows: Windows, rows: list[int]) -> np.ndarray:
    """Return (rows, timesteps x columns) of what each window sees, value by value."""
    seen = [range(row - windows.lookback, row, windows.step) for row in rows]
    return (
        np.array(
            [
                [windows.inputs[place, column] for place in places for column in range(windows.shape[1])]
                for places in seen
            ]
        )
        .astype(np.float32)
        .astype(np.float64)
    )


def augmented(windows: Windows, alpha: float) -> np.ndarray:
    """Return the weights and, last, the intercept, by least squares on [X 1; sqrt(alpha) I 0]."""
    rows = sorted(set(windows.rows.train.tolist()))
    design = looped_design(windows, rows)
    features = design.shape[1]
    top = np.hstack([design, np.ones((len(rows), 1))])
    penalty = np.hstack([np.sqrt(alpha) * np.eye(features), np.zeros((features, 1))])
    targets = [windows.target.values[:, 0][row + windows.delay] for row in rows]
    naive = np.zeros(features)
    naive[features - windows.shape[1] + windows.target.inputs[0]] = 1.0
    goals = np.concatenate([targets, np.sqrt(alpha) * naive])
    return np.linalg.lstsq(np.vstack([top, penalty]), goals, rcond=None)[0]


def forecasts_of(solution: np.ndarray, windows: Windows, rows: np.ndarray) -> np.ndarray:
    return looped_design(windows, rows.tolist()) @ solution[:-1] + solution[-1]


def with_training_rows(windows: Windows, train: np.ndarray) -> Windows:
    return replace(windows, rows=replace(windows.rows, train=train))


@settings(max_examples=25)
@given(
    timesteps=st.integers(1, 9),
    step=st.integers(1, 4),
    delay=st.integers(0, 20),
    alpha=st.sampled_from([1e-3, 1.0, 37.5, 1e4]),
    kept=st.sampled_from([None, 1.0, 0.9, 0.5]),
    seed=st.integers(0, 9),
)
def test_ridge_is_least_squares_on_the_augmented_system(
    timesteps: int, step: int, delay: int, alpha: float, kept: float | None, seed: int
) -> None:
    setup = small_experiment()
    changes = {"lookback": timesteps * step, "step": step, "delay": delay}
    windows = make_windows(random_series(seed=seed), with_dataset(setup, setup.dataset.model_copy(update=changes)))
    if kept is not None:  # rows in several runs, in any order, as gaps leave them
        chosen = np.random.default_rng(seed).random(len(windows.rows.train)) <= kept
        windows = with_training_rows(windows, np.random.default_rng(seed).permutation(windows.rows.train[chosen]))
    model = Ridge(alpha)
    model.fit(windows)
    expected = augmented(windows, alpha)
    learned = model.artifacts()
    np.testing.assert_allclose(learned["weights"].ravel(), expected[:-1], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(learned["intercept"].item(), expected[-1], rtol=1e-7, atol=1e-9)
    assert learned["alpha"].tolist() == [alpha]
    forecasts = model.predict(windows, windows.rows.test)[:, 0, 0]
    assert forecasts.dtype == np.float64
    np.testing.assert_allclose(forecasts, forecasts_of(expected, windows, windows.rows.test), rtol=1e-7, atol=1e-9)
    assert model.parameters == timesteps * 3 + 1


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = small_windows()
    at_once, in_chunks = Ridge(2.0), Ridge(2.0)
    at_once.fit(windows)
    monkeypatch.setattr(ridge_maps, "_CHUNK", 8 * 18 * 7)  # 7 windows of 6 x 3
    in_chunks.fit(windows)
    rows = windows.rows.val
    np.testing.assert_allclose(in_chunks.predict(windows, rows), at_once.predict(windows, rows), rtol=1e-12)
    assert at_once.predict(windows, rows[:0]).shape == (0, 1, 1)


def test_without_alpha_the_validation_part_chooses_it() -> None:
    windows = make_windows(wave_series(), small_experiment())
    rows = windows.rows.val
    targets = windows.target.values[:, 0][rows + windows.delay]
    solutions = [augmented(windows, alpha) for alpha in ALPHAS]
    maes = [np.abs(forecasts_of(solution, windows, rows) - targets).mean() for solution in solutions]
    best = int(np.argmin(maes))
    model = NO_PLUGINS.make_estimator(small_experiment("model=linear").model.estimator or {})
    model.fit(windows)
    assert model.artifacts()["alpha"].tolist() == [ALPHAS[best]]
    np.testing.assert_allclose(model.artifacts()["weights"].ravel(), solutions[best][:-1], rtol=1e-6, atol=1e-9)


def test_a_far_test_part_changes_nothing() -> None:
    series = wave_series()
    changed = series.values.copy()
    changed[500:] = 1e3 * np.random.default_rng(0).normal(size=changed[500:].shape)
    learned = []
    for values in (series.values, changed):
        model = Ridge()
        model.fit(make_windows(series_of(values), small_experiment()))
        learned.append(model.artifacts())
    np.testing.assert_array_equal(learned[0]["weights"], learned[1]["weights"])
    assert learned[0]["alpha"] == learned[1]["alpha"]


def test_a_window_too_large_to_solve_for_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ridge, "MAX_FEATURES", 17)
    fault = only_fault_of(Ridge().fit, small_windows())
    assert is_about(fault, "dataset.step", "dataset.lookback", "at most 17", "Received: 6 x 3 = 18.")


@pytest.mark.parametrize("fault", ["constant", "twice"])
def test_no_penalty_wants_columns_that_do_not_depend_on_each_other(fault: str) -> None:
    values = random_series().values.copy()
    values[:, 2] = 5.0 if fault == "constant" else 3 * values[:, 1] - 7
    windows = make_windows(series_of(values), small_experiment("dataset.repair=off"))  # keeps constant columns
    assert is_about(only_fault_of(Ridge(0).fit, windows), "model.alpha", "larger", "Received: 0.")
    model = Ridge(1.0)
    model.fit(windows)
    np.testing.assert_allclose(model.artifacts()["weights"].ravel(), augmented(windows, 1.0)[:-1], rtol=1e-7, atol=1e-9)


def test_no_penalty_is_ordinary_least_squares() -> None:
    windows = small_windows()
    model = Ridge(0)
    model.fit(windows)
    np.testing.assert_allclose(model.artifacts()["weights"].ravel(), augmented(windows, 0.0)[:-1], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("alpha", [-1, float("nan"), float("inf"), True, "1", [1.0]])
def test_alpha_is_a_number_from_zero_up(alpha: object) -> None:
    assert is_about(only_fault_of(Ridge, alpha), "model.alpha", ">= 0", "null", f"Received: {alpha!r}.")


def test_a_heavy_penalty_gives_the_naive_forecast() -> None:
    windows = make_windows(wave_series(), small_experiment())
    model = Ridge(1e12)
    model.fit(windows)
    drift = float(np.mean(windows.targets(windows.rows.train) - windows.last_seen(windows.rows.train)))
    rows = windows.rows.val
    np.testing.assert_allclose(model.predict(windows, rows), windows.last_seen(rows) + drift, atol=1e-6)
