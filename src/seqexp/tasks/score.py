"""The score of any model: its predictions for a part's samples, beside the truth and the baselines' predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seqexp.data.arrays import Floats, Part, Rows
from seqexp.tasks.kinds import baseline_figure
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
        """Return the model's figure; None where it can't be computed for this part."""
        return metric.value(self.truth, self.predictions)

    def figure(self, metric: Metric) -> float:
        """Return the model's figure, of a metric that every part has."""
        return metric.figure(self.truth, self.predictions)

    def baseline(self, metric: Metric) -> float:
        """Return the first baseline's figure, of a metric that every part has."""
        return metric.figure(self.truth, next(iter(self.baselines.values())))

    def skill(self, metric: Metric) -> float | None:
        """Return the share of the first baseline's error that the model takes away; None where that never errs."""
        return metric.skill(self.figure(metric), self.baseline(metric))

    def recorded(self, metrics: Iterable[Metric], ranked: Metric, scale: float | None) -> dict[str, float | None]:
        """Return the figures that a run records of a part, by their names; None of one that can't be had of it.

        These are the model's by all metrics and, by that which is `ranked`, its skill; and those of the baselines. Of
        the majority class, which gives no probabilities, only the metric that is ranked says something.

        Args:
            metrics: All of the samples' kind.
            ranked: The one among them that ranks.
            scale: What turns an error into the target's unit; None where it has none.
        """
        found: dict[str, float | None] = {}
        for metric in metrics:
            value = found[metric.name(self.part)] = self.value(metric)
            if self.part == "test" and metric.has_unit and scale is not None and value is not None:
                found[f"{metric.name(self.part)}_units"] = value * scale
            if metric is ranked or metric.samples == "series":
                for name, said in self.baselines.items():
                    found[baseline_figure(name, metric, self.part)] = metric.value(self.truth, said)
        found[baseline_figure("baseline", ranked, self.part)] = self.baseline(ranked)
        found[f"skill_{self.part}"] = self.skill(ranked)
        return found
