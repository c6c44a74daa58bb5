"""The score of any model: its predictions for a part's samples, beside the truth and the baselines' predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Part, Rows, Values, blocks_of
from seqexp.tasks.kinds import SEASONAL_NAIVE, baseline_figure
from seqexp.tasks.metric import METRICS, Metric
from seqexp.tasks.target import Target


@dataclass(frozen=True)
class OfRows:
    """What is said of samples, reckoned where it is asked for: of many leads and columns it may not fit into memory.

    Attributes:
        rows: (samples,) int64.
        shape: (samples, ...), that of what is said.
        say: From some rows to what is said of them.
    """

    rows: Rows
    shape: tuple[int, ...]
    say: Callable[[Rows], NDArray[Any]]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: slice | Rows, /) -> Floats:
        rows = self.rows[at]
        return self.say(rows).reshape(len(rows), *self.shape[1:])


@dataclass(frozen=True)
class Score:
    """A model's predictions for one part.

    Attributes:
        rows: (samples,) int64, the part's rows in the order in which they were scored.
        truth: (samples, leads, columns), normalised; of texts (samples,) int64, the classes' numbers.
        predictions: (samples, leads, columns), normalised; of texts (samples, classes) probabilities.
        baselines: What each baseline says of the same samples, in the shape of the predictions, by its name; the skill
            is against the first.
        seasonal: (columns,) float64, the mean absolute error of the seasonal naive forecast in the training part; None
            where it isn't known, as of texts.
        quantiles: (samples, leads, columns, levels), normalised: the target's levels as the model forecasts them,
            rising; the predictions are their median. None: it forecasts one value.
    """

    part: Part
    rows: Rows
    target: Target
    truth: Values
    predictions: Values
    baselines: Mapping[str, Values]
    seasonal: Floats | None = None
    quantiles: Values | None = None
    _losses: dict[str | None, dict[str, Floats]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def losses(self, metric: Metric, of: str | None = None) -> Floats:
        """Return (samples,) float64, what each sample costs by a metric of losses: the mean over leads and columns.

        Args:
            metric: The metric.
            of: The baseline that is meant; None: the model.
        """
        known = self._losses.setdefault(of, {})
        if metric.key not in known:
            # All at once: forecasts of many leads and columns are long to read, or to reckon.
            due = {metric.key: metric} | {
                other.key: other for other in METRICS.values() if other.samples == metric.samples and self._has(other)
            }
            found: dict[str, list[Floats]] = {key: [] for key in due}
            said = self.predictions if of is None else self.baselines[of]
            for block in blocks_of(said):
                truth, given = self.truth[block], np.asarray(said[block], dtype=np.float64)
                for key, each in due.items():
                    costs = self._costs(each, truth, given)
                    found[key].append(costs.reshape(len(costs), -1).mean(axis=1))
            known |= {key: np.concatenate(costs) for key, costs in found.items()}
        return known[metric.key]

    def _has(self, metric: Metric) -> bool:
        """Return whether what each sample costs by a metric can be had."""
        return metric.loss is not None and not (metric.is_relative and self.seasonal is None)

    def _costs(self, metric: Metric, truth: NDArray[Any], given: Floats) -> Floats:
        """Return (samples, ...) float64, what the numbers of some samples cost."""
        assert metric.loss is not None, "not a metric of losses"
        costs = metric.loss(truth, given)
        if not metric.is_relative:
            return costs
        assert self.seasonal is not None, "not known"
        return costs / self.seasonal

    def value(self, metric: Metric, of: str | None = None) -> float | None:
        """Return the figure of the model, or of a baseline; None where it can't be computed for this part."""
        if metric.is_relative and self.seasonal is None:
            return None
        if metric.loss is None:
            return metric.finish(self.truth, self.predictions if of is None else self.baselines[of])
        return metric.finish(self.losses(metric, of))

    def figure(self, metric: Metric, of: str | None = None) -> float:
        """Return the figure of the model, or of a baseline, of a metric that every part has.

        Raises:
            ValueError: If it can't be computed for this part.
        """
        value = self.value(metric, of)
        if value is None:
            raise ValueError(f"the {metric.label} can't be computed for this part")
        return value

    def baseline(self, metric: Metric) -> float:
        """Return the first baseline's figure, of a metric that every part has."""
        return self.figure(metric, next(iter(self.baselines)))

    def skill(self, metric: Metric) -> float | None:
        """Return the share of the first baseline's error that the model takes away; None where that never errs."""
        return metric.skill(self.figure(metric), self.baseline(metric))

    def recorded(self, metrics: Iterable[Metric], ranked: Metric, scale: float | None) -> dict[str, float | None]:
        """Return the figures that a run records of a part, by their names; None of one that can't be had of it.

        These are the model's by all metrics and, by that which is `ranked`, its skill; and those of the baselines. Of
        the majority class, which gives no probabilities, only the metric that is ranked says something. The best of
        the seasonal naive forecasts stands under a name without its season, too.

        Args:
            metrics: All of the samples' kind.
            ranked: The one among them that ranks.
            scale: What turns an error into the target's unit; None where it has none.
        """
        found: dict[str, float | None] = {}
        seasonal = [name for name in self.baselines if name.startswith(SEASONAL_NAIVE)]
        for metric in metrics:
            value = found[metric.name(self.part)] = self.value(metric)
            if self.part == "test" and metric.has_unit and scale is not None and value is not None:
                found[f"{metric.name(self.part)}_units"] = value * scale
            if metric is ranked or metric.samples == "series":
                for name in self.baselines:
                    found[baseline_figure(name, metric, self.part)] = self.value(metric, name)
                if seasonal:
                    found[baseline_figure("seasonal_naive", metric, self.part)] = self.value(metric, seasonal[0])
        found[baseline_figure("baseline", ranked, self.part)] = self.baseline(ranked)
        found[f"skill_{self.part}"] = self.skill(ranked)
        return found
