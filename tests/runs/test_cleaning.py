"""What is deleted and freed, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.config.errors import InputError
from seqexp.runs.cleaning import delete, find_runs_to_delete, free_space
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import RunFolder
from seqexp.tracking.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    return open_store(None, tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / ".seqexp" / "runs"


def run_of(store: Store, name: str, status: str, parent: str | None = None) -> str:
    recorder = RunRecorder(store, "e", name, "trial" if parent else "run", {}, {}, None, parent)
    run_id = recorder.__enter__().run_id
    if status != "RUNNING":
        store.client.set_terminated(run_id, status)
    return run_id


def folder_of(place: Path, run_id: str, store: str, size: int = 1000) -> Path:
    folder = RunFolder(place / run_id)
    folder.lock(store)
    folder.release()
    if size:
        (folder.path / "epoch-00000001.checkpoint").write_bytes(bytes(size))
    return folder.path


def test_only_what_nobody_can_resume_is_freed(store: Store, place: Path) -> None:
    ids = {status: run_of(store, status, status) for status in ("FINISHED", "FAILED", "KILLED", "RUNNING")}
    deleted, empty, starting = (run_of(store, name, "KILLED") for name in ("deleted", "empty", "starting"))
    store.client.delete_run(deleted)
    folders = {run_id: folder_of(place, run_id, store.shown) for run_id in (*ids.values(), deleted)}
    folders[empty] = folder_of(place, empty, store.shown, size=0)
    folders[starting] = folder_of(place, run_of(store, "starting", "RUNNING"), store.shown, size=0)
    folders["unknown"] = folder_of(place, "unknown", store.shown)
    folders["foreign"] = folder_of(place, "foreign", "sqlite:////other.db")
    folders["not a run"] = place / "not a run"  # DIR may hold whatever a person keeps there
    (folders["not a run"] / "photos").mkdir(parents=True)
    folders["held"] = place / "held"
    held = RunFolder(folders["held"])
    held.lock(store.shown)
    useless = {ids["FINISHED"], deleted, empty, "unknown"}
    said: list[str] = []
    could = free_space(store, place, said.append, dry=True)
    assert all(path.is_dir() for path in folders.values())
    assert {line.split(" run ")[1].split(":")[0] for line in said if "checkpoints of run" in line} == useless
    freed = free_space(store, place, lambda _: None, dry=False)
    assert {name for name, path in folders.items() if not path.exists()} == useless
    assert 3000 < could <= freed
    held.release()
    assert store.run(ids["KILLED"]).info.status == "KILLED"


def test_a_sweep_is_deleted_with_its_jobs_but_none_that_is_running(store: Store, place: Path) -> None:
    parent, other = run_of(store, "sweep", "KILLED"), run_of(store, "other", "FAILED")
    jobs = [run_of(store, f"job {number}", "KILLED", parent) for number in range(2)]
    folder_of(place, jobs[0], store.shown)
    held = RunFolder(place / jobs[1])
    held.lock(store.shown)
    with pytest.raises(InputError) as caught:
        find_runs_to_delete(store, place, ["sweep", "nothing"])
    assert len(caught.value.texts) == 2
    assert "is still running: process " in caught.value.texts[1]
    held.release()
    found = find_runs_to_delete(store, place, ["sweep", parent[:12]])
    assert sorted(run.info.run_id for run, _ in found) == sorted([parent, *jobs])
    assert sum(delete(store, *each) for each in found) > 1000
    assert [store.run(run_id).info.lifecycle_stage for run_id in (parent, *jobs, other)] == [*["deleted"] * 3, "active"]
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(("answer", "stage"), [("y", "deleted"), ("", "active"), ("n", "active")])
def test_on_a_terminal_rm_asks(
    store: Store, answer: str, stage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = run_of(store, "mine", "KILLED")
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or answer)
    assert main(["rm", "mine"]) == 0
    assert asked == ["delete 1 run? [y/N] "]
    assert store.run(run_id).info.lifecycle_stage == stage
    assert f"mine (id {run_id}" in capsys.readouterr().out
