"""The task of forecasting one column of a series."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from rich.table import Table

from seqexp.config.digests import task_digest
from seqexp.config.schema import Experiment
from seqexp.data.arrays import PARTS, Floats, Part
from seqexp.data.batches import Gather, gather_windows, window_batches
from seqexp.data.series.geometry import Geometry
from seqexp.data.series.windows import Windows
from seqexp.evaluation.predictions import write_predictions
from seqexp.models.epoch import Epoch
from seqexp.reporting.data.series_facts import repairs_in_words
from seqexp.reporting.numbers import number, ordinal, percent
from seqexp.reporting.runs.plots import plot_curves, plot_forecast
from seqexp.tasks.metric import MAE
from seqexp.tasks.problem import Problem
from seqexp.tasks.score import PartScore, score
from seqexp.tracking.saved_models import save_network

if TYPE_CHECKING:
    from seqexp.runs.task import Score
    from seqexp.training.objective import Objective
    from seqexp.training.train_step import MakeBatch


def in_rows(experiment: Experiment, target: str, geometry: Geometry) -> Experiment:
    """Return the experiment with the target named and every measure of the windows in rows."""
    dataset = experiment.dataset.model_copy(update={**vars(geometry), "target": target})
    return experiment.model_copy(update={"dataset": dataset})


@dataclass(frozen=True)
class Forecast:
    """Windows of a series, and the value to forecast from each; see `Task` for what is asked of it.

    Attributes:
        experiment: What is run, with every measure of the windows in rows.
        data: The windows.
    """

    experiment: Experiment
    data: Windows
    kind: ClassVar[Literal["forecast"]] = "forecast"
    measure = MAE

    @classmethod
    def of(cls, experiment: Experiment, windows: Windows) -> Forecast:
        """Return the task with the target named and every measure in rows: "24h" and 144 are one experiment."""
        return cls(in_rows(experiment, windows.target_name, windows.geometry), windows)

    @property
    def problem(self) -> Problem:
        """What a network is built for."""
        return Problem(self.data.shape)

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.data.series.name

    @property
    def source(self) -> str:
        """Such as "official" or "simulated"."""
        return self.data.series.source

    @property
    def origin(self) -> str:
        """Where the data came from, in words."""
        return self.data.series.origin

    @property
    def data_digest(self) -> str:
        """SHA-256 of the series' content."""
        return self.data.series.digest

    @property
    def task_digest(self) -> str:
        """Runs may be ranked together only where it is equal."""
        windows = self.data
        return task_digest(
            self.experiment,
            data_digest=self.data_digest,
            target=windows.target_name,
            delay=windows.delay,
            max_gap=windows.geometry.max_gap if self.experiment.series.boundary == "strict" else None,
            total_rows=len(windows),
        )

    @property
    def digests(self) -> dict[str, str]:
        """Nothing else changes a number."""
        return {}

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield (name, line): the file, its repairs, the windows, the task."""
        windows = self.data
        rows, every = windows.rows, self.experiment.training.score_every
        share = "" if every == 1 else f" (every {ordinal(every)})"
        for note in windows.series.notes:
            yield "", note
        for index, line in enumerate(repairs_in_words(windows)):
            yield "repaired" if index == 0 else "", line
        yield (
            "windows",
            f"{len(rows.train):,} train, {len(rows.val):,} validation and {len(rows.test):,} test{share}, "
            f"each {windows.shape[0]} x {windows.shape[1]}",
        )
        yield (
            "task",
            f"{windows.target_name}, {windows.delay} rows after the window's end: "
            f"a true lead of {windows.true_lead_hours:.4g} h",
        )

    def tags(self) -> dict[str, str]:
        """Return the run's tags that tell of the windows."""
        windows = self.data
        return {
            "seqexp.unit": windows.unit,
            "seqexp.true_lead_hours": f"{windows.true_lead_hours:g}",
            "seqexp.windows": " ".join(f"{part}={len(getattr(windows.rows, part))}" for part in PARTS),
            "seqexp.replaced_values": str(sum(windows.replaced.values())),
            "seqexp.repairs": "; ".join(repairs_in_words(windows)) or "none",
        }

    def documents(self) -> dict[str, str]:
        """Return what turns recorded values into what the saved model takes, and its forecasts back."""
        windows = self.data
        scaling = {
            "columns": list(windows.columns),
            "mean": windows.scaling.mean.tolist(),
            "std": windows.scaling.std.tolist(),
            "target": windows.target_name,
            "replaced_values": dict(windows.replaced),
        }
        return {"scaling.json": json.dumps(scaling, indent=2, ensure_ascii=False) + "\n"}

    def dataset_facts(self) -> dict[str, Any]:
        """Return what the store keeps of the series."""
        series = self.data.series
        return {
            "rows": len(series),
            "rows_repaired": len(self.data),
            "columns": list(series.columns),
            "dropped": list(series.dropped),
            "interval_seconds": series.interval_seconds,
        }

    def objective(self, network: Any) -> Objective:
        """Return the configured loss, with the MAE beside it."""
        from seqexp.training.objective import forecasting

        return forecasting(self.experiment.training.loss)

    def feed(self) -> tuple[Gather, MakeBatch]:
        """Return what gathers windows, and what makes batches of them."""
        gather = gather_windows(self.data)
        return gather, window_batches(self.data, gather)

    @cached_property
    def _naive_val(self) -> float:
        windows = self.data
        return float(np.abs(windows.last_seen(windows.rows.val) - windows.targets(windows.rows.val)).mean())

    def baseline(self, part: Part) -> float:
        """Return the MAE of the naive forecast for a part, normalised."""
        if part == "val":
            return self._naive_val
        rows = getattr(self.data.rows, part)
        return float(np.abs(self.data.last_seen(rows) - self.data.targets(rows)).mean())

    def score(self, part: Part, predictions: Floats) -> PartScore:
        """Put forecasts for a part's rows, in their order, beside the truth and the naive forecasts."""
        return score(self.data, part, predictions)

    def figure(self, score: Score) -> float:
        """Return the MAE, normalised."""
        assert isinstance(score, PartScore)
        return score.mae

    def results(self, val: Score, test: Score) -> dict[str, float]:
        """Return the metrics that a run has once."""
        assert isinstance(val, PartScore)
        assert isinstance(test, PartScore)
        return {
            "best_val_mae": val.mae,
            "test_mae": test.mae,
            "test_mae_units": test.mae * self.data.target_scale,
            "naive_val_mae": val.naive_mae,
            "naive_test_mae": test.naive_mae,
            "skill_val": val.skill,
            "skill_test": test.skill,
        }

    def draw_curves(self, epochs: list[Epoch], path: Path, title: str) -> None:
        """Draw training and validation MAE by epoch."""
        plot_curves(epochs, self.data, self.baseline("val"), path, title)

    def draw_results(self, val: Score, test: Score, folder: Path, title: str) -> Iterator[tuple[Path, str]]:
        """Write the forecasts of both parts, and draw those of the test."""
        assert isinstance(val, PartScore)
        assert isinstance(test, PartScore)
        for part in (val, test):
            path = folder / f"{part.part}.parquet"
            write_predictions(part, self.data, path)
            yield path, "predictions"
        path = folder / "forecast.png"
        plot_forecast(test, self.data, path, title)
        yield path, "plots"

    def save(self, network: Any, folder: Path) -> None:
        """Write the network as an MLflow model folder."""
        save_network(network, folder / "model", self.data.shape)

    def save_estimator(self, estimator: Any, folder: Path) -> None:
        """Write nothing: an estimator's arrays, and the scaling, say all."""

    def result_table(self, model: str, val: Score, test: Score) -> Table:
        """Return the table of a run's MAE beside the naive forecast's."""
        assert isinstance(val, PartScore)
        assert isinstance(test, PartScore)
        unit, scale = self.data.unit or "unit", self.data.target_scale
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        for heading in ("val MAE", unit, "skill", "test MAE", unit, "skill"):
            table.add_column(heading, justify="right")

        def row(label: str, val_mae: float, val_skill: str, test_mae: float, test_skill: str) -> None:
            of_val, of_test = (
                (number(mae, 4), number(mae * scale, 2), skill)
                for mae, skill in ((val_mae, val_skill), (test_mae, test_skill))
            )
            table.add_row(label, *of_val, *of_test)

        row(model, val.mae, percent(val.skill), test.mae, percent(test.skill))
        if not np.array_equal(val.predictions, val.naive):
            row("naive", val.naive_mae, "", test.naive_mae, "")
        return table

    def progress_scale(self) -> tuple[float, str] | None:
        """Return (factor, unit) that turn a normalised MAE into the target's unit."""
        return self.data.target_scale, self.data.unit or "unit"

    def samples_table(self) -> tuple[str, Table, str]:
        """Return a heading, the windows part by part, and a line about them."""
        windows = self.data
        table = Table(box=None, pad_edge=False)
        for heading in ("part", "windows", "first row", "last row", "first target", "last target"):
            table.add_column(heading, justify="left" if heading == "part" else "right")
        for part in PARTS:
            rows = getattr(windows.rows, part)
            times = windows.target_times(rows[[0, -1]]).astype("datetime64[m]")
            table.add_row(
                part, f"{len(rows):,}", f"{rows[0]:,}", f"{rows[-1]:,}", *(str(t).replace("T", " ") for t in times)
            )
        line = (
            f"each {windows.shape[0]} timesteps x {windows.shape[1]} columns, float32; "
            f"batches of {windows.batch_size}; target {windows.target_name}, "
            f"true lead {windows.true_lead_hours:.4g} h"
        )
        return "windows", table, line
