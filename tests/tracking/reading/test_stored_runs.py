"""Runs read by SQL are what MLflow's own client reads."""

from __future__ import annotations

import math
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import Metric

from seqexp.config.errors import InputError
from seqexp.tracking.reading.stored_runs import StoredRun, read_by_client, read_runs
from seqexp.tracking.store.opening import find_store, open_store
from seqexp.tracking.store.store import Store, TrackingError
from seqexp.tracking.store.uris import sqlite_path, sqlite_uri
from tests.reporting.recorded import Failed, record

VALUES = {"nan": math.nan, "inf": math.inf, "minus": -math.inf, "zero": 0.0, "small": -1e-300}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Runs of all kinds in a folder whose name must be escaped: many epochs, failed, deleted, foreign, unfinished."""
    folder = tmp_path_factory.mktemp("a store") / "50% #1"
    store = open_store(sqlite_uri(folder / "mlflow.db"), folder)
    parent = record(store, "sweep", kind="sweep")
    record(store, "trial", 0.26, kind="trial", parent=parent)
    record(store, "broken", ends=Failed("no memory\nleft"))
    record(store, "elsewhere", experiment="ö 'quoted'")
    client = store.client
    client.delete_run(record(store, "deleted"))
    gone = store.experiment_id("gone")
    client.create_run(gone, run_name="in a deleted experiment")
    client.delete_experiment(gone)
    foreign = client.create_run(store.experiment_id("ladder"), run_name="by hand").info.run_id
    for step, factor in ((2, 2.0), (1, 1.0)):  # the last by step, not by when it was recorded
        metrics = [Metric(name, factor * value, 1000, step) for name, value in VALUES.items()]
        client.log_batch(foreign, metrics=metrics, synchronous=True)
    return store


def comparable(runs: list[StoredRun]) -> list[dict[str, Any]]:
    """Return the runs as values of which NaN equals NaN."""
    return [
        {**asdict(run), "metrics": {name: repr(value) for name, value in sorted(run.metrics.items())}} for run in runs
    ]


@pytest.mark.parametrize("experiment", [None, "ladder", "ö 'quoted'", "Default"])
def test_both_ways_give_the_same(store: Store, experiment: str | None) -> None:
    by_sql = read_runs(store, experiment)
    assert comparable(by_sql) == comparable(read_by_client(store, experiment))
    expected = {
        None: {"sweep", "trial", "broken", "by hand", "elsewhere"},
        "ladder": {"sweep", "trial", "broken", "by hand"},
        "ö 'quoted'": {"elsewhere"},
        "Default": set(),
    }
    assert {run.name for run in by_sql} == expected[experiment]


def test_a_run_is_what_was_recorded(store: Store) -> None:
    runs = {run.name: run for run in read_runs(store)}
    trial, broken = runs["trial"], runs["broken"]
    assert (trial.experiment, trial.kind, trial.status) == ("ladder", "trial", "FINISHED")
    assert trial.tags["mlflow.parentRunId"] == runs["sweep"].run_id
    assert trial.params["model.units"] == "32"
    assert (trial.metrics["best_val_mae"], trial.metrics["parameters"]) == (0.26, 12345)
    assert trial.ended is not None
    assert trial.started <= trial.ended <= datetime.now(UTC)
    assert trial.artifacts.endswith(f"/{trial.run_id}/artifacts")
    assert (broken.status, broken.tags["seqexp.failure"]) == ("FAILED", "Failed: no memory")
    assert (runs["by hand"].kind, runs["by hand"].ended) == ("", None)


def test_the_last_value_counts_and_may_be_nan_or_infinite(store: Store) -> None:
    (run,) = [run for run in read_runs(store) if run.name == "by hand"]
    assert math.isnan(run.metrics["nan"])
    assert {name: value for name, value in run.metrics.items() if name != "nan"} == {
        "inf": math.inf, "minus": -math.inf, "zero": 0.0, "small": -2e-300,
    }  # fmt: skip


@pytest.mark.parametrize("read", [read_runs, read_by_client])
def test_an_unknown_experiment_is_wrong_input(store: Store, read: Any) -> None:
    with pytest.raises(InputError, match=r"experiment 'lader' is not in .*Did you mean 'ladder'\? There are: "):
        read(store, "lader")
    with pytest.raises(InputError, match="experiment 'gone' is not in"):  # it was deleted
        read(store, "gone")


def test_a_store_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    (tmp_path / "mlflow.db").write_bytes(b"SQLite format 3\0 but no more")
    with pytest.raises(InputError, match=r"sqlite:///.*mlflow.db': cannot be read as a SQLite database"):
        read_runs(store)


def test_reading_writes_nothing_and_imports_no_mlflow(store: Store, tmp_path: Path) -> None:
    path = sqlite_path(store.uri)
    assert path is not None
    before = {file: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    script = (
        "import sys; from pathlib import Path\n"
        "from seqexp.tracking.store.opening import find_store\n"
        "from seqexp.tracking.reading.stored_runs import read_runs\n"
        "print(len(read_runs(find_store(sys.argv[1], Path.cwd(), by_sql=True))))\n"
        "print({'mlflow', 'pandas', 'tensorflow', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, store.uri], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("5\nset()\n", "")
    assert {file: file.read_bytes() for file in path.parent.iterdir() if file.is_file()} == before
    assert find_store(store.uri, tmp_path, by_sql=True) == store


@pytest.mark.parametrize(
    ("change", "odd"),
    [
        ("runs SET start_time = 'soon'", "'soon' where a time belongs"),
        ("runs SET end_time = 9223372036854775807", "9223372036854775807 where a time belongs"),
        ("runs SET start_time = -1", "-1 where a time belongs"),
        ("latest_metrics SET value = 'much'", "'much' where a number belongs"),
        ("params SET value = x'ff00'", "b'\\xff\\x00' where a text belongs"),
        ("tags SET value = x'ff00'", "b'\\xff\\x00' where a text belongs"),
        ("tags SET value = NULL", "None where a text belongs"),
    ],
)
def test_values_of_other_types_are_told_by_both_ways(store: Store, tmp_path: Path, change: str, odd: str) -> None:
    path = sqlite_path(store.uri)
    assert path is not None
    shutil.copyfile(path, tmp_path / "mlflow.db")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database, database:
        database.execute(f"UPDATE {change}")
    damaged = Store(sqlite_uri(tmp_path / "mlflow.db"), None)
    for read, error in ((read_runs, InputError), (read_by_client, TrackingError)):
        with pytest.raises(error) as caught:
            read(damaged, None)
        assert str(tmp_path / "mlflow.db") in str(caught.value)
        assert odd in str(caught.value)
