"""Ridge regression of columns on their own past, against least squares on windows that are materialised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.models.estimators import ridge_path
from seqexp.models.estimators.ridge import SHARES, Ridge
from seqexp.models.registry import NO_PLUGINS
from tests.factories import COLUMNS, random_series, small_experiment, wave_series, with_dataset
from tests.faults import is_about, only_fault_of

TWO = [COLUMNS[0], COLUMNS[2]]


def make(series: Any = None, **changes: Any) -> Windows:
    given = {"target": TWO, "lookback": 12, "step": 2, "delay": 1, "horizon": 6, "horizon_step": 2} | changes
    setup = small_experiment()
    chosen = with_dataset(setup, setup.dataset.model_copy(update=given))
    return make_windows(random_series() if series is None else series, chosen)


def design(windows: Windows, rows: np.ndarray, target: int, normalise: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what a map of a column reads, (windows, features), and what it is compared with, (windows, 1)."""
    samples = windows.samples(rows).astype(np.float64)
    own = samples[:, :, windows.target.inputs[target]]
    last = own[:, -1:]
    reference = own.mean(axis=1, keepdims=True) if normalise == "mean" else last
    read = own if normalise == "none" else own - reference
    # Timestep t shows what is known of so many rows behind its own.
    shown = np.arange(-windows.lookback, 0, windows.step) + windows.step + windows.ahead[-1]
    ahead = samples[:, shown >= -windows.step][:, :, list(windows.known)]
    return np.hstack([read, ahead.reshape(len(rows), -1)]), reference


def expected(windows: Windows, rows: np.ndarray, normalise: str, shared: bool, alphas: list[float]) -> np.ndarray:
    """Return the forecasts of rows, (windows, leads, columns), by least squares on [X 1; sqrt(alpha) I 0]."""
    train, columns = np.unique(windows.rows.train), range(len(windows.target.names))
    found = np.empty((len(rows), len(windows.ahead), len(columns)))
    for alpha, group in zip(alphas, [list(columns)] if shared else [[c] for c in columns], strict=True):
        read = [design(windows, train, column, normalise) for column in group]
        x = np.vstack([features for features, _ in read])
        y = np.vstack([windows.targets(train)[:, :, c] - ref for c, (_, ref) in zip(group, read, strict=True)])
        top = np.hstack([x, np.ones((len(x), 1))])
        penalty = np.hstack([np.sqrt(alpha) * np.eye(x.shape[1]), np.zeros((x.shape[1], 1))])
        goals = np.vstack([y, np.zeros((x.shape[1], y.shape[1]))])
        solution = np.linalg.lstsq(np.vstack([top, penalty]), goals, rcond=None)[0]
        for column in group:
            features, reference = design(windows, rows, column, normalise)
            found[:, :, column] = reference + features @ solution[:-1] + solution[-1]
    return found


@settings(max_examples=40)
@given(
    timesteps=st.integers(5, 9),
    step=st.integers(1, 3),
    delay=st.integers(0, 4),
    leads=st.integers(1, 4),
    horizon_step=st.integers(1, 3),
    normalise=st.sampled_from(["last", "mean", "none"]),
    shared=st.booleans(),
    known=st.booleans(),
    alpha=st.sampled_from([1e-2, 3.0, 1e4]),
    kept=st.sampled_from([1.0, 0.8]),
    most=st.sampled_from([0, 1_000]),
)
def test_it_is_least_squares_on_materialised_windows(
    timesteps: int,
    step: int,
    delay: int,
    leads: int,
    horizon_step: int,
    normalise: str,
    shared: bool,
    known: bool,
    alpha: float,
    kept: float,
    most: int,
) -> None:
    measures = {"delay": delay, "horizon": leads * horizon_step, "horizon_step": horizon_step}
    ahead = {"known": [COLUMNS[1]]} if known else {}
    windows = make(lookback=20 * step if known else timesteps * step, step=step, **measures, **ahead)
    drawn = np.random.default_rng(0).random(len(windows.rows.train)) < kept
    train = np.repeat(windows.rows.train[drawn], 2)[::-1]  # some left out, as by gaps; none counts twice
    windows = replace(windows, rows=replace(windows.rows, train=train))
    model = Ridge(alpha, "own", normalise, shared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ridge_path, "_MOST_EIGENVALUES", most)
        model.fit(windows)
    rows = windows.rows.test
    found = model.predict(windows, rows)
    wanted = expected(windows, rows, normalise, shared, [alpha] if shared else [alpha, alpha])
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)
    again = Ridge(alpha, "own", normalise, shared)
    again.restore(model.artifacts())
    np.testing.assert_array_equal(again.predict(windows, rows), found)


def test_a_window_of_one_timestep_forecasts_its_value_and_a_drift() -> None:
    windows = make(lookback=2)
    for normalise in ("last", "mean"):
        model = Ridge(0, "own", normalise)
        model.fit(windows)
        found = model.predict(windows, windows.rows.test) - windows.last_seen(windows.rows.test)
        np.testing.assert_allclose(found, np.broadcast_to(found[0], found.shape), atol=1e-6)


@pytest.mark.parametrize("shared", [True, False])
def test_the_validation_part_chooses_the_penalty_of_each_map(shared: bool) -> None:
    windows = make(wave_series())
    rows, train = windows.rows.val, len(windows.rows.train)
    count = 1 if shared else 2
    path = [share * train * (3 - count) for share in SHARES]
    errors = np.array(
        [np.abs(expected(windows, rows, "last", shared, [alpha] * count) - windows.targets(rows)) for alpha in path]
    ).mean(axis=(1, 2))
    best = [int(np.argmin(errors.mean(axis=1)))] if shared else np.argmin(errors, axis=0).tolist()
    setup = small_experiment("model=ridge", f"model.shared={shared}")
    model = NO_PLUGINS.make_estimator(setup.model.estimator or {})
    assert isinstance(model, Ridge)
    assert model.parameters == 0
    model.fit(windows)
    np.testing.assert_allclose(model.artifacts()["alpha"], [path[index] for index in best], rtol=1e-12)
    wanted = expected(windows, rows, "last", shared, [path[index] for index in best])
    np.testing.assert_allclose(model.predict(windows, rows), wanted, rtol=1e-6, atol=1e-7)
    assert model.parameters == count * 3 * (6 + 1)


def test_linear_forecasts_all_columns_from_all_inputs() -> None:
    windows = make()
    model = Ridge(5.0)
    model.fit(windows)
    rows, train = windows.rows.test, windows.rows.train
    x = windows.samples(train).reshape(len(train), -1).astype(np.float64)
    change = (windows.targets(train) - x[:, None, -3:][:, :, [0, 2]]).reshape(len(train), -1)
    centred = x - x.mean(axis=0)
    weights = np.linalg.solve(centred.T @ centred + 5.0 * np.eye(18), centred.T @ change)
    seen = windows.samples(rows).reshape(len(rows), -1).astype(np.float64)
    drift = change.mean(axis=0) - x.mean(axis=0) @ weights
    wanted = (seen @ weights + drift).reshape(len(rows), 3, 2) + seen[:, None, -3:][:, :, [0, 2]]
    np.testing.assert_allclose(model.predict(windows, rows), wanted, rtol=1e-7, atol=1e-9)


def test_what_is_not_seen_has_no_past() -> None:
    windows = make(inputs=[COLUMNS[1], COLUMNS[2]])
    setup = small_experiment()
    dataset = setup.series.model_copy(update={"target": TWO, "inputs": [COLUMNS[1], COLUMNS[2]]})
    model = Ridge(1.0, "own")
    for refusing in (
        lambda: model.fit(windows),
        lambda: model.check(windows.series, windows.geometry, dataset),  # before anything is written
    ):
        fault = only_fault_of(refusing)
        assert is_about(fault, "dataset.inputs", "dataset.target", "model=linear", repr(COLUMNS[0]))
    Ridge(1.0).check(windows.series, windows.geometry, dataset)
    Ridge(1.0).fit(windows)


def test_arrays_of_runs_of_one_number_are_taken_over() -> None:
    windows = make(target=COLUMNS[1], horizon=1, horizon_step=1)
    model = Ridge(1.0)
    model.fit(windows)
    learned = model.artifacts()
    before = {"weights": learned["weights"].ravel(), "intercept": learned["intercept"][0, 0], "alpha": np.array(1.0)}
    old = Ridge()
    old.restore(before)
    rows = windows.rows.test
    np.testing.assert_array_equal(old.predict(windows, rows), model.predict(windows, rows))
    assert old.parameters == 19


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"inputs": "mine"}, ("model.inputs", "all, own", "'mine'")),
        ({"inputs": "own", "normalise": "first"}, ("model.normalise", "last, mean, none", "'first'")),
        ({"inputs": "own", "shared": "yes"}, ("model.shared", "true or false", "'yes'")),
        ({"inputs": "all", "normalise": "last"}, ("model.inputs", "own", "normalise=last")),
        ({"inputs": "all", "shared": False}, ("model.inputs", "own", "shared=false")),
    ],
)
def test_arguments_that_are_none(arguments: dict[str, Any], words: tuple[str, ...]) -> None:
    assert is_about(only_fault_of(lambda: Ridge(**arguments)), *words)
