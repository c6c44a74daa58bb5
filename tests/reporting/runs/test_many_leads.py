"""What a person sees of runs with many leads and columns: header, tables at the end, pictures, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from seqexp.evaluation import predictions
from seqexp.reporting.runs import lead_plots
from seqexp.reporting.runs.results import lead_tables, result_table
from seqexp.reporting.runs.series_view import SeriesView
from seqexp.reporting.text_table import TextTable
from seqexp.tasks.metric import MAE, METRICS
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task
from tests.factories import figures_by_lead, small_experiment, small_windows, task_of

MANY = ("model=naive", "dataset.target=all", "dataset.horizon=12", "dataset.horizon_step=2", "dataset.season=8")
HEADER = {
    MANY: "p (mbar), T (degC), wv (m/s), 6 rows ahead, 2 apart, 5 to 15 after the last one seen: "
    "leads of 0.8333 to 2.5 h",
    ("model=naive",): "T (degC), 5 rows after the last one seen: a lead of 0.8333 h",
    ("model=naive", "dataset.horizon=3"): "T (degC), 3 rows ahead, 5 to 7 after the last one seen: "
    "leads of 0.8333 to 1.167 h",
}


def many(*overrides: str) -> tuple[Task, list[Score], SeriesView]:
    windows = small_windows(*MANY, *overrides)
    task = task_of(windows, small_experiment(*MANY, *overrides))
    shape = (6, len(windows.target.names))
    scores = [
        task.score(part, np.random.default_rng(0).normal(size=(len(windows.rows.of(part)), *shape)))
        for part in ("val", "test")
    ]
    return task, scores, SeriesView(task, windows)


def as_lines(table: TextTable) -> list[dict[str, str]]:
    return [dict(zip([column.header for column in table.columns], row, strict=True)) for row in table.rows]


def width(table: TextTable) -> int:
    cells = zip([column.header for column in table.columns], *table.rows, strict=True)
    return sum(2 + max(map(len, column)) for column in cells) - 2


@pytest.mark.parametrize("overrides", list(HEADER))
def test_the_header_says_what_is_forecast_and_how_far_ahead(overrides: tuple[str, ...]) -> None:
    windows = small_windows(*overrides)
    facts = dict(SeriesView(task_of(windows, small_experiment(*overrides)), windows).facts())
    assert facts["task"] == HEADER[overrides]
    assert ("numbers are forecast" in facts["windows"]) == (len(windows.ahead) > 1)


def test_windows_of_the_batch_that_is_dropped_are_counted() -> None:
    windows = small_windows(*MANY, "dataset.boundary=drop_last")
    view = SeriesView(task_of(windows, small_experiment(*MANY, "dataset.boundary=drop_last")), windows)
    (line,) = [text for _, text in view.facts() if "drop_last" in text]
    whole = small_windows(*MANY, "dataset.boundary=context").rows
    left = [len(whole.of(part)) - len(windows.rows.of(part)) for part in ("val", "test")]  # type: ignore[arg-type]
    assert [count % 16 for count in left] == left
    assert line.endswith(f": {left[0]} windows of validation and {left[1]} windows of test not scored")


def test_few_saved_forecasts_are_said_to_be_few(monkeypatch: pytest.MonkeyPatch) -> None:
    _, scores, view = many()
    assert not any("evenly chosen" in text for _, text in view.facts())
    monkeypatch.setattr(predictions, "_LARGEST", 5 * 18 * 20)
    (line,) = [text for _, text in view.facts() if "evenly chosen" in text]
    assert f"forecasts of 20 of {len(scores[0].rows)} validation windows and 20 of {len(scores[1].rows)} test" in line


def test_the_table_at_the_end_has_a_line_for_each_part_and_no_unit() -> None:
    task, (val, test), _ = many()
    table = result_table(task, "a_model_with_a_name_that_is_far_too_long", val, test, None)
    assert [column.header for column in table.columns] == ["", "", "MAE", "MSE", "MASE", "skill"]
    assert width(table) <= 80
    lines = as_lines(table)
    assert [row[0] for row in table.rows if row[0]] == ["validation", "test"]
    assert lines[0]["MAE"] == f"{val.figure(MAE):.4f}"
    (second,) = [line for line, row in zip(lines, table.rows, strict=True) if row[0] == "test"]
    assert second["MASE"] == f"{test.figure(METRICS['mase']):.4f}"


def test_the_error_by_lead_and_by_column_stands_beside_that_of_the_naive_forecasts() -> None:
    task, (_, test), _ = many()
    tables = dict(lead_tables(task, "model", test))
    by_lead, by_column = as_lines(tables["test MAE by lead"]), as_lines(tables["test MAE by column"])
    assert [line["rows ahead"] for line in by_lead] == ["5", "7", "9", "13", "15"]
    assert by_lead[0]["lead"] == "0.8333 h"
    figures = figures_by_lead(test, MAE)
    assert by_lead[1]["model"] == f"{figures[1].mean():.4f}"
    assert by_lead[1]["naive"] == f"{figures_by_lead(test, MAE, 'naive')[1].mean():.4f}"
    assert [line["column"] for line in by_column] == ["p (mbar)", "T (degC)", "wv (m/s)"]
    assert by_column[2]["model"] == f"{figures[:, 2].mean():.4f}"
    seasonal = next(name for name in test.baselines if name.startswith("seasonal"))
    assert by_column[2][seasonal.replace("_", " ")] == f"{figures_by_lead(test, MAE, seasonal)[:, 2].mean():.4f}"
    assert all(width(table) <= 80 for table in tables.values())


def test_of_one_number_there_are_no_such_tables() -> None:
    windows = small_windows("model=naive")
    task = task_of(windows, small_experiment("model=naive"))
    score = task.score("test", np.zeros(len(windows.rows.test)))
    assert list(lead_tables(task, "model", score)) == []


def test_files_and_pictures_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(
        lead_plots, "save_with_legend", lambda figure, path, columns: drawn.append(figure) or path.touch()
    )
    _, (val, test), view = many()
    written = {(kind, path.name): path for path, kind in view.write_results(val, test, tmp_path, "model on jena")}
    assert set(written) == {
        *((kind, f"{part}.parquet") for kind in ("predictions", "losses") for part in ("val", "test")),
        (None, "scores.parquet"),
        ("plots", "forecast.png"),
        ("plots", "error_by_lead.png"),
    }
    assert parquet.read_metadata(written["losses", "test.parquet"]).num_rows == len(test.rows)
    fan, by_lead = drawn
    lines = {line.get_label(): line for line in by_lead.axes[0].get_lines()}
    np.testing.assert_allclose(lines["model, all columns"].get_ydata(), figures_by_lead(test, MAE).mean(axis=1))
    assert len([name for name in lines if name in view.windows.target.names]) == 3
    forecasts = [line for line in fan.axes[0].get_lines() if line.get_label() == "forecast"]
    assert len(forecasts) == 5
    column = int(np.argmin(figures_by_lead(test, MAE).mean(axis=0)))
    np.testing.assert_allclose(forecasts[0].get_ydata(), view.windows.to_unit(test.predictions[0])[:, column])
