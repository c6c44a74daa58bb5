"""DLinear: a moving average splits each column, one linear map over time forecasts each part.

Zeng, Chen, Zhang, Xu: Are Transformers Effective for Time Series Forecasting? AAAI 2023, arXiv:2205.13504.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import OwnLayer, check_count, check_sequence, check_targets, check_within


@keras.saving.register_keras_serializable(package="seqexp")
class DLinear(OwnLayer):
    """Forecasts each column from its own past: Linear(x - trend) + Linear(trend).

    As in the paper a column is forecast from itself alone. Of several leads or targets these forecasts, those of the
    target columns, are the network's. Of one value there is one forecast a column, and the network's head, Dense(1) as
    for every other model, weighs them into the target's.

    Args:
        kernel_size: Timesteps of the moving average, odd; the ends of the window are repeated around it, so
            that the trend is as long as the window.
        individual: Whether each column has linear maps of its own (the paper's DLinear-I) or all share one pair.
        targets: The position of each target among the window's columns. In a model's YAML this and `leads` may be
            left out: they are the task's.
        leads: At how many leads values are forecast.

        levels: How many quantiles are forecast of each of several values, side by side; the task's, too.

    Example:
        >>> DLinear(kernel_size=25)(np.zeros((8, 240, 14))).shape
        (8, 14)
        >>> DLinear(kernel_size=25, targets=[0, 2], leads=3)(np.zeros((8, 240, 14))).shape
        (8, 6)
    """

    def __init__(
        self,
        kernel_size: int = 25,
        individual: bool = False,
        targets: Sequence[int] = (0,),
        leads: int = 1,
        levels: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if check_count("kernel_size", kernel_size) % 2 == 0:
            raise ValueError(f"`kernel_size` must be odd, to lie around its timestep. Received: {kernel_size}")
        self.kernel_size, self.individual = kernel_size, bool(individual)
        self.leads, self.levels = check_count("leads", leads), check_count("levels", levels)
        self.gives_forecasts = self.leads > 1 or len(targets) > 1  # then no head is put behind it
        self.targets = check_targets(targets) if self.gives_forecasts else list(targets)

    def build(self, input_shape: Any) -> None:
        """Make the two linear maps over time."""
        timesteps, columns = check_sequence("DLinear", input_shape)
        if self.gives_forecasts:
            check_within(self.targets, columns)
        maps = (len(self.targets) if self.gives_forecasts else columns) if self.individual else 1
        # One map a column, and of several leads one a lead and level.
        shape = (timesteps, maps, self.leads * self.levels) if self.gives_forecasts else (timesteps, maps)
        # Each map begins as the mean of the window: weights drawn at random would begin as noise that is
        # as large as the series (the paper's code names this start, too).
        start = keras.initializers.Constant(1 / timesteps)
        self.remainder_kernel = self.add_weight(shape=shape, initializer=start, name="remainder_kernel")
        self.trend_kernel = self.add_weight(shape=shape, initializer=start, name="trend_kernel")
        self.bias = self.add_weight(shape=(2, *shape[1:]), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Return one forecast a column, (batch, columns), or (batch, leads x targets x levels)."""
        if self.gives_forecasts:
            return self._of_targets(ops.take(inputs, self.targets, axis=2))
        trend = moving_average(inputs, self.kernel_size)
        # (batch, timesteps, columns) x (timesteps, columns or 1), summed over time.
        forecast = ops.sum((inputs - trend) * self.remainder_kernel + trend * self.trend_kernel, axis=1)
        return forecast + self.bias[0] + self.bias[1]

    def _of_targets(self, inputs: Any) -> Any:
        """Return (batch, leads x targets x levels) from the target columns, (batch, timesteps, targets)."""
        trend = moving_average(inputs, self.kernel_size)
        sums = "btc,tcl->blc" if self.individual else "btc,tl->blc"
        remainder_kernel, trend_kernel = (
            kernel if self.individual else kernel[:, 0] for kernel in (self.remainder_kernel, self.trend_kernel)
        )
        forecast = ops.einsum(sums, inputs - trend, remainder_kernel) + ops.einsum(sums, trend, trend_kernel)
        bias = ops.transpose(self.bias[0] + self.bias[1])  # (leads x levels, maps)
        by_level = ops.reshape(forecast + bias, (-1, self.leads, self.levels, len(self.targets)))
        return ops.reshape(ops.transpose(by_level, (0, 1, 3, 2)), (-1, self._numbers))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, columns), or (batch, leads x targets x levels)."""
        return (input_shape[0], self._numbers if self.gives_forecasts else input_shape[2])

    @property
    def _numbers(self) -> int:
        return self.leads * len(self.targets) * self.levels


def moving_average(inputs: Any, kernel_size: int) -> Any:
    """Return the mean of the `kernel_size` timesteps around each one, the first and last repeated at the ends.

    From (batch, timesteps, columns) to the same shape; the number is odd.
    """
    half = (kernel_size - 1) // 2
    front, back = ops.repeat(inputs[:, :1], half, axis=1), ops.repeat(inputs[:, -1:], half, axis=1)
    padded = ops.concatenate([front, inputs, back], axis=1)
    return ops.average_pool(padded, kernel_size, strides=1, padding="valid")
