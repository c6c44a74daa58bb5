"""Layers that keep their states from batch to batch, as Keras's do."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.models.layers import recurrent
from tests.models.layers.recurrent_pairs import OURS, STOCK, assert_all_near, normal, pair

NAMES = pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])


@NAMES
@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_states_go_on_as_keras_has_them(name: str, graph: bool, masked: bool) -> None:
    ours, stock = pair(name, 3, units=4, stateful=True)
    mask = tf.constant([[False, True, False, True], [False] * 4]) if masked else None
    calls = [tf.function(layer) if graph else layer for layer in (ours, stock)]

    def compare(number: int) -> Any:
        x = tf.constant(normal(number, 2, 4, 3))
        found = [[call(x, mask=mask), *layer.states] for call, layer in zip(calls, (ours, stock), strict=True)]
        assert_all_near(*found)
        return np.array(found[0][0])

    first, second, third = (compare(number) for number in (1, 1, 2))
    assert not np.array_equal(first[0], second[0])
    assert not np.array_equal(second[0], third[0])
    for layer in (ours, stock):
        layer.reset_state()
        assert all((state.numpy() == 0).all() for state in layer.states)
    np.testing.assert_array_equal(compare(1), first)


@NAMES
def test_a_fixed_batch_is_needed(name: str) -> None:
    with pytest.raises(ValueError, match="batch size must be static"):
        OURS[name](4, stateful=True)(keras.Input((4, 3)))
    layer = OURS[name](4, stateful=True)
    layer(np.zeros((2, 4, 3), np.float32))
    with pytest.raises(ValueError, match="Expected batch size: 2"):
        layer(np.zeros((3, 4, 3), np.float32))


@NAMES
def test_a_training_goes_on_from_the_states(name: str) -> None:
    found = []
    for layer in pair(name, 3, units=4, stateful=True):
        model = keras.Sequential([keras.Input((4, 3), batch_size=2), layer])
        model.compile("sgd", "mse", jit_compile=False)
        losses = [model.train_on_batch(normal(number, 2, 4, 3), np.ones((2, 4))) for number in range(3)]
        found.append([*losses, *model.get_weights(), *(state.numpy() for state in layer.states)])
    assert_all_near(*found)


def test_a_model_keeps_its_states_over_predictions() -> None:
    models = []
    for kinds, both in ((OURS, recurrent.Bidirectional), (STOCK, keras.layers.Bidirectional)):
        layers = [kinds["GRU"](4, stateful=True, return_sequences=True), both(kinds["LSTM"](3, stateful=True))]
        models.append(keras.Sequential([keras.Input((4, 3), batch_size=2), *layers]))
    models[0].set_weights(models[1].get_weights())
    x = normal(1, 6, 4, 3)
    first, second = ([model.predict(x, batch_size=2, verbose=0) for model in models] for _ in range(2))
    assert_all_near([first[0], second[0]], [first[1], second[1]])
    assert not np.allclose(first[0], second[0])
