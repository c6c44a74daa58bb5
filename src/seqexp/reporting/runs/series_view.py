"""What a person sees of a run that forecasts a series."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqexp.data.arrays import PARTS, SCORED
from seqexp.data.samples import digest_of_arrays
from seqexp.data.series.windows import Windows
from seqexp.evaluation.fans import FEWEST_LEADS
from seqexp.evaluation.lead_scores import lead_scores, write_scores
from seqexp.evaluation.predictions import write_predictions
from seqexp.evaluation.saved_losses import has_losses, write_losses
from seqexp.models.events import Epoch
from seqexp.reporting.data.series_facts import (
    inputs_in_words,
    limits_in_words,
    parts_in_words,
    repairs_in_words,
    too_few_in_words,
)
from seqexp.reporting.leads import dropped_in_words, numbers_in_words, saved_in_words, task_in_words
from seqexp.reporting.numbers import counted
from seqexp.reporting.runs.lead_plots import plot_error_by_lead, plot_fan
from seqexp.reporting.runs.plots import plot_curves, plot_forecast
from seqexp.reporting.text_table import TextTable, plain_table
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.lead import true_lead
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task
from seqexp.tracking.tags import COLUMNS_TAG, SCALE_TAG, SCORED_TAG


@dataclass(frozen=True)
class SeriesView:
    """The words, tables and pictures of a task whose samples are windows of a series."""

    task: Task
    windows: Windows

    @property
    def scale(self) -> tuple[float, str] | None:
        """(factor, unit) that turn a normalised error into the target's unit; None where it has several columns."""
        factor = self.windows.target_scale
        return None if factor is None else (factor, self.windows.unit or "unit")

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield (name, line): the file, its repairs, the windows, the task."""
        windows = self.windows
        rows = windows.rows
        for note in windows.series.notes:
            yield "", note
        for index, line in enumerate(repairs_in_words(windows)):
            yield "repaired" if index == 0 else "", line
        for index, line in enumerate(inputs_in_words(windows)):
            yield "inputs" if index == 0 else "", line
        for index, line in enumerate(limits_in_words(windows)):
            yield "limited" if index == 0 else "", line
        yield "windows", f"{parts_in_words(rows)}, {numbers_in_words(windows)}"
        for more in (dropped_in_words(windows, self.task.experiment.series), saved_in_words(windows)):
            if more is not None:
                yield "", more
        if few := too_few_in_words(rows):
            yield "", few
        yield "task", task_in_words(windows)
        (name, figure), metric = self.task.baseline, self.task.metric
        skills = (
            "it never errs there, so no skill can be computed" if metric.never_errs(figure) else "skills are against it"
        )
        yield (
            "baseline",
            f"{baseline_in_words(name)}, the best of {len(self.task.baselines)} in validation: "
            f"{metric.label} {figure:.4f}; {skills}",
        )

    def tags(self) -> dict[str, str]:
        """Return the run's tags that tell of the windows."""
        windows = self.windows
        return {
            "seqexp.unit": windows.unit,
            **true_lead(windows).tags,
            "seqexp.windows": " ".join(f"{part}={len(windows.rows.of(part))}" for part in PARTS),
            SCALE_TAG: repr(windows.target_scale),
            SCORED_TAG: digest_of_arrays(windows.rows.of(part) + windows.delay for part in SCORED),
            **({} if windows.has_one_column else {COLUMNS_TAG: json.dumps(windows.target.names, ensure_ascii=False)}),
            "seqexp.replaced_values": str(sum(windows.replaced.values())),
            "seqexp.repairs": "; ".join(repairs_in_words(windows)) or "none",
            **({"seqexp.inputs": "; ".join(notes)} if (notes := inputs_in_words(windows)) else {}),
        }

    def samples_table(self) -> tuple[str, TextTable, str]:
        """Return a heading, the windows part by part, and a line about them."""
        windows = self.windows
        headings = ("part", "windows", "first row", "last row", "first target", "last target")
        lines = []
        for part in PARTS:
            rows = windows.rows.of(part)
            times = windows.target_times(rows[[0, -1]]).astype("datetime64[m]")
            stamps = (str(time).replace("T", " ") for time in times)
            lines.append((part, f"{len(rows):,}", f"{rows[0]:,}", f"{rows[-1]:,}", *stamps))
        line = (
            f"each {windows.shape[0]} timesteps x {counted(windows.shape[1], 'column')}, float32; "
            f"batches of {windows.batch_size}; target {windows.target_name}, "
            f"true lead {true_lead(windows)}"
        )
        return "windows", plain_table(headings, lines, left=("part",)), line

    def draw_curves(self, epochs: Sequence[Epoch], path: Path, title: str) -> None:
        """Draw training and validation errors by epoch."""
        plot_curves(epochs, self.task, self.windows, path, title)

    def write_results(self, val: Score, test: Score, folder: Path, title: str) -> Iterator[tuple[Path, str | None]]:
        """Write the forecasts of both parts and what they are worth by lead and column, and draw those of the test."""
        for part in (val, test):
            path = folder / f"{part.part}.parquet"
            write_predictions(part, self.windows, path)
            yield path, "predictions"
            if has_losses(part):
                path = folder / "losses" / path.name
                path.parent.mkdir(exist_ok=True)
                write_losses(part, self.task.metrics, path)
                yield path, "losses"
        scores = [lead_scores(part, self.task.metrics) for part in (val, test)]
        path = folder / "scores.parquet"
        write_scores(scores, path)
        yield path, None
        path = folder / "forecast.png"
        if len(scores[1].leads) >= FEWEST_LEADS:
            plot_fan(test, scores[1], self.task.metric, self.windows, path, title)
        else:
            plot_forecast(test, self.windows, path, title)
        yield path, "plots"
        if len(scores[1].leads) > 1:
            path = folder / "error_by_lead.png"
            plot_error_by_lead(test, scores[1], self.task.metric, self.windows, path, title)
            yield path, "plots"
