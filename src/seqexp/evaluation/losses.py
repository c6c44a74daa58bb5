"""What each window or text cost a run, and by how much it moves the run's figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.evaluation.saved_losses import SavedLosses
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score


@dataclass(frozen=True)
class Losses:
    """One part of a run by one metric, sample by sample."""

    metric: Metric  # what the losses are finished by
    rows: Rows  # (samples,) int64, which window or text
    model: Floats  # (samples,) float64, what each cost the model
    baseline: Floats  # (samples,) float64, what each cost the baseline

    @property
    def figure(self) -> float:
        """The model's figure."""
        return _finished(self.metric, self.model)

    @property
    def skill(self) -> float | None:
        """The share of the baseline's error that the model takes away; None where that never errs."""
        return self.metric.skill(self.figure, _finished(self.metric, self.baseline))

    def moving_figure(self) -> Floats:
        """Return (samples,) float64, mean 0: by how much each sample moves the figure.

        To first order, the figure of samples that are drawn again is this figure plus the mean of theirs.
        """
        return _influence(self.metric, self.model)

    def moving_skill(self) -> Floats:
        """Return the same for the skill; zeros where the baseline never errs.

        The skill is 1 - E / B, with the errors of model and baseline. To first order a sample that moves them by e
        and b changes it by -(e - (E / B) b) / B.
        """
        model, baseline = self.figure, _finished(self.metric, self.baseline)
        skill = self.metric.skill(model, baseline)
        one_more = self.metric.skill(model + 1, baseline)
        if skill is None or one_more is None:
            return np.zeros(len(self.rows))
        per_unit = one_more - skill  # -1 / B; 1 / B where higher is better
        moved: Floats = per_unit * (self.moving_figure() - (1 - skill) * _influence(self.metric, self.baseline))
        return moved


def _finished(metric: Metric, losses: Floats) -> float:
    value = metric.finish(losses)
    assert value is not None  # where there are losses, they can be finished
    return value


def _influence(metric: Metric, losses: Floats) -> Floats:
    """Return the influence of each sample on a figure that follows from the mean of all losses.

    The slope is measured by adding one more sample: once of the largest loss, once of the smallest.
    """
    low, high = float(losses.min()), float(losses.max())
    if low == high:
        return np.zeros(len(losses))
    with_low, with_high = (_finished(metric, np.append(losses, end)) for end in (low, high))
    slope = (with_high - with_low) * (len(losses) + 1) / (high - low)
    moved: Floats = slope * (losses - losses.mean())
    return moved


def losses_of(score: Score, metric: Metric) -> Losses | None:
    """Return what each sample of a part costs by a metric; None by one that is no matter of single samples."""
    if metric.loss is None:
        return None
    return Losses(metric, score.rows, score.losses(metric), score.losses(metric, next(iter(score.baselines))))


def at_rows(score: Score, rows: Rows) -> Score:
    """Return a part with some of its rows, in their order; of a row that was scored twice the first.

    Args:
        score: The part.
        rows: Sorted, each once.

    Raises:
        ValueError: Some are not among the part's rows.
    """
    begin = int(np.searchsorted(score.rows, rows[0])) if len(rows) else 0
    block = slice(begin, begin + len(rows))
    # Where all is in order and only ends are cut off, as for other lookbacks, nothing need be looked up or copied.
    if np.array_equal(score.rows[block], rows) and bool((score.rows[1:] > score.rows[:-1]).all()):
        return _at(score, block)
    known, first = np.unique(score.rows, return_index=True)
    if not np.isin(rows, known).all():
        raise ValueError("rows must be among those that were scored")
    return _at(score, first[np.searchsorted(known, rows)])


def _at(score: Score, at: Rows | slice) -> Score:
    if isinstance(score, SavedLosses):
        return score.at(at)
    baselines = {name: said[at] for name, said in score.baselines.items()}
    return Score(
        score.part, score.rows[at], score.target, score.truth[at], score.predictions[at], baselines, score.seasonal
    )


def common_rows(rows: Sequence[Rows]) -> Rows:
    """Return the rows that all have, sorted, each once."""
    return reduce(np.intersect1d, rows[1:], np.unique(rows[0]))


def spacing(rows: Rows) -> int:
    """Return the usual distance between two windows that were scored, in rows of the series."""
    return max(1, int(np.median(np.diff(rows)))) if len(rows) > 1 else 1
