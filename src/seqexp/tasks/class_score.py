"""One definition of every score of a classification, for the networks and for the baselines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats, Part, Rows
from seqexp.data.text.texts import Texts
from seqexp.tasks import classes
from seqexp.tasks.classes import Calibration, most_probable
from seqexp.tasks.metric import skill


@dataclass(frozen=True)
class ClassScore:
    """A model's probabilities for one part, beside the true classes.

    Attributes:
        part: "val" or "test".
        rows: (texts,) int64 corpus rows.
        probabilities: (texts, classes) float64; each row sums to 1.
        labels: (texts,) int64, the true class of each text.
        classes: The classes' names; of two the second is the positive one.
        majority: The most frequent class of the training part. The baseline predicts it for every text.
    """

    part: Part
    rows: Rows
    probabilities: Floats
    labels: Rows
    classes: tuple[str, ...]
    majority: int

    @property
    def predicted(self) -> Rows:
        """(texts,) int64, the most probable class; the first of those that are equally so."""
        return most_probable(self.probabilities)

    @property
    def accuracy(self) -> float:
        """Share of the texts whose most probable class is the true one."""
        return accuracy(self.probabilities, self.labels)

    @property
    def majority_accuracy(self) -> float:
        """Share of the texts that are of the training part's most frequent class."""
        return float(np.mean(self.labels == self.majority))

    @property
    def skill(self) -> float:
        """1 - error / majority error: the share of the baseline's error that the model takes away."""
        return skill(1 - self.accuracy, 1 - self.majority_accuracy)

    @property
    def loss(self) -> float:
        """Mean of -log p of the true class, in nats."""
        return log_loss(self.probabilities, self.labels)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 where no text is predicted rightly.

        Of two classes that of the positive one. Of more the plain mean over the classes; one that is neither in the
        part nor predicted is left out.
        """
        from sklearn.metrics import f1_score

        average = "binary" if len(self.classes) == 2 else "macro"
        return float(f1_score(self.labels, self.predicted, average=average, zero_division=0.0))

    @property
    def auc(self) -> float | None:
        """Area under the ROC curve; of more than two classes the mean over each one against all others.

        None where the part lacks a class.
        """
        from sklearn.metrics import roc_auc_score

        present = np.bincount(self.labels, minlength=len(self.classes)) > 0
        if not present.all():
            return None
        if len(self.classes) == 2:
            return float(roc_auc_score(self.labels, self.probabilities[:, 1]))
        each = [roc_auc_score(self.labels == index, self.probabilities[:, index]) for index in range(len(self.classes))]
        return float(np.mean(each))

    @property
    def confusion(self) -> Rows:
        """(classes, classes) int64: how many texts of each true class (row) are predicted as each class (column)."""
        classes = len(self.classes)
        found: Rows = np.bincount(self.labels * classes + self.predicted, minlength=classes**2)
        return found.reshape(classes, classes)

    def calibration(self, bins: int = 10) -> Calibration:
        """Return how often the predicted class is the true one, by its probability, in bins of equal width."""
        edges = np.linspace(0.0, 1.0, bins + 1)
        sure = self.probabilities.max(axis=1)
        at = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
        count = np.bincount(at, minlength=bins)
        with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin
            confidence = np.bincount(at, weights=sure, minlength=bins) / count
            right = np.bincount(at, weights=self.predicted == self.labels, minlength=bins) / count
        return Calibration(edges, confidence, right, count)

    @property
    def ece(self) -> float:
        """Expected calibration error in 10 bins; see `Calibration`."""
        return self.calibration().ece


def score_classes(texts: Texts, part: Part, probabilities: Floats) -> ClassScore:
    """Put a model's probabilities for one part beside the true classes.

    Args:
        texts: The data.
        part: "val" or "test".
        probabilities: (texts, classes) for the part's rows, in their order; each row sums to 1.
    """
    rows = getattr(texts.rows, part)
    held = probabilities.astype(np.float64)
    return ClassScore(part, rows, held, texts.labels(rows), texts.classes, texts.majority)


def accuracy(probabilities: Floats, labels: Rows) -> float:
    """Return the share of texts whose most probable class is the true one."""
    return float(np.mean(most_probable(probabilities) == labels))


def text_losses(probabilities: Floats, labels: Rows) -> Floats:
    """Return (texts,) float64: -log p of each text's true class, in nats, with p held in [1e-7, 1 - 1e-7]."""
    return classes.log_losses(labels, probabilities)


def log_loss(probabilities: Floats, labels: Rows) -> float:
    """Return the mean of `text_losses` in float64: the cross-entropy that training minimises."""
    return float(np.mean(text_losses(probabilities, labels)))
