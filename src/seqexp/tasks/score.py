"""One score of all models: what is said of a part's samples, beside the truth and what the baselines say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seqexp.data.arrays import Floats, Part, Rows
from seqexp.tasks.metric import Metric, Truth
from seqexp.tasks.target import Target


@dataclass(frozen=True)
class Score:
    """A model's predictions for one part.

    Attributes:
        rows: (samples,) int64, the part's rows in the order in which they were scored.
        truth: (samples, leads, columns) float64, normalised; of texts (samples,) int64, the classes' numbers.
        predictions: (samples, leads, columns) float64, normalised; of texts (samples, classes) probabilities.
        baselines: What each baseline says of the same samples, in the shape of the predictions, by its name; the skill
            is against the first.
    """

    part: Part
    rows: Rows
    target: Target
    truth: Truth
    predictions: Floats
    baselines: Mapping[str, Floats]

    def value(self, metric: Metric) -> float | None:
        """Return the model's figure; None where it can't be had of this part."""
        return metric.value(self.truth, self.predictions)

    def figure(self, metric: Metric) -> float:
        """Return the model's figure, of a metric that every part has."""
        return metric.figure(self.truth, self.predictions)

    def baseline(self, metric: Metric) -> float:
        """Return the first baseline's figure, of a metric that every part has."""
        return metric.figure(self.truth, next(iter(self.baselines.values())))

    def skill(self, metric: Metric) -> float:
        """Return the share of the first baseline's error that the model takes away."""
        return metric.skill(self.figure(metric), self.baseline(metric))
