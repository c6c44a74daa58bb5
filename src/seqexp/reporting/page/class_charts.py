"""Pictures of classifications: what is confused, how sure the model is, and at which lengths it errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seqexp.evaluation.figure_by import by_length
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.page.figures import (
    as_data,
    baseline_line,
    colour_bar,
    heat_map,
    new_chart,
    of_run,
    plain,
    run_line,
    short,
)
from seqexp.tasks.classes import calibration, confusion
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score

_NAMED = 12  # classes up to which the map says every count


@dataclass(frozen=True)
class Classifier:
    """A run with its group's line in the leaderboard, and its classifications of the test part."""

    group: PageLine
    score: Score
    words: npt.NDArray[np.int64] | None  # (texts,), how many each text has; None: the run has not saved it


def confusion_figure(run: Classifier) -> dict[str, Any]:
    """Return how many texts of each true class are predicted as each, shaded by the true class's shares."""
    counts = confusion(run.score.truth[:], run.score.predictions[:])
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    names = [plain(name) for name in run.score.target.classes]
    texts = [
        [f"{count:,}<br>{share:.1%}" for count, share in zip(*line, strict=True)]
        for line in zip(counts, shares, strict=True)
    ]
    return heat_map(
        "predicted",
        "true",
        x=names,
        y=names,
        z=shares,
        zmin=0,
        zmax=1,
        colorscale="Cividis_r",
        text=texts,
        texttemplate="%{text}" if len(names) <= _NAMED else "",
        hovertemplate="true %{y}, predicted %{x}: %{text}<extra></extra>",
        colorbar=colour_bar("share", tickformat=".0%"),
        meta=of_run(run.group.id),
    )


def calibration_figure(runs: Sequence[Classifier]) -> dict[str, Any]:
    """Return how often each run is right by how sure it is, in ten bins of equal width."""
    figure = new_chart("confidence: the probability of the predicted class", "share of correct predictions")
    lowest = 1 / len(runs[0].score.target.classes)  # no predicted class is less probable
    figure.add_trace(baseline_line("perfectly calibrated", [lowest, 1], [lowest, 1], hoverinfo="skip"))
    for run in runs:
        found = calibration(run.score.truth[:], run.score.predictions[:])
        filled = found.count > 0
        figure.add_trace(
            run_line(
                run.group,
                found.confidence[filled],
                found.right[filled],
                hover="%{x:.2f} sure, %{y:.1%} right, %{customdata:,} texts",
                customdata=found.count[filled],
                name=f"{short(run.group.name)}: ECE {found.ece:.3f}",
                marker={"size": 7},
            )
        )
    figure.update_yaxes(tickformat=".0%")
    return as_data(figure)


def length_figure(runs: Sequence[Classifier], metric: Metric) -> dict[str, Any]:
    """Return the figure, one of single texts, of each run that has saved lengths, by the words of the text."""
    figure = new_chart("words in the text", metric.label)
    for run in runs:
        if run.words is None:
            continue
        assert metric.loss is not None
        found = by_length(metric, metric.loss(run.score.truth[:], run.score.predictions[:]), run.words)
        figure.add_trace(
            run_line(
                run.group,
                found.names,
                found.figure,
                hover="%{x} words: %{y:.4f} of %{customdata:,} texts",
                customdata=found.count,
                marker={"size": 7},
            )
        )
    figure.update_xaxes(type="category")
    return as_data(figure)
