"""What a schedule leaves open, and which of its keys are refused beside it."""

from __future__ import annotations

import pytest

from seqexp.config.schema import LATER_TRAINING
from tests.config.oracle import faults, keys_of, one, only_fault
from tests.faults import is_about


@pytest.mark.parametrize(
    ("overrides", "factor", "patience"),
    [
        ((), None, None),
        (("training.schedule=cosine", "training.warmup=0.1"), None, None),
        (("training.schedule=exponential",), 0.5, 1),
        (("training.schedule=plateau",), 0.5, 3),
        (("training.schedule=plateau", "training.schedule_factor=0.1", "training.schedule_patience=10"), 0.1, 10),
        (("training.schedule=exponential", "training.schedule_patience=2"), 0.5, 2),
        (("training.schedule=plateau", "training.patience=4"), 0.5, 3),
        (("training.schedule=exponential", "training.patience=1", "training.schedule_patience=5"), 0.5, 5),
    ],
)
def test_what_is_left_open_is_what_is_usual(overrides: tuple[str, ...], factor: float, patience: int) -> None:
    training = one(*overrides).training
    assert (training.schedule_factor, training.schedule_patience) == (factor, patience)


def test_the_keys_are_those_of_runs_that_had_none() -> None:
    training = one().training
    assert {key: getattr(training, key) for key in LATER_TRAINING} == LATER_TRAINING
    assert set(LATER_TRAINING) == {
        "schedule", "warmup", "schedule_factor", "schedule_patience", "weight_decay", "class_weight",
        "quantiles",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["constant", "cosine"])
@pytest.mark.parametrize(("key", "value"), [("schedule_factor", "0.5"), ("schedule_patience", "3")])
def test_a_key_of_another_schedule_is_refused(name: str, key: str, value: str) -> None:
    fault = only_fault(f"training.schedule={name}", f"training.{key}={value}")
    assert is_about(fault, f"training.{key}", "null", name, f"Received: {value}.")


@pytest.mark.parametrize("given", [(), ("training.schedule_patience=4",)])
def test_a_plateau_that_training_never_reaches_is_refused(given: tuple[str, ...]) -> None:
    fault = only_fault("training.schedule=plateau", "training.patience=2", *given)
    assert is_about(fault, "training.schedule_patience", "training.patience", "2", f"Received: {4 if given else 3}.")


def test_classes_are_weighed_of_texts_alone() -> None:
    assert one("dataset=imdb", "training.class_weight=balanced").training.class_weight == "balanced"
    assert is_about(only_fault("training.class_weight=balanced"), "training.class_weight", "null", "'balanced'")


def test_all_faults_are_told_at_once() -> None:
    told = faults(
        "training.schedule=cosine", "training.schedule_factor=0.5", "training.warmup=2", "training.weight_decay=-1",
        "training.class_weight=balanced", "training.schedule_patience=0",
    )  # fmt: skip
    assert sorted(keys_of(told)) == [
        "training.class_weight", "training.schedule_factor", "training.schedule_patience", "training.warmup",
        "training.weight_decay",
    ]  # fmt: skip


def test_a_schedule_that_is_none_is_the_only_fault() -> None:
    assert only_fault("training.schedule=cosin", "training.schedule_factor=0.5").key == "training.schedule"
