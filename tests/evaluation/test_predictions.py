"""Forecasts window by window in Parquet: in the target's unit, and small."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from seqexp.data.series.cutting import make_windows
from seqexp.evaluation.predictions import read_predictions, write_predictions
from seqexp.tasks.metric import MAE
from tests.factories import random_series, score_part, small_experiment, small_windows


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
