"""The network as `fit` sees it: a training step that knows its gradient's norm and survives a bad one."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np


@cache
def trainee_class() -> Any:
    """Return the class; made on first use, so that importing this module doesn't import TensorFlow."""
    import keras
    import tensorflow as tf

    class Trainee(keras.Model):  # type: ignore[misc]
        """Wraps a network for training. What is saved is the network itself, a plain Keras model.

        The step differs from Keras's own in two ways: the norm of the whole gradient is a metric of the
        step, and a gradient that is not finite is not applied, so the last good weights stay.
        """

        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network
            self.gradient_norm = keras.Variable(np.float32(0), trainable=False, name="gradient_norm")

        def call(self, samples: Any, training: bool | None = None) -> Any:
            return self.network(samples, training=training)

        def train_step(self, data: Any) -> dict[str, Any]:
            samples, targets, weights = data
            with tf.GradientTape() as tape:
                predictions = self(samples, training=True)
                loss = self._compute_loss(samples, targets, predictions, weights, training=True)
            variables = self.trainable_weights
            gradients = tape.gradient(loss, variables)
            norm = tf.linalg.global_norm(gradients)
            self.gradient_norm.assign(norm)
            tf.cond(
                tf.math.is_finite(norm),
                lambda: _apply(self.optimizer, gradients, variables),
                lambda: tf.constant(False),
            )
            # The loss is a sum over the batch divided by its size; windows of weight 0 are not counted.
            counted = tf.reduce_sum(weights)
            self._loss_tracker.update_state(loss * weights.shape[0] / counted, sample_weight=counted)
            return {
                **self.compute_metrics(samples, targets, predictions, sample_weight=weights),
                "gradient_norm": self.gradient_norm.value,
            }

    def _apply(optimizer: Any, gradients: Any, variables: Any) -> Any:
        optimizer.apply(gradients, variables)
        return tf.constant(True)

    return Trainee
