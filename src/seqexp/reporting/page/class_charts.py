"""Pictures of classifications: what is confused, how sure the model is, and at which lengths it errs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seqexp.reporting.page.colours import BASELINE
from seqexp.reporting.page.figures import as_data, new_figure, of_run, plain, short
from seqexp.tasks.class_score import ClassScore

_LENGTHS = 8  # classes of lengths, with about as many texts in each
_NAMED = 12  # classes up to which the map says every count


@dataclass(frozen=True)
class Classifier:
    """A run with its classifications of the test part, and its line in the leaderboard.

    Attributes:
        group: The id of its group's line.
        name: The group's name.
        colour, dash: The group's.
        score: The classifications.
        words: (texts,) int64, how many words each text has; None: the run has not kept it.
    """

    group: str
    name: str
    colour: str
    dash: str
    score: ClassScore
    words: npt.NDArray[np.int64] | None


def read_classes(path: Path) -> tuple[ClassScore, npt.NDArray[np.int64] | None]:
    """Return the test classifications that `write_class_predictions` wrote, and the texts' lengths if it did.

    Args:
        path: The Parquet file.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.read_table(path, use_threads=False)
    classes = tuple(json.loads(table.schema.metadata[b"classes"]))
    place = {name: index for index, name in enumerate(classes)}
    labels = np.array([place[name] for name in table["label"].to_pylist()], np.int64)
    probabilities = np.stack([table[f"p_{name}"].to_numpy() for name in classes], axis=1).astype(np.float64)
    rows = table["row"].to_numpy().astype(np.int64)
    words = table["words"].to_numpy().astype(np.int64) if "words" in table.column_names else None
    most = int(np.bincount(labels).argmax())  # the baseline's own class is that of the training part
    return ClassScore("test", rows, probabilities, labels, classes, most), words


def confusion_figure(run: Classifier) -> dict[str, Any]:
    """Return how many texts of each true class are predicted as each, shaded by the true class's shares."""
    import plotly.graph_objects as go

    counts = run.score.confusion
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    names = [plain(name) for name in run.score.classes]
    said = [
        [f"{count:,}<br>{share:.1%}" for count, share in zip(*line, strict=True)]
        for line in zip(counts, shares, strict=True)
    ]
    figure = new_figure("predicted", "true")
    figure.add_trace(
        go.Heatmap(
            x=names,
            y=names,
            z=shares,
            zmin=0,
            zmax=1,
            colorscale="Cividis_r",
            text=said,
            texttemplate="%{text}" if len(names) <= _NAMED else "",
            hovertemplate="true %{y}, predicted %{x}: %{text}<extra></extra>",
            colorbar={"title": {"text": "share"}, "thickness": 14, "tickformat": ".0%"},
            xgap=2,
            ygap=2,
            meta=of_run(run.group),
        )
    )
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(type="category", showgrid=False, autorange="reversed")
    return as_data(figure)


def calibration_figure(runs: Sequence[Classifier]) -> dict[str, Any]:
    """Return how often each run is right by how sure it is, in ten bins of equal width."""
    import plotly.graph_objects as go

    figure = new_figure("confidence: the probability of the predicted class", "share that is right")
    lowest = 1 / len(runs[0].score.classes)  # no predicted class is less probable
    figure.add_trace(
        go.Scatter(
            x=[lowest, 1],
            y=[lowest, 1],
            mode="lines",
            name="as sure as right",
            line={"color": BASELINE, "dash": "dot", "width": 1.5},
            hoverinfo="skip",
        )
    )
    for run in runs:
        found = run.score.calibration()
        filled = found.count > 0
        figure.add_trace(
            go.Scatter(
                x=found.confidence[filled],
                y=found.accuracy[filled],
                customdata=found.count[filled],
                mode="lines+markers",
                name=f"{short(run.name)}: ECE {found.ece:.3f}",
                line={"color": run.colour, "dash": run.dash, "width": 2},
                marker={"size": 7},
                meta=of_run(run.group),
                hovertemplate="%{x:.2f} sure, %{y:.1%} right, %{customdata:,} texts<extra>"
                + plain(run.name)
                + "</extra>",
            )
        )
    figure.update_yaxes(tickformat=".0%")
    return as_data(figure)


@dataclass(frozen=True)
class ByLength:
    """Accuracy by the length of the texts.

    Attributes:
        names: Such as "101-200".
        accuracy: (classes,) float64.
        count: (classes,) int64, texts in each.
    """

    names: tuple[str, ...]
    accuracy: npt.NDArray[np.float64]
    count: npt.NDArray[np.int64]


def accuracy_by_length(right: npt.NDArray[np.bool_], words: npt.NDArray[np.int64], classes: int = _LENGTHS) -> ByLength:
    """Return the accuracy in classes of lengths that hold about as many texts each.

    Args:
        right: (texts,) whether each is classified rightly.
        words: (texts,) how many words each has.
        classes: How many classes at most; fewer where many texts are of one length.
    """
    inner = np.quantile(words, np.arange(1, classes) / classes, method="lower")
    edges = np.unique([*inner.tolist(), int(words.max())])  # each class ends with its edge
    at = np.searchsorted(edges, words, side="left")
    count = np.bincount(at, minlength=len(edges))
    accuracy = np.bincount(at, weights=right, minlength=len(edges)) / count
    begins = [int(words.min()), *(int(edge) + 1 for edge in edges[:-1])]
    names = [
        f"{first:,}" if first == last else f"{first:,}-{last:,}" for first, last in zip(begins, edges, strict=True)
    ]
    return ByLength(tuple(names), accuracy, count)


def length_figure(runs: Sequence[Classifier]) -> dict[str, Any]:
    """Return the accuracy of each run that has kept lengths, by the words of the text."""
    import plotly.graph_objects as go

    figure = new_figure("words in the text", "accuracy")
    for run in runs:
        if run.words is None:
            continue
        found = accuracy_by_length(run.score.predicted == run.score.labels, run.words)
        figure.add_trace(
            go.Scatter(
                x=found.names,
                y=found.accuracy,
                customdata=found.count,
                mode="lines+markers",
                name=short(run.name),
                line={"color": run.colour, "dash": run.dash, "width": 2},
                marker={"size": 7},
                meta=of_run(run.group),
                hovertemplate="%{x} words: %{y:.1%} of %{customdata:,} texts<extra>" + plain(run.name) + "</extra>",
            )
        )
    figure.update_xaxes(type="category")
    figure.update_yaxes(tickformat=".0%")
    return as_data(figure)
