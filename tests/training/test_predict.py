"""Forecasts of all windows, the last partial batch included, by the network's present weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.models.network import build_network, use_plain_recurrence
from seqexp.tasks.target import Problem
from seqexp.training.predict import EVALUATION_BATCH, make_predictor
from tests.factories import random_series, small_experiment

SPLIT = "dataset.split={train:{first:0,end:100},val:{first:100,end:1400},test:{first:1400,end:null}}"


def forecaster(model: str, jit: bool) -> tuple[Any, Windows, Any]:
    setup = small_experiment(f"model={model}", SPLIT)
    windows = make_windows(random_series(1500), setup)
    network = build_network(setup.model, Problem(windows.shape), seed=0)
    use_plain_recurrence(network)
    return network, windows, make_predictor(network, windows, jit_compile=jit)


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", ["mlp", "gru_dropout"])
def test_forecasts_are_kerass_for_every_window_and_follow_the_weights(model: str, jit: bool) -> None:
    network, windows, predict = forecaster(model, jit)
    rows = windows.rows.val
    assert len(rows) > 2 * EVALUATION_BATCH
    assert len(rows) % EVALUATION_BATCH
    expected = network.predict(windows.samples(rows), verbose=0)
    forecasts = predict(rows)
    assert forecasts.dtype == np.float32
    assert forecasts.shape == (len(rows), 1)
    np.testing.assert_allclose(forecasts, expected, rtol=1e-4, atol=1e-5)
    for count in (1, EVALUATION_BATCH - 1, EVALUATION_BATCH, EVALUATION_BATCH + 1):
        np.testing.assert_allclose(predict(rows[:count]), expected[:count], rtol=1e-4, atol=1e-5)

    network.set_weights([2 * weight for weight in network.get_weights()])
    moved = network.predict(windows.samples(rows), verbose=0)
    assert np.abs(moved - expected).max() > 0.1
    np.testing.assert_allclose(predict(rows), moved, rtol=1e-4, atol=1e-5)


def test_rows_may_repeat_and_come_in_any_order() -> None:
    _, windows, predict = forecaster("mlp", False)
    rows = windows.rows.val
    order = np.array([5, 3, 3, 900, 0])
    np.testing.assert_allclose(predict(rows[order]), predict(rows)[order], rtol=1e-6)
