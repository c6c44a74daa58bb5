"""Figures of a classification, from the true classes and the probabilities of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats, Rows

# Keras's epsilon: no probability counts as less, nor as more than one less this.
SMALLEST = 1e-7


def as_probabilities(outputs: Floats) -> Floats:
    """Return (texts, classes) float64 from what a model gives out.

    Args:
        outputs: (texts,) or (texts, 1) probabilities of class 1, or (texts, classes) of every class.
    """
    numbers = outputs.astype(np.float64)
    if numbers.ndim == 2 and numbers.shape[1] > 1:
        return numbers
    positive = numbers.reshape(len(numbers))
    return np.stack([1 - positive, positive], axis=1)


def most_probable(probabilities: Floats) -> Rows:
    """Return (texts,) int64, the most probable class of each text; the first of those that are equally so."""
    found: Rows = np.argmax(probabilities, axis=1).astype(np.int64)
    return found


def log_losses(labels: Rows, probabilities: Floats) -> Floats:
    """Return (texts,) float64: -log p of each text's true class, in nats, with p clipped to [1e-7, 1 - 1e-7]."""
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.clip(true, SMALLEST, 1 - SMALLEST))


def f1(labels: Rows, probabilities: Floats) -> float:
    """Return the harmonic mean of precision and recall, 0 where no text is predicted rightly.

    Of two classes that of the positive one. Of more the plain mean over the classes; one that is neither in the part
    nor predicted is left out.
    """
    from sklearn.metrics import f1_score

    average = "binary" if probabilities.shape[1] == 2 else "macro"
    return float(f1_score(labels, most_probable(probabilities), average=average, zero_division=0.0))


def auc(labels: Rows, probabilities: Floats) -> float | None:
    """Return the area under the ROC curve; of more than two classes the mean over each one against all others.

    None where the part lacks a class.
    """
    from sklearn.metrics import roc_auc_score

    classes = probabilities.shape[1]
    if not (np.bincount(labels, minlength=classes) > 0).all():
        return None
    if classes == 2:
        return float(roc_auc_score(labels, probabilities[:, 1]))
    return float(np.mean([roc_auc_score(labels == index, probabilities[:, index]) for index in range(classes)]))


def confusion(labels: Rows, probabilities: Floats) -> Rows:
    """Return (classes, classes) int64: how many texts of each true class (row) are predicted as each class (column)."""
    classes = probabilities.shape[1]
    found: Rows = np.bincount(labels * classes + most_probable(probabilities), minlength=classes**2)
    return found.reshape(classes, classes)


@dataclass(frozen=True)
class Calibration:
    """How often a model is right when it says that it is so sure."""

    edges: Floats  # (bins + 1,) float64 from 0 to 1; bin i holds confidences in (edges[i], edges[i + 1]]
    confidence: Floats  # (bins,) float64, mean probability of the predicted class; NaN in an empty bin
    right: Floats  # (bins,) float64, share of right predictions; NaN in an empty bin
    count: Rows  # (bins,) int64, texts

    @property
    def ece(self) -> float:
        """Expected calibration error: the mean of |accuracy - confidence| over the texts' bins.

        Guo et al. (2017), On Calibration of Modern Neural Networks, equation 3.
        """
        filled = self.count > 0
        gaps = np.abs(self.right - self.confidence)[filled]
        return float(gaps @ self.count[filled] / self.count.sum())


def calibration(labels: Rows, probabilities: Floats, bins: int = 10) -> Calibration:
    """Return how often the predicted class is the true one, by its probability, in bins of equal width."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    sure = probabilities.max(axis=1)
    at = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
    count = np.bincount(at, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin
        confidence = np.bincount(at, weights=sure, minlength=bins) / count
        right = np.bincount(at, weights=most_probable(probabilities) == labels, minlength=bins) / count
    return Calibration(edges, confidence, right, count)


def calibration_error(labels: Rows, probabilities: Floats) -> float:
    """Return the expected calibration error in 10 bins; see `Calibration`."""
    return calibration(labels, probabilities).ece
