"""The sections about what was predicted: forecasts beside what came true, classes beside the true ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seqexp.evaluation.by_time import read_forecasts
from seqexp.reporting.groups import Group
from seqexp.reporting.leaderboard import Task
from seqexp.reporting.report.class_charts import (
    Classifier,
    calibration_figure,
    confusion_figure,
    length_figure,
    read_classes,
)
from seqexp.reporting.report.content import Chart, Line, Section
from seqexp.reporting.report.forecast_charts import (
    Forecaster,
    by_hour_figure,
    by_month_figure,
    first_days,
    hardest_days,
    stretch_figure,
)
from seqexp.tracking.artifact_files import artifact_file
from seqexp.tracking.store import Store

_TEST = "predictions/test.parquet"
_HALF_A_DAY = np.timedelta64(12, "h")
_TWO_MONTHS = np.timedelta64(60, "D")
_SECOND = np.timedelta64(1, "s")


def forecast_sections(
    store: Store, task: Task, scored: Sequence[tuple[Group, Line]], prefix: str
) -> list[Section | None]:
    """Return forecasts beside what came true, and the error by hour and month, of the best run of some groups.

    Args:
        store: Where the runs are.
        task: The task.
        scored: The groups, with their lines in the leaderboard.
        prefix: Begins the ids.

    Raises:
        TrackingError: The store can't be read.
    """
    runs = [
        Forecaster(line.id, group.name, line.colour or "", line.dash, read_forecasts(path))
        for group, line, path in _predictions(store, scored)
    ]
    if not runs:
        return []
    best = runs[0].forecasts
    hardest, first = hardest_days(best), first_days(best)
    stretches = [
        Chart(
            f"{prefix}-first",
            "The first two weeks of the test part",
            "The best run of each of the first groups. A click on the legend shows or hides a line.",
            stretch_figure(runs, first, task.unit),
            420,
        ),
        Chart(
            f"{prefix}-hardest",
            f"The two weeks on which {runs[0].name} errs most",
            f"From {hardest[0].astype('datetime64[D]')}, the 14 days in a row with its largest mean error.",
            stretch_figure(runs, hardest, task.unit),
            420,
        ),
    ]
    forecasts = Section(
        f"{prefix}-forecasts",
        "Forecasts against actual",
        f"{len(best.rows):,} windows of the test part, scored once, with the weights of the best epoch.",
        stretches,
    )
    return [forecasts, _errors(task, runs, prefix)]


def _errors(task: Task, runs: Sequence[Forecaster], prefix: str) -> Section | None:
    """Return the error by hour and month, as far as the test part has hours and months."""
    times = runs[0].forecasts.times
    charts = []
    step = np.median(np.diff(np.sort(times)).astype("timedelta64[s]").astype(np.int64)) if len(times) > 1 else np.inf
    if step < _HALF_A_DAY / _SECOND:
        caption = "By the time of the target, as the series states it. Dotted: the naive forecast."
        figure = by_hour_figure(runs, task.unit)
        charts.append(Chart(f"{prefix}-hours", "Test MAE by hour of the day", caption, figure, 380, is_wide=False))
    if times.max() - times.min() > _TWO_MONTHS:
        caption = "Whatever the year. Dotted: the naive forecast."
        figure = by_month_figure(runs, task.unit)
        charts.append(Chart(f"{prefix}-months", "Test MAE by month", caption, figure, 380, is_wide=False))
    if not charts:
        return None
    note = (
        "Where a model is no better than the dotted line it has learned nothing that the naive forecast does not say."
    )
    return Section(f"{prefix}-errors", "Error by hour and season", note, charts)


def class_sections(store: Store, scored: Sequence[tuple[Group, Line]], prefix: str) -> list[Section | None]:
    """Return what the best run of some groups confuses, how sure they are, and their accuracy by length.

    Args:
        store: Where the runs are.
        scored: The groups, with their lines in the leaderboard.
        prefix: Begins the ids.

    Raises:
        TrackingError: The store can't be read.
    """
    runs = [
        Classifier(line.id, group.name, line.colour or "", line.dash, *read_classes(path))
        for group, line, path in _predictions(store, scored)
    ]
    if not runs:
        return []
    texts = len(runs[0].score.labels)
    charts = [
        Chart(
            f"{prefix}-confusion",
            f"What {runs[0].name} confuses",
            "Test texts of each true class (row) by the predicted one (column); shares are of the true class.",
            confusion_figure(runs[0]),
            400,
            is_wide=False,
        ),
        Chart(
            f"{prefix}-calibration",
            "As sure as right?",
            "Above the dotted line a model is right more often than it is sure. ECE: the expected calibration error.",
            calibration_figure(runs),
            400,
            is_wide=False,
        ),
    ]
    if any(run.words is not None for run in runs):
        caption = "Classes of lengths with about as many texts each."
        figure = length_figure(runs)
        charts.append(Chart(f"{prefix}-lengths", "Accuracy by length", caption, figure, 380))
    note = f"{texts:,} texts of the test part, scored once, with the weights of the best epoch."
    return [Section(f"{prefix}-classes", "Predictions", note, charts)]


def _predictions(store: Store, scored: Sequence[tuple[Group, Line]]) -> Iterator[tuple[Group, Line, Path]]:
    """Yield the groups whose best run has kept its predictions, with the file of them."""
    for group, line in scored:
        path = artifact_file(store, group.rows[0].stored, _TEST)
        if path is not None:
            yield group, line, path
