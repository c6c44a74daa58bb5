"""The derivative by the inputs in every way of asking for it: where none is asked for, it is left out."""

from __future__ import annotations

from typing import Any
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.models.kernels import recurrent as kernels
from tests.models.layers.recurrent_pairs import (
    OURS,
    STOCK,
    assert_all_near,
    normal,
    pair,
    set_weights,
    threads,
)

NAMES = pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
TRAINING = pytest.mark.parametrize("training", [True, False])
X = tf.constant(normal(1, 20, 4, 3))


def by_inputs(call: Any) -> Any:
    """Return the derivatives by the inputs of the sum of squares of what they give."""
    with tf.GradientTape() as tape:
        tape.watch(X)
        loss = tf.reduce_sum(call(X) ** 2)
    return tape.gradient(loss, X)


@NAMES
@TRAINING
def test_watched_inputs(name: str, training: bool) -> None:
    ours, stock = pair(name, 3, units=5)
    expected = by_inputs(lambda x: stock(x, training=training))
    assert_all_near([by_inputs(lambda x: ours(x, training=training))], [expected])
    assert_all_near([tf.function(lambda: by_inputs(lambda x: ours(x, training=training)))()], [expected])


@NAMES
@TRAINING
def test_a_graph_is_differentiated_by_its_inputs_later(name: str, training: bool) -> None:
    ours, stock = pair(name, 3, units=5)
    inner = tf.function(lambda x: ours(x, training=training))
    inner(X)
    expected = by_inputs(lambda x: stock(x, training=training))
    for count in (1, 2):
        with threads(count):
            assert_all_near([by_inputs(inner)], [expected])
            assert_all_near([by_inputs(tf.function(lambda x: inner(x) + 0))], [expected])


def test_a_graph_is_differentiated_by_tf_gradients() -> None:
    ours, stock = pair("GRU", 3, units=5)
    expected = by_inputs(stock)

    @tf.function
    def gradients(x: Any) -> Any:
        return tf.gradients(tf.reduce_sum(ours(x) ** 2), x)[0]

    assert_all_near([gradients(X)], [expected])


def stack(kinds: dict[str, Any], names: list[str]) -> list[Any]:
    layers = [kinds[name](5, return_sequences=True, seed=2) for name in names]
    for number, layer in enumerate(layers):
        layer.build((None, None, 5 if number else 3))
        set_weights(layer, number)
    return layers


@pytest.mark.parametrize("names", [["GRU", "LSTM"], ["LSTM", "SimpleRNN"], ["SimpleRNN", "GRU"]])
@pytest.mark.parametrize("graph", [False, True])
def test_the_weights_below_a_layer(names: list[str], graph: bool) -> None:
    found = []
    for kinds in (OURS, STOCK):
        layers = stack(kinds, names)

        def gradients(layers: list[Any] = layers) -> list[Any]:
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layers[1](layers[0](X, training=True), training=True) ** 2)
            return tape.gradient(loss, [v.value for layer in layers for v in layer.trainable_variables])

        found.append(tf.function(gradients)() if graph else gradients())
    assert_all_near(*found)


def test_the_inputs_derivatives_are_computed_only_where_they_are_wanted() -> None:
    ours, _ = pair("GRU", 3, units=5)
    wanted = []
    backward = kernels.backward

    def listen(*arguments: Any) -> None:
        wanted.append(arguments[18].size > 0)
        backward(*arguments)

    def by_weights() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(ours(X, training=True))
        return tape.gradient(loss, [v.value for v in ours.trainable_variables])

    with mock.patch.object(kernels, "backward", listen), threads(1):
        by_weights()
        tf.function(by_weights)()
        assert wanted == [False, False]
        by_inputs(ours)
        assert wanted == [False, False, True]


def test_what_a_model_predicts_is_differentiable() -> None:
    ours, stock = (
        keras.Sequential([keras.Input((4, 3)), layer, keras.layers.Dense(2)]) for layer in pair("LSTM", 3, units=5)
    )
    ours.set_weights(stock.get_weights())
    assert_all_near([ours.predict(X, verbose=0)], [stock.predict(X, verbose=0)])
    assert_all_near([by_inputs(lambda x: ours(x, training=False))], [by_inputs(lambda x: stock(x, training=False))])


def test_one_tape_gives_several_derivatives() -> None:
    ours, stock = pair("GRU", 3, units=5, return_sequences=True, return_state=True)
    found = []
    for layer in (ours, stock):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(X)
            outputs, state = layer(X)
            losses = [tf.reduce_sum(outputs[:, 1]), tf.reduce_sum(state**2)]
        found.append([tape.gradient(loss, X) for loss in losses])
    assert_all_near(*found)
    assert (np.asarray(found[0][0])[:, 2:] == 0).all()  # what comes later has no say in an earlier state


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_a_second_derivative_is_refused_rather_than_wrong(name: str, graph: bool) -> None:
    ours, _ = pair(name, 3, units=5)

    def penalised(of: str) -> Any:
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(X)
                loss = tf.reduce_sum(ours(X) ** 2)
            source = X if of == "inputs" else ours.trainable_variables[0].value
            loss += tf.reduce_sum(inner.gradient(loss, source) ** 2)
        return outer.gradient(loss, ours.trainable_variables[1].value)

    for of in ("inputs", "weights"):
        with pytest.raises(NotImplementedError, match="no second derivatives"):
            (tf.function(penalised) if graph else penalised)(of)


@pytest.mark.parametrize("way", ["loop", "branch", "jacobian", "again"])
def test_other_ways_of_tensorflow(way: str) -> None:
    def gradient(layer: Any) -> Any:
        @tf.function
        def loop(x: Any) -> Any:
            total = tf.zeros((20, 5))
            for i in tf.range(3):
                total = total + layer(x + tf.cast(i, tf.float32))
            return total

        def branch(x: Any) -> Any:
            return tf.cond(x[0, 0, 0] < 9, lambda: layer(x), lambda: tf.zeros((20, 5)))

        if way == "branch":
            return tf.function(lambda: by_inputs(branch))()
        if way == "jacobian":
            with tf.GradientTape() as tape:
                tape.watch(X)
                outputs = tf.reduce_sum(layer(X), axis=0)
            return tape.jacobian(outputs, X)
        return by_inputs(loop if way == "loop" else tf.recompute_grad(layer.__call__))

    ours, stock = pair("GRU", 3, units=5)
    assert_all_near([gradient(ours)], [gradient(stock)])
