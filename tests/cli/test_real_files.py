"""The real files of the station, run as a user's own: everything about their format is found out."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest

from seqexp.tracking.store.opening import open_store
from tests.conftest import Run
from tests.paths import REPO

FOLDER = REPO.parent / "shared" / "data" / "jena"
SUMMER = "jena_2024jun_oct_10min_14cols.csv"
ROOF = "mpi_roof_2024jun_oct_raw.csv"
SPLIT = "dataset.split={train:{first:0.0,end:0.5},val:{first:0.5,end:0.75},test:{first:0.75,end:null}}"


def of(file: str) -> list[str]:
    """Return what a user says about a file, or skip."""
    if not (FOLDER / file).is_file():
        pytest.skip(f"no real rows to run: ../shared/data/jena/{file} is absent")
    measures = ["dataset.lookback=10d", "dataset.step=1h", "dataset.delay=24h", SPLIT]
    return [f"dataset.path={FOLDER / file}", 'dataset.target="T (degC)"', *measures]


def naive_mae(file: str) -> float:
    """Return the naive forecast's MAE on the validation part in deg C, row by row from the file's text."""
    with (FOLDER / file).open(encoding="latin-1", newline="") as stream:
        rows = list(csv.DictReader(stream))
    values = [float(row["T (degC)"]) for row in rows]
    first, end = len(rows) // 2, len(rows) * 3 // 4
    errors = [abs(values[row + 144] - values[row - 6]) for row in range(first - 144, end - 144)]
    return sum(errors) / len(errors)


@pytest.mark.parametrize(("file", "columns", "sentinels"), [(SUMMER, 14, 0), (ROOF, 21, 18)])
def test_what_is_found_in_it(file: str, columns: int, sentinels: int, seqexp: Run, tmp_path: Path) -> None:
    done = seqexp("data", "describe", "csv", *of(file), "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], len(found["columns"])) == (19_132, columns)
    assert sum(column["sentinels"] for column in found["columns"]) == sentinels
    assert found["naive"]["val_mae_units"] == pytest.approx(naive_mae(file), rel=1e-9)
    assert datetime.fromisoformat(found["time"]["first"]) == datetime(2024, 6, 9, 11, 40)


@pytest.mark.slow
@pytest.mark.parametrize("file", [SUMMER, ROOF])
def test_a_baseline_and_a_network_run_on_it(file: str, seqexp: Run, tmp_path: Path) -> None:
    short = ["training=quick", "training.epochs=1", "training.steps_per_epoch=5", "dataset.calendar=true"]
    done = seqexp("train", "-m", "dataset=csv", *of(file), "model=seasonal_naive,mlp", *short, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    store = open_store(None, tmp_path)
    trials = list(store.runs(list(store.experiments().values()), "tags.`seqexp.kind` = 'trial'"))
    assert len(trials) == 2
    assert len({run.data.tags["seqexp.task_digest"] for run in trials}) == 1
    assert {run.data.params["dataset.lookback"] for run in trials} == {"1440"}


def test_the_sensor_that_stood_still_is_found(seqexp: Run, tmp_path: Path) -> None:
    """From 30 June 2024 the anemometer gave one value for days: `check` says so, and ends with 1."""
    done = seqexp("data", "check", "csv", *of(SUMMER), cwd=tmp_path)
    assert done.returncode == 1
    assert "max. wv (m/s)" in done.stdout
