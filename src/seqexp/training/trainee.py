"""Training steps in one graph: nothing is done in Python from one batch to the next."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seqexp.config.schema import TrainingConfig

MakeBatch = Callable[[Any], tuple[Any, Any]]


@dataclass(frozen=True)
class Steps:
    """What some training steps came to.

    Attributes:
        count: How many were done; the last one is at fault if its loss or norm is not finite.
        loss, norm: The last step's loss, and the norm of its whole gradient before any clipping.
        last_norm: The norm of the step before that.
        loss_sum, error_sum: Over their windows, each by its weight: the loss, and the absolute errors.
        counted: The sum of the windows' weights.
    """

    count: int
    loss: float
    norm: float
    last_norm: float
    loss_sum: float
    error_sum: float
    counted: float

    @property
    def diverged(self) -> bool:
        """Whether the last step's loss or gradient was not finite; nothing of it was applied then."""
        return not (math.isfinite(self.loss) and math.isfinite(self.norm))


class Trainee:
    """A network with its optimizer and its loss.

    A step is Keras's own, but for this: where the loss or the norm of the gradient is not finite nothing is applied, so
    that the last good weights stay.

    Args:
        network: A Keras model from samples to (batch, 1).
        training: The optimizer, the loss and their settings.
        make_batch: From (batch,) window rows to samples and targets, as a graph.
        batch_size: Windows a batch.
        jit_compile: Whether XLA compiles the step.
    """

    def __init__(
        self, network: Any, training: TrainingConfig, make_batch: MakeBatch, *, batch_size: int, jit_compile: bool
    ) -> None:
        import keras
        import tensorflow as tf

        self.network = network
        self.optimizer = make_optimizer(training)
        # Before the first step: its variables can't be made inside the step's condition.
        self.optimizer.build(network.trainable_variables)
        losses = {
            "mae": keras.losses.MeanAbsoluteError,
            "mse": keras.losses.MeanSquaredError,
            "huber": keras.losses.Huber,
        }
        self._loss = losses[training.loss]()
        self._make_batch = make_batch
        self._step = tf.function(self._one_step, jit_compile=jit_compile, autograph=False)
        shape = (None, batch_size)
        signature = [tf.TensorSpec(shape, tf.int64), tf.TensorSpec(shape, tf.float32)]
        self._run = tf.function(self._all_steps, input_signature=signature, autograph=False)

    def run(self, rows: Any, weights: Any) -> Steps:
        """Take a training step for each batch, up to the first whose loss or gradient is not finite.

        Args:
            rows: (batches, batch) int64, the windows' rows.
            weights: (batches, batch) float32; windows of weight 0 are not counted.
        """
        count, *figures = self._run(rows, weights)
        return Steps(int(count), *(float(figure) for figure in figures))

    @property
    def learning_rate(self) -> float:
        """The optimizer's present learning rate."""
        return float(self.optimizer.learning_rate.numpy())

    def _all_steps(self, rows: Any, weights: Any) -> Any:
        """Run the steps as a loop of the graph; the next batch is made while a step is computed."""
        import tensorflow as tf

        count = tf.shape(rows)[0]

        def batch(index: Any) -> tuple[Any, Any, Any]:
            return *self._make_batch(rows[index]), weights[index]

        def go_on(index: Any, _: Any, figures: Any) -> Any:
            loss, norm, *_ = figures
            return (index < count) & tf.math.is_finite(loss) & tf.math.is_finite(norm)

        def body(index: Any, present: Any, figures: Any) -> Any:
            following = batch(tf.minimum(index + 1, count - 1))
            loss, norm, errors, counted = self._step(*present)
            _, last_norm, _, loss_sum, error_sum, all_counted = figures
            summed = (loss_sum + loss * counted, error_sum + errors, all_counted + counted)
            return index + 1, following, (loss, norm, last_norm, *summed)

        nothing = tf.constant(0.0)
        first = (tf.constant(0), batch(0), (nothing, nothing, nothing, nothing, nothing, nothing))
        index, _, figures = tf.while_loop(go_on, body, first, parallel_iterations=1)
        return index, *figures

    def _one_step(self, samples: Any, targets: Any, weights: Any) -> Any:
        """Take one step; return its loss, the gradient's norm, the sum of absolute errors and that of the weights."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            predictions = self.network(samples, training=True)
            loss = self._loss(targets, predictions, sample_weight=weights) + sum(self.network.losses)
        variables = self.network.trainable_variables
        gradients = tape.gradient(loss, variables)
        norm = tf.linalg.global_norm(gradients)

        def apply() -> Any:
            self.optimizer.apply(gradients, variables)
            return tf.constant(True)

        tf.cond(tf.math.is_finite(norm) & tf.math.is_finite(loss), apply, lambda: tf.constant(False))
        # Keras's loss is a sum over the batch divided by its size; windows of weight 0 are not counted.
        counted = tf.reduce_sum(weights)
        errors = tf.reduce_sum(tf.abs(targets - predictions)[:, 0] * weights)
        return loss * weights.shape[0] / counted, norm, errors, counted


def make_optimizer(training: TrainingConfig) -> Any:
    """Return the Keras optimizer with the configured learning rate and clipping."""
    import keras

    classes = {
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "nadam": keras.optimizers.Nadam,
        "sgd": keras.optimizers.SGD,
    }
    return classes[training.optimizer](learning_rate=training.learning_rate, clipnorm=training.clipnorm)
