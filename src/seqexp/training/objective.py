"""What a network is trained for: its loss, and the metric that is counted beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqexp.data.arrays import Floats, Rows, Values, blocks_of
from seqexp.models.network import gives_logits
from seqexp.tasks.classes import log_losses
from seqexp.tasks.task import Task


@dataclass(frozen=True)
class Objective:
    """A task's loss and its metric, as tensors for training, and the loss as a number for evaluation.

    Attributes:
        metric: The key of what is reported beside the loss.
        loss: Keras's, from (targets, outputs, sample_weight) to the sum over the batch divided by its size.
        count: From targets (batch, numbers) and the network's outputs to (batch,) float32: an absolute error, or 1
            where the class is right.
        outputs: From the network's outputs to what is predicted: as they are, or probabilities.
        figure: From truth and predictions of a whole part, in the task's shape with all levels, to its loss.
        weigh: From targets (batch, numbers) to how much each sample counts in what is minimised, (batch,) float32, 1 on
            average; None: all count alike.
    """

    metric: str
    loss: Any
    count: Callable[[Any, Any], Any]
    outputs: Callable[[Any], Any]
    figure: Callable[[Values, Values], float]
    weigh: Callable[[Any], Any] | None = None


def objective_of(task: Task, network: Any) -> Objective:
    """Return what a network is trained for.

    Raises:
        InputError: If its outputs are of no use for the task.
    """
    if task.target.classes:
        classes, samples = len(task.target.classes), task.samples
        objective = classifying(classes, from_logits=gives_logits(network))
        if task.experiment.training.class_weight is None:
            return objective
        return replace(objective, weigh=_weighing(balanced(samples.targets(samples.rows.train), classes)))
    if task.target.levels:
        return forecasting_quantiles(task.target.levels)
    return forecasting(task.experiment.training.loss)


def forecasting(loss: str) -> Objective:
    """Return the objective of forecasting by "mae", "mse" or "huber"; targets and outputs are (batch, numbers)."""
    import keras
    import tensorflow as tf

    losses = {
        "mae": keras.losses.MeanAbsoluteError,
        "mse": keras.losses.MeanSquaredError,
        "huber": keras.losses.Huber,
    }
    return Objective(
        metric="mae",
        loss=losses[loss](),
        count=lambda targets, outputs: tf.reduce_mean(tf.abs(targets - outputs), axis=-1),
        outputs=lambda outputs: outputs,
        figure=lambda truth, predictions: mean_loss(loss, predictions, truth),
    )


def forecasting_quantiles(levels: Sequence[float]) -> Objective:
    """Return the objective of forecasting quantiles; outputs are (batch, numbers x levels), a number's side by side.

    What is minimised is the pinball loss, max(level (y - q), (level - 1) (y - q)), the mean over numbers and levels.
    Forecasts of a number are sorted, so that none cross: that never makes the loss larger.

    Sources: Koenker and Bassett (1978), Regression Quantiles, Econometrica 46. Chernozhukov, Fernández-Val and Galichon
    (2010), Quantile and Probability Curves without Crossing, Econometrica 78.
    """
    import keras
    import tensorflow as tf

    count, steps = len(levels), np.asarray(levels)

    def by_number(outputs: Any) -> Any:
        return tf.reshape(outputs, (tf.shape(outputs)[0], -1, count))

    def pinball(targets: Any, outputs: Any) -> Any:
        errors = targets[..., None] - by_number(outputs)
        level = tf.constant(steps, outputs.dtype)
        return tf.reduce_mean(tf.maximum(level * errors, (level - 1) * errors), axis=(1, 2))

    class Pinball(keras.losses.Loss):  # type: ignore[misc]
        """The pinball loss of each sample."""

        def call(self, y_true: Any, y_pred: Any) -> Any:
            """Return (batch,) of targets (batch, numbers) and outputs."""
            return pinball(y_true, y_pred)

    def in_order(outputs: Any) -> Any:
        return tf.reshape(tf.sort(by_number(outputs), axis=-1), tf.shape(outputs))

    return Objective(
        metric="mae",
        loss=Pinball(),
        count=lambda targets, outputs: tf.reduce_mean(tf.abs(targets - by_number(outputs)[..., count // 2]), axis=-1),
        outputs=in_order,
        figure=lambda truth, predictions: mean_pinball(steps, predictions, truth),
    )


def mean_pinball(levels: Floats, quantiles: Values, truth: Values) -> float:
    """Return the mean pinball loss of (samples, leads, columns, levels) quantiles, in float64."""
    means = []
    for block in blocks_of(quantiles):
        errors = truth[block][..., None] - np.asarray(quantiles[block], np.float64)
        losses = np.maximum(levels * errors, (levels - 1) * errors)
        means.append(losses.reshape(len(losses), -1).mean(axis=1))
    return float(np.concatenate(means).mean())


def classifying(classes: int, *, from_logits: bool) -> Objective:
    """Return the objective of telling classes apart by their cross-entropy; targets are (batch, 1) class numbers.

    Args:
        classes: How many; of two, the network gives the second one's probability, (batch, 1).
        from_logits: Whether the network's outputs are logits, not probabilities.
    """
    import keras
    import tensorflow as tf

    def figure(truth: Values, predictions: Values) -> float:
        return float(np.mean(log_losses(truth[:], predictions[:])))

    def is_right(targets: Any, outputs: Any) -> Any:
        if classes == 2:
            return tf.cast((outputs > (0.0 if from_logits else 0.5)) == (targets > 0.5), tf.float32)[:, 0]
        return tf.cast(tf.argmax(outputs, axis=-1) == tf.cast(targets[:, 0], tf.int64), tf.float32)

    cross_entropy = keras.losses.BinaryCrossentropy if classes == 2 else keras.losses.SparseCategoricalCrossentropy
    probabilities = tf.sigmoid if classes == 2 else tf.nn.softmax
    return Objective(
        metric="accuracy",
        loss=cross_entropy(from_logits=from_logits),
        count=is_right,
        outputs=probabilities if from_logits else lambda outputs: outputs,
        figure=figure,
    )


def balanced(labels: Floats | Rows, classes: int) -> Floats:
    """Return (classes,) weights by which the samples of each class weigh as much in all; 0 of a class without any.

    A class of n_c samples out of n has n / (classes * n_c), as scikit-learn's class_weight="balanced". Source: King and
    Zeng, "Logistic Regression in Rare Events Data" (2001).
    """
    counts = np.bincount(labels.astype(np.int64), minlength=classes)
    return np.divide(len(labels), classes * counts, out=np.zeros(classes), where=counts > 0)


def _weighing(weights: Floats) -> Callable[[Any], Any]:
    """Return the graph from (batch, 1) class numbers to the weight of each."""
    import tensorflow as tf

    table = tf.constant(weights, tf.float32)
    return lambda targets: tf.gather(table, tf.cast(targets[:, 0], tf.int32))


def mean_loss(name: str, predictions: Values, targets: Values) -> float:
    """Return the mean of Keras's loss of that name, in float64: "mae", "mse" or "huber" (delta 1)."""
    means = []
    for block in blocks_of(predictions):
        losses = _losses(name, np.abs(np.asarray(predictions[block], np.float64) - targets[block]))
        means.append(losses.reshape(len(losses), -1).mean(axis=1))
    return float(np.concatenate(means).mean())


def _losses(name: str, errors: Floats) -> Floats:
    if name == "mae":
        return errors
    return errors**2 if name == "mse" else np.where(errors <= 1, 0.5 * errors**2, errors - 0.5)
