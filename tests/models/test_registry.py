"""Names in a model's YAML mean Keras's layers and seqexp's estimators, and nothing else."""

from __future__ import annotations

from typing import Literal

import keras
import pytest

from seqexp.config.errors import InputError
from seqexp.models.estimators.naive import Naive
from seqexp.models.registry import NO_PLUGINS, argument_names


@pytest.mark.parametrize("name", ["GRUCell", "Dense", "Conv1D", "TimeDistributed", "GlobalMaxPooling1D"])
def test_a_name_means_kerass_layer(name: str) -> None:
    assert NO_PLUGINS.layer_class(name, "model.layers.0") is getattr(keras.layers, name)
    assert NO_PLUGINS.layer_class(f"keras/{name}", "model.layers.0") is getattr(keras.layers, name)
    assert NO_PLUGINS.is_layer(name)
    assert NO_PLUGINS.is_layer(f"keras/{name}")


@pytest.mark.parametrize(("name", "meant"), [("GRUU", "GRU"), ("dense", "Dense"), ("keras/Conv1d", "Conv1D")])
def test_an_unknown_layer_is_answered_with_the_nearest_one(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"model.layers.3: '{name}' is not a Keras layer. Did you mean '{meant}'?"):
        NO_PLUGINS.layer_class(name, "model.layers.3")


@pytest.mark.parametrize("name", ["os.system", "keras.layers.Dense", "torch/GRU", "Layer", "Lambda", "TFSMLayer", ""])
def test_no_path_and_no_code_is_a_layer(name: str) -> None:
    assert not NO_PLUGINS.is_layer(name)
    with pytest.raises(InputError, match="is not a Keras layer"):
        NO_PLUGINS.layer_class(name, "model.layers.0")


def test_argument_names_are_those_of_the_class_and_its_bases() -> None:
    names = argument_names(keras.layers.GRU)
    assert {"units", "recurrent_dropout", "zero_output_for_mask", "name", "dtype"} <= set(names)
    assert names[0] == "units"
    assert not {"self", "kwargs", "args"} & set(names)


@pytest.mark.parametrize("arguments", [None, {}])
def test_an_estimator_by_name(arguments: dict[str, object] | None) -> None:
    assert isinstance(NO_PLUGINS.make_estimator({"Naive": arguments}), Naive)


def test_an_unknown_estimator_is_answered_with_the_nearest_one() -> None:
    message = r"must be one of Naive, SeasonalNaive, Ridge. Received: 'Naiv'. Did you mean 'Naive'\?"
    with pytest.raises(InputError, match=message):
        NO_PLUGINS.make_estimator({"Naiv": None})


def test_an_estimators_arguments_are_checked() -> None:
    with pytest.raises(InputError, match=r"^model.estimator.Naive.window is not an argument of Naive.$"):
        NO_PLUGINS.make_estimator({"Naive": {"window": 3}})


@pytest.mark.parametrize("entry", [{}, {"Naive": None, "Linear": None}])
def test_an_estimator_is_one_name(entry: dict[str, None]) -> None:
    with pytest.raises(InputError, match="must be one name with its arguments"):
        NO_PLUGINS.make_estimator(entry)


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        (
            "Majority",
            "forecast",
            "classifies texts, and the dataset needs a model that forecasts a series: one of Naive",
        ),
        ("Naive", "classify", "forecasts a series, and the dataset needs a model that classifies texts: one of Majori"),
    ],
)
def test_an_estimator_for_another_task_is_refused(
    name: str, task: Literal["forecast", "classify"], message: str
) -> None:
    with pytest.raises(InputError, match=f"^model.estimator.{name} {message}"):
        NO_PLUGINS.make_estimator({name: None}, task)


def test_a_name_is_corrected_to_one_for_the_task() -> None:
    message = r"must be one of Majority, BowLogreg, NBSVM. Received: 'NbSvm'. Did you mean 'NBSVM'\?"
    with pytest.raises(InputError, match=message):
        NO_PLUGINS.make_estimator({"NbSvm": None}, "classify")
