"""Figures by lead and column, and what each window costs, against plain loops; and what their files keep."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from seqexp.evaluation.fans import origins_among, read_fans
from seqexp.evaluation.lead_scores import WHO, lead_scores, read_scores, write_scores
from seqexp.evaluation.losses import at_rows, losses_of
from seqexp.evaluation.predictions import write_predictions
from seqexp.evaluation.saved_losses import has_losses, read_losses, write_losses
from seqexp.tasks.metric import MAE, METRICS
from seqexp.tasks.score import Score
from tests.factories import score_part, small_windows

SERIES_METRICS = [metric for metric in METRICS.values() if metric.samples == "series"]
WINDOWS = small_windows("model=naive", "dataset.target=all", "dataset.horizon=6", "dataset.season=8")


def scored(part: str = "test") -> Score:
    shape = (len(getattr(WINDOWS.rows, part)), 6, 3)
    return score_part(WINDOWS, part, np.random.default_rng(1).normal(size=shape))  # type: ignore[arg-type]


def looped(score: Score, said: Any, key: str, lead: int | None, column: int | None) -> float:
    """Return a figure over the windows, and the leads and columns that are meant, value by value."""
    truth, found = score.truth[:].tolist(), []
    for window, values in enumerate(said[:].tolist()):
        for row in range(6) if lead is None else [lead]:
            for at in range(3) if column is None else [column]:
                error = values[row][at] - truth[window][row][at]
                assert score.seasonal is not None
                relative = abs(error) / float(score.seasonal[at])
                found.append(
                    {"mae": abs(error), "mse": error**2, "rmse": error**2, "mase": relative, "bias": error}[key]
                )
    mean = math.fsum(found) / len(found)
    return math.sqrt(mean) if key == "rmse" else mean


@pytest.mark.parametrize("key", ["mae", "mse", "rmse", "mase", "bias"])
def test_figures_of_each_lead_and_column_and_over_all_equal_loops(key: str) -> None:
    score = scored()
    found, names = lead_scores(score, SERIES_METRICS), WINDOWS.target.names
    assert found.leads == (5, 6, 7, 8, 9, 10)
    for lead, column in ((None, None), (2, None), (None, 1), (5, 2)):
        at = {"lead": None if lead is None else found.leads[lead], "column": None if column is None else names[column]}
        for who, said in (("value", score.predictions), ("naive", score.baselines["naive"])):
            assert found.at(key, who, **at) == pytest.approx(looped(score, said, key, lead, column))  # type: ignore[arg-type]
    assert found.at(key) == pytest.approx(score.value(METRICS[key]))


def test_the_file_has_a_line_for_each_lead_column_and_metric_and_null_for_all(tmp_path: Path) -> None:
    parts = [lead_scores(scored(part), SERIES_METRICS) for part in ("val", "test")]
    write_scores(parts, tmp_path / "scores.parquet")
    lines = parquet.read_table(tmp_path / "scores.parquet").to_pylist()
    assert list(lines[0]) == ["part", "column", "lead", "metric", "value", "naive", "seasonal_naive", "baseline"]
    of_losses = [line for line in lines if line["metric"] != "sd_ratio"]
    assert len(of_losses) == 2 * 5 * (6 + 1) * (3 + 1)
    assert sum(line["metric"] == "sd_ratio" for line in lines) == 2, "it is no mean over leads"
    line = next(x for x in lines if (x["part"], x["column"], x["lead"], x["metric"]) == ("test", None, 6, "mae"))
    for who in WHO:
        assert line[who] == pytest.approx(parts[1].at("mae", who, lead=6))
    read = read_scores(tmp_path / "scores.parquet")
    for before, after in zip(parts, (read["val"], read["test"]), strict=True):
        assert (after.columns, after.leads, set(after.figures)) == (before.columns, before.leads, set(before.figures))
        for key, figures in before.figures.items():
            np.testing.assert_array_equal(after.figures[key], figures)


def test_where_there_is_no_season_its_forecast_has_no_figures(tmp_path: Path) -> None:
    windows = small_windows("model=naive")
    score = score_part(windows, "test", np.zeros(len(windows.rows.test)))
    write_scores([lead_scores(score, SERIES_METRICS)], tmp_path / "scores.parquet")
    lines = parquet.read_table(tmp_path / "scores.parquet").to_pylist()
    assert {line["seasonal_naive"] for line in lines} == {None}
    assert {(line["column"], line["lead"]) for line in lines} == {
        (None, None), (None, 5), ("T (degC)", None), ("T (degC)", 5),
    }  # fmt: skip
    assert read_scores(tmp_path / "scores.parquet")["test"].at("mae", "seasonal_naive") is None


def test_losses_are_kept_of_every_window_for_model_and_baselines(tmp_path: Path) -> None:
    score = scored()
    assert has_losses(score)
    write_losses(score, SERIES_METRICS, tmp_path / "test.parquet")
    read = read_losses(tmp_path / "test.parquet", "test", SERIES_METRICS)
    np.testing.assert_array_equal(read.rows, score.rows)
    assert list(read.baselines) == list(score.baselines)
    for metric in SERIES_METRICS:
        for of in (None, *score.baselines):
            if metric.loss is None:
                assert read.value(metric, of) is None
            else:
                np.testing.assert_allclose(read.losses(metric, of), score.losses(metric, of), rtol=1e-6)
                assert read.figure(metric, of) == pytest.approx(score.figure(metric, of), rel=1e-6)
    assert read.skill(MAE) == pytest.approx(score.skill(MAE), rel=1e-5)
    few = at_rows(read, score.rows[3:40:2])
    one = losses_of(few, MAE)
    assert one is not None
    np.testing.assert_allclose(one.model, score.losses(MAE)[3:40:2], rtol=1e-6)
    assert few.figure(MAE) == pytest.approx(float(score.losses(MAE)[3:40:2].mean()), rel=1e-6)


def test_what_is_no_file_of_losses_is_refused(tmp_path: Path) -> None:
    write_predictions(scored(), WINDOWS, tmp_path / "test.parquet")
    with pytest.raises(ValueError, match="losses of the model and of a baseline were expected"):
        read_losses(tmp_path / "test.parquet", "test", SERIES_METRICS)


def test_origins_follow_each_other_or_are_as_far_apart_as_can_be() -> None:
    assert origins_among(np.arange(100, 1000), 24).tolist() == [0, 24, 48, 72, 96]
    assert origins_among(np.arange(100, 141), 24).tolist() == [0, 10, 20, 30, 40]
    assert origins_among(np.array([7]), 24).tolist() == [0]
    assert origins_among(np.array([3, 90, 200, 210]), 50).tolist() == [0, 1, 2, 3]


def test_fans_are_the_forecasts_of_their_windows(tmp_path: Path) -> None:
    score = scored()
    write_predictions(score, WINDOWS, tmp_path / "test.parquet")
    facts, fans = read_fans(tmp_path / "test.parquet", "T (degC)")
    assert (facts.leads, facts.baselines[0]) == ((5, 6, 7, 8, 9, 10), next(iter(score.baselines)))
    assert len(fans) == 5
    for number, fan in enumerate(fans):
        at = 6 * number
        row = int(score.rows[at])
        np.testing.assert_array_equal(fan.times, WINDOWS.series.times[row + 3 : row + 9].astype("datetime64[ms]"))
        np.testing.assert_allclose(fan.target, WINDOWS.series.values[row + 3 : row + 9, 1], rtol=1e-6)
        np.testing.assert_allclose(fan.prediction, WINDOWS.to_unit(score.predictions[at])[:, 1], rtol=1e-5)
