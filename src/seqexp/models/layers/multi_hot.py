"""Which words a text has, whatever their order and number."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from seqexp.models.layers.checks import OwnLayer, check_count


@keras.saving.register_keras_serializable(package="seqexp")
class MultiHot(OwnLayer):
    """Turns rows of ids into rows of 0 and 1: whether each id occurs. Id 0 is padding, and never does.

    Keras's CategoryEncoding gives the same, by way of a one-hot vector for each id of each row.

    Args:
        num_tokens: How many ids there are; those from there on are left out.
    """

    def __init__(self, num_tokens: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_tokens = check_count("num_tokens", num_tokens)

    def call(self, inputs: Any) -> Any:
        """Return which of (batch, timesteps) ids occur: (batch, num_tokens) of the compute type, by default float32."""
        size = self.num_tokens
        ids = tf.cast(inputs, tf.int32)
        found = tf.math.bincount(ids, minlength=size, maxlength=size, axis=-1, binary_output=True, dtype=tf.float32)
        found = tf.cast(tf.reshape(found, (-1, size)), self.compute_dtype)  # bincount has no half precision
        return tf.concat([tf.zeros_like(found[:, :1]), found[:, 1:]], axis=1)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, num_tokens)."""
        return (input_shape[0], self.num_tokens)
