"""A temporal convolutional network: residual blocks of dilated causal convolutions.

Bai, Kolter, Koltun: An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
Modeling, 2018, arXiv:1803.01271.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import OwnLayer, check_count, check_rate, check_sequence


@keras.saving.register_keras_serializable(package="seqexp")
class TCN(OwnLayer):
    """Residual blocks, each with twice the dilation of the one before.

    A block is relu(skip(x) + F(x)), F twice (causal convolution, relu, dropout of whole channels), skip the
    identity, or a 1x1 convolution where the number of channels changes. The paper normalises the weights;
    this does not. An output sees `receptive_field` timesteps: itself and those before.

    Without `return_sequences` only what the last timestep depends on is computed: of the outputs of block b
    that is every 2**(b+1)-th, counted back from the end. A dilated convolution over a sequence of which every
    2**b-th timestep is wanted is a plain one over those alone, so that a block's second convolution has a
    stride of two instead of the next block's dilation. The values are the same as with `return_sequences`, for
    about 2/depth of the work.

    Args:
        filters: Channels of every convolution.
        kernel_size: Timesteps of a convolution, at least 2.
        depth: Residual blocks; their dilations are 1, 2, 4, ...
        dropout: Share of a convolution's channels that is dropped, the same at all timesteps of a sequence.
        return_sequences: Whether to return every timestep, or the last alone.

    Example:
        >>> TCN(filters=32, kernel_size=3, depth=6)(np.zeros((8, 240, 14))).shape
        (8, 32)
    """

    gains_by_xla = True  # its padded and strided convolutions; see `resolve_jit`

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        depth: int = 6,
        dropout: float = 0.0,
        return_sequences: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = check_count("filters", filters)
        self.kernel_size = check_count("kernel_size", kernel_size, least=2)
        self.depth = check_count("depth", depth)
        self.dropout = check_rate("dropout", dropout)
        self.return_sequences = bool(return_sequences)
        self.convolutions = [self._block(index) for index in range(self.depth)]
        self.dropouts = [[self._dropout(), self._dropout()] for _ in range(self.depth)]
        self.skip: Any = None

    @property
    def receptive_field(self) -> int:
        """Timesteps on which an output depends."""
        return 1 + 2 * (self.kernel_size - 1) * ((1 << self.depth) - 1)

    def _block(self, index: int) -> list[Any]:
        """Return the two convolutions of a block; their padding is made in `call`."""
        dilated = {"dilation_rate": 2**index} if self.return_sequences else {}
        strided = dilated if self.return_sequences else {"strides": 2}
        return [
            keras.layers.Conv1D(
                self.filters,
                self.kernel_size,
                # The paper's code begins with such small weights: each block then begins near its skip alone.
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
                activation="relu",
                dtype=self.dtype_policy,
                name=f"conv_{index}_{name}",
                **how,
            )
            for name, how in (("a", dilated), ("b", strided))
        ]

    def _dropout(self) -> Any:
        return keras.layers.SpatialDropout1D(self.dropout, dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        """Make the convolutions."""
        _, columns = check_sequence("TCN", input_shape)
        if columns != self.filters:
            self.skip = keras.layers.Conv1D(self.filters, 1, dtype=self.dtype_policy, name="skip")
            self.skip.build(input_shape)
        for index, (first, second) in enumerate(self.convolutions):
            # Of unknown length: what they get is padded, and in part shorter.
            first.build((input_shape[0], None, columns if index == 0 else self.filters))
            second.build((input_shape[0], None, self.filters))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the last timestep, (batch, filters), or all of them, (batch, timesteps, filters)."""
        x = inputs
        for index, ((first, second), (drop, drop_again)) in enumerate(
            zip(self.convolutions, self.dropouts, strict=True)
        ):
            reach = (self.kernel_size - 1) * (2**index if self.return_sequences else 1)
            # Of an even number of timesteps the first is left out, so that a stride of two meets the last.
            left_out = 0 if self.return_sequences else (x.shape[1] - 1) % 2
            kept = x if self.return_sequences else x[:, left_out::2]
            h = drop(first(_padded(x, reach)), training=training)
            h = drop_again(second(_padded(h, reach - left_out)), training=training)
            x = ops.relu(h + (self.skip(kept) if index == 0 and self.skip is not None else kept))
        return x if self.return_sequences else x[:, -1]

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, filters), or (batch, timesteps, filters) with `return_sequences`."""
        return (*input_shape[: 2 if self.return_sequences else 1], self.filters)


def _padded(x: Any, timesteps: int) -> Any:
    """Return the sequence with zeros in front: nothing later is seen."""
    return ops.pad(x, [[0, 0], [timesteps, 0], [0, 0]])
