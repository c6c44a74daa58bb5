"""What waits on disk: what is said of it, who delivers it, and what becomes of it where the store refuses it."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from seqexp.runs.checkpointing import recorded_run, report_crashed_runs
from seqexp.runs.cleaning import free_space
from seqexp.runs.sync import sync_runs, waiting_runs
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import RunFolder
from seqexp.tracking.spool import delivery
from seqexp.tracking.spool.outbox import NO_STORE, Undelivered, how_to_sync
from seqexp.tracking.spool.spool import SPOOL, Spool
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store
from tests.background import until
from tests.faults import read_catalogue
from tests.mlflow_server import Server

CATALOGUE = read_catalogue(Path(__file__).with_name("messages_catalogue.txt"))


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store in SQLite; a test that asks for it has one behind a server."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
        return
    with Server(tmp_path) as server:
        yield open_store(server.uri, tmp_path)


@pytest.fixture
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.01)
    return tmp_path / "runs"


def recorder(store: Store, said: list[str], name: str = "gru") -> RunRecorder:
    return RunRecorder(store, "e", name, "run", {}, {"seed": "1"}, None, None, say=said.append)


def unvarying(lines: Sequence[str], store: Store, runs_folder: Path) -> list[str]:
    """Return messages without what differs from test to test: places, ids, sizes, and MLflow's own words."""
    found = []
    for line in lines:
        text = re.sub(rf"{runs_folder}/\w+/{SPOOL}", "SPOOL", line).replace(store.shown, "STORE")
        text = re.sub(rf"(?<=tracking.checkpoints=)\"?{runs_folder}\"?", "RUNS", text)
        text = re.sub(r"\((?!run )[^()]*(\([^()]*\)[^()]*)*\)", "(WHY)", text)
        found.append(re.sub(r"^ *[\d.]+ MB ", "SIZE", re.sub(r"\b[0-9a-f]{32}\b", "ID", text)))
    return found


def offline(runs_folder: Path) -> None:
    """Leave a run that has ended and waits for a store."""
    with recorded_run(recorder(NO_STORE, [], "offline"), runs_folder) as (run, _):
        run.log_epoch(1, {"loss": 0.5})
        run.log_text("x", "notes.txt")


@pytest.mark.parametrize("store", ["sqlite", pytest.param("server", marks=pytest.mark.slow)], indirect=True)
@pytest.mark.parametrize("how", ["at the end", "and interrupted"])
def test_a_run_that_the_store_refuses(how: str, store: Store, runs_folder: Path) -> None:
    """A run that is deleted while it is trained, say."""
    said: list[str] = []
    ends = Undelivered if how == "at the end" else KeyboardInterrupt

    def train() -> None:
        with recorded_run(recorder(store, said), runs_folder) as (run, folder):
            run.settle()
            (folder.path / "epoch-00000002.checkpoint").touch()
            store.client.delete_run(run.run_id)
            for epoch in (1, 2):
                run.log_epoch(epoch, {"loss": 1 / epoch})
            run.set_tags({"more": "y"})
            until(lambda: bool(said), 20)
            if how == "and interrupted":
                raise KeyboardInterrupt

    with pytest.raises(ends) as caught:
        train()
    notes = [str(caught.value)] if ends is Undelivered else caught.value.__notes__
    assert unvarying(said, store, runs_folder) == CATALOGUE["refused, while it is recorded"]
    assert unvarying(notes, store, runs_folder) == CATALOGUE[f"refused, {how}"]
    lines: list[str] = []
    assert sync_runs(store, runs_folder, lines.append) == 1
    assert unvarying(lines, store, runs_folder) == CATALOGUE["sync: refused"]
    lines.clear()
    free_space(store, runs_folder, lines.append, dry=True)
    assert unvarying(lines, store, runs_folder)[:1] == CATALOGUE["gc: deleted"]


def remove_slowly(folder: Path, **_: object) -> None:
    """Delete a folder, what says that all of it is delivered and that somebody is at it first."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name not in ("delivered", "lock")):
        remove_slowly(path) if path.is_dir() else path.unlink()
        time.sleep(0.05)
    folder.rmdir()


@pytest.mark.parametrize("removes", ["at once", "slowly"])
def test_two_syncs_at_once_deliver_each_run_once(
    removes: str, store: Store, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if removes == "slowly":
        monkeypatch.setattr("shutil.rmtree", remove_slowly)
        monkeypatch.setattr("seqexp.runs.sync._LOOK", 0.01)
    for _ in range(3):
        offline(runs_folder)
    left, lines = list[int](), list[str]()
    barrier = threading.Barrier(2)

    def sync() -> None:
        barrier.wait()
        left.append(sync_runs(store, runs_folder, lines.append))

    threads = [threading.Thread(target=sync) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left == [0, 0]
    runs = list(store.runs(list(store.experiments().values())))
    assert [run.info.status for run in runs] == ["FINISHED"] * 3
    assert all(len(store.client.get_metric_history(run.info.run_id, "loss")) == 1 for run in runs)
    assert waiting_runs(runs_folder) == []


def test_sync_beside_a_living_run_waits_for_what_that_delivers(
    store: Store, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline(runs_folder)
    (folder,) = waiting_runs(runs_folder)
    other, lines = runs_folder / ("f" * 32), list[str]()
    with RunFolder(folder.path).try_lock(), monkeypatch.context() as patch:
        patch.setattr("seqexp.runs.sync._PATIENCE", 0.3)
        assert sync_runs(store, runs_folder, lines.append) == 1  # it takes nothing any more
        assert unvarying(lines, store, runs_folder) == CATALOGUE["sync: it runs"]
    with recorded_run(recorder(store, []), runs_folder) as (run, _):
        run.log_epoch(1, {"loss": 0.5})
        lines.clear()
        assert sync_runs(store, runs_folder, lines.append) == 0
        assert sorted(unvarying(lines, store, runs_folder))[0] == CATALOGUE["sync: delivered"][0]
        run.log_epoch(2, {"loss": 0.25})
    assert [point.step for point in store.client.get_metric_history(run.run_id, "loss")] == [1, 2]
    RunFolder(other).lock("http://127.0.0.1:9")
    Spool(other / SPOOL).append("tags", {"values": {}})
    lines.clear()
    assert sync_runs(store, runs_folder, lines.append) == 0
    assert unvarying(lines, store, runs_folder) == CATALOGUE["sync: of another store"]


def test_the_end_that_a_run_has_on_disk_alone_is_delivered_by_the_next_command(store: Store, runs_folder: Path) -> None:
    """The run was interrupted, and the store had no time to take its end."""
    run = recorder(store, [])
    run.runs_folder = runs_folder
    run.__enter__()
    run.settle()
    assert run.folder is not None
    run._outbox._delivery.close()  # type: ignore[union-attr]
    Spool(run.folder.path / SPOOL).append("status", {"status": "KILLED", "time": 1})
    run.folder.release()
    assert store.run(run.run_id).info.status == "RUNNING"
    report_crashed_runs(store, runs_folder, pytest.fail)
    assert store.run(run.run_id).info.status == "KILLED"
    assert waiting_runs(runs_folder) == []


def test_who_reads_a_spool_does_not_change_what_its_run_is_writing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / SPOOL)
    values: dict[str, Any] = {"values": {"a": "1"}}
    spool.append("tags", values)
    path = tmp_path / SPOOL / "operations.jsonl"
    with path.open("ab") as file:
        file.write(b'{"kind": "ta')
    assert len(Spool(tmp_path / SPOOL).waiting) == 1
    assert path.read_bytes().endswith(b'{"kind": "ta')
    Spool(tmp_path / SPOOL).append("tags", values)  # the process that wrote it has died
    assert [operation.content for operation in Spool(tmp_path / SPOOL).waiting] == [values, values]


def _line(kind: str, **content: Any) -> str:
    return json.dumps({"kind": kind, "content": content, "size": 0}) + "\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("operations.jsonl", b"{\n"),
        ("operations.jsonl", b"\xff\n"),
        ("operations.jsonl", b"3\n"),
        ("operations.jsonl", b"[" * 100_000 + b"\n"),
        ("operations.jsonl", b'{"kind": "tags"}\n'),
        ("operations.jsonl", _line("other", values={}).encode()),
        ("operations.jsonl", _line("metrics", values={}, time="now", step=1).encode()),
        ("operations.jsonl", _line("file", file="../../../kept.txt", folder=None).encode()),
        ("operations.jsonl", _line("file", file="files/1/..", folder=None).encode()),
        ("operations.jsonl", None),
        ("delivered", b"many"),
        ("delivered", b"-1"),
        ("delivered", b"99"),
        ("delivered", None),
        ("run_id", b"../elsewhere"),
    ],
)
def test_a_damaged_spool_is_told_and_left_as_it_is(
    name: str, content: bytes | None, store: Store, runs_folder: Path
) -> None:
    """Content None: a pipe, which nobody may wait for."""
    offline(runs_folder)
    (folder,) = waiting_runs(runs_folder)
    path = folder.path / SPOOL / name
    if content is not None:
        path.write_bytes(content)
    else:
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    kept = runs_folder / "kept.txt"
    kept.write_text("another's")
    before = sorted(runs_folder.rglob("*"))
    said: list[str] = []
    assert sync_runs(store, runs_folder, said.append) == 1
    assert len(said) == 1
    assert str(path) in said[0]
    assert f"Delete {path.parent}" in said[0]
    free_space(store, runs_folder, said.append, dry=False)
    assert sorted(runs_folder.rglob("*")) == before


def test_the_command_that_delivers_can_be_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    beside = tmp_path / ".seqexp" / "runs"
    server = "http://127.0.0.1:5000"
    assert how_to_sync(Store(server, None), beside) == f"`seqexp sync tracking.uri={server}` delivers what waits."
    assert how_to_sync(Store(server, None), tmp_path / "a b").startswith(
        f"`seqexp sync tracking.uri={server} 'tracking.checkpoints=\"{tmp_path}/a b\"'` "
    )
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    default = open_store(None, tmp_path)
    assert how_to_sync(default, beside, "tries again") == "`seqexp sync` tries again."
    monkeypatch.setenv("MLFLOW_TRACKING_URI", default.uri)
    assert how_to_sync(open_store(None, tmp_path), beside).startswith("`seqexp sync` ")
    named = open_store("sqlite:///mlflow.db", tmp_path)
    assert how_to_sync(named, beside).startswith(f"`seqexp sync tracking.uri={named.uri}` ")
    secret = how_to_sync(Store("http://me:geheim@127.0.0.1:5000", None), beside)
    assert "geheim" not in secret
    assert "***" not in secret
    assert secret.startswith("`seqexp sync`, given the store as the training was, ")
