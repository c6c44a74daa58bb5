"""What stands under `model`: types by declaration, ranges by name, layers by what can be seen without Keras."""

from __future__ import annotations

from typing import Any

import pytest

from seqexp.config.errors import Fault
from seqexp.config.model_section import hyperparameter_faults, layer_faults, number_faults, section_faults, yaml_faults
from tests.config.oracle import faults, keys_of, one, only_fault
from tests.faults import is_about


@pytest.mark.parametrize(
    ("name", "declared", "good", "bad"),
    [
        ("units", 32, [1, 64], [0, -1, 1.5, True, "8", None, [8]]),
        ("top_units", 32, [1], [0]),
        ("filters", 32, [1], [0, 2.0]),
        ("kernel_size", 5, [1], [0, [3]]),
        ("kernel_size", [3, 3], [[5, 5]], [5]),
        ("dropout", 0.2, [0, 0.0, 0.999], [1, 1.0, -0.1, 7, float("nan"), True, "x", None]),
        ("recurrent_dropout", 0.2, [0.5], [1]),
        ("gru_dropout", 0.2, [0.5], [2]),
        ("alpha", 0.5, [2, -3.5], ["x", True, None, float("inf"), float("nan")]),
        ("heads", 4, [2, -1], [2.5, True, "x", None]),
        ("masked", True, [False], [1, 0, "yes", None]),
        ("activation", "relu", ["tanh", ""], [3, True, None]),
        ("sizes", [1, 2], [[], [3]], [3, "x", None]),
        ("season", "1d", [144, 1, "2d", "36 h", "1y", "auto"], [0, -1, 1.5, True, "day", "", None]),
        ("period", "1d", [144, 1, "2d", "6mo"], [0, -1, 1.5, True, "auto", "", None]),
        ("anything", None, [1, "x", None, [1]], [{"L2": 0.1}]),
    ],
)
def test_a_value_has_the_declared_type_and_the_range_of_its_name(
    name: str, declared: Any, good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        assert hyperparameter_faults({name: value}, {name: declared}) == [], value
    for value in bad:
        (fault,) = hyperparameter_faults({name: value}, {name: declared})
        assert fault.text.startswith(f"model.{name} must be ")
        assert fault.text.endswith(f"Received: {value!r}.")


def test_messages_on_the_command_line() -> None:
    assert is_about(only_fault("model=gru_dropout", "model.dropout=7"), "model.dropout", "[0, 1)", "Received: 7.")
    assert is_about(only_fault("model=mlp", "model.activation=3"), "model.activation", "a text", "Received: 3.")
    assert one("model=gru_dropout", "model.dropout=0").model.hyperparameters["dropout"] == 0


@pytest.mark.parametrize(
    "entry", [3, None, True, [], ["GRU"], {}, {"GRU": 3}, {"GRU": []}, {3: {}}, {"A": {}, "B": {}}]
)
def test_an_entry_that_is_no_layer_is_told_with_its_place(entry: Any) -> None:
    (fault,) = layer_faults(["Flatten", entry])
    assert fault.key == "model.layers.1"
    assert fault.text.endswith(f"Received: {entry!r}.")


@pytest.mark.parametrize("layer", ["GRU", "LSTM", "SimpleRNN", "keras/GRU", "ConvLSTM1D"])
def test_recurrent_layers_have_recurrent_dropout(layer: str) -> None:
    entry = {layer: {"units": 3, "recurrent_dropout": 0.1}}
    assert layer_faults([entry, {"Bidirectional": {"layer": entry}}]) == []


def test_cells_have_recurrent_dropout() -> None:
    assert layer_faults([{"RNN": {"cell": {"GRUCell": {"units": 3, "recurrent_dropout": 0.1}}}}]) == []


@pytest.mark.parametrize("layer", ["Dense", "Conv1D", "keras/Dense", "LSTMX"])
def test_other_layers_have_not_also_within_wrappers(layer: str) -> None:
    entry = {layer: {"units": 3, "recurrent_dropout": 0.1}}
    told = layer_faults([entry, {"Bidirectional": {"layer": entry}}, {"TimeDistributed": {"layer": entry}}])
    assert [fault.key for fault in told] == ["model.layers.0", "model.layers.1", "model.layers.2"]
    assert all(f"{layer} has no recurrent_dropout" in fault.text for fault in told)


def test_the_wrapper_itself_has_none() -> None:
    (fault,) = layer_faults([{"Bidirectional": {"layer": {"GRU": {"units": 3}}, "recurrent_dropout": 0.1}}])
    assert "Bidirectional has no recurrent_dropout" in fault.text


def test_numbers_that_are_not_finite_are_told_with_their_place() -> None:
    node = {"layers": [{"GRU": {"units": float("nan")}}], "estimator": {"X": {"a": [1, float("inf")]}}, "units": 3}
    assert [fault.text for fault in number_faults(node, "model")] == [
        "model.layers.0.GRU.units must be a finite number. Received: nan.",
        "model.estimator.X.a.1 must be a finite number. Received: inf.",
    ]
    assert is_about(only_fault("model.layers.0.GRU.units=nan"), "model.layers.0.GRU.units", "Received: nan.")
    assert is_about(only_fault("model.units=nan"), "model.units", "Received: nan.")


def test_either_layers_or_estimator() -> None:
    both = "model must give one of model.layers, model.estimator and model.builder, and no other."
    for model in ({"layers": ["GRU"], "estimator": {"Naive": None}}, {"name": "x"}):
        assert section_faults(model, model, {}) == [Fault("model", both)]
    assert only_fault("model.layers=null").text == both
    assert only_fault("+model.estimator={Naive:null}").text == both


def test_what_a_yaml_declares_is_used_and_what_it_uses_is_declared() -> None:
    layers = [{"GRU": {"units": "${model.units}", "dropout": "${ model.rate }"}}]
    model = {"name": "x", "units": 3, "depth": 2, "layers": layers}
    assert [fault.text for fault in yaml_faults(model, "model/x.yaml")] == [
        "model/x.yaml declares 'depth', which nothing in it uses: use it as ${model.depth} or remove it.",
        "model/x.yaml uses ${model.rate} but does not declare 'rate'.",
    ]
    head = [{"Dense": {"units": "${model.depth}"}}]
    assert not list(yaml_faults(model | {"rate": 0.1, "head": head}, "model/x.yaml"))


def test_a_layer_by_override_is_checked() -> None:
    told = faults("model.layers=[{Dense:{recurrent_dropout:0.1}},3,{GRU:4}]")
    assert keys_of(told) == [f"model.layers.{index}" for index in range(3)]
