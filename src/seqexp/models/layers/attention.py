"""The encoder of the Transformer: sinusoidal positions, self-attention and a feed-forward layer.

Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need, NeurIPS 2017,
arXiv:1706.03762.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from seqexp.models.layers.checks import OwnLayer, check_count, check_rate, check_sequence


@keras.saving.register_keras_serializable(package="seqexp")
class SinusoidalPositions(keras.layers.Layer):  # type: ignore[misc]
    """Adds to each timestep where in the window it stands (section 3.5 of the paper)."""

    def build(self, input_shape: Any) -> None:
        """Compute the table; it is no weight, and no file holds it."""
        self.table = position_table(*check_sequence("SinusoidalPositions", input_shape))

    def call(self, inputs: Any) -> Any:
        """Return (batch, timesteps, units) inputs plus positions."""
        return inputs + ops.cast(self.table, inputs.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape


def position_table(timesteps: int, units: int) -> NDArray[np.float32]:
    """Return (timesteps, units): sin(t / 10000**(2i / units)) at even units 2i, the cosine at 2i + 1."""
    unit = np.arange(units)
    angles = np.arange(timesteps)[:, None] / 10000.0 ** (2 * (unit // 2) / units)
    return np.where(unit % 2 == 0, np.sin(angles), np.cos(angles)).astype(np.float32)


@keras.saving.register_keras_serializable(package="seqexp")
class EncoderBlock(OwnLayer):
    """One block of the encoder: norm(x + attention(x)), then norm(y + feed_forward(y)), as in the paper.

    Without `return_sequences` the last timestep alone asks and all answer: the values are those of the whole
    block's last timestep, for a fraction of the work.

    Args:
        heads: Heads of the attention; each has a `heads`-th of the input's columns, which must be a multiple of it.
        units: Width of the feed-forward layer.
        dropout: Share of values dropped from the attention's weights and from what is added to x and y.
        return_sequences: Whether to return every timestep, or the last alone.

    Example:
        >>> EncoderBlock(heads=4, units=64)(np.zeros((8, 240, 32))).shape
        (8, 32)
    """

    def __init__(
        self, heads: int, units: int, dropout: float = 0.0, return_sequences: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.heads, self.units = check_count("heads", heads), check_count("units", units)
        self.dropout, self.return_sequences = check_rate("dropout", dropout), bool(return_sequences)
        policy = self.dtype_policy
        self.hidden = keras.layers.Dense(self.units, activation="relu", dtype=policy, name="hidden")
        self.norms = [keras.layers.LayerNormalization(epsilon=1e-6, dtype=policy) for _ in range(2)]
        self.dropouts = [keras.layers.Dropout(self.dropout, dtype=policy) for _ in range(2)]

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        _, columns = check_sequence("EncoderBlock", input_shape)
        if columns % self.heads:
            raise ValueError(f"`heads` must divide the input's {columns} columns. Received: {self.heads}")
        self.attention = keras.layers.MultiHeadAttention(
            self.heads,
            columns // self.heads,
            dropout=self.dropout,
            use_bias=False,  # the paper's projections have none
            dtype=self.dtype_policy,
            name="attention",
        )
        self.out = keras.layers.Dense(columns, dtype=self.dtype_policy, name="out")
        self.attention.build(input_shape, input_shape)
        self.hidden.build(input_shape)
        self.out.build((*input_shape[:2], self.units))
        for norm in self.norms:
            norm.build(input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the block's last timestep, (batch, columns), or all of them, (batch, timesteps, columns)."""
        x = inputs if self.return_sequences else inputs[:, -1:]
        attended = self.attention(x, inputs, training=training)
        x = self.norms[0](x + self.dropouts[0](attended, training=training))
        x = self.norms[1](x + self.dropouts[1](self.out(self.hidden(x)), training=training))
        return x if self.return_sequences else x[:, 0]

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, columns), or the input's shape with `return_sequences`."""
        return tuple(input_shape) if self.return_sequences else (input_shape[0], input_shape[2])
