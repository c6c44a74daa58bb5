"""Files of runs: where they lie on this machine, or fetched once from the real server that keeps them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqexp.tracking.reading.artifacts import artifact_file, facts_of_file
from seqexp.tracking.reading.stored_runs import read_runs
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store, TrackingError


def recorded(store: Store, file: Path, status: str = "FINISHED") -> str:
    run = str(store.client.create_run(store.experiment_id("e"), run_name="r").info.run_id)
    store.client.log_artifact(run, str(file), "predictions")
    store.client.set_terminated(run, status)
    return run


def test_a_local_file_is_read_where_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "50% #1 ö"
    folder.mkdir()
    store = open_store(None, folder)
    file = tmp_path / "val.parquet"
    file.write_bytes(b"content")
    recorded(store, file)
    (run,) = read_runs(store)
    found = artifact_file(store, run, "predictions/val.parquet")
    assert found is not None
    assert found.read_bytes() == b"content"
    assert folder in found.parents
    assert artifact_file(store, run, "predictions/test.parquet") is None


@pytest.mark.parametrize("content", [b"", b"{", b"3", b"[1]", b"\xff", b"[" * 100_000])
def test_a_file_that_holds_something_else_is_named(content: bytes, tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    file = tmp_path / "environment.json"
    file.write_bytes(content)
    recorded(store, file)
    (run,) = read_runs(store)
    with pytest.raises(TrackingError) as caught:
        facts_of_file(store, run, "predictions/environment.json")
    assert run.run_id in str(caught.value)
    assert str(artifact_file(store, run, "predictions/environment.json")) in str(caught.value)
    assert facts_of_file(store, run, "predictions") == {}  # a folder
    assert facts_of_file(store, run, "none.json") == {}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A real MLflow server that keeps artifacts itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{tmp_path}/served.db", "--artifacts-destination", str(tmp_path / "kept"),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    uri = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{uri}/health", timeout=2).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the server does not answer"
                assert process.poll() is None, "the server has ended"
                time.sleep(0.3)
        yield uri
    finally:
        os.killpg(process.pid, 15)
        process.wait()


@pytest.mark.slow
def test_what_a_server_keeps_is_fetched_once(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "cache"))
    store = open_store(server, tmp_path)
    file = tmp_path / "val.parquet"
    file.write_bytes(b"content")
    recorded(store, file)
    (run,) = read_runs(store)
    assert (run.experiment, run.name) == ("e", "r")
    found = artifact_file(store, run, "predictions/val.parquet")
    assert found == tmp_path / "cache" / "runs" / run.run_id / "predictions" / "val.parquet"
    assert found.read_bytes() == b"content"
    assert artifact_file(store, run, "predictions/test.parquet") is None
    for kept in (tmp_path / "kept").rglob("val.parquet"):
        kept.unlink()
    assert artifact_file(store, run, "predictions/val.parquet") == found  # not asked for again
    assert [path.name for path in found.parent.iterdir()] == ["val.parquet"]  # no drafts are left


@pytest.mark.slow
def test_what_can_still_change_is_fetched_anew(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "cache"))
    store = open_store(server, tmp_path)
    file = tmp_path / "summary.csv"
    file.write_text("first")
    run_id = recorded(store, file, "FAILED")

    def content() -> str:
        (run,) = read_runs(store)
        found = artifact_file(store, run, "predictions/summary.csv")
        assert found is not None
        assert [path.name for path in found.parent.iterdir()] == ["summary.csv"]  # no drafts are left
        return found.read_text()

    assert content() == "first"
    for status, text in (("RUNNING", "second"), ("FINISHED", "third")):
        file.write_text(text)
        store.client.log_artifact(run_id, str(file), "predictions")
        store.client.update_run(run_id, status)
        assert content() == text
    for kept in (tmp_path / "kept").rglob("summary.csv"):
        kept.unlink()
    assert content() == "third"
