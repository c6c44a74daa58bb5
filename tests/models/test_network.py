"""Networks from YAML: Keras's own values and parameter counts, overrides, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from seqexp.config.schema import ModelConfig
from seqexp.models.network import build_network, recurrent_layers, use_plain_recurrence
from seqexp.models.stack import shape_in_words
from seqexp.tasks.target import Problem
from tests.factories import experiment
from tests.faults import is_about, only_fault_of

Stack = list[Any]

# Keras's layers as the lecture stacks them, and the parameters of the published table.
STOCK: dict[str, tuple[Callable[[], Stack], int, tuple[int, int]]] = {
    "mlp": (lambda: [layers.Flatten(), layers.Dense(32, activation="relu")], 107_585, (240, 14)),
    "gru": (lambda: [layers.GRU(32)], 4_641, (240, 14)),
    "gru_dropout": (lambda: [layers.GRU(32, dropout=0.2, recurrent_dropout=0.2)], 4_641, (240, 14)),
    "gru_stacked": (
        lambda: [
            layers.GRU(32, dropout=0.1, recurrent_dropout=0.5, return_sequences=True),
            layers.GRU(64, activation="relu", dropout=0.1, recurrent_dropout=0.5),
        ],
        23_489,
        (240, 14),
    ),
    "gru_bidirectional": (lambda: [layers.Bidirectional(layers.GRU(32))], 9_281, (240, 14)),
    "conv1d": (
        lambda: [
            layers.Conv1D(32, 5, activation="relu"),
            layers.MaxPooling1D(3),
            layers.Conv1D(32, 5, activation="relu"),
            layers.MaxPooling1D(3),
            layers.Conv1D(32, 5, activation="relu"),
            layers.GlobalMaxPooling1D(),
        ],
        12_609,
        (240, 14),
    ),
    "conv_gru": (
        lambda: [
            layers.Conv1D(32, 5, activation="relu"),
            layers.MaxPooling1D(3),
            layers.Conv1D(32, 5, activation="relu"),
            layers.GRU(32, dropout=0.1, recurrent_dropout=0.5),
        ],
        13_793,
        (720 // 3, 14),
    ),
}


def configured(*stack: Any, head: list[Any] | None = None) -> ModelConfig:
    return ModelConfig(name="test", layers=list(stack), head=head)


@pytest.mark.parametrize("model", STOCK)
def test_a_model_is_kerass_own_stack(model: str) -> None:
    stock_layers, parameters, shape = STOCK[model]
    network = build_network(experiment(f"model={model}").model, Problem(shape), seed=0)
    stock = keras.Sequential([keras.Input(shape), *stock_layers(), layers.Dense(1)])
    assert network.count_params() == stock.count_params() == parameters
    assert network.input_shape == (None, *shape)
    assert network.output_shape == (None, 1)
    # Rates of dropout don't show in the values that the next test compares.
    rates = [[getattr(layer, name, None) for name in ("dropout", "recurrent_dropout")] for layer in network.layers[1:]]
    assert rates == [
        [getattr(layer, name, None) for name in ("dropout", "recurrent_dropout")] for layer in stock.layers
    ]


@pytest.mark.parametrize("model", STOCK)
def test_a_model_with_kerass_weights_gives_kerass_values(model: str) -> None:
    shape = (64, 3) if model.startswith("conv") else (8, 3)
    network = build_network(experiment(f"model={model}").model, Problem(shape), seed=0)
    stock = keras.Sequential([keras.Input(shape), *STOCK[model][0](), layers.Dense(1)])
    stock.set_weights(network.get_weights())
    samples = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    np.testing.assert_allclose(network(samples, training=False), stock(samples, training=False), rtol=1e-5, atol=1e-7)


def test_units_and_rates_are_overrides() -> None:
    model = experiment("model=gru_dropout", "model.units=7", "model.dropout=0.3", "model.recurrent_dropout=0.4").model
    gru = build_network(model, Problem((6, 3)), seed=0).layers[1]
    assert (gru.units, gru.dropout, gru.recurrent_dropout) == (7, 0.3, 0.4)
    model = experiment("model=conv1d", "model.filters=8", "model.kernel_size=2", "model.pool_size=2").model
    convolution, pooling = build_network(model, Problem((24, 3)), seed=0).layers[1:3]
    assert (convolution.filters, convolution.kernel_size, pooling.pool_size) == (8, (2,), (2,))


def test_the_head_can_be_given() -> None:
    head = [{"Dense": {"units": 4, "activation": "relu"}}, {"Dense": {"units": 1, "use_bias": False}}]
    network = build_network(configured({"GRU": {"units": 3}}, head=head), Problem((6, 2)), seed=0)
    assert [layer.__class__.__name__ for layer in network.layers[1:]] == ["GRU", "Dense", "Dense"]
    assert network.layers[-1].use_bias is False


def test_wrappers_nest() -> None:
    network = build_network(
        configured(
            {"TimeDistributed": {"layer": {"Dense": {"units": 5}}}},
            {"Bidirectional": {"layer": {"RNN": {"cell": {"GRUCell": {"units": 4}}, "return_sequences": True}}}},
            {"RNN": {"cell": {"StackedRNNCells": {"cells": [{"LSTMCell": {"units": 3}}, {"GRUCell": {"units": 2}}]}}}},
        ),
        Problem((6, 2)),
        seed=0,
    )
    assert network.layers[1].layer.units == 5
    assert network.layers[2].forward_layer.cell.units == 4
    assert [cell.units for cell in network.layers[3].cell.cells] == [3, 2]
    assert len(recurrent_layers(network)) == 3


def test_keras_slash_is_kerass_layer() -> None:
    network = build_network(configured({"keras/GRU": {"units": 3}}), Problem((6, 2)), seed=0)
    assert type(network.layers[1]) is layers.GRU


def test_recurrent_layers_are_found_inside_wrappers_and_kept_off_cudnn() -> None:
    network = build_network(experiment("model=gru_bidirectional").model, Problem((6, 2)), seed=0)
    forward, backward = network.layers[1].forward_layer, network.layers[1].backward_layer
    assert {id(layer) for layer in recurrent_layers(network)} == {id(forward), id(backward)}
    assert forward.use_cudnn == "auto"
    use_plain_recurrence(network)
    assert forward.use_cudnn is False
    assert backward.use_cudnn is False
    assert recurrent_layers(build_network(experiment("model=conv1d").model, Problem((240, 2)), seed=0)) == []


def test_initial_weights_are_a_function_of_the_seed() -> None:
    model = experiment("model=gru_stacked").model
    first, again, other = (build_network(model, Problem((6, 2)), seed=seed).get_weights() for seed in (3, 3, 4))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(
    ("entry", "key", "facts"),
    [
        ({"GRUU": {"units": 3}}, ".1", ["'GRUU'", "mean 'GRU'?"]),
        ({"GRU": {"unit": 3}}, ".1.GRU.unit", ["argument of GRU", "mean 'units'?"]),
        (
            {"Bidirectional": {"layer": {"GRU": {"units": 3, "recurent_dropout": 0.5}}}},
            ".1.Bidirectional.layer.GRU.recurent_dropout",
            ["argument of GRU", "mean 'recurrent_dropout'?"],
        ),
        ("GRU", ".1", ["(GRU)", "required positional argument: 'units'"]),
        ({"GRU": {"units": 0}}, ".1", ["(GRU)", "`units`", "0."]),
        ({"GRU": {"units": 3, "activation": "reluu"}}, ".1", ["(GRU)", "reluu"]),
        ({"Conv1D": {"filters": 2, "kernel_size": 30}}, ".1", ["(Conv1D)", "(batch, 6, 4): Computed output size"]),
        ({"MaxPooling1D": {"pool_size": 30}}, ".1", ["(MaxPooling1D)", "(batch, 6, 4): Computed output size"]),
        ({"BatchNormalization": {"axis": 7}}, ".1", ["(BatchNormalization)", "(batch, 6, 4): "]),
        ({"GRU": {"units": 3, "return_state": True}}, ".1", ["(GRU)", "Received: 2 "]),
        ({"GRU": {"units": 3, "return_sequences": True}}, "", ["shape (batch, 1)", "Received: (batch, 6, 1)."]),
        ({"GRU": {"units": 3, "name": "same"}}, "", ['"same"', "2 times"]),
        pytest.param({"Dense": {"units": 10**13}}, ".1", ["(Dense)", "(batch, 6, 4): "], marks=pytest.mark.slow),
    ],
)
def test_what_does_not_fit_is_refused_by_the_key(entry: Any, key: str, facts: list[str]) -> None:
    model = configured({"Dense": {"units": 4, "name": "same"}}, entry)
    fault = only_fault_of(build_network, model, Problem((6, 2)), seed=0)
    assert is_about(fault, f"model.layers{key}", *facts), fault
    assert "\x1b" not in fault.text


def test_faults_of_the_head_name_the_head() -> None:
    model = configured("Flatten", head=[{"Dense": {"unit": 1}}])
    fault = only_fault_of(build_network, model, Problem((6, 2)), seed=0)
    assert is_about(fault, "model.head.0.Dense.unit", "argument of Dense")


def test_a_network_without_weights_is_refused() -> None:
    model = configured({"GlobalMaxPooling1D": {"keepdims": False}}, head=[{"Reshape": {"target_shape": [1]}}])
    fault = only_fault_of(build_network, model, Problem((6, 1)), seed=0)
    assert is_about(fault, "model", "learn")


def test_any_name_makes_a_network() -> None:
    model = ModelConfig(name="GRU, 32 units (mine) / ü", layers=[{"GRU": {"units": 2}}])
    assert build_network(model, Problem((6, 2)), seed=0).output_shape == (None, 1)


def test_an_open_length_is_no_batch() -> None:
    assert shape_in_words((None, None, 8)) == "(batch, any, 8)"
