"""TSMixer: layers that mix over time alternate with layers that mix over columns.

Chen, Li, Yoder, Arik, Pfister: TSMixer: An All-MLP Architecture for Time Series Forecasting, TMLR 2023,
arXiv:2303.06053.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import OwnLayer, check_count, check_rate, check_sequence


@keras.saving.register_keras_serializable(package="seqexp")
class MixerBlock(OwnLayer):
    """One mixer block: x + time(norm(x)), then y + columns(norm(y)).

    `time` is Dense(timesteps, relu) and dropout, over each column by itself with shared weights; `columns` is
    Dense(units, relu), dropout, Dense(columns), dropout at each timestep. `norm` is a layer normalisation over
    timesteps and columns together, the paper's 2D normalisation.

    Args:
        units: Width of the hidden layer over columns.
        dropout: Share of values that is dropped, each value by itself.

    Example:
        >>> MixerBlock(units=64, dropout=0.1)(np.zeros((8, 240, 14))).shape
        (8, 240, 14)
    """

    def __init__(self, units: int, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.dropout = check_count("units", units), check_rate("dropout", dropout)
        policy = self.dtype_policy
        self.norms = [keras.layers.LayerNormalization(axis=(1, 2), dtype=policy) for _ in range(2)]
        self.dropouts = [keras.layers.Dropout(self.dropout, dtype=policy) for _ in range(3)]
        self.hidden = keras.layers.Dense(self.units, activation="relu", dtype=policy, name="hidden")

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        timesteps, columns = check_sequence("MixerBlock", input_shape)
        policy = self.dtype_policy
        self.time = keras.layers.Dense(timesteps, activation="relu", dtype=policy, name="time")
        self.columns = keras.layers.Dense(columns, dtype=policy, name="columns")
        for norm in self.norms:
            norm.build(input_shape)
        self.time.build((input_shape[0], columns, timesteps))
        self.hidden.build(input_shape)
        self.columns.build((*input_shape[:2], self.units))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Mix (batch, timesteps, columns) over time, then over columns; the shape stays."""
        over_time, over_hidden, over_columns = self.dropouts
        mixed = self.time(ops.transpose(self.norms[0](inputs), (0, 2, 1)))
        x = inputs + over_time(ops.transpose(mixed, (0, 2, 1)), training=training)
        hidden = over_hidden(self.hidden(self.norms[1](x)), training=training)
        return x + over_columns(self.columns(hidden), training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape


@keras.saving.register_keras_serializable(package="seqexp")
class TemporalProjection(OwnLayer):
    """The mixer's end: Dense(leads) over time, with weights that all columns share.

    Of one value it gives one number a column, and the network's head, Dense(1) as for every other model, weighs them
    into the target's. Of several leads or targets Dense(targets x levels) does so at each lead, with the same weights
    for all leads, and there is no head.

    Args:
        targets: One entry for each target. In a model's YAML this and `leads` may be left out: they are the task's.
        leads: At how many leads values are forecast.
        levels: How many quantiles are forecast of each of several values, side by side; the task's, too.

    Example:
        >>> TemporalProjection()(np.zeros((8, 240, 14))).shape
        (8, 14)
        >>> TemporalProjection(targets=[0, 2], leads=3)(np.zeros((8, 240, 14))).shape
        (8, 6)
    """

    def __init__(self, targets: Sequence[int] = (0,), leads: int = 1, levels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.targets, self.leads = list(targets), check_count("leads", leads)
        self.levels = check_count("levels", levels)
        self.gives_forecasts = self.leads > 1 or len(self.targets) > 1  # then no head is put behind it
        self.time = keras.layers.Dense(self.leads, dtype=self.dtype_policy, name="time")
        self.weigh: Any = None
        if self.gives_forecasts:
            self.weigh = keras.layers.Dense(len(self.targets) * self.levels, dtype=self.dtype_policy, name="weigh")

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        timesteps, columns = check_sequence("TemporalProjection", input_shape)
        self.time.build((input_shape[0], columns, timesteps))
        if self.weigh is not None:
            self.weigh.build((input_shape[0], self.leads, columns))

    def call(self, inputs: Any) -> Any:
        """Return one number a column, (batch, columns), or (batch, leads x targets x levels)."""
        of_columns = self.time(ops.transpose(inputs, (0, 2, 1)))  # (batch, columns, leads)
        if self.weigh is None:
            return of_columns[:, :, 0]
        forecasts = self.weigh(ops.transpose(of_columns, (0, 2, 1)))
        return ops.reshape(forecasts, (-1, self._numbers))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, columns), or (batch, leads x targets x levels)."""
        return (input_shape[0], input_shape[2] if self.weigh is None else self._numbers)

    @property
    def _numbers(self) -> int:
        return self.leads * len(self.targets) * self.levels
