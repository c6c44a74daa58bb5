"""Positions by the paper's formula, and the encoder block against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from keras import ops

from seqexp.models.layers import EncoderBlock, SinusoidalPositions
from seqexp.models.layers.attention import position_table


@pytest.mark.parametrize("units", [1, 4, 7])
def test_positions_are_sines_and_cosines(units: int) -> None:
    table = position_table(9, units)
    assert table.dtype == np.float32
    for t in range(9):
        for unit in range(units):
            angle = t / 10000 ** (2 * (unit // 2) / units)
            expected = math.cos(angle) if unit % 2 else math.sin(angle)
            assert table[t, unit] == pytest.approx(expected, abs=1e-6)


def test_positions_are_added_and_nothing_is_learned() -> None:
    layer, x = SinusoidalPositions(), np.random.default_rng(0).normal(size=(2, 9, 4)).astype(np.float32)
    np.testing.assert_allclose(layer(x) - x, np.tile(position_table(9, 4), (2, 1, 1)), atol=1e-6)
    assert layer.count_params() == 0


def block(**arguments: bool) -> tuple[EncoderBlock, np.ndarray]:
    random = np.random.default_rng(0)
    layer = EncoderBlock(heads=2, units=5, **arguments)
    layer.build((None, 7, 4))
    layer.set_weights([random.normal(size=w.shape).astype(np.float32) for w in layer.weights])
    return layer, random.normal(size=(3, 7, 4)).astype(np.float32)


def looped_block(layer: EncoderBlock, x: np.ndarray) -> np.ndarray:
    """Return (timesteps, columns) of one sequence: each head, each query, each key."""
    query, key, value, out = (
        w.numpy().astype(np.float64)
        for w in (
            layer.attention.query_dense.kernel,
            layer.attention.key_dense.kernel,
            layer.attention.value_dense.kernel,
            layer.attention.output_dense.kernel,
        )
    )
    x = x.astype(np.float64)
    attended = np.zeros_like(x)
    for head in range(2):
        for t in range(len(x)):
            scores = [float((x[t] @ query[:, head]) @ (x[s] @ key[:, head])) / math.sqrt(2) for s in range(len(x))]
            total = sum(math.exp(score) for score in scores)
            for s, score in enumerate(scores):
                attended[t] += math.exp(score) / total * (x[s] @ value[:, head]) @ out[head]

    def norm(values: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
        spread = np.sqrt(values.var(axis=1, keepdims=True) + 1e-6)
        return (values - values.mean(axis=1, keepdims=True)) / spread * weights[0] + weights[1]

    first, second = (n.get_weights() for n in layer.norms)
    hidden, last = (dense.get_weights() for dense in (layer.hidden, layer.out))
    y = norm(x + attended, first)
    return norm(y + np.maximum(y @ hidden[0] + hidden[1], 0) @ last[0] + last[1], second)


def test_a_block_is_the_papers_formula() -> None:
    layer, x = block(return_sequences=True)
    outputs = ops.convert_to_numpy(layer(x))
    for b in range(3):
        np.testing.assert_allclose(outputs[b], looped_block(layer, x[b]), rtol=1e-3, atol=1e-3)


def test_the_last_timestep_alone_is_that_of_the_whole_block() -> None:
    whole, x = block(return_sequences=True)
    last, _ = block()
    last.set_weights(whole.get_weights())
    np.testing.assert_allclose(last(x), whole(x)[:, -1], rtol=1e-5, atol=1e-5)


def test_dropout_is_on_while_training_alone() -> None:
    layer, x = EncoderBlock(2, 8, dropout=0.5), np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32)
    np.testing.assert_array_equal(layer(x), layer(x))
    assert not np.array_equal(layer(x, training=True), layer(x, training=True))
