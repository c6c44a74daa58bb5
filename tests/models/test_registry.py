"""Names in a model's YAML mean Keras's layers and seqexp's estimators, and nothing else."""

from __future__ import annotations

from typing import Literal

import keras
import pytest

from seqexp.models.estimators.naive import Naive
from seqexp.models.registry import NO_PLUGINS, argument_names
from tests.faults import is_about, only_fault_of


@pytest.mark.parametrize("name", ["GRUCell", "Dense", "Conv1D", "TimeDistributed", "GlobalMaxPooling1D"])
def test_a_name_means_kerass_layer(name: str) -> None:
    assert NO_PLUGINS.layer_class(name, "model.layers.0") is getattr(keras.layers, name)
    assert NO_PLUGINS.layer_class(f"keras/{name}", "model.layers.0") is getattr(keras.layers, name)
    assert NO_PLUGINS.is_layer(name)
    assert NO_PLUGINS.is_layer(f"keras/{name}")


@pytest.mark.parametrize(("name", "meant"), [("GRUU", "GRU"), ("dense", "Dense"), ("keras/Conv1d", "Conv1D")])
def test_an_unknown_layer_is_answered_with_the_nearest_one(name: str, meant: str) -> None:
    fault = only_fault_of(NO_PLUGINS.layer_class, name, "model.layers.3")
    assert is_about(fault, "model.layers.3", repr(name), f"mean {meant!r}?")


@pytest.mark.parametrize("name", ["os.system", "keras.layers.Dense", "torch/GRU", "Layer", "Lambda", "TFSMLayer", ""])
def test_no_path_and_no_code_is_a_layer(name: str) -> None:
    assert not NO_PLUGINS.is_layer(name)
    assert is_about(only_fault_of(NO_PLUGINS.layer_class, name, "model.layers.0"), "model.layers.0", repr(name))


def test_argument_names_are_those_of_the_class_and_its_bases() -> None:
    names = argument_names(keras.layers.GRU)
    assert {"units", "recurrent_dropout", "zero_output_for_mask", "name", "dtype"} <= set(names)
    assert names[0] == "units"
    assert not {"self", "kwargs", "args"} & set(names)


@pytest.mark.parametrize("arguments", [None, {}])
def test_an_estimator_by_name(arguments: dict[str, object] | None) -> None:
    assert isinstance(NO_PLUGINS.make_estimator({"Naive": arguments}), Naive)


def test_an_unknown_estimator_is_answered_with_the_nearest_one() -> None:
    fault = only_fault_of(NO_PLUGINS.make_estimator, {"Naiv": None})
    assert is_about(fault, "model.estimator", " Naive, SeasonalNaive, ", "Received: 'Naiv'", "mean 'Naive'?")


def test_an_estimators_arguments_are_checked() -> None:
    fault = only_fault_of(NO_PLUGINS.make_estimator, {"Naive": {"window": 3}})
    assert is_about(fault, "model.estimator.Naive.window", "argument of Naive")


@pytest.mark.parametrize("entry", [{}, {"Naive": None, "Linear": None}])
def test_an_estimator_is_one_name(entry: dict[str, None]) -> None:
    fault = only_fault_of(NO_PLUGINS.make_estimator, entry)
    assert is_about(fault, "model.estimator", "one name", f"Received: {entry}")


@pytest.mark.parametrize(
    ("name", "task", "facts"),
    [
        ("Majority", "forecast", ["classifies texts", "forecasts a series", "Naive, SeasonalNaive, "]),
        ("Naive", "classify", ["forecasts a series", "classifies texts", "Majority, BowLogreg, "]),
    ],
)
def test_an_estimator_for_another_task_is_refused(
    name: str, task: Literal["forecast", "classify"], facts: list[str]
) -> None:
    fault = only_fault_of(NO_PLUGINS.make_estimator, {name: None}, task)
    assert is_about(fault, f"model.estimator.{name}", *facts)


def test_a_name_is_corrected_to_one_for_the_task() -> None:
    fault = only_fault_of(NO_PLUGINS.make_estimator, {"NbSvm": None}, "classify")
    facts = " Majority, BowLogreg, ", "Received: 'NbSvm'", "mean 'NBSVM'?"
    assert is_about(fault, "model.estimator", *facts)
