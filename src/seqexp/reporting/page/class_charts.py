"""Pictures of classifications: what is confused, how sure the model is, and at which lengths it errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seqexp.evaluation.figure_by import by_length
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.page.figures import as_data, baseline_line, new_chart, of_run, plain, run_line, short
from seqexp.tasks.classes import calibration, confusion
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score

_NAMED = 12  # classes up to which the map says every count


@dataclass(frozen=True)
class Classifier:
    """A run with its classifications of the test part.

    Attributes:
        group: Its group's line in the leaderboard.
        score: The classifications.
        words: (texts,) int64, how many words each text has; None: the run has not saved it.
    """

    group: PageLine
    score: Score
    words: npt.NDArray[np.int64] | None


def confusion_figure(run: Classifier) -> dict[str, Any]:
    """Return how many texts of each true class are predicted as each, shaded by the true class's shares."""
    import plotly.graph_objects as go

    counts = confusion(run.score.truth, run.score.predictions)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    names = [plain(name) for name in run.score.target.classes]
    texts = [
        [f"{count:,}<br>{share:.1%}" for count, share in zip(*line, strict=True)]
        for line in zip(counts, shares, strict=True)
    ]
    figure = new_chart("predicted", "true")
    figure.add_trace(
        go.Heatmap(
            x=names,
            y=names,
            z=shares,
            zmin=0,
            zmax=1,
            colorscale="Cividis_r",
            text=texts,
            texttemplate="%{text}" if len(names) <= _NAMED else "",
            hovertemplate="true %{y}, predicted %{x}: %{text}<extra></extra>",
            colorbar={"title": {"text": "share"}, "thickness": 14, "tickformat": ".0%"},
            xgap=2,
            ygap=2,
            meta=of_run(run.group.id),
        )
    )
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(type="category", showgrid=False, autorange="reversed")
    return as_data(figure)


def calibration_figure(runs: Sequence[Classifier]) -> dict[str, Any]:
    """Return how often each run is right by how sure it is, in ten bins of equal width."""
    figure = new_chart("confidence: the probability of the predicted class", "share that is right")
    lowest = 1 / len(runs[0].score.target.classes)  # no predicted class is less probable
    figure.add_trace(baseline_line("as sure as right", [lowest, 1], [lowest, 1], hoverinfo="skip"))
    for run in runs:
        found = calibration(run.score.truth, run.score.predictions)
        filled = found.count > 0
        figure.add_trace(
            run_line(
                run.group,
                found.confidence[filled],
                found.right[filled],
                customdata=found.count[filled],
                name=f"{short(run.group.name)}: ECE {found.ece:.3f}",
                marker={"size": 7},
                hovertemplate="%{x:.2f} sure, %{y:.1%} right, %{customdata:,} texts<extra>"
                + plain(run.group.name)
                + "</extra>",
            )
        )
    figure.update_yaxes(tickformat=".0%")
    return as_data(figure)


def length_figure(runs: Sequence[Classifier], metric: Metric) -> dict[str, Any]:
    """Return a figure of each run that has saved lengths, by the words of the text.

    Args:
        runs: The runs.
        metric: Which figure; one of single texts.
    """
    figure = new_chart("words in the text", metric.label)
    for run in runs:
        if run.words is None:
            continue
        assert metric.loss is not None
        found = by_length(metric, metric.loss(run.score.truth, run.score.predictions), run.words)
        figure.add_trace(
            run_line(
                run.group,
                found.names,
                found.figure,
                customdata=found.count,
                marker={"size": 7},
                hovertemplate="%{x} words: %{y:.4f} of %{customdata:,} texts<extra>"
                + plain(run.group.name)
                + "</extra>",
            )
        )
    figure.update_xaxes(type="category")
    return as_data(figure)
