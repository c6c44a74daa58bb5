"""Pictures of many runs: their validation curves, and figures over what a sweep varied."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from seqexp.reporting.numbers import as_numbers, number, ordered
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.page.figures import LINES, as_data, baseline_line, new_chart, plain, run_line, short
from seqexp.reporting.sweeps.sweep_plots import is_filled, shown_range
from seqexp.tasks.metric import Metric

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POINTS = 300  # of a curve
_REPEATED = "seed"


@dataclass(frozen=True)
class Curve:
    """The validation figures of a run.

    Attributes:
        line: The id of the run's line in the leaderboard.
        group: Its group's line.
        name: The run's name.
        points: (epoch, figure) of each epoch; empty for what is not trained in epochs.
        best: The figure of the weights that were kept.
    """

    line: str
    group: PageLine
    name: str
    points: Sequence[tuple[int, float]]
    best: float


@dataclass(frozen=True)
class Sweep:
    """A sweep's jobs that are shown.

    Attributes:
        name: The sweep's name.
        axes: What was swept.
        jobs: (value on each axis, validation figure, test figure) of each.
    """

    name: str
    axes: tuple[str, ...]
    jobs: Sequence[tuple[Mapping[str, str], float, float]]

    @property
    def varied(self) -> list[str]:
        """The axes with more than one value, but for the seeds."""
        return [
            axis
            for axis in self.axes
            if axis != _REPEATED and len({values.get(axis) for values, _, _ in self.jobs}) > 1
        ]


def thinned(points: Sequence[tuple[int, float]], best: float, most: int = _POINTS) -> list[tuple[int, float]]:
    """Return so many points of a curve at most: evenly spaced ones, the first, the last and the one at its best.

    Args:
        points: (epoch, figure) in the order of the epochs.
        best: The figure of the best epoch.
        most: How many, at least 3.
    """
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    kept = {round(at * last / (most - 2)) for at in range(most - 1)}
    kept.add(min(range(len(points)), key=lambda at: abs(points[at][1] - best)))
    return [points[at] for at in sorted(kept)]


def curves_figure(curves: Sequence[Curve], metric: Metric, baselines: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Return the validation curves of runs; those of a group have one colour and one entry in the legend.

    Args:
        curves: The runs, those of the best group first.
        metric: What their figures are.
        baselines: (name, validation figure) of the baselines, drawn as level lines.
    """
    figure = new_chart("epoch", f"val {metric.label}")
    last = max((epoch for curve in curves for epoch, _ in curve.points), default=1)
    first = min((epoch for curve in curves for epoch, _ in curve.points), default=0)
    named = set[str]()
    for curve in curves:
        group, trained = curve.group, bool(curve.points)
        points = thinned(curve.points, curve.best) if trained else [(first, curve.best), (last, curve.best)]
        figure.add_trace(
            run_line(
                group,
                *zip(*points, strict=True),
                mode="lines+markers" if trained and len(points) <= 60 else "lines",
                legendgroup=group.id,
                showlegend=group.id not in named,
                line={"color": group.colour, "dash": group.dash, "width": 2 if trained else 1.5},
                marker={"size": 5},
                meta={"line": curve.line, "group": group.id},
                hovertemplate=f"{plain(curve.name)}<br>"
                + ("epoch %{x}: %{y:.4f}" if trained else "not trained in epochs: %{y:.4f}")
                + "<extra></extra>",
            )
        )
        named.add(group.id)
    for name, value in baselines:
        hover = f"{plain(name)}: %{{y:.4f}}<extra></extra>"
        figure.add_trace(baseline_line(short(name), [first, last], [value, value], hovertemplate=hover))
    values = [value for curve in curves for _, value in curve.points] + [curve.best for curve in curves]
    _keep_in_sight(figure, [*values, *(value for _, value in baselines)], metric)
    figure.update_xaxes(tick0=0, dtick=_epochs_a_tick(last - first))
    return as_data(figure)


def _epochs_a_tick(span: int) -> int:
    """Return how many epochs lie between two ticks, a round number of which there are about ten."""
    return next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if span <= 12 * step), max(1, span // 10))


def _keep_in_sight(figure: go.Figure, values: Sequence[float], metric: Metric) -> None:
    """Begin with a range in which trainings that went astray do not flatten all others; a double click shows all."""
    low, high = shown_range(values, metric)
    if any(not value <= high for value in values):
        margin = 0.06 * (high - low) or 0.05
        figure.update_yaxes(range=[low - margin, high + margin])


SweptJob = tuple[Mapping[str, str], float, float]


def read_sweep(name: str, summary: str) -> tuple[tuple[str, ...], dict[str, SweptJob]]:
    """Return a sweep's axes, and (values, validation figure, test figure) of its finished jobs by run id.

    Args:
        name: The sweep's name, for the message.
        summary: Its summary.csv.

    Raises:
        ValueError: The table is none of a sweep.
    """
    rows = csv.DictReader(io.StringIO(summary))
    columns = list(rows.fieldnames or ())
    if "job" not in columns or "measure" not in columns:
        raise ValueError(f"summary.csv of {name} has no columns job and measure, but {', '.join(columns)}")
    axes = tuple(columns[columns.index("job") + 1 : columns.index("measure")])
    jobs: dict[str, SweptJob] = {
        row["run_id"]: ({axis: row[axis] for axis in axes}, float(row["val"]), float(row["test"]))
        for row in rows
        if row["val"] and row["test"]
    }
    return axes, jobs


def sweep_figures(sweep: Sweep, metric: Metric) -> list[tuple[str, dict[str, Any]]]:
    """Return (title, figure) of a sweep: over one axis as a line, over two as a map, over more axis by axis.

    So are two of which a search tried few combinations. None where nothing but seeds varied.
    """
    axes = sweep.varied
    if len(axes) == 2 and is_filled([values for values, _, _ in sweep.jobs], axes):
        return [(f"val {metric.label} over {axes[0]} and {axes[1]}", _map(sweep, axes[0], axes[1], metric))]
    return [(f"{metric.label} over {axis}", _line(sweep, axis, metric)) for axis in axes]


def _line(sweep: Sweep, axis: str, metric: Metric) -> dict[str, Any]:
    import plotly.graph_objects as go

    figure = new_chart(axis, metric.label)
    values = ordered({values.get(axis, "") for values, _, _ in sweep.jobs})
    numeric = as_numbers(values) is not None
    alone = len(sweep.varied) == 1
    for part, colour in (("validation", LINES[1]), ("test", LINES[0])):
        found = defaultdict(list)
        for job, val, test in sweep.jobs:
            found[job.get(axis, "")].append(val if part == "validation" else test)
        means = [fmean(found[value]) for value in values]
        many = any(len(figures) > 1 for figures in found.values())
        x: list[float | str] = [float(value) if numeric else value for value in values]
        figure.add_trace(
            go.Scatter(
                x=x,
                y=means,
                mode="lines+markers" if numeric else "markers",
                name=f"{part}, mean" if many else part,
                line={"color": colour, "width": 2},
                marker={"size": 8, "color": colour},
                hovertemplate=f"{plain(axis)}=%{{x}}: %{{y:.4f}}<extra>{part}</extra>",
            )
        )
        if many:
            figure.add_trace(
                go.Scatter(
                    x=[float(value) if numeric else value for value in values for _ in found[value]],
                    y=[figure for value in values for figure in found[value]],
                    mode="markers",
                    name=f"{part}, each {'seed' if alone else 'job'}",
                    marker={"size": 6, "color": colour, "opacity": 0.45},
                    hovertemplate=f"{plain(axis)}=%{{x}}: %{{y:.4f}}<extra>{part}</extra>",
                )
            )
    if numeric:
        numbers = [float(value) for value in values]
        if min(numbers) > 0 and max(numbers) / min(numbers) > 30:
            figure.update_xaxes(type="log")
        if len(numbers) <= 12:
            figure.update_xaxes(tickvals=numbers, ticktext=[plain(value) for value in values])
    else:
        figure.update_xaxes(type="category")
    _keep_in_sight(figure, [value for _, val, test in sweep.jobs for value in (val, test)], metric)
    return as_data(figure)


def _map(sweep: Sweep, down: str, across: str, metric: Metric) -> dict[str, Any]:
    import plotly.graph_objects as go

    rows = ordered({values.get(down, "") for values, _, _ in sweep.jobs})
    columns = ordered({values.get(across, "") for values, _, _ in sweep.jobs})
    found = defaultdict(list)
    for job, val, _ in sweep.jobs:
        found[job.get(down, ""), job.get(across, "")].append(val)
    cells = [[fmean(found[row, column]) if found[row, column] else None for column in columns] for row in rows]
    known = [value for line in cells for value in line if value is not None and math.isfinite(value)]
    low, high = shown_range(known, metric)
    figure = new_chart(across, down)
    figure.add_trace(
        go.Heatmap(
            x=[plain(column) for column in columns],
            y=[plain(row) for row in rows],
            z=cells,
            zmin=low,
            zmax=high,
            # Dark is good, whichever way the figure goes. Readable in grey and for colour-blind readers.
            colorscale="Cividis_r" if metric.better == "higher" else "Cividis",
            text=[["" if value is None else number(value, 4) for value in line] for line in cells],
            texttemplate="%{text}",
            hovertemplate=f"{plain(down)}=%{{y}}, {plain(across)}=%{{x}}: %{{z:.4f}}<extra></extra>",
            colorbar={"title": {"text": f"val {metric.label}"}, "thickness": 14},
            xgap=2,
            ygap=2,
        )
    )
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(type="category", showgrid=False, autorange="reversed")
    return as_data(figure)
