"""DLinear: a moving average splits each column, one linear map over time forecasts each part.

Zeng, Chen, Zhang, Xu: Are Transformers Effective for Time Series Forecasting? AAAI 2023, arXiv:2205.13504.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import OwnLayer, check_count, check_sequence


@keras.saving.register_keras_serializable(package="seqexp")
class DLinear(OwnLayer):
    """Forecasts each column from its own past: Linear(x - trend) + Linear(trend).

    As in the paper a column is forecast from itself alone. So there is one forecast a column; the network's
    head, Dense(1) as for every other model, weighs them into the target's.

    Args:
        kernel_size: Timesteps of the moving average, odd; the ends of the window are repeated around it, so
            that the trend is as long as the window.
        individual: Whether each column has linear maps of its own (the paper's DLinear-I) or all share one pair.

    Example:
        >>> DLinear(kernel_size=25)(np.zeros((8, 240, 14))).shape
        (8, 14)
    """

    def __init__(self, kernel_size: int = 25, individual: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if check_count("kernel_size", kernel_size) % 2 == 0:
            raise ValueError(f"`kernel_size` must be odd, to lie around its timestep. Received: {kernel_size}")
        self.kernel_size, self.individual = kernel_size, bool(individual)

    def build(self, input_shape: Any) -> None:
        """Make the two linear maps over time."""
        timesteps, columns = check_sequence("DLinear", input_shape)
        maps = columns if self.individual else 1
        # Each map begins as the mean of the window: weights drawn at random would begin as noise that is
        # as large as the series (the paper's code names this start, too).
        start = keras.initializers.Constant(1 / timesteps)
        self.remainder_kernel = self.add_weight(shape=(timesteps, maps), initializer=start, name="remainder_kernel")
        self.trend_kernel = self.add_weight(shape=(timesteps, maps), initializer=start, name="trend_kernel")
        self.bias = self.add_weight(shape=(2, maps), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Return one forecast a column, (batch, columns), from (batch, timesteps, columns)."""
        trend = moving_average(inputs, self.kernel_size)
        # (batch, timesteps, columns) x (timesteps, columns or 1), summed over time.
        forecast = ops.sum((inputs - trend) * self.remainder_kernel + trend * self.trend_kernel, axis=1)
        return forecast + self.bias[0] + self.bias[1]

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, columns)."""
        return (input_shape[0], input_shape[2])


def moving_average(inputs: Any, kernel_size: int) -> Any:
    """Return the mean of the `kernel_size` timesteps around each one, the first and last repeated at the ends.

    From (batch, timesteps, columns) to the same shape; the number is odd.
    """
    half = (kernel_size - 1) // 2
    front, back = ops.repeat(inputs[:, :1], half, axis=1), ops.repeat(inputs[:, -1:], half, axis=1)
    padded = ops.concatenate([front, inputs, back], axis=1)
    return ops.average_pool(padded, kernel_size, strides=1, padding="valid")
