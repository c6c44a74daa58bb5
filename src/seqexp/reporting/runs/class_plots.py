"""Pictures of one run that classifies texts: its learning curves, what it confuses, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.models.events import Epoch
from seqexp.reporting.runs.plots import BLUE, GREY, ORANGE, figure_of, literal, new_figure, save_with_legend
from seqexp.tasks.classes import calibration, confusion
from seqexp.tasks.metric import better_of, order_key
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task

_NAMED = 30  # classes up to which the confusion says every name and count
_SHARES = 12  # classes up to which it says every share, too
_LONGEST_NAME = 24  # characters


def plot_text_curves(epochs: Sequence[Epoch], task: Task, path: Path, title: str) -> None:
    """Draw the metric that ranks and the loss by epoch, in training and validation, with the baseline's, as a PNG.

    At least one epoch must be completed; the training's monitor picks the best.
    """
    metric, monitor = task.metric, task.experiment.training.monitor
    figure, (left, right) = figure_of([title, ""], (11, 4.8))
    numbers = [epoch.number for epoch in epochs]
    best = min(epochs, key=lambda e: order_key(better_of(monitor), e.metrics[monitor]))
    for axes, name, label in ((left, metric.key, metric.label), (right, "loss", "loss, nats")):
        axes.plot(numbers, [e.metrics[name] for e in epochs], "-o", color=BLUE, ms=4, label="training")
        axes.plot(numbers, [e.metrics[f"val_{name}"] for e in epochs], "-o", color=ORANGE, ms=4, label="validation")
        star = f"best {monitor}: {best.metrics[monitor]:.4f} in epoch {best.number}"
        axes.plot(best.number, best.metrics[f"val_{name}"], "*", color=ORANGE, ms=14, label=star)
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
        axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    name, baseline = task.baseline
    always = f"always the {name}, validation ({baseline:.4f})"
    left.axhline(baseline, color=GREY, ls="--", lw=1, label=always)
    save_with_legend(figure, path, 4, left)


def plot_confusion(score: Score, path: Path, title: str) -> None:
    """Draw how many texts of each class are predicted as each, shaded by the class's shares, as a PNG."""
    counts, classes = confusion(score.truth[:], score.predictions[:]), len(score.target.classes)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    side = min(3.6 + 0.62 * classes, 14)
    figure, axes = new_figure(_of_part(title, score), (side + 1.4, side))
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    if classes <= _NAMED:
        names = [literal(name, _LONGEST_NAME) for name in score.target.classes]
        level = classes <= 3
        axes.set_xticks(range(classes), names, rotation=0 if level else 45, ha="center" if level else "right")
        axes.set_yticks(range(classes), names)
        for row, column in np.ndindex(counts.shape):
            _say(axes, row, column, int(counts[row, column]), float(shares[row, column]), classes)
    which = "" if classes <= _NAMED else ", the class's position"
    axes.set_xlabel(f"predicted{which}")
    axes.set_ylabel(f"true{which}")
    figure.colorbar(image, ax=axes, shrink=0.8, label="share of the true class")
    figure.savefig(path)


def _say(axes: Any, row: int, column: int, count: int, share: float, classes: int) -> None:
    """Write a field's count, and its share where there is room."""
    text = f"{count:,}\n{share:.1%}" if count and classes <= _SHARES else f"{count:,}"
    size = 12 if classes <= 4 else 8
    axes.text(column, row, text, ha="center", va="center", fontsize=size, color="white" if share > 0.55 else "black")


def plot_calibration(score: Score, path: Path, title: str) -> None:
    """Draw how often the model is right by how sure it is, with how many texts that is below, as a PNG."""
    found = calibration(score.truth[:], score.predictions[:])
    figure, (above, below) = figure_of([_of_part(title, score), ""], (7, 6.4), heights=(3, 1))
    filled = found.count > 0
    sides = {"x": found.edges[:-1], "width": np.diff(found.edges), "align": "edge", "edgecolor": "white"}
    above.bar(height=np.where(filled, found.right, 0), color=BLUE, label="share of correct predictions", **sides)
    above.plot([0, 1], [0, 1], color=GREY, ls="--", lw=1, label="perfectly calibrated")
    above.plot(found.confidence[filled], found.right[filled], "o", color=ORANGE, ms=6, label="mean confidence")
    above.set_ylabel("share of correct predictions")
    above.set_ylim(0, 1.02)
    below.bar(height=found.count, color=GREY, **sides)
    below.set_ylabel("texts")
    below.yaxis.set_major_formatter("{x:,.0f}")
    below.set_xlabel("confidence: the probability of the predicted class")
    lowest = 1 / len(score.target.classes)  # no predicted class is less probable
    below.set_xlim(found.edges[np.searchsorted(found.edges, lowest, side="right") - 1], 1)
    above.text(0.02, 0.96, f"expected calibration error {found.ece:.4f}", transform=above.transAxes, va="top")
    save_with_legend(figure, path, 3)


def _of_part(title: str, score: Score) -> str:
    return f"{title}: {len(score.rows):,} {score.part} texts"
