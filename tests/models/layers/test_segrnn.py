"""SegRNN against Keras's own GRU, run once for each segment of the forecasts as in the paper."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from seqexp.models.layers import SegRNN

UNITS, WIDTH, LEADS, TARGETS = 6, 4, 10, [2, 0]  # three segments ahead, of the last one two leads


def samples(timesteps: int = 14) -> np.ndarray:  # three segments and two timesteps before them
    return np.random.default_rng(0).normal(size=(5, timesteps, 3)).astype(np.float32)


def built(dropout: float = 0.0) -> SegRNN:
    layer = SegRNN(TARGETS, LEADS, units=UNITS, segment_length=WIDTH, dropout=dropout)
    layer.build((None, 14, 3))
    random = np.random.default_rng(1)
    layer.set_weights([random.normal(scale=0.5, size=w.shape).astype(np.float32) for w in layer.weights])
    return layer


def by_the_paper(layer: SegRNN, x: np.ndarray) -> np.ndarray:
    """Return (batch, leads, targets): one step of a stock GRU for each column and segment."""
    stock = layers.GRU(UNITS)
    stock.build((None, 3, UNITS))
    stock.set_weights(layer.gru.get_weights())
    kernel, bias = layer.embedding.get_weights()
    positions, columns = np.asarray(layer.positions), np.asarray(layer.columns)
    forecasts = np.zeros((len(x), LEADS, len(TARGETS)), np.float32)
    for i, column in enumerate(TARGETS):
        segments = x[:, 2:, column].reshape(len(x), 3, WIDTH)
        state = stock(np.maximum(segments @ kernel + bias, 0))
        for segment in range(3):
            given = np.tile(np.concatenate([positions[segment], columns[i]]), (len(x), 1, 1))
            decoded = stock(given, initial_state=state)
            values = np.asarray(layer.out(decoded))
            for j in range(WIDTH):
                if segment * WIDTH + j < LEADS:
                    forecasts[:, segment * WIDTH + j, i] = values[:, j]
    return forecasts


def test_segments_are_read_and_decoded_as_in_the_paper() -> None:
    layer, x = built(), samples()
    np.testing.assert_allclose(layer(x), by_the_paper(layer, x).reshape(5, -1), rtol=1e-4, atol=1e-5)


def test_the_parameters_are_those_of_the_formula() -> None:
    embedding, out = (WIDTH + 1) * UNITS, (UNITS + 1) * WIDTH
    assert built().count_params() == embedding + 3 * UNITS * (2 * UNITS + 2) + out + 3 * (UNITS // 2) + 2 * (UNITS // 2)


def test_the_oldest_timesteps_that_fill_no_segment_are_not_seen() -> None:
    layer, x = built(), samples()
    other = x.copy()
    other[:, :2] = 9
    np.testing.assert_array_equal(layer(x), layer(other))


def test_dropout_is_on_while_training_alone() -> None:
    layer, x = built(dropout=0.5), samples()
    np.testing.assert_array_equal(layer(x), layer(x))
    assert not np.array_equal(layer(x), layer(x, training=True))


def test_xla_gives_the_same() -> None:
    layer, x = built(), samples()
    inputs = keras.Input((14, 3))
    network = keras.Model(inputs, layer(inputs))
    expected = ops.convert_to_numpy(network(x))
    network.compile(loss="mse", jit_compile=True)
    np.testing.assert_allclose(network.predict_on_batch(x), expected, rtol=1e-4, atol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`segment_length` must be at most the window's 14 timesteps. Received: 15"):
        SegRNN(TARGETS, LEADS, segment_length=15)(samples())
    with pytest.raises(ValueError, match=r"target 1 of 1 isn't"):
        SegRNN([-1])
    with pytest.raises(ValueError, match=r"`units` must be an integer >= 2. Received: 1"):
        SegRNN([0], units=1)
