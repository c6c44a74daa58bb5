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
from seqexp.tracking.store.store import RunMissing, Store


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
    kept = ["outside", "gone", "shape", "climbs", "query", "hash", "linked", "inside", "remote", "odd", "nul", "long"]
    ids = {name: run_of(store, name, "KILLED") for name in ("mine", "encoded", *kept)}
    for name in ("mine", "linked"):
        store.client.log_text(ids[name], "x", "a.txt")
    own, beyond = tmp_path / "mlartifacts" / "e", tmp_path.parent / f"{tmp_path.name}-outside"
    shape, linked = stranger(tmp_path / "mlartifacts", "photos"), stranger(tmp_path, "l", ids["linked"], "artifacts")
    victims = {name: stranger(tmp_path, ids[name], "artifacts") for name in kept if name != "gone"}
    shutil.rmtree(own / ids["linked"])
    (own / ids["linked"]).symlink_to(linked.parent)
    (own / ids["inside"]).symlink_to(shape)  # a link to what is another's below the store's folder
    (shape / "artifacts").mkdir()
    (shape / "artifacts" / "thesis.txt").write_text("ten years")
    for name, mark in (("query", "?"), ("hash", "#")):
        (own / ids[name] / f"artifacts{mark}").mkdir(parents=True)
    back = f"../../../{beyond.name}"
    uris = {
        "outside": victims["outside"].as_uri(),
        "gone": f"file://{beyond}/{ids['gone']}/artifacts",
        "shape": shape.as_uri(),
        "climbs": f"file://{own}/{back}/{ids['climbs']}/artifacts",
        "query": f"mlartifacts/e/{ids['query']}/artifacts?/../../{back}/{ids['query']}/artifacts",
        "hash": f"{own}/{ids['hash']}/artifacts#/../../{back}/{ids['hash']}/artifacts",
        "encoded": f"file://{own}/{back.replace('..', '%252e%252e')}/{ids['encoded']}/artifacts",
        "inside": (own / ids["inside"] / "artifacts").as_uri(),
        "remote": f"s3://bucket/{ids['remote']}/artifacts",
        "odd": f"file://[{beyond}/{ids['odd']}/artifacts",
        "nul": f"file://{own}/%00/{ids['nul']}/artifacts",
        "long": f"file://{own}/{'x' * 300}/{ids['long']}/artifacts",
    }
    encoded = stranger(tmp_path, ids["encoded"], "artifacts")
    for name, uri in uris.items():
        crafted(store, "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", uri, ids[name])
    assert main(["rm", *ids, "--yes"]) == 0
    capsys.readouterr()
    assert main(["gc", "--dry-run"]) == 0
    would = capsys.readouterr().out.splitlines()
    assert (own / ids["mine"] / "artifacts" / "a.txt").exists()
    assert main(["gc"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:-1] == would[:-2]  # all but the sums, and the line about the file of the store
    folders = [*victims.values(), encoded, shape, shape / "artifacts", linked]
    assert [folder for folder in folders if not (folder / "thesis.txt").exists()] == []
    assert not (own / ids["mine"] / "artifacts").exists()
    left = {line.partition("deleted run ")[2].split()[0] for line in said if line.startswith("left ")}
    assert left == set(kept)
    assert {run.info.run_name for run in store.runs([store.experiment_id("e")], view=3)} == left


def test_deleted_experiments_and_models_stay(store: Store, tmp_path: Path) -> None:
    mine, theirs = run_of(store, "mine", "KILLED"), run_of(store, "theirs", "KILLED")
    store.client.log_text(mine, "x", "a.txt")
    experiment = store.client.create_experiment("old", artifact_location=stranger(tmp_path, "old").as_uri())
    old = store.client.create_run(experiment).info.run_id
    model = store.client.create_logged_model(store.experiment_id("e"), "m", theirs)
    victims = {name: stranger(tmp_path, name, "victim") for name in ("run", "model")}
    crafted(store, "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", str(victims["run"]), old)
    crafted(store, "UPDATE logged_models SET artifact_location = ?", str(victims["model"]))
    store.client.delete_experiment(experiment)
    store.client.delete_logged_model(model.model_id)
    store.client.delete_run(mine)
    assert main(["gc"]) == 0
    assert all(
        (folder / "thesis.txt").exists()
        for folder in (*victims.values(), tmp_path.parent / f"{tmp_path.name}-outside" / "old")
    )
    with pytest.raises(RunMissing):
        store.run(mine)
    assert [store.run(run_id).info.lifecycle_stage for run_id in (theirs, old)] == ["active", "deleted"]
    assert store.client.get_experiment(experiment).lifecycle_stage == "deleted"
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        rows = connection.execute("SELECT model_id, lifecycle_stage FROM logged_models").fetchall()
    assert rows == [(model.model_id, "deleted")]


def test_a_run_keeps_its_rows_where_its_artifacts_can_not_be_deleted(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = run_of(store, "mine", "KILLED")
    store.client.log_text(run_id, "x", "a.txt")
    store.client.delete_run(run_id)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", refuse)
        assert main(["gc"]) == 1
    assert f"{run_id}/artifacts can't be deleted (Permission denied" in capsys.readouterr().err
    assert store.run(run_id).info.lifecycle_stage == "deleted"
    assert main(["gc"]) == 0
    with pytest.raises(RunMissing):
        store.run(run_id)
