"""Training steps in one graph: nothing is done in Python from one batch to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from seqexp.config.schema import TrainingConfig
from seqexp.data.arrays import Floats, Floats32, Rows
from seqexp.models.events import Arrays
from seqexp.training.feed import MakeBatch
from seqexp.training.objective import Objective


@dataclass(frozen=True)
class Steps:
    """What some training steps came to, one value per step.

    Attributes:
        losses: (steps,) float64, each step's loss: the mean over its samples, by their weights.
        norms: The norm of each step's whole gradient, before any clipping.
        scores: The sum over each step's samples, by their weights, of what the objective counts: absolute errors, or
            right classes.
        counted: The sum of each step's weights.
    """

    losses: Floats
    norms: Floats
    scores: Floats
    counted: Floats

    def __len__(self) -> int:
        return len(self.losses)

    @property
    def diverged(self) -> bool:
        """Whether the last step's loss or gradient was not finite; nothing of it was applied then."""
        return not (math.isfinite(self.losses[-1]) and math.isfinite(self.norms[-1]))


def joined(portions: Sequence[Steps]) -> Steps:
    """Return the steps of several portions as those of one: how they were divided shows in no figure."""
    names = ("losses", "norms", "scores", "counted")
    return Steps(*(np.concatenate([getattr(portion, name) for portion in portions]) for name in names))


class TrainStep:
    """A network with its optimizer and its loss.

    A step is Keras's own, but for this: where the loss or the norm of the gradient is not finite nothing is applied, so
    that the last good weights stay; and where classes are weighed, the loss that is reported has them as they are. The
    network is a Keras model from samples to (batch, outputs); `make_batch` is a graph from (batch,) rows and a width to
    samples and targets (batch, 1); XLA compiles the step if `jit_compile`.
    """

    def __init__(
        self,
        network: Any,
        training: TrainingConfig,
        make_batch: MakeBatch,
        objective: Objective,
        *,
        batch_size: int,
        jit_compile: bool,
    ) -> None:
        import tensorflow as tf

        self.network = network
        self.optimizer = make_optimizer(training)
        # Before the first step: its variables can't be made inside the step's condition.
        self.optimizer.build(network.trainable_variables)
        self.objective = objective
        self._make_batch = make_batch
        self._step = tf.function(self._one_step, jit_compile=jit_compile, autograph=False)
        shape = (None, batch_size)
        self._signature = [tf.TensorSpec(shape, tf.int64), tf.TensorSpec(shape, tf.float32)]
        self._rates = tf.TensorSpec((None,), tf.float32)
        self._traced = cache(self._trace)

    def run(self, rows: Rows, weights: Floats32, width: int = 0, rates: Floats32 | None = None) -> Steps:
        """Take a training step for each batch, up to the first whose loss or gradient is not finite.

        Args:
            rows: (batches, batch) int64, the samples' rows.
            weights: (batches, batch) float32; samples of weight 0 are not counted.
            width: How many timesteps of the samples are needed; 0: all.
            rates: (batches,) float32, the learning rates; None: the optimizer's as it is.
        """
        import tensorflow as tf

        given = (rows, weights) if rates is None else (rows, weights, rates)
        figures = self._traced(width, rates is not None)(*map(tf.constant, given))
        return Steps(*(values.numpy().astype(np.float64) for values in figures))

    def _trace(self, width: int, has_rates: bool) -> Any:
        import tensorflow as tf

        def steps(rows: Any, weights: Any, rates: Any = None) -> Any:
            return self._all_steps(rows, weights, width, rates)

        signature = [*self._signature, self._rates] if has_rates else self._signature
        return tf.function(steps, input_signature=signature, autograph=False).get_concrete_function()

    @property
    def learning_rate(self) -> float:
        """The optimizer's present learning rate: that of the last step."""
        return float(self.optimizer.learning_rate.numpy())

    def variables(self) -> tuple[Arrays, Arrays]:
        """Return the values of the network's variables, states of random generators included, and the optimizer's."""
        return [v.numpy() for v in self.network.variables], [v.numpy() for v in self.optimizer.variables]

    def restore(self, network: Arrays, optimizer: Arrays) -> None:
        """Set what `variables` returned once, of the same network and optimizer."""
        for variable, value in zip(self.network.variables, network, strict=True):
            variable.assign(value)
        for variable, value in zip(self.optimizer.variables, optimizer, strict=True):
            variable.assign(value)

    def _all_steps(self, rows: Any, weights: Any, width: int, rates: Any) -> Any:
        """Run the steps as a loop of the graph; the next batch is made while a step is computed."""
        import tensorflow as tf

        count = tf.shape(rows)[0]

        def batch(index: Any) -> tuple[Any, Any, Any]:
            return *self._make_batch(rows[index], width), weights[index]

        def go_on(index: Any, _: Any, last: Any, *__: Any) -> Any:
            loss, norm = last
            return (index < count) & tf.math.is_finite(loss) & tf.math.is_finite(norm)

        def body(index: Any, present: Any, _: Any, figures: Any) -> Any:
            following = batch(tf.minimum(index + 1, count - 1))
            if rates is not None:
                self.optimizer.learning_rate = rates[index]
            new = self._step(*present)
            written = tuple(array.write(index, value) for array, value in zip(figures, new, strict=True))
            return index + 1, following, tuple(new[:2]), written

        nothing = tf.constant(0.0)
        arrays = tuple(tf.TensorArray(tf.float32, size=count, element_shape=()) for _ in range(4))
        begin = (tf.constant(0), batch(0), (nothing, nothing), arrays)
        done, _, _, figures = tf.while_loop(go_on, body, begin, parallel_iterations=1)
        return tuple(array.stack()[:done] for array in figures)

    def _one_step(self, samples: Any, targets: Any, weights: Any) -> Any:
        """Take one step; return its loss, the gradient's norm, the sum of what is counted and of the weights."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            predictions = self.network(samples, training=True)
            loss, minimised = self._losses(targets, predictions, weights)
        variables = self.network.trainable_variables
        gradients = tape.gradient(minimised, variables)
        norm = tf.linalg.global_norm(gradients)

        def apply() -> Any:
            self.optimizer.apply(gradients, variables)
            return tf.constant(True)

        tf.cond(tf.math.is_finite(norm) & tf.math.is_finite(loss), apply, lambda: tf.constant(False))
        # Keras's loss is a sum over the batch divided by its size; samples of weight 0 are not counted.
        counted = tf.reduce_sum(weights)
        scores = tf.reduce_sum(self.objective.count(targets, predictions) * weights)
        return loss * weights.shape[0] / counted, norm, scores, counted

    def _losses(self, targets: Any, predictions: Any, weights: Any) -> tuple[Any, Any]:
        """Return a step's loss as it is reported, and as it is minimised, where samples may weigh more or less."""
        of_weights, weigh = sum(self.network.losses), self.objective.weigh
        loss = self.objective.loss(targets, predictions, sample_weight=weights) + of_weights
        if weigh is None:
            return loss, loss
        weighed = self.objective.loss(targets, predictions, sample_weight=weights * weigh(targets))
        return loss, weighed + of_weights


def make_optimizer(training: TrainingConfig) -> Any:
    """Return the Keras optimizer with the configured learning rate, weight decay and clipping."""
    import keras

    classes = {
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "nadam": keras.optimizers.Nadam,
        "sgd": keras.optimizers.SGD,
    }
    # Where none is given, Keras's default stays: adamw has one, and takes no None.
    decay = {} if training.weight_decay is None else {"weight_decay": training.weight_decay}
    return classes[training.optimizer](learning_rate=training.learning_rate, clipnorm=training.clipnorm, **decay)
