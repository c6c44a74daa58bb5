"""The compiled recurrent layers give what Keras's own give, and so do their gradients."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.models.kernels.numbers import ACTIVATIONS
from tests.models.layers.recurrent_pairs import (
    assert_all_near,
    normal,
    outputs_and_gradients,
    pair,
    states_for,
    threads,
)

FLAGS = ("return_sequences", "return_state", "go_backwards", "use_bias", "zero_output_for_mask")
MASKS = ("none", "random", "whole rows", "leading")


def mask_of(kind: str, batch: int, timesteps: int) -> Any:
    random = np.random.default_rng([batch, timesteps])
    mask = random.random((batch, timesteps)) < 0.6
    if kind == "whole rows":
        mask[random.random(batch) < 0.5] = False
        mask[0] = False
    elif kind == "leading":
        mask = np.arange(timesteps) >= random.integers(0, timesteps + 1, (batch, 1))
    return None if kind == "none" else tf.constant(mask)


@st.composite
def cases(draw: Any) -> dict[str, Any]:
    """Draw a layer and what it is called with."""
    name = draw(st.sampled_from(["SimpleRNN", "LSTM", "GRU"]))
    arguments = {"units": draw(st.integers(1, 40)), "seed": 3, **{flag: draw(st.booleans()) for flag in FLAGS}}
    arguments["activation"] = draw(st.sampled_from(["tanh", "tanh", *ACTIVATIONS]))
    if name != "SimpleRNN":
        # Gates without a bound let values grow beyond all float32 numbers in a few timesteps.
        arguments["recurrent_activation"] = draw(st.sampled_from(["sigmoid", "sigmoid", "hard_sigmoid", "tanh"]))
        arguments["implementation"] = draw(st.sampled_from([1, 2]))
    if name == "GRU":
        arguments["reset_after"] = draw(st.booleans())
    for which in ("dropout", "recurrent_dropout"):
        arguments[which] = draw(st.sampled_from([0.0, 0.0, 0.4]))
    return {
        "name": name,
        "arguments": arguments,
        "batch": draw(st.one_of(st.integers(1, 70), st.sampled_from([16, 17, 32, 48, 70]))),
        "timesteps": draw(st.integers(1, 12)),
        "columns": draw(st.integers(1, 20)),
        "mask": draw(st.sampled_from(MASKS)),
        "training": draw(st.booleans()),
        "has_states": draw(st.booleans()),
        "parts": draw(st.sampled_from([1, 2, 3])),
    }


def check(
    name: str,
    arguments: dict[str, Any],
    *,
    batch: int = 35,
    timesteps: int = 5,
    columns: int = 4,
    mask: str = "none",
    training: bool = True,
    has_states: bool = False,
    parts: int = 2,
) -> None:
    """Compare a layer of ours with Keras's own."""
    ours, stock = pair(name, columns, **arguments)
    x = tf.constant(normal(1, batch, timesteps, columns))
    states = states_for(name, batch, arguments["units"]) if has_states else []
    call = {"mask": mask_of(mask, batch, timesteps), "training": training}
    with threads(parts):
        assert ours.why_stock() is None
        assert_all_near(outputs_and_gradients(ours, x, states, **call), outputs_and_gradients(stock, x, states, **call))


@settings(max_examples=40, derandomize=True)
@given(case=cases())
def test_values_and_gradients_are_those_of_keras(case: dict[str, Any]) -> None:
    check(**case)


@pytest.mark.slow
@settings(max_examples=600, derandomize=True)
@given(case=cases())
def test_values_and_gradients_are_those_of_keras_in_many_cases(case: dict[str, Any]) -> None:
    check(**case)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SimpleRNN", {"return_sequences": True, "recurrent_dropout": 0.3, "dropout": 0.3}),
        ("LSTM", {"return_sequences": True, "return_state": True, "dropout": 0.3}),
        ("LSTM", {"recurrent_dropout": 0.3, "go_backwards": True}),
        ("GRU", {"dropout": 0.3, "recurrent_dropout": 0.3}),
        ("GRU", {"reset_after": False, "return_state": True, "go_backwards": True}),
    ],
)
def test_a_graph_gives_what_keras_gives(name: str, arguments: dict[str, Any]) -> None:
    pairs = pair(name, 4, units=5, seed=3, **arguments)
    shape = (35, 6, 4)
    mask = mask_of("random", *shape[:2])
    found = []
    for layer in pairs:

        @tf.function
        def results(x: Any, *states: Any, layer: Any = layer) -> list[Any]:
            return outputs_and_gradients(layer, x, states, mask=mask, training=True)

        with threads(2):
            found.append(results(tf.constant(normal(1, *shape)), *states_for(name, 35, 5)))
    assert_all_near(*found)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_batch_and_timesteps_may_be_unknown_until_a_graph_runs(name: str) -> None:
    ours, stock = pair(name, 4, units=5, return_sequences=True)
    outputs = tf.function(ours, input_signature=[tf.TensorSpec((None, None, 4))])
    traced = outputs.get_concrete_function()
    assert traced.structured_outputs.shape.as_list() == [None, None, 5]
    for shape in ((1, 1, 4), (40, 7, 4)):
        x = normal(1, *shape)
        assert_all_near([outputs(x)], [stock(x)])


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_a_batch_may_be_empty(name: str) -> None:
    ours, _ = pair(name, 4, units=5)
    found = outputs_and_gradients(ours, tf.zeros((0, 3, 4)), training=True)
    assert found[0].shape == (0, 5)
    assert found[1].shape == (0, 3, 4)
    assert all((np.asarray(gradient) == 0).all() for gradient in found[2:])


def test_each_thread_count_divides_a_batch_with_the_same_states() -> None:
    ours, _ = pair("GRU", 4, units=5, return_sequences=True)
    x = tf.constant(normal(1, 70, 6, 4))
    found = []
    for count in (1, 2, 3, 4, 64):
        with threads(count):
            found.append(outputs_and_gradients(ours, x, training=True))
    for other in found[1:]:
        np.testing.assert_array_equal(other[0], found[0][0])
        np.testing.assert_array_equal(other[1], found[0][1])
        assert_all_near(other, found[0], near=1e-6)


@pytest.mark.parametrize("activation", [None, "linear", "tanh", "sigmoid", "relu", "hard_sigmoid"])
def test_the_activations_may_be_named_or_given(activation: str | None) -> None:
    function = None if activation is None else getattr(keras.activations, activation)
    for given_as in (activation, function):
        ours, stock = pair("GRU", 4, units=5, activation=given_as, recurrent_activation=keras.activations.sigmoid)
        assert ours.why_stock() is None
        x = normal(1, 3, 6, 4)
        assert_all_near([ours(x)], [stock(x)])


def test_a_function_of_ones_own_is_not_taken_for_the_one_whose_name_it_bears() -> None:
    def relu(x: Any) -> Any:
        return 2 * keras.activations.relu(x)

    ours, stock = pair("GRU", 4, units=5, activation=relu)
    x = normal(1, 3, 6, 4)
    with pytest.warns(UserWarning, match="doesn't support relu of your own"):
        assert_all_near([ours(x)], [stock(x)])


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_dropping_all_is_what_keras_makes_of_it(name: str) -> None:
    ours, stock = pair(name, 4, units=5, dropout=1.0, recurrent_dropout=1.0)
    x = tf.constant(normal(1, 3, 6, 4))
    assert_all_near(*(outputs_and_gradients(layer, x, training=True) for layer in (ours, stock)))
