"""Names that MLflow would refuse are changed, and stay different."""

from __future__ import annotations

import pytest
from mlflow.utils.validation import _validate_metric_name, _validate_param

from seqexp.tracking.mlflow_values import mlflow_key

ODD = (
    "model.a b/c:%",
    "model.a b/c:?",
    "model.\U0001f600",
    "model.a//b",
    "model.a/../b",
    "/a",
    "../a",
    "model.a\nb",
    "a" * 1000,
)


@pytest.mark.parametrize("name", ["model.units", "val_mae", "model.dense/units", "model.größe", "a" * 250])
def test_a_name_that_mlflow_takes_stays(name: str) -> None:
    assert mlflow_key(name) == name


@pytest.mark.parametrize("name", [*ODD, "a" * 1000])
def test_another_is_made_one(name: str) -> None:
    _validate_param(mlflow_key(name), "1")
    _validate_metric_name(mlflow_key(name))


def test_names_stay_different() -> None:
    names = {*ODD, "a" * 1000, "a" * 1001, "model.a b_c__", "model.a__b"}
    assert len({mlflow_key(name) for name in names}) == len(names)
