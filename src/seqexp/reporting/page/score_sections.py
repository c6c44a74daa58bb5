"""The sections about what was predicted: forecasts beside what came true, classes beside the true ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from seqexp.data.arrays import Rows, Times
from seqexp.evaluation.class_predictions import read_class_predictions, read_lengths
from seqexp.evaluation.forecasts import read_forecasts
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.losses import naming_the_run
from seqexp.reporting.board.rows import Row
from seqexp.reporting.page.class_charts import (
    Classifier,
    calibration_figure,
    confusion_figure,
    length_figure,
)
from seqexp.reporting.page.content import Chart, PageLine, PageSection
from seqexp.reporting.page.forecast_charts import (
    Forecaster,
    by_time_figure,
    first_days,
    hardest_days,
    leads_of,
    stretch_figure,
)
from seqexp.reporting.page.lead_sections import lead_sections
from seqexp.reporting.stretch import days_in_words
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.metric import Metric
from seqexp.tracking.reading.artifacts import artifact_file
from seqexp.tracking.store.store import Store

_TEST = "predictions/test.parquet"
_OWN = "Forecasts and errors are as saved, of each run's own windows, which are not those of the leaderboard."
_HALF_A_DAY = np.timedelta64(12, "h")
_DAY = np.timedelta64(1, "D")
_TWO_MONTHS = np.timedelta64(60, "D")
_SECOND = np.timedelta64(1, "s")

_Scored = TypeVar("_Scored", Forecaster, Classifier)


def forecast_sections(
    store: Store, board: Board, scored: Sequence[tuple[Group, PageLine]], prefix: str
) -> list[PageSection | None]:
    """Return forecasts beside what came true, and the error by hour and month, of the best run of some groups.

    The groups stand beside their lines in the leaderboard; the prefix begins the sections' ids.

    Raises:
        TrackingError: The store can't be read.
    """
    if scored and scored[0][0].rows[0].has_losses:
        return lead_sections(store, board, scored, prefix)
    runs = _best_runs(store, scored, lambda line, row, path: Forecaster(line, read_forecasts(path), row.lead))
    if not runs:
        return []
    unit, own = board.task.unit, "" if board.common is None else f" {_OWN}"
    best = runs[0].forecasts
    hardest, first = hardest_days(best, board.task.metric), first_days(best)
    days = int((hardest[1] - hardest[0]).astype(int))
    drawn = round(float((first[1] - first[0]) / _DAY))
    is_whole = best.times.max() < first[1]
    stretches = [
        Chart(
            f"{prefix}-first",
            "The whole test part" if is_whole else f"The first {days_in_words(drawn)} of the test part",
            "The best run of each of the first groups. Its tick in the leaderboard, or a click on the legend, shows or "
            "hides a line.",
            stretch_figure(runs, first, unit),
            420,
        ),
        Chart(
            f"{prefix}-hardest",
            f"The {days_in_words(days)} on which {runs[0].group.name} errs most",
            f"From {hardest[0].astype('datetime64[D]')}, the consecutive days with its largest mean error.",
            stretch_figure(runs, hardest, unit),
            420,
        ),
    ]
    stretched = PageSection(
        f"{prefix}-forecasts",
        "Forecasts against actual values",
        f"{len(best.rows):,} windows of the test part, scored once, with the weights of the best epoch.{own}",
        stretches,
    )
    return [stretched, _errors(runs, board.task.metric, unit, own, prefix)]


def _errors(runs: Sequence[Forecaster], metric: Metric, unit: str, own: str, prefix: str) -> PageSection | None:
    """Return the error by hour and month, as far as the test part has hours and months."""
    several = len(leads_of(runs)) > 1
    dotted = f"Dotted: {baseline_in_words(runs[0].forecasts.baseline_name)}, the best baseline" + (
        " of each true lead" if several else ""
    )
    if own:
        dotted += f", on the windows of {'the first run that has it' if several else runs[0].group.name}"
    times = runs[0].forecasts.times
    shown: list[tuple[Literal["hour", "month"], str, str]] = []
    step = np.median(np.diff(np.sort(times)).astype("timedelta64[s]").astype(np.int64)) if len(times) > 1 else np.inf
    if step < _HALF_A_DAY / _SECOND:
        shown.append(("hour", "hour of the day", "By the time of the target, as the series states it."))
    if times.max() - times.min() > _TWO_MONTHS and len(np.unique(_months(times))) > 1:
        shown.append(("month", "month", "Whatever the year."))
    if not shown:
        return None
    charts = []
    for of, name, what in shown:
        title, figure = f"Test {metric.label} by {name}", by_time_figure(runs, metric, unit, of)
        charts.append(Chart(f"{prefix}-{of}s", title, f"{what} {dotted}.", figure, 380, is_wide=False))
    which = "the dotted line of its true lead" if several else "the dotted line"
    note = f"Where a model is no better than {which} it has learned nothing that the baseline does not say.{own}"
    return PageSection(f"{prefix}-errors", "Error by hour and season", note, charts)


def _months(times: Times) -> Rows:
    """Return the months of the year, 0 to 11."""
    months: Rows = times.astype("datetime64[M]").astype(np.int64) % 12
    return months


def class_sections(
    store: Store, board: Board, scored: Sequence[tuple[Group, PageLine]], prefix: str
) -> list[PageSection | None]:
    """Return what the best run of some groups confuses, how sure they are, and their figure by length.

    The groups stand beside their lines in the leaderboard; the prefix begins the sections' ids.

    Raises:
        TrackingError: The store can't be read.
    """
    runs = _best_runs(
        store, scored, lambda line, _, path: Classifier(line, read_class_predictions(path, "test"), read_lengths(path))
    )
    if not runs:
        return []
    texts = len(runs[0].score.rows)
    charts = [
        Chart(
            f"{prefix}-confusion",
            f"What {runs[0].group.name} confuses",
            "Test texts of each true class (row) by the predicted one (column); shares are of the true class.",
            confusion_figure(runs[0]),
            400,
            is_wide=False,
        ),
        Chart(
            f"{prefix}-calibration",
            "Calibration",
            "Above the dotted line, a model is right more often than its confidence says. "
            "ECE: the expected calibration error.",
            calibration_figure(runs),
            400,
            is_wide=False,
        ),
    ]
    metric = board.task.metric
    if metric.loss is not None and any(run.words is not None for run in runs):
        caption = "Texts are grouped by length, about the same number in each group."
        figure = length_figure(runs, metric)
        charts.append(Chart(f"{prefix}-lengths", f"Test {metric.label} by length", caption, figure, 380))
    note = f"{texts:,} texts of the test part, scored once, with the weights of the best epoch."
    return [PageSection(f"{prefix}-classes", "Predictions", note, charts)]


def _best_runs(
    store: Store, scored: Sequence[tuple[Group, PageLine]], read: Callable[[PageLine, Row, Path], _Scored]
) -> list[_Scored]:
    """Return what is read from the best run of each group, if it has saved its predictions."""
    found = []
    for group, line in scored:
        row = group.rows[0]
        path = artifact_file(store, row.stored, _TEST)
        if path is not None:
            with naming_the_run(row, path):
                found.append(read(line, row, path))
    return found
