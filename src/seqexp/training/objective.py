"""What a network is trained for: its loss, and what is counted beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats
from seqexp.tasks.class_score import accuracy, log_loss
from seqexp.tasks.classes import as_probabilities


@dataclass(frozen=True)
class Objective:
    """A task's loss and its metric, once as tensors for training and once as numbers for evaluation.

    Attributes:
        metric: "mae" or "accuracy": what is reported beside the loss.
        loss: Keras's, from (targets, outputs, sample_weight) to the sum over the batch divided by its size.
        count: From targets (batch, 1) and the network's outputs to (batch,) float32: an absolute error, or 1 where
            the class is right.
        outputs: From the network's outputs to what is predicted: (batch,) or (batch, classes).
        figures: From predictions and targets of a whole part to its loss and its metric.
    """

    metric: str
    loss: Any
    count: Callable[[Any, Any], Any]
    outputs: Callable[[Any], Any]
    figures: Callable[[NDArray[Any], NDArray[Any]], tuple[float, float]]


def forecasting(loss: str) -> Objective:
    """Return the objective of forecasting one number; targets and outputs are (batch, 1).

    Args:
        loss: "mae", "mse" or "huber".
    """
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
        count=lambda targets, outputs: tf.abs(targets - outputs)[:, 0],
        outputs=lambda outputs: outputs[:, 0],
        figures=lambda predictions, targets: (
            mean_loss(loss, predictions, targets),
            mean_loss("mae", predictions, targets),
        ),
    )


def classifying(classes: int, *, from_logits: bool) -> Objective:
    """Return the objective of telling classes apart by their cross-entropy; targets are (batch, 1) class numbers.

    Args:
        classes: How many; of two, the network gives the second one's probability, (batch, 1).
        from_logits: Whether the network's outputs are logits, not probabilities.
    """
    import keras
    import tensorflow as tf

    if classes == 2:
        middle = 0.0 if from_logits else 0.5
        return Objective(
            metric="accuracy",
            loss=keras.losses.BinaryCrossentropy(from_logits=from_logits),
            count=lambda targets, outputs: tf.cast((outputs > middle) == (targets > 0.5), tf.float32)[:, 0],
            outputs=lambda outputs: (tf.sigmoid(outputs) if from_logits else outputs)[:, 0],
            figures=_class_figures,
        )
    return Objective(
        metric="accuracy",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits),
        count=lambda targets, outputs: tf.cast(
            tf.argmax(outputs, axis=-1) == tf.cast(targets[:, 0], tf.int64), tf.float32
        ),
        outputs=lambda outputs: tf.nn.softmax(outputs) if from_logits else outputs,
        figures=_class_figures,
    )


def mean_loss(name: str, predictions: Floats, targets: Floats) -> float:
    """Return the mean of Keras's loss of that name, in float64: "mae", "mse" or "huber" (delta 1)."""
    errors = np.abs(predictions - targets)
    if name == "mae":
        return float(errors.mean())
    if name == "mse":
        return float((errors**2).mean())
    return float(np.where(errors <= 1, 0.5 * errors**2, errors - 0.5).mean())


def _class_figures(predictions: NDArray[Any], labels: NDArray[Any]) -> tuple[float, float]:
    """Return the cross-entropy, and the share of right ones."""
    probabilities = as_probabilities(predictions)
    return log_loss(probabilities, labels), accuracy(probabilities, labels)
