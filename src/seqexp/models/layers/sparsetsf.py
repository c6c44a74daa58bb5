"""SparseTSF: each phase of the season is forecast from what it was in the seasons before, by one linear map.

Lin, Lin, Wu, Chen, Yang: SparseTSF: Modeling Long-term Time Series Forecasting with 1k Parameters, ICML 2024,
arXiv:2405.00946.
"""

from __future__ import annotations

from collections.abc import Sequence
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

    The oldest timesteps that fill no season are aggregated and not seen further. Of the seasons ahead those are
    forecast in which a lead lies, and of these the leads that are asked for are kept.

    Args:
        leads: At how many leads values are forecast. In a model's YAML this and `ahead` may be left out: they are the
            task's.
        period: Timesteps of a season.
        ahead: For each lead, how many timesteps it lies after the last one that is seen, whole numbers from 1; without
            a delay, and with leads as far from each other as timesteps, 1, 2, 3 ..., which None stands for.

        levels: How many quantiles are forecast of each value, side by side; the task's, too.

    Example:
        >>> SparseTSF(leads=30, period=24)(np.zeros((8, 240, 1))).shape
        (8, 30)
    """

    gives_forecasts = True

    def __init__(
        self,
        leads: int = 1,
        period: int = 24,
        ahead: Sequence[float] | None = None,
        levels: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.leads, self.period = check_count("leads", leads), check_count("period", period)
        self.ahead = None if ahead is None else _check_ahead(ahead, self.leads)
        positions = [lead - 1 for lead in self.ahead or range(1, self.leads + 1)]
        self.seasons_ahead = sorted({position // self.period for position in positions})
        self.kept = [
            self.seasons_ahead.index(position // self.period) * self.period + position % self.period
            for position in positions
        ]
        self.levels = check_count("levels", levels)
        policy, width = self.dtype_policy, 1 + 2 * (self.period // 2)
        self.aggregation = keras.layers.Conv1D(
            1, width, padding="same", use_bias=False, kernel_initializer=_start(), dtype=policy, name="aggregation"
        )
        self.map = keras.layers.Dense(
            len(self.seasons_ahead) * self.levels,
            use_bias=False,
            kernel_initializer=_start(),
            dtype=policy,
            name="map",
        )

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
        """Return the forecasts, (batch, leads x levels), from (batch, timesteps, 1)."""
        x = (inputs + self.aggregation(inputs))[:, -self.seasons * self.period :, 0]
        phases = ops.transpose(ops.reshape(x, (-1, self.seasons, self.period)), (0, 2, 1))
        seasons = len(self.seasons_ahead)
        ahead = ops.reshape(self.map(phases), (-1, self.period, seasons, self.levels))
        numbers = ops.reshape(ops.transpose(ahead, (0, 2, 1, 3)), (-1, seasons * self.period, self.levels))
        first = self.kept == list(range(self.leads))
        kept = numbers[:, : self.leads] if first else ops.take(numbers, self.kept, axis=1)
        return ops.reshape(kept, (-1, self.leads * self.levels))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, leads x levels)."""
        return (input_shape[0], self.leads * self.levels)


def _check_ahead(ahead: Sequence[float], leads: int) -> list[int]:
    """Return how many timesteps each lead is ahead; raise a ValueError if one lies between the window's phases."""
    if len(ahead) != leads:
        raise ValueError(f"`ahead` must have a number for each of {leads} leads. Received: {len(ahead)}")
    for timesteps in ahead:
        if timesteps < 1 or timesteps != int(timesteps):
            raise ValueError(
                "each lead must lie a whole number of timesteps after the last one, for it is forecast from the same "
                "phase of seasons before: dataset.delay and dataset.horizon_step must be multiples of dataset.step. "
                f"Received: a lead of {timesteps:g} timesteps"
            )
    return [int(timesteps) for timesteps in ahead]


def _start() -> Any:
    """Return the initializer that the authors' weights have: uniform within 1 / sqrt(inputs)."""
    return keras.initializers.VarianceScaling(scale=1 / 3, mode="fan_in", distribution="uniform")
