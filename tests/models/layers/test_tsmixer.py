"""The mixer block against numpy."""

from __future__ import annotations

import numpy as np

from seqexp.models.layers import MixerBlock, TemporalProjection


def normalised(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
    mean, variance = x.mean(axis=(1, 2), keepdims=True), x.var(axis=(1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def test_a_block_mixes_over_time_then_over_columns() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 6, 3)).astype(np.float32)
    layer = MixerBlock(units=5)
    layer.build((None, 6, 3))
    layer.set_weights([random.normal(size=w.shape).astype(np.float32) for w in layer.weights])
    first, second = (norm.get_weights() for norm in layer.norms)
    time, hidden, columns = (dense.get_weights() for dense in (layer.time, layer.hidden, layer.columns))
    # time[0] is (timesteps in, timesteps out): the same for each column.
    y = x + np.maximum(np.einsum("btc,ts->bsc", normalised(x, *first), time[0]) + time[1][:, None], 0)
    expected = y + np.maximum(normalised(y, *second) @ hidden[0] + hidden[1], 0) @ columns[0] + columns[1]
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-4)


def test_dropout_is_on_while_training_alone() -> None:
    layer, x = MixerBlock(units=5, dropout=0.5), np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    np.testing.assert_array_equal(layer(x), layer(x))
    assert not np.array_equal(layer(x, training=True), layer(x, training=True))


def test_the_projection_goes_over_time_and_then_weighs_the_columns_at_each_lead() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 6, 3)).astype(np.float32)
    layer = TemporalProjection(targets=[2, 0], leads=4)
    layer.build((None, 6, 3))
    layer.set_weights([random.normal(size=w.shape).astype(np.float32) for w in layer.weights])
    time, weigh = layer.time.get_weights(), layer.weigh.get_weights()
    at_leads = np.einsum("btc,tl->blc", x, time[0]) + time[1][:, None]
    np.testing.assert_allclose(layer(x), (at_leads @ weigh[0] + weigh[1]).reshape(2, 8), rtol=1e-4, atol=1e-5)


def test_of_one_value_the_projection_leaves_the_columns_to_the_head() -> None:
    x = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    layer = TemporalProjection()
    given = layer(x)
    kernel, bias = layer.time.get_weights()
    np.testing.assert_allclose(given, np.einsum("btc,t->bc", x, kernel[:, 0]) + bias, rtol=1e-4, atol=1e-5)
    assert not layer.gives_forecasts
