"""A run's record is complete and ends in the right state, whatever ended it."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seqexp.tracking.crashed_runs import open_run_of_job
from seqexp.tracking.endings import Pruned, Terminated
from seqexp.tracking.mlflow_values import as_name, mlflow_key, was_cut
from seqexp.tracking.reading.artifacts import with_whole_values
from seqexp.tracking.reading.stored_runs import read_runs
from seqexp.tracking.recorder import RunKind, RunRecorder
from seqexp.tracking.spool.outbox import Undelivered
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store, TrackingError
from tests.mlflow_server import Server

# MLflow uses a loader strategy that SQLAlchemy 2.1 deprecates.


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db", Path("/nowhere"))


def recorder(store: Store, name: str = "gru", kind: RunKind = "run", **given: Any) -> RunRecorder:
    settings: dict[str, Any] = {"tags": {}, "params": {}, "note": None, "parent": None} | given
    return RunRecorder(store, "jena", name, kind, **settings)


def artifact(store: Store, run_id: str, name: str) -> str:
    return Path(store.client.download_artifacts(run_id, name)).read_text(encoding="utf-8")


def test_a_name_is_as_long_as_every_store_takes_it(store: Store) -> None:
    """PostgreSQL refuses more than the 250 characters of MLflow's column."""
    names = [f"layers={'[GRU, Dense], ' * 30}{end}" for end in "ab"]
    found = []
    for name in names:
        with recorder(store, name, "sweep") as parent, recorder(store, name, "trial", parent=parent.run_id) as run:
            found.append(str(store.run(run.run_id).info.run_name))
            assert open_run_of_job(store, "jena", parent.run_id, name) == run.run_id
            assert open_run_of_job(store, "jena", parent.run_id, names[name == names[0]]) is None
    assert [len(name) for name in found] == [243, 243]
    assert found[0] != found[1]
    assert as_name("x" * 250) == "x" * 250


def test_what_is_recorded_can_be_read_again(store: Store, tmp_path: Path) -> None:
    plots = tmp_path / "plots"
    (plots / "deeper").mkdir(parents=True)
    (plots / "curve.txt").write_text("curve")
    (plots / "deeper" / "other.txt").write_text("other")
    tags = {"seqexp.task_digest": "abc", "seqexp.git_commit": "1f" * 20}
    with recorder(store, tags=tags, params={"seed": "1"}, note="first *try*") as record:
        record.log_epoch(1, {"loss": 0.5, "val_mae": 0.4})
        record.log_epoch(2, {"loss": 0.3, "val_mae": 0.35})
        record.log_summary({"test_mae": 0.36})
        record.set_tags({"seqexp.unit": "deg C"})
        record.log_file(plots / "curve.txt", None)
        record.log_file(plots / "curve.txt", "kept")
        record.log_text("größer\n", "notes/note.txt")
        record.log_json({"a": [1.5, math.nan], "b": Path("x")}, "facts.json")
        record.log_folder(plots, "plots")

    run = store.client.get_run(record.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.end_time is not None
    assert run.info.run_name == "gru"
    assert run.data.params == {"seed": "1"}
    assert run.data.metrics == {"loss": 0.3, "val_mae": 0.35, "test_mae": 0.36}
    history = store.client.get_metric_history(record.run_id, "val_mae")
    assert [(point.step, point.value) for point in history] == [(1, 0.4), (2, 0.35)]
    expected = {
        **tags,
        "seqexp.kind": "run",
        "seqexp.unit": "deg C",
        "mlflow.runName": "gru",
        "mlflow.note.content": "first *try*",
        "mlflow.source.git.commit": "1f" * 20,
    }
    assert expected.items() <= run.data.tags.items()
    assert run.data.tags["mlflow.user"]
    assert artifact(store, record.run_id, "curve.txt") == "curve"
    assert artifact(store, record.run_id, "kept/curve.txt") == "curve"
    assert artifact(store, record.run_id, "plots/deeper/other.txt") == "other"
    assert artifact(store, record.run_id, "notes/note.txt") == "größer\n"
    assert json.loads(artifact(store, record.run_id, "facts.json")) == {"a": [1.5, "nan"], "b": "x"}


def test_a_sweep_holds_its_trials_whatever_the_environment_says(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorder(store, "earlier") as earlier:
        pass
    monkeypatch.setenv("MLFLOW_RUN_ID", earlier.run_id)
    with (
        recorder(store, "sweep", "sweep") as parent,
        recorder(store, "t", "trial", parent=parent.run_id) as trial,
    ):
        pass
    assert len({earlier.run_id, parent.run_id, trial.run_id}) == 3
    tags = store.client.get_run(trial.run_id).data.tags
    assert (tags["mlflow.parentRunId"], tags["seqexp.kind"]) == (parent.run_id, "trial")
    assert os.environ["MLFLOW_RUN_ID"] == earlier.run_id


def test_limits_of_mlflow_do_not_stop_a_run(store: Store) -> None:
    params = {f"model.layers[{number}].GRU": str(number) for number in range(250)}
    params["long"] = "x" * 20_000
    with recorder(store, params=params, tags={"seqexp.overrides": "y" * 20_000}, note="z" * 20_000) as record:
        record.log_epoch(1, {"loss": math.nan, "val_mae": math.inf, "low": -math.inf, "val loss (ok)": 1.0})
    data = store.client.get_run(record.run_id).data
    assert len(data.params) == 251
    assert data.params[mlflow_key("model.layers[249].GRU")] == "249"
    assert len(data.params["long"]) <= 6000
    assert was_cut(data.params["long"])
    assert was_cut(data.tags["seqexp.overrides"])
    assert math.isnan(data.metrics["loss"])
    assert data.metrics["val_mae"] > 1e300
    assert data.metrics["low"] < -1e300


def test_what_is_cut_stays_different_and_is_kept_whole(store: Store) -> None:
    long = {end: "x" * 7_000 + end for end in "ab"}
    ids = []
    for text in long.values():
        with recorder(store, params={"model.layers": text, "short": "1"}, tags={"seqexp.overrides": text}) as record:
            pass
        ids.append(record.run_id)
    runs = {run.run_id: run for run in read_runs(store)}
    recorded = [runs[run_id] for run_id in ids]
    assert len({run.params["model.layers"] for run in recorded}) == 2
    whole = [with_whole_values(store, run) for run in recorded]
    assert [run.params for run in whole] == [{"model.layers": text, "short": "1"} for text in long.values()]
    assert [run.tags["seqexp.overrides"] for run in whole] == list(long.values())


def test_a_run_that_has_kept_nothing_whole_is_read_as_it_is(store: Store) -> None:
    with recorder(store, params={"model.layers": "x" * 7_000}) as record:
        pass
    (run,) = [run for run in read_runs(store) if run.run_id == record.run_id]
    bare = replace(run, artifacts="file:///nowhere")
    assert with_whole_values(store, bare) is bare
    assert was_cut(bare.params["model.layers"])
    short = replace(run, params={"model.layers": "an ordinary value [of a list]"})
    assert with_whole_values(store, short) is short


def test_a_failure_is_recorded_and_goes_on(store: Store) -> None:
    record = recorder(store)
    with pytest.raises(ValueError, match="units must be positive"), record:
        raise ValueError("units must be positive\nsecond line")
    run = store.client.get_run(record.run_id)
    assert run.info.status == "FAILED"
    assert run.info.end_time is not None
    assert run.data.tags["seqexp.failure"] == "ValueError: units must be positive"
    text = artifact(store, record.run_id, "traceback.txt")
    assert "test_a_failure_is_recorded_and_goes_on" in text
    assert text.endswith("second line\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt, Terminated])
def test_an_interrupted_run_is_killed(store: Store, error: type[BaseException]) -> None:
    record = recorder(store)
    with pytest.raises(error), record:
        raise error
    assert store.client.get_run(record.run_id).info.status == "KILLED"


def test_sigterm_leaves_a_killed_run(store: Store, tmp_path: Path) -> None:
    script = """
import signal, sys, time
from pathlib import Path
from seqexp.tracking.endings import Terminated
from seqexp.tracking.mlflow_values import mlflow_key
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store

def end(number, frame):
    raise Terminated

signal.signal(signal.SIGTERM, end)
with RunRecorder(open_store(sys.argv[1], Path()), "jena", "long", "run", {}, {}, None, None) as record:
    print(record.run_id, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, store.uri],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 1
    assert store.client.get_run(run_id).info.status == "KILLED"


def test_a_missing_file_is_named(store: Store, tmp_path: Path) -> None:
    record = recorder(store)
    with pytest.raises(TrackingError, match=r"the file absent\.txt can't be recorded: .*No such file"), record:
        record.log_file(tmp_path / "absent.txt", None)


def test_the_id_is_known_only_inside_the_block(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside its `with` block"):
        _ = recorder(store).run_id


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as running:
        yield running


def _train_until_lost(record: RunRecorder, server: Server) -> None:
    with record:
        server.stop()
        record.log_epoch(1, {"loss": 1.0})


def _fail_after_loss(record: RunRecorder, server: Server) -> None:
    with record:
        server.stop()
        raise ZeroDivisionError("the real cause")


def test_a_server_records_and_its_loss_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # What MLflow takes minutes for by default; a user may set these, too.
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    store = open_store(server.uri, tmp_path)
    assert store.artifact_root is None
    with recorder(store, params={"seed": "1"}) as first:
        first.log_epoch(1, {"loss": math.nan, "val_mae": math.inf})
        first.log_text("hello", "hello.txt")
    assert store.client.get_run(first.run_id).info.status == "FINISHED"
    assert artifact(store, first.run_id, "hello.txt") == "hello"
    assert capsys.readouterr().out == ""  # MLflow's links would mix with the command's output

    lost = recorder(store, "lost", patience=0.1)
    with pytest.raises(Undelivered) as caught:
        _train_until_lost(lost, server)
    assert str(caught.value).startswith("1 epoch and 1 other record of the run wait on disk, in ")
    assert f"the MLflow store {server.uri} has not taken them (connection refused)" in str(caught.value)

    with pytest.raises(TrackingError, match="look up"), recorder(store, "never", patience=0.1):
        raise AssertionError("the block must not run")


@pytest.mark.slow
def test_the_loss_of_a_server_does_not_hide_the_error(server: Server, tmp_path: Path) -> None:
    store = open_store(server.uri, tmp_path)
    record = recorder(store, patience=0.1)
    with pytest.raises(ZeroDivisionError) as caught:
        _fail_after_loss(record, server)
    (note,) = caught.value.__notes__
    assert server.uri in note
    assert note.startswith("3 records of the run wait on disk")


def test_a_run_that_goes_on_records_nothing_twice(store: Store) -> None:
    with recorder(store) as cut:
        cut.log_epoch(1, {"loss": 0.5})
        cut.log_summary({"test_mae": 0.25, "memory_mb": 700.5})
    again = recorder(store, resumes=cut.run_id)
    with again:
        again.log_summary({"test_mae": 0.25, "memory_mb": 701.5, "parameters": 3.0})
    assert again.run_id == cut.run_id
    points = {
        name: [metric.value for metric in store.client.get_metric_history(cut.run_id, name)]
        for name in ("test_mae", "memory_mb", "parameters")
    }
    assert points == {"test_mae": [0.25], "memory_mb": [700.5, 701.5], "parameters": [3.0]}
    assert store.run(cut.run_id).info.status == "FINISHED"


def test_a_run_that_a_search_gave_up_is_killed_and_says_so(store: Store) -> None:
    with pytest.raises(Pruned), recorder(store) as pruned:
        raise Pruned(3)
    run = store.run(pruned.run_id)
    assert (run.info.status, run.data.tags["seqexp.pruned"]) == ("KILLED", "3")
    assert "seqexp.failure" not in run.data.tags


def test_runs_that_are_the_first_of_their_data_at_once_all_record_it(store: Store) -> None:
    """Without a second attempt about one in three fails here."""
    together = threading.Barrier(6)

    def record(number: int) -> str:
        with recorder(store, f"job {number}") as run:
            for data in range(10):
                together.wait()
                run.log_dataset("jena", f"{data:036d}", "a file", {})
            return run.run_id

    with ThreadPoolExecutor(6) as jobs:
        ids = list(jobs.map(record, range(6)))
    assert [len(store.run(run_id).inputs.dataset_inputs) for run_id in ids] == [10] * 6
