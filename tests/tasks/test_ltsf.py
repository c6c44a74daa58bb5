"""The published long-horizon tables' baselines come out on the real files, to the last digit that is printed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from seqexp.tasks.metric import METRICS
from seqexp.tasks.score import Score
from seqexp.tasks.task import forecasting_task
from tests.data.ltsf import real_file, windows_of

# MSE and MAE of the test part by the number of rows ahead. Repeat is naive. Zeng et al., Are transformers effective for
# time series forecasting? (AAAI 2023), table 2, has "Repeat" with the loaders of its time, which drop the last batch.
ETTH1_REPEAT = {96: (1.294, 0.713), 192: (1.325, 0.733), 336: (1.330, 0.746), 720: (1.335, 0.755)}
ETTH1_DAY_BEFORE = {96: (0.512, 0.433), 192: (0.581, 0.469), 336: (0.650, 0.501), 720: (0.655, 0.514)}
ETTH1_REPEAT_PUBLISHED = {96: (1.295, 0.713), 192: (1.325, 0.733), 336: (1.323, 0.744), 720: (1.339, 0.756)}
ILLNESS_REPEAT = {24: 6.213, 36: 7.714, 48: 7.851, 60: 6.885}
ILLNESS_REPEAT_PUBLISHED = {24: 6.587, 36: 7.130, 48: 6.575, 60: 5.893}
WINDOWS = {96: 2785, 192: 2689, 336: 2545, 720: 2161}


@cache
def score_of_test(name: str, horizon: int, boundary: str) -> Score:
    """Return a test part's score, for what the baselines say of it."""
    made, windows = windows_of(
        name, real_file(name), f"dataset.horizon={horizon}", f"dataset.boundary={boundary}", "dataset.batch_size=32"
    )
    task = forecasting_task(made, windows)
    return task.score_of("test", np.broadcast_to(0.0, (len(windows.rows.test), *task.target.shape)))


def figures(score: Score, baseline: str) -> tuple[float, float]:
    """Return MSE and MAE of a baseline, as tables print them."""
    mse, mae = (round(score.figure(METRICS[key], baseline), 3) for key in ("mse", "mae"))
    return mse, mae


@pytest.mark.parametrize("horizon", WINDOWS)
def test_etth1(horizon: int) -> None:
    score = score_of_test("etth1", horizon, "context")
    assert len(score.rows) == WINDOWS[horizon]
    assert figures(score, "naive") == ETTH1_REPEAT[horizon]
    assert figures(score, "seasonal_naive_1d") == ETTH1_DAY_BEFORE[horizon]


@pytest.mark.parametrize("horizon", WINDOWS)
def test_etth1_as_published_without_the_last_batch(horizon: int) -> None:
    score = score_of_test("etth1", horizon, "drop_last")
    assert len(score.rows) == WINDOWS[horizon] // 32 * 32
    assert figures(score, "naive") == ETTH1_REPEAT_PUBLISHED[horizon]


@pytest.mark.parametrize("horizon", ILLNESS_REPEAT)
def test_illness(horizon: int) -> None:
    """A sixth of the smallest test part's windows is in the batch that was dropped, and makes the published figures."""
    assert figures(score_of_test("illness", horizon, "context"), "naive")[0] == ILLNESS_REPEAT[horizon]
    assert figures(score_of_test("illness", horizon, "drop_last"), "naive")[0] == ILLNESS_REPEAT_PUBLISHED[horizon]


@pytest.mark.parametrize("lookback", [36, 104])
def test_illness_is_the_same_whatever_the_lookback(lookback: int) -> None:
    made, windows = windows_of(
        "illness", real_file("illness"), f"dataset.lookback={lookback}", "dataset.boundary=drop_last"
    )
    score = forecasting_task(made, windows).score_of("test", np.zeros((len(windows.rows.test), 24, 7)))
    assert figures(score, "naive")[0] == ILLNESS_REPEAT_PUBLISHED[24]
