"""SegRNN: a recurrent network over segments of the window, all of whose forecasts are decoded at once.

Lin, Lin, Wu, Zhao, Mo, Zhang: SegRNN: Segment Recurrent Neural Network for Long-Term Time Series Forecasting, 2023,
arXiv:2308.11200.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import (
    OwnLayer,
    check_count,
    check_rate,
    check_sequence,
    check_targets,
    check_within,
)


@keras.saving.register_keras_serializable(package="seqexp")
class SegRNN(OwnLayer):
    """Forecasts each target column from its own segments, all with the same weights.

    A segment of `segment_length` timesteps becomes relu(Dense(units)); a GRU reads these in order. From its last state
    one step of the same GRU decodes each segment of the forecasts, its input the embedding of the segment's position
    beside that of the column; dropout and Dense(segment_length) follow. The paper subtracts each column's last value
    from the window before, and adds it after: that is LastValue's.

    The oldest timesteps that fill no segment are not seen, and of the last segment of the forecasts the leads that are
    asked for are kept.

    Args:
        targets: The position of each target among the window's columns. In a model's YAML this and `leads` may be
            left out: they are the task's.
        leads: At how many leads values are forecast.
        units: Units of the GRU and width of a segment's embedding, at least 2.
        segment_length: Timesteps of a segment, of the window as of the forecasts.
        dropout: Share of the decoded states that is dropped.
        levels: How many quantiles are forecast of each value, side by side; the task's, too.

    Example:
        >>> SegRNN(targets=[0, 2], leads=30, units=16)(np.zeros((8, 96, 14))).shape
        (8, 60)
    """

    gives_forecasts = True

    def __init__(
        self,
        targets: Sequence[int],
        leads: int = 1,
        units: int = 512,
        segment_length: int = 24,
        dropout: float = 0.0,
        levels: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.targets, self.leads = check_targets(targets), check_count("leads", leads)
        self.units = check_count("units", units, least=2)
        self.segment_length = check_count("segment_length", segment_length)
        self.dropout = check_rate("dropout", dropout)
        self.levels = check_count("levels", levels)
        policy = self.dtype_policy
        self.embedding = keras.layers.Dense(self.units, activation="relu", dtype=policy, name="embedding")
        self.gru = keras.layers.GRUCell(self.units, dtype=policy, name="gru")
        self.drop = keras.layers.Dropout(self.dropout, dtype=policy)
        self.out = keras.layers.Dense(self.segment_length * self.levels, dtype=policy, name="out")

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        timesteps, columns = check_sequence("SegRNN", input_shape)
        check_within(self.targets, columns)
        self.segments = timesteps // self.segment_length
        if not self.segments:
            raise ValueError(
                f"`segment_length` must be at most the window's {timesteps} timesteps. Received: {self.segment_length}"
            )
        self.embedding.build((None, self.segments, self.segment_length))
        self.gru.build((None, self.units))
        self.out.build((None, self.units))
        decoded = -(-self.leads // self.segment_length)
        half = self.units // 2
        start = keras.initializers.RandomNormal(stddev=1.0)
        self.positions = self.add_weight(shape=(decoded, half), initializer=start, name="positions")
        shape = (len(self.targets), self.units - half)
        self.columns = self.add_weight(shape=shape, initializer=start.clone(), name="columns")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the forecasts, (batch, leads x targets x levels), from (batch, timesteps, columns)."""
        columns, width = len(self.targets), self.segment_length
        seen = ops.take(inputs[:, -self.segments * width :], self.targets, axis=2)
        segments = ops.reshape(ops.transpose(seen, (0, 2, 1)), (-1, self.segments, width))
        state = self._last_state(self.embedding(segments))  # (batch x columns, units)
        decoded = self._decoded(ops.reshape(state, (-1, columns, 1, self.units)))
        forecasts = self.out(self.drop(decoded, training=training))  # (batch, columns, segments, width x levels)
        kept = ops.reshape(forecasts, (-1, columns, forecasts.shape[2] * width, self.levels))[:, :, : self.leads]
        return ops.reshape(ops.transpose(kept, (0, 2, 1, 3)), (-1, self.leads * columns * self.levels))

    def _last_state(self, sequences: Any) -> Any:
        """Return the GRU's last state, (batch, units), for (batch, segments, units), from a state of zeros.

        There are few segments, and many units: written out one after the other, with the inputs of all multiplied by
        their kernel at once, this takes a quarter of the time of the compiled loop.
        """
        inputs = ops.matmul(sequences, self.gru.kernel) + self.gru.bias[0]
        state = ops.zeros_like(sequences[:, 0])
        for segment in range(self.segments):
            state = self._next(inputs[:, segment], state)
        return state

    def _decoded(self, state: Any) -> Any:
        """Return the GRU's next state for the inputs of each segment: (batch, columns, segments, units).

        The state, (batch, columns, 1, units), is the same for all segments, and the inputs for all samples: each is
        multiplied by its kernel once, instead of once for each segment of each sample.
        """
        segments, half = self.positions.shape
        shape = (len(self.targets), segments)
        positions = ops.broadcast_to(self.positions[None], (*shape, half))
        columns = ops.broadcast_to(self.columns[:, None], (*shape, self.units - half))
        embedded = ops.concatenate([positions, columns], axis=-1)
        return self._next(ops.matmul(embedded, self.gru.kernel) + self.gru.bias[0], state)

    def _next(self, inputs: Any, state: Any) -> Any:
        """Return the GRU's next state from its inputs, already multiplied by their kernel, and its state."""
        states = ops.matmul(state, self.gru.recurrent_kernel) + self.gru.bias[1]
        update, reset, new = ops.split(inputs, 3, axis=-1)
        update_h, reset_h, new_h = ops.split(states, 3, axis=-1)
        update, reset = ops.sigmoid(update + update_h), ops.sigmoid(reset + reset_h)
        return update * state + (1 - update) * ops.tanh(new + reset * new_h)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, leads x targets x levels)."""
        return (input_shape[0], self.leads * len(self.targets) * self.levels)
