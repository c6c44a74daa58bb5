"""What a task is judged by: names of metrics, which figure is better, and the share of the baseline's error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import root_mean_squared_error

from seqexp.tasks.metric import ACCURACY, MAE, METRICS, Better, Metric, better_of, is_better, order_key
from tests.tasks.scores import value_of

SHARE = st.floats(0, 1)


def test_names_of_metrics_are_those_that_runs_record() -> None:
    assert (MAE.name("val"), MAE.name("test")) == ("best_val_mae", "test_mae")
    assert (ACCURACY.name("val"), ACCURACY.name("test")) == ("best_val_accuracy", "test_accuracy")
    assert (MAE.better, ACCURACY.better) == ("lower", "higher")


@pytest.mark.parametrize(
    ("metric", "value", "baseline", "skill"),
    [
        (MAE, 0.15, 0.30, 0.5),
        (MAE, 0.45, 0.30, -0.5),
        (MAE, 0.0, 0.30, 1.0),
        (ACCURACY, 0.75, 0.5, 0.5),
        (ACCURACY, 0.25, 0.5, -0.5),
        (ACCURACY, 1.0, 0.5, 1.0),
        (ACCURACY, 0.5, 0.5, 0.0),
    ],
)
def test_skill_is_the_share_of_the_baselines_error(metric: Metric, value: float, baseline: float, skill: float) -> None:
    assert metric.skill(value, baseline) == pytest.approx(skill)


@pytest.mark.parametrize(
    ("metric", "baseline", "never"),
    [(MAE, 0.0, True), (MAE, 1e-7, True), (MAE, 1e-5, False), (ACCURACY, 1.0, True), (ACCURACY, 0.9999, False)],
)
def test_of_a_baseline_that_never_errs_but_for_rounding_there_is_no_skill(
    metric: Metric, baseline: float, never: bool
) -> None:
    assert metric.never_errs(baseline) == never
    for value in (0.0, 0.5, 1.0):
        assert (metric.skill(value, baseline) is None) == never


@given(SHARE, SHARE, st.floats(0, 0.99))
def test_a_better_figure_has_more_skill(one: float, other: float, baseline: float) -> None:
    if is_better("higher", one, than=other):
        assert (ACCURACY.skill(one, baseline) or 0) >= (ACCURACY.skill(other, baseline) or 0)
    if is_better("lower", one, than=other):
        assert (MAE.skill(one, 1 - baseline) or 0) >= (MAE.skill(other, 1 - baseline) or 0)


@pytest.mark.parametrize(
    ("figure", "better"),
    [
        ("val_accuracy", "higher"),
        ("accuracy", "higher"),
        ("best_val_f1", "higher"),
        ("test_auc", "higher"),
        ("val_loss", "lower"),
        ("val_mae", "lower"),
        ("test_mae_units", "lower"),
        ("naive_val_mae", "lower"),
        ("majority_test_accuracy", "higher"),
        ("best_val_ece", "lower"),
        ("skill_test", "higher"),
        ("vectors_coverage", "higher"),
        ("metrics.test_accuracy", "higher"),
        ("train_seconds", "lower"),
        ("parameters", "lower"),
        ("learning_rate", None),
        ("gradient_norm", None),
        ("test_bias", None),
        ("best_val_sd_ratio", None),
        ("naive_test_rmse", "lower"),
        ("phase_mean_1d_val_mae", "lower"),
        ("phase_mean_1d_val_sd_ratio", None),
        ("precision", "higher"),
        ("perplexity", "lower"),
    ],
)
def test_which_way_a_figure_is_better_follows_from_its_name(figure: str, better: Better) -> None:
    assert better_of(figure) == better


@pytest.mark.parametrize(
    ("better", "order"), [("lower", [0.1, 0.5, 0.9]), ("higher", [0.9, 0.5, 0.1]), (0.8, [0.9, 0.5, 0.1])]
)
def test_the_best_value_comes_first(better: Better, order: list[float]) -> None:
    assert sorted([0.5, 0.9, 0.1], key=lambda value: order_key(better, value)) == order
    assert is_better(better, order[0], than=order[1])
    assert not is_better(better, order[1], than=order[1])
    assert not is_better(better, math.nan, than=order[1])


def test_errors_of_a_series_are_those_of_a_plain_loop() -> None:
    random = np.random.default_rng(0)
    truth, said = random.normal(size=(50, 3, 2)), random.normal(0.4, 0.3, size=(50, 3, 2))
    errors = [float(a - b) for a, b in zip(said.ravel(), truth.ravel(), strict=True)]
    assert value_of(METRICS["rmse"], truth, said) == pytest.approx(math.sqrt(sum(e * e for e in errors) / 300))
    assert value_of(METRICS["bias"], truth, said) == pytest.approx(sum(errors) / 300)
    assert value_of(METRICS["rmse"], truth, said) == pytest.approx(root_mean_squared_error(truth.ravel(), said.ravel()))


def test_mase_is_in_terms_of_each_columns_seasonal_error_and_nothing_where_that_is_not_known() -> None:
    truth, said, seasonal = np.zeros((4, 1, 2)), np.ones((4, 1, 2)), np.array([0.5, 0.25])
    assert value_of(METRICS["mase"], truth, said, seasonal) == pytest.approx((1 / 0.5 + 1 / 0.25) / 2)
    assert value_of(METRICS["mase"], truth, said) is None


def test_forecasts_that_hardly_move_are_remarked_on() -> None:
    metric, truth = METRICS["sd_ratio"], np.array([0.0, 0, 0, 8, 0, 4]).reshape(6, 1, 1)
    assert value_of(metric, truth, truth) == 1
    assert value_of(metric, truth, 0.25 * truth + 3) == pytest.approx(0.25)
    assert value_of(metric, truth, np.ones((6, 1, 1))) == 0
    assert value_of(metric, np.ones((6, 1, 1)), truth) is None  # a target that never changes
    assert [metric.is_remarkable(value) for value in (0.49, 0.5)] == [True, False]
    # Each column and lead has a mean of its own, which says nothing of how much it moves.
    two = np.concatenate([truth, truth + 100], axis=2)
    flat = np.concatenate([np.zeros((6, 1, 1)), np.full((6, 1, 1), 100.0)], axis=2)
    assert value_of(metric, two, flat) == 0
    assert METRICS["rmse"].is_error
    assert not METRICS["bias"].is_error
    assert not METRICS["loss"].is_error


def test_what_is_neither_better_nor_worse_never_ranks() -> None:
    assert not is_better(None, 1.0, than=2.0)
    assert not is_better(None, 2.0, than=1.0)


def test_every_metric_is_of_a_kind_and_can_be_had_of_its_samples() -> None:
    truth = {"series": np.arange(4.0).reshape(4, 1, 1), "text": np.array([0, 1, 1, 0])}
    said = {"series": np.ones((4, 1, 1)), "text": np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])}
    for key, metric in METRICS.items():
        assert metric.key == key
        value = value_of(metric, truth[metric.samples], said[metric.samples], np.array([0.5]))
        assert value is not None
        assert math.isfinite(value)
