"""Where the compiled loop doesn't serve, Keras's own runs, and it is said once why."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.models.kernels import recurrent as kernels
from seqexp.models.layers import recurrent
from tests.models.layers.recurrent_pairs import assert_all_near, normal, outputs_and_gradients, pair

NAMES = pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
X = tf.constant(normal(1, 5, 4, 3))


@contextmanager
def kernels_unused() -> Iterator[None]:
    """Check that neither kernel is called."""
    with mock.patch.object(kernels, "forward") as forward, mock.patch.object(kernels, "backward") as backward:
        yield
    assert forward.call_count == backward.call_count == 0


@NAMES
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"activation": "elu"}, "doesn't support elu, only linear, tanh, sigmoid, relu, hard_sigmoid"),
        ({"unroll": True}, "unroll=True asks for it"),
        ({"dtype": "float64"}, "computes in float32, not float64"),
        ({"dtype": "mixed_float16"}, "computes in float32, not float16"),
        ({"dtype": "mixed_bfloat16"}, "computes in float32, not bfloat16"),
    ],
)
def test_kerass_own_loop_runs_and_it_is_said_once(name: str, arguments: dict[str, Any], why: str) -> None:
    ours, stock = pair(name, 3, units=5, return_sequences=True, **arguments)
    x = tf.cast(X, ours.compute_dtype)
    with kernels_unused():
        with pytest.warns(UserWarning, match=why) as told:
            mine = ours(x)
        assert len(told) == 1
        assert told[0].message.args[0].startswith(f"layer {ours.name} runs Keras's own loop: ")
        again = ours(x)  # a warning would be an error here
    np.testing.assert_array_equal(mine, stock(x))
    np.testing.assert_array_equal(again, mine)
    assert mine.dtype == ours.compute_dtype


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_an_unknown_recurrent_activation_is_one_too(name: str) -> None:
    ours, stock = pair(name, 3, units=5, recurrent_activation="softsign")
    with kernels_unused(), pytest.warns(UserWarning, match="doesn't support softsign"):
        mine = outputs_and_gradients(ours, X, training=True)
    for one, other in zip(mine, outputs_and_gradients(stock, X, training=True), strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_layer_says_it_for_itself_even_under_a_wrapper() -> None:
    both = recurrent.Bidirectional(recurrent.GRU(3, activation="elu", name="own"))
    with pytest.warns(UserWarning, match="runs Keras's own loop") as told:
        both(X)
    assert sorted(str(each.message).split()[1] for each in told) == ["backward_own", "forward_own"]


def test_on_a_gpu_kerass_own_loop_runs_and_nothing_is_said() -> None:
    ours, stock = pair("GRU", 3, units=5)
    with kernels_unused(), mock.patch.object(tf.config, "list_physical_devices", return_value=["a GPU"]):
        mine = ours(X)
    np.testing.assert_array_equal(mine, stock(X))


@NAMES
def test_xla_compiles_kerass_own_loop(name: str) -> None:
    ours, stock = pair(name, 3, units=5)
    x = X

    @tf.function(jit_compile=True)
    def compiled(x: Any) -> Any:
        return outputs_and_gradients(ours, x, training=True)

    with kernels_unused(), warnings.catch_warnings():
        warnings.simplefilter("error")
        mine = compiled(x)
    assert_all_near(mine, outputs_and_gradients(stock, x, training=True))
    # Elsewhere the same layer still runs the compiled loop.
    with mock.patch.object(kernels, "forward", wraps=kernels.forward) as forward:
        ours(x)
    assert forward.called


def model_of(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((4, 3)), *layers, keras.layers.Dense(1)])


def test_a_model_is_not_given_to_xla_unless_it_is_asked_for() -> None:
    ours = model_of(recurrent.GRU(3, return_sequences=True), recurrent.Bidirectional(recurrent.LSTM(3)))
    loaded = recurrent.use_compiled(model_of(keras.layers.SimpleRNN(3)))
    for model in (ours, loaded):
        model.compile("sgd", "mse", jit_compile="auto")
        assert not model.jit_compile
        with mock.patch.object(kernels, "backward", wraps=kernels.backward) as backward:
            model.train_on_batch(X, np.ones((5, 1)))
        assert backward.called


def test_a_model_that_is_given_to_xla_learns_the_same() -> None:
    # Without dropout: XLA draws other numbers.
    models = [model_of(layer) for layer in pair("GRU", 3, units=5)]
    models[0].set_weights(models[1].get_weights())
    for model, jit_compile in zip(models, (True, False), strict=True):
        model.compile("sgd", "mse", jit_compile=jit_compile)
        assert model.jit_compile is jit_compile
    with kernels_unused():
        losses = [[float(model.train_on_batch(X, np.ones((5, 1)))) for _ in range(3)] for model in models]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
