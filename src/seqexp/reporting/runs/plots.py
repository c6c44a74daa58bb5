"""Pictures of one run: its learning curves, and its forecast beside what came true."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.data.series.column_names import split_name
from seqexp.data.series.windows import Windows
from seqexp.models.events import Epoch
from seqexp.reporting.numbers import abbreviated
from seqexp.reporting.stretch import drawn_days
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.lead import true_lead
from seqexp.tasks.metric import order_key
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"
# Okabe and Ito's palette, which colour-blind readers can distinguish too; without yellow, hard to see on white.
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9")


def plot_curves(epochs: Sequence[Epoch], task: Task, windows: Windows, path: Path, title: str) -> None:
    """Draw the metric that ranks by epoch, in training and validation, with the baseline's as a line, as a PNG.

    At least one epoch must be completed. A second axis has the target's unit, if it has one.
    """
    metric, (name, baseline) = task.metric, task.baseline
    figure, axes = new_figure(title)
    numbers, val = [epoch.number for epoch in epochs], f"val_{metric.key}"
    axes.plot(numbers, [e.metrics[metric.key] for e in epochs], "-o", color=BLUE, ms=4, label="training")
    axes.plot(numbers, [e.metrics[val] for e in epochs], "-o", color=ORANGE, ms=4, label="validation")
    axes.axhline(baseline, color=GREY, ls="--", lw=1, label=f"{baseline_in_words(name)}, validation ({baseline:.4f})")
    best = min(epochs, key=lambda e: order_key(metric.better, e.metrics[val]))
    label = f"best: {best.metrics[val]:.4f} in epoch {best.number}"
    axes.plot(best.number, best.metrics[val], "*", color=ORANGE, ms=14, label=label)
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"{metric.label}, normalised")
    axes.xaxis.get_major_locator().set_params(integer=True)
    if windows.unit and windows.target_scale is not None:
        add_unit_axis(axes, windows.target_scale, windows.unit, metric.label)
    save_with_legend(figure, path, 4)


def add_unit_axis(axes: Any, scale: float, unit: str, label: str) -> None:
    """Give axes of normalised errors a second scale on the right, in the target's unit."""
    second = axes.secondary_yaxis("right", functions=(lambda y: y * scale, lambda y: y / scale))
    second.set_ylabel(literal(f"{label}, {unit}"))


def plot_forecast(score: Score, windows: Windows, path: Path, title: str) -> None:
    """Draw forecast, baseline and what came true over the first days of a part, as a PNG.

    Where not all windows were scored, each forecast is a point: a line would turn and twist between them.
    """
    times = windows.target_times(score.rows)
    shown = times < times[0] + np.timedelta64(drawn_days(windows.series.interval) * 86400, "s")
    shown &= np.arange(len(times)) < int(np.argmin(shown)) if not shown.all() else True
    figure, axes = new_figure(title)
    # A list of datetime objects: matplotlib then picks its own date axis.
    x = times[shown].astype("datetime64[s]").tolist()
    (name, baseline), *_ = score.baselines.items()
    is_whole = windows.rows.all_of(score.part) == len(score.rows)
    look: dict[str, Any] = {"lw": 1.6} if is_whole else {"ls": "", "marker": ".", "ms": 5}
    axes.plot(x, windows.to_unit(baseline[shown])[:, 0, 0], color=GREY, label=baseline_in_words(name), **look)
    recorded = windows.repaired.order.times
    targets = np.flatnonzero((recorded >= times[shown].min()) & (recorded <= times[shown].max()))
    came = recorded[targets].astype("datetime64[s]").tolist()
    axes.plot(
        came, windows.to_unit(windows.target_at(targets))[:, 0], color=BLUE, lw=1.6 if is_whole else 1.2, label="actual"
    )
    axes.plot(x, windows.to_unit(score.predictions[shown])[:, 0, 0], color=ORANGE, label="forecast", **look)
    name = windows.target.names[0]
    axes.set_ylabel(literal(with_unit(name, windows.series.unit_of(name))))
    axes.set_xlabel(f"time of the target, {true_lead(windows)} after the last row seen")
    figure.autofmt_xdate(rotation=30)
    save_with_legend(figure, path, 3)


def with_unit(column: str, unit: str) -> str:
    """Return a column as an axis names it: "T, deg C", also where the unit is not part of the column's name."""
    return f"{split_name(column)[0]}, {unit}" if unit else column


def literal(text: str, longest: int | None = None) -> str:
    """Return a user's text, shortened to so many characters, as pictures take it: dollars would begin a formula."""
    return drawable(text if longest is None else abbreviated(text, longest)).replace("$", r"\$")


def drawable(text: str) -> str:
    """Return a text with the code point, such as U+597D, of each character that would be an empty box in a picture.

    These are the characters that the pictures' font lacks, such as the Chinese ones.
    """
    if text.isascii():
        return text
    drawn = _characters_drawn()
    return "".join(c if c.isspace() or ord(c) in drawn else f"U+{ord(c):04X}" for c in text)


@cache
def _characters_drawn() -> frozenset[int]:
    """Return the code points of the characters that the pictures' font has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties())).get_charmap())


def new_figure(title: str, size: tuple[float, float] = (9, 4.8), dpi: int = 110) -> tuple[Any, Any]:
    """Return a figure of its own canvas, and its axes, with the title above them on the left; see `figure_of`."""
    figure, (axes,) = figure_of([title], size, dpi)
    return figure, axes


def figure_of(
    titles: Sequence[str],
    size: tuple[float, float] = (9, 4.8),
    dpi: int = 110,
    heights: Sequence[float] | None = None,
) -> tuple[Any, list[Any]]:
    """Return a figure of its own canvas, which pyplot would keep in a global list, and its axes, one per title.

    Args:
        titles: Above the axes, on the left of each.
        size: Width and height in inches.
        dpi: Pixels per inch.
        heights: Of axes that stand one above the other and share their x; None: they stand side by side.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    if heights is None:
        found = figure.subplots(1, len(titles), squeeze=False)
    else:
        found = figure.subplots(len(titles), 1, squeeze=False, sharex=True, height_ratios=heights)
    for axes, title in zip(found.flat, titles, strict=True):
        axes.set_title(literal(title), loc="left", fontsize=11)
        axes.grid(alpha=0.25)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, list(found.flat)


def save_with_legend(figure: Any, path: Path, columns: int, axes: Any = None) -> None:
    """Write a figure as a PNG, with a legend below: inside the axes, a line may run through it.

    The legend names what all axes show, each thing once, or what the given ones do.
    """
    named: dict[str, Any] = {}
    for each in figure.axes if axes is None else [axes]:
        handles, labels = each.get_legend_handles_labels()
        for label, handle in zip(labels, handles, strict=True):
            named.setdefault(label, handle)
    figure.legend(named.values(), named.keys(), frameon=False, ncols=columns, loc="outside lower center")
    figure.savefig(path)
