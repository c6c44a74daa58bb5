"""Pictures of a sweep: the metric over the swept keys, and the validation curves of all jobs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from seqexp.reporting.numbers import as_numbers, number, ordered
from seqexp.reporting.runs.plots import BLUE, GREEN, GREY, ORANGE, figure_of, literal, new_figure, save_with_legend
from seqexp.reporting.sweeps.setting import Setting, keep_near
from seqexp.tasks.metric import Metric, order_key

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED = 3  # curves that have a colour and a name
_COLOURS = (ORANGE, BLUE, GREEN)
_WIDE = 30.0  # an axis whose ends are further apart than this factor is logarithmic
_REPEATED = "seed"  # its values are repetitions of the same job
_FAR = 8.0  # times the better half's range: errors beyond it are not shown
_WITH_UNIT = 8  # columns of a heat map up to which its cells have the target's unit, too
_TICKS, _LONGEST_TICK = 12, 7  # values below an axis, and characters of one
_PANELS = 4  # axes that are drawn side by side
LONGEST_NAME = 48  # characters, in a legend
ALONG = "baseline, validation"  # what a baseline that differs along an axis is called


@dataclass(frozen=True)
class FinishedJob:
    """A job that finished."""

    name: str
    values: Mapping[str, str]  # the value of each of the sweep's axes, as text
    val: float  # the validation metric at the best epoch
    test: float  # the test metric of the same weights
    curve: Sequence[tuple[int, float]] = ()  # (epoch, validation metric) of each epoch
    baseline: float | None = None  # the validation metric of the baseline that its skill is against


def plot_axes(trials: Sequence[FinishedJob], setting: Setting, path: Path) -> bool:
    """Draw the figures over one swept axis as points, over two as a heat map, over more axis by axis, as a PNG.

    Repetitions with other seeds are drawn as points around their mean; a heat map shows the mean.

    Returns:
        Whether there is a picture: not where no axis varies, or where most combinations of several were not tried.
    """
    axes = varied_axes(trials)
    if not axes or (len(axes) > 1 and not is_filled(trials, axes)):
        return False
    if len(axes) == 2:
        _draw_heat_map(trials, axes[0], axes[1], setting, path)
    else:
        _draw_lines(trials, axes[:_PANELS], setting, path)
    return True


def varied_axes(jobs: Sequence[FinishedJob]) -> list[str]:
    """Return the axes with more than one value, but for the seeds."""
    axes = dict.fromkeys(axis for job in jobs for axis in job.values)
    return [axis for axis in axes if axis != _REPEATED and len({job.values.get(axis) for job in jobs}) > 1]


def is_filled(jobs: Sequence[FinishedJob], axes: Sequence[str]) -> bool:
    """Return whether there is a job for half of the combinations of some axes: a search tries few of them."""
    cells = {tuple(job.values.get(axis) for axis in axes) for job in jobs}
    return 2 * len(cells) >= math.prod(len({job.values.get(axis) for job in jobs}) for axis in axes)


def values_on(jobs: Sequence[FinishedJob], axis: str) -> list[str]:
    """Return the jobs' values on an axis, ordered by size or name."""
    return ordered({job.values.get(axis, "") for job in jobs})


def figures_over(jobs: Sequence[FinishedJob], axis: str) -> Iterator[tuple[str, str, dict[str, list[float]]]]:
    """Yield the name and the colour of each part, and the jobs' figures of it by their values on an axis, ordered."""
    for part, colour in (("validation", ORANGE), ("test", BLUE)):
        found: dict[str, list[float]] = {value: [] for value in values_on(jobs, axis)}
        for job in jobs:
            found[job.values.get(axis, "")].append(job.test if part == "test" else job.val)
        yield part, colour, found


def baseline_along(jobs: Sequence[FinishedJob], axis: str) -> list[float] | None:
    """Return the baseline's mean validation figure at each value on an axis; None where it is the same for all jobs.

    It differs where the task does, such as in its true lead. It is NaN where it is not known.
    """
    if len({job.baseline and round(job.baseline, 6) for job in jobs}) == 1:
        return None
    found: dict[str, list[float]] = {value: [] for value in values_on(jobs, axis)}
    for job in jobs:
        if job.baseline is not None:
            found[job.values.get(axis, "")].append(job.baseline)
    return [fmean(known) if known else math.nan for known in found.values()]


def means_over(
    jobs: Sequence[FinishedJob], down: str, across: str
) -> tuple[list[str], list[str], list[list[float | None]]]:
    """Return the values on two axes, and row by row the mean validation figure of each combination; None: no job."""
    rows, columns = values_on(jobs, down), values_on(jobs, across)
    found = defaultdict(list)
    for job in jobs:
        found[job.values.get(down, ""), job.values.get(across, "")].append(job.val)
    return rows, columns, [[fmean(found[r, c]) if found[r, c] else None for c in columns] for r in rows]


def _draw_lines(trials: Sequence[FinishedJob], axes: Sequence[str], setting: Setting, path: Path) -> None:
    if len(axes) == 1:
        figure, plot = new_figure(setting.title)
        plots = [plot]
    else:
        figure, plots = figure_of([""] * len(axes), (4.5 * len(axes), 4.8))
        figure.suptitle(literal(setting.title), x=0.01, ha="left", fontsize=11)
    for axis, plot in zip(axes, plots, strict=True):
        _draw_line(plot, trials, axis, setting, each="seed" if len(axes) == 1 else "job")
    plots[0].set_ylabel(setting.label)
    setting.add_unit(plots[-1])
    save_with_legend(figure, path, 4, plots[0])


def _draw_line(plot: Axes, trials: Sequence[FinishedJob], axis: str, setting: Setting, *, each: str) -> None:
    values = values_on(trials, axis)
    numbers = as_numbers(values)
    position = dict(zip(values, numbers or range(len(values)), strict=True))
    x = [position[value] for value in values]
    for label, colour, found in figures_over(trials, axis):
        many = any(len(figures) > 1 for figures in found.values())
        mean = [fmean(figures) for figures in found.values()]
        plot.plot(x, mean, "-o" if numbers else "o", color=colour, ms=5, label=f"{label}{', mean' if many else ''}")
        if many:
            points = [(position[value], y) for value in values for y in found[value]]
            plot.plot(*zip(*points, strict=True), ".", color=colour, ms=5, alpha=0.45, label=f"{label}, each {each}")
    if numbers is None:
        level = len(values) <= 6
        plot.set_xticks(
            range(len(values)),
            list(map(literal, values)),
            rotation=0 if level else 45,
            ha="center" if level else "right",
        )
        plot.set_xlim(-0.5, len(values) - 0.5)
    else:
        if min(numbers) > 0 and max(numbers) / min(numbers) > _WIDE:
            plot.set_xscale("log")
            plot.minorticks_off()
        if are_ticks(values):
            plot.set_xticks(numbers, values)
    plot.set_xlabel(axis)
    limit_axes(plot, [figure for trial in trials for figure in (trial.val, trial.test)], setting.metric)
    _draw_baseline(plot, trials, axis, x, setting)


def _draw_baseline(plot: Axes, trials: Sequence[FinishedJob], axis: str, x: Sequence[float], setting: Setting) -> None:
    means = baseline_along(trials, axis)
    if means is None:
        setting.draw_lines(plot)
        return
    plot.plot(x, means, "--_", color=GREY, lw=1.2, ms=12, label=ALONG)
    for value in means:
        keep_near(plot, value)


def _draw_heat_map(trials: Sequence[FinishedJob], down: str, across: str, setting: Setting, path: Path) -> None:
    metric = setting.metric
    rows, columns, means = means_over(trials, down, across)
    cells = np.array(means, np.float64)  # NaN where there is no job
    limits = shown_range(cells.ravel().tolist(), metric)
    size = (max(min(3.5 + 1.0 * len(columns), 18), 7), min(2.4 + 0.6 * len(rows), 14))
    lines = [setting.title, *(setting.with_unit(label, value) for label, value in setting.lines().items())]
    figure, plot = new_figure("\n".join(lines), size)
    # Dark is good, whichever way the figure goes.
    colours = "Blues" if metric.better == "higher" else "Blues_r"
    image = plot.imshow(cells, cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto")
    plot.grid(visible=False)
    plot.spines[:].set_visible(False)
    plot.set_xticks(range(len(columns)), list(map(literal, columns)), rotation=0 if len(columns) <= 8 else 45)
    plot.set_yticks(range(len(rows)), list(map(literal, rows)))
    for row, column in np.ndindex(cells.shape):
        value = float(cells[row, column])
        share = 0.0 if limits[0] == limits[1] else (value - limits[0]) / (limits[1] - limits[0])
        is_dark = share > 0.6 if metric.better == "higher" else share < 0.4
        text = number(value, 4) if math.isfinite(value) else "none"
        if math.isfinite(value) and len(columns) <= _WITH_UNIT:
            text = setting.with_unit(text, value, "\n")
        colour = "white" if math.isfinite(value) and is_dark else "black"
        plot.text(column, row, text, ha="center", va="center", fontsize=9, color=colour)
    plot.set_xlabel(across)
    plot.set_ylabel(down)
    several = len(trials) > sum(mean is not None for line in means for mean in line)
    figure.colorbar(image, ax=plot, label=f"val {setting.label}{', mean over seeds' if several else ''}")
    figure.savefig(path)


def plot_validation(trials: Sequence[FinishedJob], setting: Setting, path: Path) -> bool:
    """Draw the validation figure by epoch of all jobs, the best few in colour and named, as a PNG.

    Returns:
        Whether there is a picture: not where no model was trained in epochs.
    """
    metric = setting.metric
    trained = sorted((trial for trial in trials if trial.curve), key=lambda trial: order_key(metric.better, trial.val))
    if not trained:
        return False
    figure, plot = new_figure(setting.title)
    for rank, (trial, colour) in enumerate(zip(trained[:_NAMED], _COLOURS, strict=False)):
        label = f"{literal(trial.name, LONGEST_NAME)}: {number(trial.val, 4)}"
        plot.plot(*zip(*trial.curve, strict=True), "-o", color=colour, ms=4, lw=1.6, zorder=9 - rank, label=label)
    for trial in trained[_NAMED:]:
        plot.plot(*zip(*trial.curve, strict=True), "-", color=GREY, lw=1, alpha=0.5)
    others = len(trained) - _NAMED
    if others > 0:
        plot.plot([], [], "-", color=GREY, lw=1, alpha=0.5, label=f"{others} other{'s' if others > 1 else ''}")
    plot.set_xlabel("epoch")
    plot.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    limit_axes(plot, [value for trial in trained for _, value in trial.curve], metric)
    setting.draw_lines(plot)
    plot.set_ylabel(f"val {setting.label}")
    setting.add_unit(plot, "val ")
    save_with_legend(figure, path, 2)
    return True


def are_ticks(values: Sequence[str]) -> bool:
    """Return whether the values on an axis can all be written below it: few and short, unlike those of a search."""
    return len(values) <= _TICKS and max(map(len, values)) <= _LONGEST_TICK


def limit_axes(plot: Axes, figures: Sequence[float], metric: Metric) -> None:
    """Cut the figures of diverged trainings off the axes, which would flatten all others, and say so on the picture."""
    low, high = shown_range(figures, metric)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    plot.set_ylim(low - margin, high + margin)
    beyond = sum(not value <= high for value in figures)
    if beyond:
        text = f"{beyond} point{'s' if beyond > 1 else ''} above, or not finite"
        plot.text(0.99, 0.98, text, ha="right", va="top", fontsize=9, color=GREY, transform=plot.transAxes)


def shown_range(figures: Sequence[float], metric: Metric) -> tuple[float, float]:
    """Return the range of the values to draw; errors far beyond those of the better half are cut off."""
    finite = [value for value in figures if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    low, high, middle = min(finite), max(finite), float(np.median(finite))
    if metric.better != "lower" or middle == low:
        return low, high
    return low, min(high, low + _FAR * (middle - low))
