"""The report of runs with many leads and columns: error over lead, error by column, forecasts from several origins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqexp.reporting.page.content import Chart, PageLine
from seqexp.reporting.page.score_sections import forecast_sections
from seqexp.tasks.metric import MAE
from seqexp.tasks.score import Score
from tests.factories import figures_by_lead, score_part, small_windows
from tests.reporting.forecasts import NOWHERE, board_of, run_of_scores
from tests.reporting.page.parsed import numbers

WINDOWS = small_windows("model=naive", "dataset.target=all", "dataset.horizon=8", "dataset.season=8")


def scored(size: float) -> list[Score]:
    found = []
    for part in ("val", "test"):
        rows = WINDOWS.rows.of(part)  # type: ignore[arg-type]
        noise = np.random.default_rng(0).normal(0, size, (len(rows), 8, 3)) * [0.5, 1, 2]
        found.append(score_part(WINDOWS, part, WINDOWS.targets(rows) + noise))  # type: ignore[arg-type]
    return found


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Chart], dict[str, list[Score]]]:
    """The charts of the report's sections by their ids, and the runs' scores."""
    folder: Path = tmp_path_factory.mktemp("study")
    scores = {"good": scored(0.2), "poor": scored(0.4)}
    board = board_of([run_of_scores(folder, name, each, WINDOWS, model=name) for name, each in scores.items()])
    lines = [
        (standing.group, PageLine(f"t0g{at}", standing.group.name, [], "#0072B2"))
        for at, standing in enumerate(board.standings)
    ]
    sections = forecast_sections(NOWHERE, board, lines, "t0")
    return {chart.id: chart for section in sections if section for chart in section.charts}, scores


def traces(charts: dict[str, Chart], name: str) -> dict[str, dict[str, Any]]:
    return {trace.get("name", ""): trace for trace in charts[name].figure["data"]}


def test_the_error_over_lead_is_that_of_the_runs_and_of_the_naive_forecasts(
    study: tuple[dict[str, Chart], dict[str, list[Score]]],
) -> None:
    charts, scores = study
    lines = traces(charts, "t0-leads")
    assert set(lines) == {"naive", "seasonal naive", "good seed=1", "poor seed=1"}
    test = scores["good"][1]
    assert numbers(lines["good seed=1"]["x"]) == list(range(5, 13))
    assert numbers(lines["good seed=1"]["y"]) == pytest.approx(figures_by_lead(test, MAE).mean(axis=1))
    axis = charts["t0-leads"].figure["layout"]["xaxis"]["title"]["text"]
    assert axis == "rows after the last one seen, 0.8333 to 2 h"
    assert numbers(lines["naive"]["y"]) == pytest.approx(figures_by_lead(test, MAE, "naive").mean(axis=1))


def test_the_error_by_column_is_the_mean_over_leads(study: tuple[dict[str, Chart], dict[str, list[Score]]]) -> None:
    charts, scores = study
    bars = traces(charts, "t0-columns")
    assert bars["naive"]["opacity"] < bars["seasonal naive"]["opacity"]  # of the traces: the legend shows it
    assert numbers(bars["poor seed=1"]["y"]) == pytest.approx(figures_by_lead(scores["poor"][1], MAE).mean(axis=0))


def test_fans_are_of_the_columns_with_the_least_and_the_largest_error(
    study: tuple[dict[str, Chart], dict[str, list[Score]]],
) -> None:
    charts, scores = study
    for number, column in enumerate((0, 2)):
        lines = traces(charts, f"t0-fan{number}")
        said = [value for value in lines["good seed=1"]["y"] if value is not None]
        test = scores["good"][1]
        expected = WINDOWS.to_unit(test.predictions[[0, 8, 16, 24, 32]])[:, :, column].ravel()
        assert said == pytest.approx(expected, rel=1e-3, abs=1e-3)
        assert lines["good seed=1"]["y"].count(None) == 5
    assert "the one with the largest error" in charts["t0-fan1"].caption
