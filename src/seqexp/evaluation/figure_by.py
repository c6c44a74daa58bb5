"""Where models err: a figure by the hour of the day, by the month of the year, and by the length of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from seqexp.data.arrays import Floats, Times
from seqexp.tasks.metric import Metric

HOURS = tuple(f"{hour:02d}" for hour in range(24))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LENGTHS = 8  # classes of lengths at most, with about as many texts in each


@dataclass(frozen=True)
class FigureBy:
    """A figure for each of some classes of samples."""

    names: tuple[str, ...]  # the classes, such as the hours of the day, or lengths such as "101-200"
    figure: Floats  # (classes,) float64; NaN where a class has no sample
    count: npt.NDArray[np.int64]  # (classes,) int64, samples in each


def by_time(metric: Metric, losses: Floats, times: Times, of: Literal["hour", "month"]) -> FigureBy:
    """Return the figure by the hour or month of the samples' times, whatever the day or year.

    Args:
        metric: Which figure.
        losses: (windows,) what each window costs by it.
        times: (windows,) datetime64, as the series states them: no time zone is assumed.
        of: "hour": of the day; "month": of the year.
    """
    unit, names = {"hour": ("h", HOURS), "month": ("M", MONTHS)}[of]
    return _figure_by(metric, losses, times.astype(f"datetime64[{unit}]").astype(np.int64) % len(names), names)


def by_length(metric: Metric, losses: Floats, words: npt.NDArray[np.int64]) -> FigureBy:
    """Return the figure in classes of lengths that hold about as many texts each.

    Args:
        metric: Which figure.
        losses: (texts,) what each text costs by it.
        words: (texts,) how many words each has; where many are of one length, there are fewer than eight classes.
    """
    inner = np.quantile(words, np.arange(1, _LENGTHS) / _LENGTHS, method="lower")
    edges = np.unique([*inner.tolist(), int(words.max())])  # each class ends with its edge
    begins = [int(words.min()), *(int(edge) + 1 for edge in edges[:-1])]
    names = tuple(
        f"{first:,}" if first == last else f"{first:,}-{last:,}" for first, last in zip(begins, edges, strict=True)
    )
    return _figure_by(metric, losses, np.searchsorted(edges, words, side="left"), names)


def _figure_by(metric: Metric, losses: Floats, classes: npt.NDArray[np.int64], names: tuple[str, ...]) -> FigureBy:
    count = np.bincount(classes, minlength=len(names))
    figure = np.full(len(names), np.nan)
    for position in np.flatnonzero(count):
        value = metric.finish(losses[classes == position])
        figure[position] = np.nan if value is None else value
    return FigureBy(names, figure, count)
