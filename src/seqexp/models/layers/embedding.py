"""Keras's Embedding with a gradient that is the same from run to run.

Keras looks rows up with a gather, whose gradient lists a row for each id; adding those up takes several threads, in
whatever order they come. Here the rows are added id by id, each sum in the order of the batch.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from seqexp.models.compat_keras import save_under


class Embedding(keras.layers.Embedding):  # type: ignore[misc]
    """Keras's Embedding: the same arguments, weights and results; saved under Keras's own name."""

    def call(self, inputs: Any) -> Any:
        """Look every id of (batch, timesteps) up: (batch, timesteps, output_dim)."""
        table = tf.convert_to_tensor(self.embeddings)
        return tf.cast(_look_up(table, tf.cast(inputs, tf.int32)), self.compute_dtype)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _look_up(table: Any, ids: Any) -> Any:
    def gradient(upstream: Any) -> tuple[Any, None]:
        rows = tf.reshape(upstream, (-1, table.shape[-1]))
        return tf.math.unsorted_segment_sum(rows, tf.reshape(ids, (-1,)), table.shape[0]), None

    return tf.gather(table, ids), gradient


save_under(Embedding, "keras.layers.Embedding")
