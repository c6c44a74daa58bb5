"""Pictures of many runs: their validation curves, and figures over what a sweep varied."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from seqexp.reporting.numbers import as_numbers, number
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.page.figures import (
    add_second_scale,
    as_data,
    baseline_line,
    colour_bar,
    heat_map,
    new_chart,
    plain,
    run_line,
    short,
)
from seqexp.reporting.sweeps.setting import Setting, is_near
from seqexp.reporting.sweeps.sweep_plots import (
    ALONG,
    FinishedJob,
    are_ticks,
    baseline_along,
    figures_over,
    is_filled,
    means_over,
    shown_range,
    values_on,
    varied_axes,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POINTS = 300  # of a curve
_WITH_UNIT = 6  # columns of a map up to which its cells have the target's unit, too


@dataclass(frozen=True)
class Curve:
    """The validation figures of a run."""

    line: str  # the id of the run's line in the leaderboard
    group: PageLine  # its group's line
    name: str
    points: Sequence[tuple[int, float]]  # (epoch, figure) of each epoch; empty for what is not trained in epochs
    best: float  # the figure of the weights that were kept


def thinned(points: Sequence[tuple[int, float]], best: float, most: int = _POINTS) -> list[tuple[int, float]]:
    """Return so many points of a curve at most, at least 3: evenly spaced ones, the first, the last and the best.

    Points are (epoch, figure) in the order of the epochs; the best is that of which the figure is given.
    """
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    kept = {round(at * last / (most - 2)) for at in range(most - 1)}
    kept.add(min(range(len(points)), key=lambda at: abs(points[at][1] - best)))
    return [points[at] for at in sorted(kept)]


def curves_figure(curves: Sequence[Curve], setting: Setting, baselines: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Return the validation curves of runs, with (name, validation figure) of the baselines as level lines.

    The runs of the best group come first; those of a group have one colour and one entry in the legend.
    """
    figure = new_chart("epoch", f"val {setting.label}")
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
                **_hover(
                    setting,
                    [value for _, value in points],
                    f"{plain(curve.name)}<br>{'epoch %{x}' if trained else 'not trained in epochs'}: ",
                ),
            )
        )
        named.add(group.id)
    for name, value in baselines:
        level = [value, value]
        hover = _hover(setting, level, f"{plain(name)}: ")
        figure.add_trace(baseline_line(short(name), [first, last], level, **hover))
    values = [value for curve in curves for _, value in curve.points] + [curve.best for curve in curves]
    _keep_in_sight(figure, [*values, *(value for _, value in baselines)], setting)
    figure.update_xaxes(tick0=0, dtick=_epochs_a_tick(last - first))
    return as_data(figure)


def _epochs_a_tick(span: int) -> int:
    """Return how many epochs lie between two ticks, a round number of which there are about ten."""
    return next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if span <= 12 * step), max(1, span // 10))


def _hover(setting: Setting, values: Sequence[float], before: str, part: str = "") -> dict[str, Any]:
    """Return what a line says under the pointer: each value, in the target's unit, too, where there is one."""
    text = f"{before}%{{y:.4f}}" + (", %{customdata}" if setting.unit else "")
    said = [plain(setting.in_unit(value)) for value in values] if setting.unit else None
    return {"hovertemplate": f"{text}<extra>{part}</extra>", "customdata": said}


def _keep_in_sight(
    figure: go.Figure, values: Sequence[float], setting: Setting, baselines: Collection[float] = ()
) -> None:
    """Begin with a range in which trainings that went astray do not flatten all others; a double click shows all.

    Nor do baselines that are far away. The second scale, in the target's unit, has its ticks in that range.
    """
    low, high = shown_range(values, setting.metric)
    near = [value for value in baselines if is_near(value, low, high)]
    astray = any(not value <= high for value in values) or len(near) < len(baselines)
    low, high = min([low, *near]), max([high, *near])
    add_second_scale(figure, setting, (low, high))
    if astray:
        margin = 0.06 * (high - low) or 0.05
        figure.update_yaxes(range=[low - margin, high + margin])


def read_sweep(name: str, summary: str) -> dict[str, FinishedJob]:
    """Return a sweep's finished jobs by run id, without their curves, from the text of its summary.csv.

    Raises:
        ValueError: The table is none of a sweep; the message has its name.
    """
    rows = csv.DictReader(io.StringIO(summary))
    columns = list(rows.fieldnames or ())
    if "job" not in columns or "measure" not in columns:
        raise ValueError(f"summary.csv of {name} has no columns job and measure, but {', '.join(columns)}")
    axes = columns[columns.index("job") + 1 : columns.index("measure")]
    return {
        row["run_id"]: FinishedJob(
            row["job"], {axis: row[axis] for axis in axes}, float(row["val"]), float(row["test"])
        )
        for row in rows
        if row["val"] and row["test"]
    }


def sweep_figures(jobs: Sequence[FinishedJob], setting: Setting) -> list[tuple[str, dict[str, Any]]]:
    """Return (title, figure) of a sweep: over one axis as a line, over two as a map, over more axis by axis.

    So are two of which a search tried few combinations. None where nothing but seeds varied.
    """
    axes, label = varied_axes(jobs), setting.metric.label
    if len(axes) == 2 and is_filled(jobs, axes):
        return [(f"val {label} over {axes[0]} and {axes[1]}", _map(jobs, axes[0], axes[1], setting))]
    each = "seed" if len(axes) == 1 else "job"
    return [(f"{label} over {axis}", _line(jobs, axis, setting, each)) for axis in axes]


def _line(jobs: Sequence[FinishedJob], axis: str, setting: Setting, each: str) -> dict[str, Any]:
    import plotly.graph_objects as go

    figure = new_chart(axis, setting.label)
    values = values_on(jobs, axis)
    numbers = as_numbers(values)
    position: dict[str, float | str] = dict(zip(values, numbers or values, strict=True))
    hover = f"{plain(axis)}=%{{x}}: "
    for label, colour, found in figures_over(jobs, axis):
        many = any(len(figures) > 1 for figures in found.values())
        means = [fmean(figures) for figures in found.values()]
        figure.add_trace(
            go.Scatter(
                x=list(position.values()),
                y=means,
                mode="lines+markers" if numbers else "markers",
                name=f"{label}, mean" if many else label,
                line={"color": colour, "width": 2},
                marker={"size": 8, "color": colour},
                **_hover(setting, means, hover, label),
            )
        )
        if many:
            every = [figure for value in values for figure in found[value]]
            figure.add_trace(
                go.Scatter(
                    x=[position[value] for value in values for _ in found[value]],
                    y=every,
                    mode="markers",
                    name=f"{label}, each {each}",
                    showlegend=False,
                    marker={"size": 6, "color": colour, "opacity": 0.45},
                    **_hover(setting, every, hover, label),
                )
            )
    along = baseline_along(jobs, axis)
    levels = setting.lines() if along is None else {}
    x = list(position.values())
    for name, value in levels.items():
        figure.add_trace(
            baseline_line(plain(name), [x[0], x[-1]], [value] * 2, **_hover(setting, [value] * 2, "", name))
        )
    if along is not None:
        figure.add_trace(baseline_line(ALONG, x, along, **_hover(setting, along, hover, ALONG)))
    if numbers:
        if min(numbers) > 0 and max(numbers) / min(numbers) > 30:
            # Of the digits between the powers of ten 2 and 5 alone are named: all of them run into each other.
            figure.update_xaxes(type="log", dtick="D2" if max(numbers) / min(numbers) < 1e4 else None)
        if are_ticks(values):
            figure.update_xaxes(tickvals=numbers, ticktext=[plain(value) for value in values])
    else:
        figure.update_xaxes(type="category")
    baselines = [value for value in along or levels.values() if math.isfinite(value)]
    _keep_in_sight(figure, [value for job in jobs for value in (job.val, job.test)], setting, baselines)
    return as_data(figure)


def _map(jobs: Sequence[FinishedJob], down: str, across: str, setting: Setting) -> dict[str, Any]:
    metric = setting.metric
    rows, columns, cells = means_over(jobs, down, across)
    low, high = shown_range([value for line in cells for value in line if value is not None], metric)
    return heat_map(
        across,
        down,
        x=[plain(column) for column in columns],
        y=[plain(row) for row in rows],
        z=cells,
        zmin=low,
        zmax=high,
        # Dark is good, whichever way the figure goes. Readable in grey and for colour-blind readers.
        colorscale="Cividis_r" if metric.better == "higher" else "Cividis",
        text=[["" if value is None else _cell(value, setting, len(columns)) for value in line] for line in cells],
        texttemplate="%{text}",
        customdata=[["" if value is None else plain(setting.in_unit(value)) for value in line] for line in cells],
        hovertemplate=f"{plain(down)}=%{{y}}, {plain(across)}=%{{x}}: %{{z:.4f}}"
        + (", %{customdata}" if setting.unit else "")
        + "<extra></extra>",
        colorbar=colour_bar(f"val {setting.label}"),
    )


def _cell(value: float, setting: Setting, columns: int) -> str:
    text = number(value, 4)
    return plain(setting.with_unit(text, value, "\n")).replace("\n", "<br>") if columns <= _WITH_UNIT else text
