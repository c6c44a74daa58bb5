"""The validation curves of several runs on one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqexp.reporting.runs.differences import Compared
from seqexp.reporting.runs.plots import COLOURS, GREY, figure_of, literal, save_with_legend
from seqexp.reporting.sweeps.setting import Setting, data_title
from seqexp.reporting.sweeps.sweep_plots import LONGEST_NAME, limit_axes
from seqexp.tasks.kinds import baseline_figure, baseline_in_words, baselines_of


def plot_run_curves(runs: Sequence[Compared], path: Path) -> bool:
    """Draw the validation figure by epoch of each run, at most 12, those of one task on the same axes, as a PNG.

    A run that is not trained in epochs is a level line at its figure. The baseline of a task is drawn where it is the
    same for all its runs.

    Returns:
        Whether there is a picture: not where no run has a validation figure.
    """
    drawable = [run for run in runs if run.curve or _best(run) is not None]
    if not drawable:
        return False
    tasks = list(dict.fromkeys(run.task for run in drawable))
    first = {task: next(run.run for run in drawable if run.task == task) for task in tasks}
    which = [f", task {(task or 'unknown')[:8]}" if len(tasks) > 1 else "" for task in tasks]
    titles = [data_title(first[task].params, first[task].tags) + of for task, of in zip(tasks, which, strict=True)]
    figure, panels = figure_of(titles, (9 if len(tasks) == 1 else min(5.5 * len(tasks), 22), 5.4))
    for axes, task in zip(panels, tasks, strict=True):
        _draw(axes, [run for run in drawable if run.task == task])
    save_with_legend(figure, path, 2)
    return True


def _draw(axes: Any, runs: Sequence[Compared]) -> None:
    kind, metric = runs[0].kind, runs[0].metric
    drawn = [value for run in runs for _, value in run.curve]
    names = [baselines_of(kind, run.run.tags)[0] for run in runs]
    baselines = {
        (name, run.run.metrics.get(baseline_figure(name, metric, "val"))) for name, run in zip(names, runs, strict=True)
    }
    for run in runs:
        index = ord(run.label) - ord("A")  # after as many as there are colours, they are dashed
        look = {"color": COLOURS[index % len(COLOURS)], "ls": "-" if index < len(COLOURS) else "--", "lw": 1.6}
        best = _best(run)
        label = f"{run.label} {literal(run.run.name, LONGEST_NAME)}" + ("" if best is None else f": {best:.4f}")
        if run.curve:
            axes.plot(*zip(*run.curve, strict=True), marker="o", ms=4, label=label, **look)
        else:
            assert best is not None  # or it would not be drawable
            axes.axhline(best, label=f"{label}, not trained in epochs", **look)
            drawn.append(best)
    (name, baseline), *others = baselines
    if not others and baseline is not None:
        axes.axhline(baseline, color=GREY, ls=":", lw=1.2, label=f"{baseline_in_words(name)}: {baseline:.4f}")
        drawn.append(baseline)
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"val {Setting('', metric).label}")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    limit_axes(axes, drawn, metric)


def _best(run: Compared) -> float | None:
    value = run.run.metrics.get(run.metric.name("val"))
    return value if value is not None and math.isfinite(value) else None
