"""Pictures of forecasts at many leads: the error over the lead, and forecasts from a few origins beside what came."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seqexp.data.arrays import Floats
from seqexp.data.series.months import rows_in_words
from seqexp.data.series.windows import Windows
from seqexp.evaluation.fans import origins_among
from seqexp.evaluation.lead_scores import LeadScores
from seqexp.reporting.runs.plots import (
    BLUE,
    COLOURS,
    GREEN,
    GREY,
    ORANGE,
    figure_of,
    literal,
    new_figure,
    save_with_legend,
    with_unit,
)
from seqexp.tasks.kinds import SEASONAL_NAIVE, baseline_in_words
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score

_MOST_COLUMNS = 8  # of which each has a thin line
_LONGEST = 24  # characters of a name in a legend


def lead_axis(windows: Windows) -> str:
    """Return what the axis of leads is called, and how long a row is."""
    row = rows_in_words(1, windows.series.interval, windows.series.months)
    return f"rows after the last one seen, each {row}"


def plot_error_by_lead(
    score: Score, scores: LeadScores, metric: Metric, windows: Windows, path: Path, title: str
) -> None:
    """Draw the error of a model and of the naive forecasts over the lead, of few columns that of each, as a PNG."""
    figure, axes = new_figure(title)
    seasonal = next((name for name in score.baselines if name.startswith(SEASONAL_NAIVE)), "")
    if 1 < len(scores.columns) <= _MOST_COLUMNS:
        for at, column in enumerate(scores.columns):
            colour = COLOURS[at % len(COLOURS)]
            style = "-" if at < len(COLOURS) else "--"
            values = scores.over_leads(metric.key, column=column)
            axes.plot(scores.leads, values, style, color=colour, lw=0.8, alpha=0.8, label=literal(column, _LONGEST))
    of_all = ", all columns" if len(scores.columns) > 1 else ""
    lines = (
        ("naive", "naive", GREY, ":"),
        ("seasonal_naive", baseline_in_words(seasonal), GREY, "--"),
        ("value", f"model{of_all}", "black" if of_all else ORANGE, "-"),
    )
    for who, name, colour, style in lines:
        if (values := scores.over_leads(metric.key, who)) is not None:
            axes.plot(scores.leads, values, style, color=colour, lw=2.2 if who == "value" else 1.6, label=name)
    axes.set_xlabel(lead_axis(windows))
    axes.set_ylabel(f"test {metric.label}, normalised")
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    save_with_legend(figure, path, 5)


def columns_drawn(scores: LeadScores, metric: Metric) -> tuple[str, ...]:
    """Return one or two columns: of many those with the least and the largest error."""
    errors = scores.over_columns(metric.key)
    if len(scores.columns) <= 2 or errors is None:
        return scores.columns
    return scores.columns[int(np.argmin(errors))], scores.columns[int(np.argmax(errors))]


def plot_fan(score: Score, scores: LeadScores, metric: Metric, windows: Windows, path: Path, title: str) -> None:
    """Draw the forecasts of a few windows beside what came, and the best baseline's, as a PNG."""
    columns = columns_drawn(scores, metric)
    first, last = int(windows.ahead[0]), int(windows.ahead[-1])
    at = origins_among(score.rows, last - first + 1)
    rows = score.rows[at]
    name, said = next(iter(score.baselines.items()))
    forecasts, baselines = windows.to_unit(score.predictions[at]), windows.to_unit(said[at])
    shown = np.arange(max(0, int(rows.min()) - (last - first + 1) // 4), int(rows.max()) + last + 1)
    times, came = _dates(windows, shown), windows.to_unit(windows.target_at(shown))
    if len(scores.columns) > len(columns):
        title += f": of {len(scores.columns)} columns those with the least and the largest error"
    figure, panels = figure_of(
        [title, *[""] * (len(columns) - 1)], (10, 2.4 + 2.4 * len(columns)), heights=[1] * len(columns)
    )
    for axes, column in zip(panels, columns, strict=True):
        position = windows.target.names.index(column)
        axes.plot(times, came[:, position], color=BLUE, lw=1.1, label="actual")
        for number, row in enumerate(rows.tolist()):
            x = _dates(windows, row + windows.ahead)
            _line(axes, x, baselines[number, :, position], GREY, 1.0, baseline_in_words(name))
            _line(axes, x, forecasts[number, :, position], ORANGE, 1.6, "forecast")
            seen = row - windows.step
            value = windows.to_unit(windows.target_at(np.array([seen])))[0, position]
            axes.plot(_dates(windows, np.array([seen])), [value], "o", color=GREEN, ms=5, label="last row seen")
        axes.set_ylabel(literal(with_unit(column, windows.series.unit_of(column)), _LONGEST))
    panels[-1].set_xlabel("time of the target")
    figure.autofmt_xdate(rotation=30)
    save_with_legend(figure, path, 4)


def _line(axes: object, x: list[object], y: Floats, colour: str, width: float, label: str) -> None:
    axes.plot(x, y, color=colour, lw=width, label=label)  # type: ignore[attr-defined]


def _dates(windows: Windows, rows: np.ndarray) -> list[object]:
    """Return datetime objects: matplotlib then picks its own date axis."""
    found: list[object] = windows.repaired.order.times[rows].astype("datetime64[s]").tolist()
    return found
