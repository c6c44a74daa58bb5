"""The network as `fit` sees it: a training step that knows its gradient's norm and survives a bad one."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def trainee_class() -> Any:
    """Return the class; made on first use, so that importing this module doesn't import TensorFlow."""
    import keras
    import tensorflow as tf

    class Trainee(keras.Model):  # type: ignore[misc]
        """Wraps a network for training. What is saved is the network itself, a plain Keras model.

        The step differs from Keras's own in two ways: it tells its own loss and the norm of the whole
        gradient, and where one of them is not finite nothing is applied, so the last good weights stay.
        """

        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network

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
            tf.cond(
                tf.math.is_finite(norm) & tf.math.is_finite(loss),
                lambda: _apply(self.optimizer, gradients, variables),
                lambda: tf.constant(False),
            )
            # Keras's loss is a sum over the batch divided by its size; windows of weight 0 are not counted.
            counted = tf.reduce_sum(weights)
            step_loss = loss * weights.shape[0] / counted
            self._loss_tracker.update_state(step_loss, sample_weight=counted)
            return {
                **self.compute_metrics(samples, targets, predictions, sample_weight=weights),
                "step_loss": step_loss,
                "gradient_norm": norm,
            }

    def _apply(optimizer: Any, gradients: Any, variables: Any) -> Any:
        optimizer.apply(gradients, variables)
        return tf.constant(True)

    return Trainee
