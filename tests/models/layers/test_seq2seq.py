"""The sequence-to-sequence layer against a plain loop over Keras's own cells."""

from __future__ import annotations

import numpy as np
import pytest
from keras import layers

from seqexp.models.layers import Seq2Seq

UNITS, LEADS, TARGETS = 5, 4, [2, 0]


def test_each_forecast_is_the_decoders_next_input() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(3, 7, 3)).astype(np.float32)
    layer = Seq2Seq(TARGETS, LEADS, units=UNITS)
    layer.build((None, 7, 3))
    layer.set_weights([random.normal(scale=0.5, size=w.shape).astype(np.float32) for w in layer.weights])
    encoder, cell = layers.GRU(UNITS), layers.GRUCell(UNITS)
    encoder.build((None, 7, 3))
    encoder.set_weights(layer.encoder.get_weights())
    cell.build((None, 2))
    cell.set_weights(layer.decoder.cell.gru.get_weights())
    kernel, bias = layer.decoder.cell.out.get_weights()
    state, forecast, expected = np.asarray(encoder(x)), x[:, -1, TARGETS], []
    for _ in range(LEADS):
        _, (state, *_) = cell(forecast, [state])
        forecast = np.asarray(state) @ kernel + bias
        expected.append(forecast)
    for training in (False, True):  # no teacher forcing
        np.testing.assert_allclose(
            layer(x, training=training), np.stack(expected, axis=1).reshape(3, -1), rtol=1e-4, atol=1e-5
        )


def test_a_target_that_is_not_seen_is_refused() -> None:
    with pytest.raises(ValueError, match=r"target 2 of 2 isn't"):
        Seq2Seq([0, -1])
    with pytest.raises(ValueError, match=r"positions in the input's 3 columns. Received: \[3\]"):
        Seq2Seq([3])(np.zeros((2, 7, 3)))
