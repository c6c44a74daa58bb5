"""DLinear against plain loops over the paper's formulas."""

from __future__ import annotations

import numpy as np
import pytest
from keras import ops

from seqexp.models.layers import DLinear
from seqexp.models.layers.dlinear import moving_average


def looped_average(series: np.ndarray, kernel_size: int) -> list[float]:
    """Return the mean of the kernel_size values around each one; beyond the ends the end's value stands."""
    half, last = kernel_size // 2, len(series) - 1
    return [
        sum(float(series[min(max(t + k, 0), last)]) for k in range(-half, half + 1)) / kernel_size
        for t in range(len(series))
    ]


def samples(batch: int = 2, timesteps: int = 12, columns: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(batch, timesteps, columns)).astype(np.float32)


@pytest.mark.parametrize("kernel_size", [1, 3, 7, 25])  # 25: longer than the window
def test_the_trend_is_a_moving_average(kernel_size: int) -> None:
    x = samples()
    trend = ops.convert_to_numpy(moving_average(ops.convert_to_tensor(x), kernel_size))
    expected = [[looped_average(x[b, :, c], kernel_size) for c in range(3)] for b in range(2)]
    np.testing.assert_allclose(trend, np.transpose(expected, (0, 2, 1)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("individual", [False, True])
def test_a_column_is_forecast_from_its_trend_and_the_rest(individual: bool) -> None:
    x, random = samples(), np.random.default_rng(1)
    layer = DLinear(kernel_size=5, individual=individual)
    layer.build((None, 12, 3))
    weights = [random.normal(size=weight.shape).astype(np.float32) for weight in layer.weights]
    layer.set_weights(weights)
    remainder, trend_kernel, bias = weights
    assert remainder.shape == trend_kernel.shape == (12, 3 if individual else 1)
    for b in range(2):
        for c in range(3):
            column = c if individual else 0
            trend = looped_average(x[b, :, c], 5)
            forecast = float(bias[0, column]) + float(bias[1, column])
            for t in range(12):
                forecast += (float(x[b, t, c]) - trend[t]) * float(remainder[t, column])
                forecast += trend[t] * float(trend_kernel[t, column])
            assert float(layer(x)[b, c]) == pytest.approx(forecast, abs=1e-4)


def test_training_begins_with_the_mean_of_each_column() -> None:
    x = samples()
    np.testing.assert_allclose(DLinear(kernel_size=5)(x), x.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("individual", [False, True])
def test_of_several_leads_each_target_is_forecast_from_itself_alone(individual: bool) -> None:
    x, random, targets, leads = samples(), np.random.default_rng(1), [2, 0], 3
    layer = DLinear(5, individual, targets, leads)
    assert layer(x).shape == layer.compute_output_shape(x.shape) == (2, 6)
    np.testing.assert_allclose(layer(x), np.tile(x.mean(axis=1)[:, targets], leads), atol=1e-6)
    layer.set_weights([random.normal(size=weight.shape).astype(np.float32) for weight in layer.weights])
    remainder, trend_kernel, bias = layer.get_weights()
    assert remainder.shape == trend_kernel.shape == (12, 2 if individual else 1, leads)
    for b in range(2):
        for i, c in enumerate(targets):
            maps = i if individual else 0
            trend = np.asarray(looped_average(x[b, :, c], 5))
            for lead in range(leads):
                forecast = (x[b, :, c] - trend) @ remainder[:, maps, lead] + trend @ trend_kernel[:, maps, lead]
                forecast += bias[:, maps, lead].sum()
                assert float(layer(x)[b, lead * 2 + i]) == pytest.approx(float(forecast), abs=1e-4)


def test_one_value_needs_no_target_among_the_inputs_and_several_do() -> None:
    assert DLinear(targets=[-1])(samples()).shape == (2, 3)
    with pytest.raises(ValueError, match=r"target 1 of 1 isn't"):
        DLinear(targets=[-1], leads=2)
    with pytest.raises(ValueError, match=r"positions in the input's 3 columns. Received: \[3\]"):
        DLinear(targets=[3], leads=2)(samples())
