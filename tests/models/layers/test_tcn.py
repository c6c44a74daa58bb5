"""The TCN: causal, as far-sighted as its formula says, and the same however much of it is computed."""

from __future__ import annotations

import numpy as np
import pytest
from keras import ops

from seqexp.models.layers import TCN


def samples(timesteps: int, columns: int = 3, batch: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(batch, timesteps, columns)).astype(np.float32)


def randomised(layer: TCN, timesteps: int, columns: int = 3) -> TCN:
    layer.build((None, timesteps, columns))
    random = np.random.default_rng(1)
    layer.set_weights([random.normal(scale=0.4, size=w.shape).astype(np.float32) for w in layer.weights])
    return layer


def looped_tcn(layer: TCN, x: np.ndarray) -> np.ndarray:
    """Return (timesteps, filters) for one sequence: the residual blocks, value by value."""

    def convolved(series: np.ndarray, kernel: np.ndarray, bias: np.ndarray, dilation: int) -> np.ndarray:
        taps = len(kernel)
        out = np.tile(bias.astype(np.float64), (len(series), 1))
        for t in range(len(series)):
            for k in range(taps):
                past = t - dilation * (taps - 1 - k)
                if past >= 0:
                    out[t] += series[past] @ kernel[k]
        return np.maximum(out, 0)

    series = x.astype(np.float64)
    for block, pair in enumerate(layer.convolutions):
        h = series
        for convolution in pair:
            kernel, bias = convolution.get_weights()
            h = convolved(h, kernel, bias, 2**block)
        if block == 0 and layer.skip is not None:
            kernel, bias = layer.skip.get_weights()
            series = series @ kernel[0] + bias
        series = np.maximum(h + series, 0)
    return series


@pytest.mark.parametrize("columns", [3, 4])  # 4: as many as filters, the skip is the identity
def test_each_timestep_is_the_papers_formula(columns: int) -> None:
    layer, x = TCN(4, kernel_size=3, depth=3, return_sequences=True), samples(17, columns)
    randomised(layer, 17, columns)
    assert (layer.skip is None) == (columns == 4)
    outputs = ops.convert_to_numpy(layer(x))
    for b in range(2):
        np.testing.assert_allclose(outputs[b], looped_tcn(layer, x[b]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("timesteps", [1, 2, 3, 4, 5, 8, 15, 16, 17, 30, 31, 32, 33])
@pytest.mark.parametrize(("kernel_size", "depth"), [(2, 1), (2, 4), (3, 3), (5, 2)])
def test_the_last_timestep_alone_is_that_of_the_whole_sequence(timesteps: int, kernel_size: int, depth: int) -> None:
    whole = randomised(TCN(4, kernel_size, depth, return_sequences=True), timesteps)
    last = TCN(4, kernel_size, depth)
    last.build((None, timesteps, 3))
    last.set_weights(whole.get_weights())
    x = samples(timesteps)
    np.testing.assert_allclose(last(x), whole(x)[:, -1], rtol=1e-4, atol=1e-5)


def test_no_output_depends_on_a_later_input() -> None:
    layer = randomised(TCN(4, kernel_size=3, depth=3, return_sequences=True), 20)
    x = samples(20)
    before = ops.convert_to_numpy(layer(x))
    for t in (1, 7, 19):
        changed = x.copy()
        changed[:, t:] += 5.0
        after = ops.convert_to_numpy(layer(changed))
        np.testing.assert_array_equal(after[:, :t], before[:, :t])
        assert np.abs(after[:, t] - before[:, t]).max() > 0


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize(("kernel_size", "depth", "field"), [(2, 3, 15), (3, 3, 29), (3, 2, 13)])
def test_the_receptive_field_is_as_its_formula_says(
    kernel_size: int, depth: int, field: int, return_sequences: bool
) -> None:
    layer = TCN(2, kernel_size, depth, return_sequences=return_sequences)
    assert layer.receptive_field == field
    layer.build((None, field + 3, 3))
    layer.set_weights([np.full(w.shape, 0.1, dtype=np.float32) for w in layer.weights])  # nothing cancels
    x = np.abs(samples(field + 3))

    def last(inputs: np.ndarray) -> np.ndarray:
        outputs = ops.convert_to_numpy(layer(inputs))
        return outputs[:, -1] if return_sequences else outputs

    seen, unseen = x.copy(), x.copy()
    unseen[:, :3] += 100.0  # before the field
    seen[:, 3] += 100.0  # the field's oldest timestep
    np.testing.assert_array_equal(last(unseen), last(x))
    assert (last(seen) > last(x)).all()


def test_dropout_drops_whole_channels_while_training() -> None:
    layer = TCN(8, kernel_size=3, depth=2, dropout=0.5)
    x = samples(16)
    np.testing.assert_array_equal(layer(x), layer(x))
    assert not np.array_equal(layer(x, training=True), layer(x, training=True))
