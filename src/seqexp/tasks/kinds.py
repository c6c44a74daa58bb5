"""The kinds of samples that there are, and of which kind a recorded run's are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seqexp.tasks.metric import ACCURACY, MAE, METRICS, Metric

METRIC_TAG = "seqexp.metric"  # the key of the metric that ranks a run
SEASONAL_NAIVE = "seasonal_naive_"  # before the season, in the name of a baseline
BASELINES_TAG = "seqexp.baselines"  # the names of its baselines, the best in validation first
BASELINE_TAG = "seqexp.baseline"  # the name of the first of them
SAMPLES_TAG = "seqexp.samples"  # the kind of its samples


@dataclass(frozen=True)
class Kind:
    """A kind of samples, as far as readers of runs must know it.

    Attributes:
        key: As the tag says it.
        task: What models of such samples do, as estimators say it.
        sample: What one sample is called.
        order: How samples depend on each other: neighbouring windows are alike, texts are not. It alone decides how
            they are resampled.
        baseline: The baseline that models are compared with where a run names none.
        metric: What ranks where a run does not say it.
    """

    key: Literal["series", "text"]
    task: Literal["forecast", "classify"]
    sample: str
    order: Literal["in order", "independent"]
    baseline: str
    metric: Metric


SERIES = Kind("series", "forecast", "window", "in order", "naive", MAE)
TEXT = Kind("text", "classify", "text", "independent", "majority", ACCURACY)
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in (SERIES, TEXT)}


def monitors() -> dict[str, tuple[str, ...]]:
    """Return what may pick the best epoch, by the kind of samples: what `auto` stands for comes first.

    These are the metrics that are had of each epoch at no cost, as means of what each sample costs, and the loss.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, kind in KINDS.items():
        own = (metric for metric in METRICS.values() if metric.samples == key and metric.better is not None)
        means = [f"val_{metric.key}" for metric in (kind.metric, *own) if metric.loss is not None]
        found[key] = tuple(dict.fromkeys([*means, "val_loss"]))
    return found


def baseline_figure(baseline: str, metric: Metric, part: str) -> str:
    """Return what a baseline's figure of a part is recorded as, such as naive_val_mae."""
    return f"{baseline}_{part}_{metric.key}"


def baseline_in_words(name: str) -> str:
    """Return what people call a baseline: "seasonal naive 7d" of seasonal_naive_7d."""
    return name.replace("_", " ")


def baselines_of(kind: Kind, tags: Mapping[str, str]) -> list[str]:
    """Return the names of a recorded run's baselines, the one that its skill is against first."""
    return tags.get(BASELINES_TAG, "").split() or [kind.baseline]


def judged_by(tags: Mapping[str, str], metrics: Mapping[str, float]) -> tuple[Kind, Metric]:
    """Return of which kind a recorded run's samples are, and which metric ranks it.

    Runs of the first edition say neither: their tag seqexp.task decides, or the figure that they have.
    """
    classifies = tags.get("seqexp.task") == "classify" or ACCURACY.name("val") in metrics
    kind = KINDS.get(tags.get(SAMPLES_TAG, ""), TEXT if classifies else SERIES)
    return kind, METRICS.get(tags.get(METRIC_TAG, ""), kind.metric)
