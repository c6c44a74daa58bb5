"""Runs whose process died: found by their lock, marked once, and only them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.tracking.crashed_runs import mark_crashed_runs
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG, RunFolder, folder_of_run
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return open_store(None, tmp_path)


def running(store: Store, name: str, **tags: str) -> str:
    """Return the id of a run that was begun and never ended."""
    return RunRecorder(store, "e", name, "run", tags, {}, None, None).__enter__().run_id


def leave_crashed(path: Path) -> None:
    """Make the folder of a run whose process died: its lock is free, and it still says who locked it."""
    folder = RunFolder(path)
    folder.lock("a store")
    process = (path / "process.json").read_text()
    folder.release()
    (path / "process.json").write_text(process)


def marked(store: Store, runs_folder: Path) -> list[str]:
    said: list[str] = []
    mark_crashed_runs(store, runs_folder, said.append, lambda run, folder: f"({folder.path.name})")
    return said


def status(store: Store, run_id: str) -> tuple[str, str | None]:
    run = store.run(run_id)
    return run.info.status, run.data.tags.get("seqexp.failure")


def test_only_a_running_run_with_a_free_lock_is_marked_and_only_once(store: Store, tmp_path: Path) -> None:
    crashed, living, foreign, ended = (running(store, name) for name in ("crashed", "living", "foreign", "ended"))
    runs_folder = tmp_path / "runs"
    leave_crashed(runs_folder / crashed)
    leave_crashed(runs_folder / ended)
    store.client.set_terminated(ended, "FAILED")
    locked = RunFolder(runs_folder / living)
    locked.lock("a store")
    (line,) = marked(store, runs_folder)
    assert line.startswith(f"crashed (run {crashed}): its process died (process ")
    assert line.endswith(f"({crashed})")
    assert status(store, crashed) == ("KILLED", "its process died")
    assert status(store, living) == status(store, foreign) == ("RUNNING", None)
    assert status(store, ended) == ("FAILED", None)
    assert marked(store, runs_folder) == []
    locked.release()
    assert marked(store, runs_folder) == []  # it was released: its process records how it ended


def test_a_run_says_where_its_folder_is(store: Store, tmp_path: Path) -> None:
    run_id = running(store, "elsewhere", **{CHECKPOINTS_TAG: str(tmp_path / "elsewhere")})
    run = store.run(run_id)
    assert folder_of_run(run, tmp_path / "runs").path == tmp_path / "elsewhere" / run_id
    (tmp_path / "runs" / run_id).mkdir(parents=True)
    assert folder_of_run(run, tmp_path / "runs").path == tmp_path / "runs" / run_id  # it was moved
    leave_crashed(tmp_path / "elsewhere" / run_id)
    assert len(marked(store, tmp_path / "runs")) == 1
