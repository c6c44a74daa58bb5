"""What a task is judged by: names of metrics, which figure is better, and the share of the baseline's error."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.tasks.metric import ACCURACY, MAE, Measure, better_of, is_better

SHARE = st.floats(0, 1)


def test_names_of_metrics_are_those_that_runs_record() -> None:
    assert (MAE.best("val"), MAE.best("test")) == ("best_val_mae", "test_mae")
    assert (ACCURACY.best("val"), ACCURACY.best("test")) == ("best_val_accuracy", "test_accuracy")
    assert MAE.baseline_metric.format(part="val") == "naive_val_mae"
    assert ACCURACY.baseline_metric.format(part="test") == "majority_test_accuracy"
    assert (MAE.higher_is_better, ACCURACY.higher_is_better) == (False, True)


@pytest.mark.parametrize(
    ("measure", "value", "baseline", "skill"),
    [
        (MAE, 0.15, 0.30, 0.5),
        (MAE, 0.45, 0.30, -0.5),
        (MAE, 0.0, 0.30, 1.0),
        (ACCURACY, 0.75, 0.5, 0.5),
        (ACCURACY, 0.25, 0.5, -0.5),
        (ACCURACY, 1.0, 0.5, 1.0),
        (ACCURACY, 0.5, 0.5, 0.0),
        (MAE, 0.0, 0.0, 0.0),
        (ACCURACY, 1.0, 1.0, 0.0),
        (MAE, 0.1, 0.0, -math.inf),
        (ACCURACY, 0.9, 1.0, -math.inf),
    ],
)
def test_skill_is_the_share_of_the_baselines_error(
    measure: Measure, value: float, baseline: float, skill: float
) -> None:
    assert measure.skill(value, baseline) == pytest.approx(skill)


@given(SHARE, SHARE, st.floats(0, 1, exclude_max=True))
def test_a_better_figure_has_more_skill(one: float, other: float, baseline: float) -> None:
    if is_better("higher", one, than=other):
        assert ACCURACY.skill(one, baseline) >= ACCURACY.skill(other, baseline)
    if is_better("lower", one, than=other):
        assert MAE.skill(one, 1 - baseline) >= MAE.skill(other, 1 - baseline)


@pytest.mark.parametrize(
    ("monitor", "rises"), [("val_accuracy", True), ("accuracy", True), ("val_loss", False), ("val_mae", False)]
)
def test_accuracies_are_to_rise_and_all_else_to_fall(monitor: str, rises: bool) -> None:
    assert is_better(better_of(monitor), 0.9, than=0.8) == rises
    assert is_better(better_of(monitor), 0.8, than=0.9) != rises
    assert not is_better(better_of(monitor), 0.8, than=0.8)
    assert not is_better(better_of(monitor), math.nan, than=0.8)
