"""Training steps in one graph: nothing is done in Python from one batch to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqexp.config.schema import TrainingConfig
from seqexp.data.series import Floats

MakeBatch = Callable[[Any], tuple[Any, Any]]


@dataclass(frozen=True)
class Steps:
    """What some training steps came to, a value a step.

    Attributes:
        losses: (steps,) float64, each step's loss: the mean over its windows, by their weights.
        norms: The norm of each step's whole gradient, before any clipping.
        errors: The sum of each step's absolute errors, by the windows' weights.
        counted: The sum of each step's weights.
    """

    losses: Floats
    norms: Floats
    errors: Floats
    counted: Floats

    def __len__(self) -> int:
        return len(self.losses)

    @property
    def diverged(self) -> bool:
        """Whether the last step's loss or gradient was not finite; nothing of it was applied then."""
        return not (math.isfinite(self.losses[-1]) and math.isfinite(self.norms[-1]))


def joined(portions: Sequence[Steps]) -> Steps:
    """Return the steps of several portions as those of one: how they were divided shows in no figure."""
    names = ("losses", "norms", "errors", "counted")
    return Steps(*(np.concatenate([getattr(portion, name) for portion in portions]) for name in names))


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
        return Steps(*(figures.numpy().astype(np.float64) for figures in self._run(rows, weights)))

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

        def go_on(index: Any, _: Any, last: Any, *__: Any) -> Any:
            loss, norm = last
            return (index < count) & tf.math.is_finite(loss) & tf.math.is_finite(norm)

        def body(index: Any, present: Any, _: Any, figures: Any) -> Any:
            following = batch(tf.minimum(index + 1, count - 1))
            new = self._step(*present)
            written = tuple(array.write(index, value) for array, value in zip(figures, new, strict=True))
            return index + 1, following, tuple(new[:2]), written

        nothing = tf.constant(0.0)
        arrays = tuple(tf.TensorArray(tf.float32, size=count, element_shape=()) for _ in range(4))
        begin = (tf.constant(0), batch(0), (nothing, nothing), arrays)
        done, _, _, figures = tf.while_loop(go_on, body, begin, parallel_iterations=1)
        return tuple(array.stack()[:done] for array in figures)

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
