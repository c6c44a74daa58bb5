"""Forecasts window by window in Parquet: in the target's unit, and small."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.evaluation import predictions
from seqexp.evaluation.forecasts import read_forecasts
from seqexp.evaluation.predictions import parquet_format, read_predictions, write_predictions
from seqexp.tasks.metric import MAE, METRICS
from seqexp.tasks.score import Score
from tests.factories import figures_by_lead, random_series, score_part, small_experiment, small_windows


def test_columns_times_and_values_in_degrees(tmp_path: Path) -> None:
    windows = small_windows("model=naive")
    forecasts = np.linspace(-1, 1, len(windows.rows.test))
    write_predictions(score_part(windows, "test", forecasts), windows, tmp_path / "test.parquet")
    table = parquet.read_table(tmp_path / "test.parquet")
    assert {field.name: str(field.type) for field in table.schema} == {
        "row": "int32",
        "time": "timestamp[ms]",
        "column": "dictionary<values=string, indices=int32, ordered=0>",
        "lead": "int32",
        "target": "float",
        "prediction": "float",
        "median": "float",
        "naive": "float",
    }
    assert table.column_names[6] == "median"  # the best in validation comes first
    assert table.schema.metadata[b"target"] == b"T (degC)"
    values = {name: table[name].to_numpy() for name in table.column_names}
    recorded, rows = windows.series, values["row"]
    assert rows.tolist() == list(range(447, 597))
    np.testing.assert_array_equal(values["time"], [recorded.times[row + 3] for row in rows])
    np.testing.assert_allclose(values["target"], [recorded.values[row + 3, 1] for row in rows], rtol=1e-6)
    np.testing.assert_allclose(values["naive"], [recorded.values[row - 2, 1] for row in rows], rtol=1e-6)
    mean, std = recorded.values[:300, 1].mean(), recorded.values[:300, 1].std()
    np.testing.assert_allclose(values["prediction"], forecasts * std + mean, rtol=1e-6)
    assert values["prediction"].dtype == np.float32


def test_scores_can_be_had_from_the_file(tmp_path: Path) -> None:
    windows = small_windows("model=naive")
    scored = score_part(windows, "val", np.random.default_rng(0).normal(size=len(windows.rows.val)))
    write_predictions(scored, windows, tmp_path / "val.parquet")
    table = parquet.read_table(tmp_path / "val.parquet")
    target, prediction = table["target"].to_numpy(), table["prediction"].to_numpy()
    in_unit = np.abs(prediction.astype("f8") - target).mean()
    np.testing.assert_allclose(in_unit, scored.figure(MAE) * windows.target_scale, rtol=1e-5)


def test_a_window_takes_12_bytes(tmp_path: Path) -> None:
    """The worst case, values without any pattern: three floats of 4 bytes; rows and times hardly count."""
    windows = make_windows(random_series(50_000), small_experiment("model=naive"))
    forecasts = np.random.default_rng(0).normal(size=len(windows.rows.test))
    write_predictions(score_part(windows, "test", forecasts), windows, tmp_path / "test.parquet")
    assert (tmp_path / "test.parquet").stat().st_size / len(windows.rows.test) < 12


@pytest.mark.parametrize("factor", [1e100, 1e-60, 1e38])
def test_values_that_no_float32_holds_are_kept_as_they_are(factor: float, tmp_path: Path) -> None:
    series = random_series(2000)
    huge = dataclasses.replace(series, values=series.values.astype(np.float64) * factor)
    windows = make_windows(huge, small_experiment("model=naive"))
    scored = score_part(windows, "test", np.random.default_rng(0).normal(size=len(windows.rows.test)))
    write_predictions(scored, windows, tmp_path / "test.parquet")
    read = read_predictions(tmp_path / "test.parquet", "test", windows.target_scale)
    assert read.figure(MAE) == pytest.approx(scored.figure(MAE), rel=1e-6)


MANY = ("model=naive", "dataset.target=all", "dataset.horizon=6", "dataset.horizon_step=2")


def many(part: str = "test") -> tuple[Windows, Score]:
    windows = small_windows(*MANY)
    shape = (len(getattr(windows.rows, part)), 3, 3)
    return windows, score_part(windows, part, np.random.default_rng(0).normal(size=shape))  # type: ignore[arg-type]


def test_a_line_for_each_window_lead_and_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_BLOCK", 100)  # so that several blocks are written
    windows, scored = many()
    write_predictions(scored, windows, tmp_path / "test.parquet")
    table = parquet.read_table(tmp_path / "test.parquet")
    lines, recorded, position = table.to_pylist(), windows.series, 0
    assert set(table.column_names) == {"row", "time", "column", "lead", "target", "prediction", "median", "naive"}
    for number, row in enumerate(scored.rows.tolist()):
        for lead in (5, 7, 9):  # from the last row seen; the window's step is 2, its delay 3
            for at, column in enumerate(recorded.columns):
                line = lines[position]
                assert (line["row"], line["column"], line["lead"]) == (row, column, lead)
                assert np.datetime64(line["time"]) == recorded.times[row - 2 + lead]
                assert line["target"] == pytest.approx(recorded.values[row - 2 + lead, at], rel=1e-6)
                assert line["naive"] == pytest.approx(recorded.values[row - 2, at], rel=1e-6)
                said = scored.predictions[number, (lead - 5) // 2, at]
                mean, std = recorded.values[:300, at].mean(), recorded.values[:300, at].std()
                assert line["prediction"] == pytest.approx(said * std + mean, rel=1e-5)
                position += 1
    assert position == len(lines)


def test_many_leads_and_columns_are_read_as_they_were_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_BLOCK", 100)
    windows, scored = many("val")
    path = tmp_path / "val.parquet"
    write_predictions(scored, windows, path)
    read = read_predictions(path, "val")
    assert (read.target, read.rows.tolist()) == (scored.target, scored.rows.tolist())
    for key in ("mae", "rmse", "mase"):
        metric = METRICS[key]
        np.testing.assert_allclose(read.losses(metric), scored.losses(metric), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(
            figures_by_lead(read, metric, "naive"), figures_by_lead(scored, metric, "naive"), rtol=1e-4
        )
    one = read_predictions(path, "val", lead=7, column="T (degC)")
    assert (one.target.leads, one.target.columns) == ((7,), ("T (degC)",))
    assert one.figure(MAE) == pytest.approx(figures_by_lead(scored, MAE)[1, 1], rel=1e-5)
    assert one.figure(METRICS["mase"]) == pytest.approx(figures_by_lead(scored, METRICS["mase"])[1, 1], rel=1e-5)
    with pytest.raises(ValueError, match="8 was expected among 5, 7, 9"):
        read_predictions(path, "val", lead=8)


def test_what_would_be_too_large_is_thinned_over_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows, scored = many()
    monkeypatch.setattr(predictions, "_LARGEST", 5 * 9 * 20)
    write_predictions(scored, windows, tmp_path / "test.parquet")
    read = read_predictions(tmp_path / "test.parquet", "test")
    at = np.searchsorted(scored.rows, read.rows)
    assert len(read.rows) == 20
    assert [int(position) * 20 // len(scored.rows) for position in at] == list(range(20)), "one of each stretch"
    np.testing.assert_allclose(read.losses(MAE), scored.losses(MAE)[at], rtol=1e-4, atol=1e-6)
    said = parquet.read_schema(tmp_path / "test.parquet").metadata[b"windows"]
    assert said == f"20 of {len(scored.rows)}".encode()


def test_files_of_earlier_versions_are_read(tmp_path: Path) -> None:
    windows = small_windows("model=naive")
    scored = score_part(windows, "val", np.linspace(-1, 1, len(windows.rows.val)))
    write_predictions(scored, windows, tmp_path / "new.parquet")
    table = parquet.read_table(tmp_path / "new.parquet").drop_columns(["column", "lead"])
    parquet.write_table(table.replace_schema_metadata({"target": "T (degC)"}), tmp_path / "old.parquet")
    read = read_predictions(tmp_path / "old.parquet", "val", windows.target_scale)
    np.testing.assert_allclose(read.losses(MAE), scored.losses(MAE), rtol=1e-4, atol=1e-6)
    assert read.value(METRICS["mase"]) is None, "they don't say what the seasonal naive forecast errs by"
    forecasts = read_forecasts(tmp_path / "old.parquet")
    assert (forecasts.target_name, len(forecasts.rows)) == ("T (degC)", len(scored.rows))
    with pytest.raises(ValueError, match="a scale was expected"):
        read_predictions(tmp_path / "old.parquet", "val")


def test_the_names_of_column_and_lead_take_hardly_any_room(tmp_path: Path) -> None:
    windows = make_windows(random_series(20_000), small_experiment("model=naive"))
    forecasts = np.random.default_rng(0).normal(size=len(windows.rows.test))
    write_predictions(score_part(windows, "test", forecasts), windows, tmp_path / "new.parquet")
    table = parquet.read_table(tmp_path / "new.parquet").drop_columns(["column", "lead"])
    parquet.write_table(table, tmp_path / "old.parquet", **parquet_format(table.column_names))
    sizes = [(tmp_path / f"{name}.parquet").stat().st_size for name in ("new", "old")]
    assert sizes[0] < 1.02 * sizes[1]
