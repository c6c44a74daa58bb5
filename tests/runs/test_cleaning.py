"""What is deleted and freed, and what is left alone."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.config.errors import InputError
from seqexp.runs.cleaning import delete, find_runs_to_delete, free_space
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import RunFolder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store


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
    unknown, foreign = uuid.uuid4().hex, uuid.uuid4().hex
    folders[unknown] = folder_of(place, unknown, store.shown)
    folders[foreign] = folder_of(place, foreign, "sqlite:////other.db")
    folders["no id"] = folder_of(place, "no id", store.shown)
    folders["not a run"] = place / "not a run"  # DIR may hold whatever a person keeps there
    (folders["not a run"] / "photos").mkdir(parents=True)
    folders["held"] = place / uuid.uuid4().hex
    held = RunFolder(folders["held"])
    held.lock(store.shown)
    useless = {ids["FINISHED"], deleted, empty, unknown}
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
    assert sum(delete(store, *each, place, print) for each in found) > 1000
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


def crafted(store: Store, statement: str, *values: str) -> None:
    """Write into a store what MLflow never would."""
    with closing(sqlite3.connect(store.uri.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement, values)


def stranger(tmp_path: Path, *parts: str) -> Path:
    """A folder outside the store's, with a file that nobody has meant to lose."""
    folder = tmp_path.parent.joinpath(f"{tmp_path.name}-outside", *parts)
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("three years")
    return folder


def test_checkpoints_that_only_the_store_names_stay(
    store: Store, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = {name: run_of(store, name, "KILLED") for name in ("tag", "id", "link", "elsewhere")}
    tagged = stranger(tmp_path, ids["tag"])
    linked = stranger(tmp_path, "linked")
    elsewhere = folder_of(tmp_path / "disk", ids["elsewhere"], store.shown)  # tracking.checkpoints was this folder
    place.mkdir(parents=True)
    (place / ids["link"]).symlink_to(linked)
    for name, folder in (("tag", tagged.parent), ("elsewhere", elsewhere.parent)):
        store.client.set_tag(ids[name], "seqexp.checkpoints", str(folder))
    odd = f"../../../{linked.parent.name}/linked"
    for table in ("params", "tags", "metrics", "latest_metrics"):
        crafted(store, f"UPDATE {table} SET run_uuid = ? WHERE run_uuid = ?", odd, ids["id"])
    crafted(store, "UPDATE runs SET run_uuid = ? WHERE run_uuid = ?", odd, ids["id"])
    before = {path: path.stat() for folder in (tagged, linked) for path in folder.iterdir()}
    assert main(["rm", "id", "--yes"]) != 0  # MLflow takes no such id
    assert main(["rm", "tag", "link", "elsewhere", "--yes"]) == 0
    said = capsys.readouterr().out
    assert main(["gc"]) == 0
    assert {path: path.stat().st_mtime for path in before} == {path: stat.st_mtime for path, stat in before.items()}
    assert f"left {tagged}: it is not in {place}\n" in said
    assert f"left {place / ids['link']}: it is a link\n" in said
    assert (
        f"left {elsewhere}: it is not in {place}. If it is the run's: seqexp gc --checkpoints {elsewhere.parent}"
        in said
    )
    assert elsewhere.is_dir()


def test_another_folder_of_checkpoints_is_freed_where_it_is_named(store: Store, tmp_path: Path) -> None:
    mine = run_of(store, "mine", "KILLED")
    folder = folder_of(tmp_path / "disk", mine, store.shown)
    store.client.set_tag(mine, "seqexp.checkpoints", str(tmp_path / "disk"))
    assert main(["rm", "mine", "--yes", "--checkpoints", "disk"]) == 0
    assert not folder.exists()


def test_artifacts_that_only_the_store_names_stay(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = {name: run_of(store, name, "KILLED") for name in ("mine", "outside", "shape", "climbs", "linked", "remote")}
    for name in ("mine", "linked"):
        store.client.log_text(ids[name], "x", "a.txt")
    own = tmp_path / "mlartifacts" / "e"
    outside, shape = stranger(tmp_path, ids["outside"], "artifacts"), stranger(tmp_path / "mlartifacts", "photos")
    climbs = stranger(tmp_path, ids["climbs"], "artifacts")
    linked = stranger(tmp_path, "l", ids["linked"], "artifacts")
    shutil.rmtree(own / ids["linked"])
    (own / ids["linked"]).symlink_to(linked.parent)
    uris = {
        "outside": outside.as_uri(),
        "shape": shape.as_uri(),
        "climbs": f"file://{own}/../../../{climbs.parent.parent.name}/{ids['climbs']}/artifacts",
        "remote": f"s3://bucket/{ids['remote']}/artifacts",
    }
    for name, uri in uris.items():
        crafted(store, "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", uri, ids[name])
    assert main(["rm", *ids, "--yes"]) == 0
    assert main(["gc"]) == 0
    said = capsys.readouterr().out
    assert [folder for folder in (outside, shape, climbs, linked) if not (folder / "thesis.txt").exists()] == []
    assert not (own / ids["mine"] / "artifacts").exists()
    left = {line.partition("deleted run ")[2].split()[0] for line in said.splitlines() if line.startswith("left ")}
    assert left == {"outside", "shape", "climbs", "linked", "remote"}
