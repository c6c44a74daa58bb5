"""What is created if it is not there yet is created once, however many processes begin at the same moment."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from seqexp.reporting.whole_file import whole_file
from seqexp.runs.checkpointing import recorded_run
from seqexp.tracking.crashed_runs import mark_crashed_runs
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.compat_mlflow import import_tables
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import created_once
from tests.mlflow_server import Server
from tests.postgres import Postgres
from tests.stores import copied
from tests.tracking.test_crashed_runs import leave_crashed

PROCESSES = 8

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*use of fork:DeprecationWarning"
)  # what is forked does little, and ends


def record_dataset(uri: str, folder: Path, barrier: Barrier, number: int) -> None:
    store = open_store(uri, folder)
    with RunRecorder(store, "at once", f"run {number}", "run", {}, {"seed": "1"}, None, None) as run:
        barrier.wait()
        run.log_dataset("station", "0123456789abcdef" * 4, "a file", {"rows": 7})


def record_run(uri: str, folder: Path, barrier: Barrier, number: int) -> None:
    """Record a whole run with tags, params, figures and a file, its folder in one that isn't there yet."""
    recorder = RunRecorder(open_store(uri, folder), "at once", f"run {number}", "run", {}, {"seed": "1"}, None, None)
    barrier.wait()
    with recorded_run(recorder, folder / "deep" / "runs") as (run, _):
        run.set_tags({"group": "one", f"own {number}": "x"})
        run.log_epoch(1, {"loss": 0.5})
        run.log_text("x", "notes/notes.txt")


def mark_crashed(uri: str, folder: Path, barrier: Barrier, number: int) -> None:
    store = open_store(uri, folder)
    if number == 0:
        with RunRecorder(store, "at once", "crashed", "run", {}, {}, None, None) as run:
            run_id = run.run_id
        store.client.update_run(run_id, status="RUNNING")
        leave_crashed(folder / "runs" / run_id)
    barrier.wait()
    said: list[str] = []
    mark_crashed_runs(store, folder / "runs", said.append, lambda run, _: "")
    for line in said:
        with (folder / "said.txt").open("a") as file:
            file.write(f"{line}\n")


def create_experiment(uri: str, folder: Path, barrier: Barrier, number: int) -> None:
    store = open_store(uri, folder)
    barrier.wait()
    assert [store.experiment_id(f"experiment {at}") for at in range(5)], number


def create_tables(uri: str, folder: Path, barrier: Barrier, number: int) -> None:
    barrier.wait()
    assert open_store(uri, folder).experiments(), number


def create_study(uri: str, folder: Path, barrier: Barrier, number: int) -> None:
    from seqexp.sweeps.queue.storage import locate_studies

    barrier.wait()
    assert locate_studies(uri, None, folder).open().get_all_studies() == [], number


def write_report(path: str, folder: Path, barrier: Barrier, number: int) -> None:
    barrier.wait()
    for _ in range(20):
        with whole_file(Path(path)) as draft, draft.open("w") as file:
            for _ in range(200):
                file.write(f"{number}\n")
                file.flush()


def _begin(act: Callable[..., None], arguments: tuple[Any, ...], failures: Any) -> None:
    try:
        act(*arguments)
        failures.put(None)
    except BaseException as error:  # noqa: BLE001 (it is told to the test)
        failures.put(repr(error))
    finally:
        failures.close()
        failures.join_thread()
        os._exit(0)  # nothing of the process that it was forked from is its to end


def at_once(act: Callable[..., None], uri: str, folder: Path) -> list[str]:
    """Do the same in many processes at the same moment, and return what failed in them."""
    import optuna  # noqa: F401 (imported once, for all)

    import_tables()

    forked = multiprocessing.get_context("fork")
    barrier, failures = forked.Barrier(PROCESSES, timeout=60), forked.Queue()
    all_of_them = [
        forked.Process(target=_begin, args=(act, (uri, folder, barrier, number), failures))
        for number in range(PROCESSES)
    ]
    for process in all_of_them:
        process.start()
    found = [failures.get(timeout=120) for _ in all_of_them]
    for process in all_of_them:
        process.join(30)
    return [failure for failure in found if failure is not None]


def check_at_once(act: Callable[..., None], uri: str, folder: Path) -> None:
    """Check that nobody fails, and that the store has everything once."""
    assert at_once(act, uri, folder) == []
    if act is create_study:
        return
    store = open_store(uri, folder)
    experiments = store.experiments()
    assert len(experiments) == 1 + {create_tables: 0, create_experiment: 5}.get(act, 1)
    if act is mark_crashed:
        (run,) = store.runs([experiments["at once"]])
        assert (run.info.status, run.data.tags["seqexp.failure"]) == ("KILLED", "its process died")
        assert (folder / "said.txt").read_text().count("its process died") == 1
    if act is record_run:
        runs = list(store.runs([experiments["at once"]]))
        assert {run.info.status for run in runs} == {"FINISHED"}
        assert [run.data.tags["group"] for run in runs] == ["one"] * PROCESSES
        assert {key for run in runs for key in run.data.tags if key.startswith("own")} == {
            f"own {number}" for number in range(PROCESSES)
        }
        assert [run.data.metrics for run in runs] == [{"loss": 0.5}] * PROCESSES
        assert [item.path for run in runs for item in store.client.list_artifacts(run.info.run_id)] == (
            ["notes"] * PROCESSES
        )
        assert list((folder / "deep" / "runs").iterdir()) == []
    if act is record_dataset:
        runs = list(store.runs([experiments["at once"]]))
        assert len(runs) == PROCESSES
        assert {run.info.status for run in runs} == {"FINISHED"}
        assert {store.run(run.info.run_id).inputs.dataset_inputs[0].dataset.name for run in runs} == {"station"}


@pytest.mark.slow
@pytest.mark.parametrize("act", [record_dataset, create_experiment, record_run, mark_crashed])
def test_a_sqlite_store(tmp_path: Path, act: Callable[..., None]) -> None:
    (tmp_path / "mlflow.db").write_bytes(copied((tmp_path / "mlartifacts").as_uri()))
    check_at_once(act, "sqlite:///mlflow.db", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "act", [create_tables, create_study, create_experiment, record_dataset, record_run, mark_crashed]
)
def test_an_empty_database(postgres: Postgres, tmp_path: Path, act: Callable[..., None]) -> None:
    check_at_once(act, postgres.create(act.__name__), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("act", [create_experiment, record_dataset, record_run, mark_crashed])
def test_a_server(tmp_path: Path, act: Callable[..., None]) -> None:
    with Server(tmp_path) as server:
        check_at_once(act, server.uri, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("act", [create_tables, create_study])
def test_a_file_that_is_not_there(tmp_path: Path, act: Callable[..., None]) -> None:
    assert at_once(act, "sqlite:///deep/er/new.db", tmp_path) == []
    assert not (tmp_path / "deep" / "er" / "new.db.draft").exists()


def test_a_report_is_one_processs_and_whole(tmp_path: Path) -> None:
    assert at_once(write_report, str(tmp_path / "report.html"), tmp_path) == []
    lines = (tmp_path / "report.html").read_text().splitlines()
    assert (len(lines), len(set(lines))) == (200, 1)
    assert len(list(tmp_path.iterdir())) == 1


def test_what_can_not_be_created_is_told_as_it_was() -> None:
    tried = []

    def create() -> int:
        tried.append(1)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        created_once(lambda: None, create)
    assert 2 <= len(tried) <= 5
    assert created_once(lambda: 7, create) == 7
