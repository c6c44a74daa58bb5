"""Pictures of a search: the metric of each trial, the best one so far, and the importance of each key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Literal

from seqexp.reporting.numbers import number
from seqexp.reporting.runs.plots import BLUE, GREY, ORANGE, figure_of, literal, new_figure, save_with_legend
from seqexp.reporting.sweeps.setting import Setting
from seqexp.reporting.sweeps.sweep_plots import limit_axes
from seqexp.tasks.metric import is_better, order_key

_SLICES = 4  # keys that are drawn side by side
_ROW = 0.36  # inches per bar
_HEAD = 1.3  # inches around them


@dataclass(frozen=True)
class TrialPoint:
    """A trial of a search that has ended, as a point of the history."""

    number: int
    ended: Literal["finished", "pruned", "failed"]  # how it ended
    value: float | None  # its validation metric, of a pruned trial that of its last epoch; None: it has none


def plot_history(trials: Sequence[TrialPoint], setting: Setting, path: Path) -> bool:
    """Draw the metric of each trial that has ended by its number, and the best one so far, as a PNG.

    Returns:
        Whether there is a picture: not where no trial finished.
    """
    metric, finished = setting.metric, sorted(_points(trials, "finished"))
    if not finished:
        return False
    figure, plot = new_figure(setting.title)
    x, values = zip(*finished, strict=True)
    best: list[float] = list(
        accumulate(values, lambda so_far, value: value if is_better(metric.better, value, than=so_far) else so_far)
    )
    last = max(trial.number for trial in trials)
    label = f"best so far: {number(best[-1], 4)}"
    plot.step([*x, last], [*best, best[-1]], where="post", color=ORANGE, lw=1.8, label=label)
    plot.plot(x, values, "o", color=BLUE, ms=5, label="finished")
    pruned = _points(trials, "pruned")
    if pruned:
        plot.plot(*zip(*pruned, strict=True), "x", color=GREY, ms=6, label="pruned, at its last epoch")
    failed = [trial.number for trial in trials if trial.ended == "failed"]
    if failed:
        at_the_edge = plot.get_xaxis_transform()
        plot.plot(failed, [0.02] * len(failed), "|", color=GREY, ms=10, mew=2, transform=at_the_edge, label="failed")
    limit_axes(plot, [value for _, value in (*finished, *pruned)], metric)
    setting.draw_lines(plot)
    plot.set_xlabel("trial")
    plot.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    plot.set_ylabel(f"val {setting.label}")
    setting.add_unit(plot, "val ")
    save_with_legend(figure, path, 4)
    return True


def _points(trials: Sequence[TrialPoint], ended: str) -> list[tuple[int, float]]:
    return [
        (trial.number, trial.value)
        for trial in trials
        if trial.ended == ended and trial.value is not None and math.isfinite(trial.value)
    ]


@dataclass(frozen=True)
class KeyPoints:
    """A searched key, and the finished trials as points over its values.

    Attributes:
        name: The key, such as "model.units".
        log: Whether its axis is logarithmic.
        points: (value, validation metric, trial number) of each finished trial that has the key; values that are not
            numbers are texts.
    """

    name: str
    log: bool
    points: Sequence[tuple[float | str, float, int]]


def plot_keys(keys: Sequence[KeyPoints], setting: Setting, path: Path) -> bool:
    """Draw the figures of the finished trials over the first four searched keys, later trials darker, as a PNG.

    Returns:
        Whether there is a picture: not where no trial finished.
    """
    shown = [key for key in keys if key.points][:_SLICES]
    if not shown:
        return False
    figure, plots = figure_of([key.name for key in shown], (max(9, 3.4 * len(shown)), 4.2))
    by_trial = {trial: value for key in shown for _, value, trial in key.points}
    last = max(by_trial)
    for key, plot in zip(shown, plots, strict=True):
        values, figures, trials = zip(*key.points, strict=True)
        x: Sequence[float] = values
        if not all(isinstance(value, int | float) for value in values):
            names = sorted({str(value) for value in values})
            x = [names.index(str(value)) for value in values]
            plot.set_xticks(range(len(names)), list(map(literal, names)))
            plot.set_xlim(-0.5, len(names) - 0.5)
        elif key.log:
            plot.set_xscale("log")
        plot.scatter(x, figures, c=trials, cmap="Blues", vmin=-0.4 * (last or 1), vmax=last, s=26)
        best = min(range(len(figures)), key=lambda index: order_key(setting.metric.better, figures[index]))
        plot.plot([x[best]], [figures[best]], "o", ms=10, mfc="none", mec=ORANGE, mew=2)
        limit_axes(plot, list(by_trial.values()), setting.metric)
        setting.draw_lines(plot)
    plots[0].set_ylabel(f"val {setting.label}")
    setting.add_unit(plots[-1], "val ")
    title = f"{setting.title}: finished trials, later ones darker, the best ringed"
    figure.suptitle(literal(title), x=0.01, ha="left", fontsize=11)
    save_with_legend(figure, path, 3)
    return True


def plot_importances(shares: Mapping[str, float], path: Path, title: str) -> bool:
    """Draw how much each key matters, as shares of 1, as bars, the greatest on top, as a PNG.

    Returns:
        Whether there is a picture: not where there are no shares.
    """
    if not shares:
        return False
    ordered = sorted(shares.items(), key=lambda item: item[1])
    figure, plot = new_figure(title, (9, min(_HEAD + _ROW * len(ordered), 14)))
    names, values = zip(*ordered, strict=True)
    bars = plot.barh(names, values, color=BLUE, height=0.62)
    plot.bar_label(bars, [f"{100 * value:.0f} %" for value in values], padding=4, fontsize=9)
    plot.set_xlim(0, 1.12 * values[-1] or 1)
    plot.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    plot.grid(visible=False, axis="y")
    plot.set_xlabel("share of the difference between the best trials and all")
    figure.savefig(path)
    return True
