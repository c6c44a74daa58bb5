"""SparseTSF: each phase of the season is forecast from what it was in the seasons before, by one linear map.

Lin, Lin, Wu, Chen, Yang: SparseTSF: Modeling Long-term Time Series Forecasting with 1k Parameters, ICML 2024,
arXiv:2405.00946.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import OwnLayer, check_count, check_sequence


@keras.saving.register_keras_serializable(package="seqexp")
class SparseTSF(OwnLayer):
    """Forecasts one column: x + conv(x), cut into seasons, then a linear map from the seasons seen to those ahead.

    The convolution, of `period` timesteps (one more if that is even), without a bias, draws neighbouring phases
    together; the map, without a bias either, is the same for every phase. The paper subtracts the window's mean before
    and adds it after: that is RevIN's, with scale and affine false.

    The oldest timesteps that fill no season are aggregated and not seen further; of the last season ahead the leads
    that are asked for are kept. The first lead follows the last timestep: with a delay the phases are not the season's.

    Args:
        leads: At how many leads values are forecast. In a model's YAML it may be left out: it is the task's.
        period: Timesteps of a season, as many leads.

    Example:
        >>> SparseTSF(leads=30, period=24)(np.zeros((8, 240, 1))).shape
        (8, 30)
    """

    gives_forecasts = True

    def __init__(self, leads: int = 1, period: int = 24, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.leads, self.period = check_count("leads", leads), check_count("period", period)
        policy, width = self.dtype_policy, 1 + 2 * (self.period // 2)
        self.aggregation = keras.layers.Conv1D(
            1, width, padding="same", use_bias=False, kernel_initializer=_start(), dtype=policy, name="aggregation"
        )
        self.ahead = -(-self.leads // self.period)
        self.map = keras.layers.Dense(self.ahead, use_bias=False, kernel_initializer=_start(), dtype=policy, name="map")

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        timesteps, columns = check_sequence("SparseTSF", input_shape)
        if columns != 1:
            raise ValueError(f"SparseTSF forecasts one column: put it within PerColumn. Received: {columns} columns")
        self.seasons = timesteps // self.period
        if not self.seasons:
            raise ValueError(f"`period` must be at most the window's {timesteps} timesteps. Received: {self.period}")
        self.aggregation.build(input_shape)
        self.map.build((None, self.period, self.seasons))

    def call(self, inputs: Any) -> Any:
        """Return the forecasts, (batch, leads), from (batch, timesteps, 1)."""
        x = (inputs + self.aggregation(inputs))[:, -self.seasons * self.period :, 0]
        phases = ops.transpose(ops.reshape(x, (-1, self.seasons, self.period)), (0, 2, 1))
        ahead = ops.transpose(self.map(phases), (0, 2, 1))
        return ops.reshape(ahead, (-1, self.ahead * self.period))[:, : self.leads]

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, leads)."""
        return (input_shape[0], self.leads)


def _start() -> Any:
    """Return the initializer that the authors' weights have: uniform within 1 / sqrt(inputs)."""
    return keras.initializers.VarianceScaling(scale=1 / 3, mode="fan_in", distribution="uniform")
