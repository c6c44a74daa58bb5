"""Stores are opened, found and refused as a user meets them; all stores here are real."""

from __future__ import annotations

import http.server
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.answers import check_answers
from seqexp.tracking.store.opening import find_store, open_store
from seqexp.tracking.store.store import Store
from seqexp.tracking.store.uris import Location, NothingAnswers

FIRST_USER = """
import sys
from pathlib import Path
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store

sys.stdin.readline()  # all start at the same moment
store = open_store(None, Path(sys.argv[1]))
with RunRecorder(store, "race", "run-" + sys.argv[2], "run", {}, {"seed": "1"}, None, None) as record:
    for epoch in (1, 2, 3):
        record.log_epoch(epoch, {"loss": 1 / epoch, "val_mae": 2 / epoch})
"""


@pytest.fixture(autouse=True)
def _no_tracking_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(f"sqlite:///{tmp_path_factory.mktemp('shared')}/mlflow.db", Path("/nowhere"))


def _runs(store: Store) -> list[object]:
    return list(store.runs(list(store.experiments().values())))


@pytest.mark.slow
def test_eight_first_users_at_once_all_succeed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FIRST_USER, str(tmp_path)]
    users = [
        subprocess.Popen(
            [*command, str(number)],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    for user in users:
        assert user.stdin is not None
        user.stdin.write("go\n")
        user.stdin.flush()
    said = [user.communicate(timeout=400) for user in users]
    assert [user.returncode for user in users] == [0] * 8, said
    assert [errors for _, errors in said] == [""] * 8  # MLflow's chatter about tables is held back

    store = find_store(None, tmp_path)
    runs = list(store.runs([store.experiments()["race"]]))
    assert len(runs) == 8
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert all(run.data.metrics == {"loss": pytest.approx(1 / 3), "val_mae": pytest.approx(2 / 3)} for run in runs)
    assert not (tmp_path / "mlruns").exists()
    assert not (tmp_path / "mlflow.db.draft").exists()


@pytest.mark.parametrize("name", ["with space and ünïcode", "per%20cent#&=+@:"])
def test_folders_of_any_name_hold_a_store(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    store = open_store(None, folder)
    with RunRecorder(store, "e", "r", "run", {}, {}, None, None) as record:
        record.log_text("hello", "notes/hello.txt")
    assert (folder / "mlflow.db").stat().st_size > 0
    assert [path.read_text() for path in (folder / "mlartifacts" / "e").rglob("hello.txt")] == ["hello"]
    assert len(_runs(find_store(None, folder))) == 1


def test_relative_uris_are_meant_from_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store("sqlite:///deeper/runs.db", tmp_path)
    assert store.uri == f"sqlite:///{tmp_path}/deeper/runs.db"
    assert store.artifact_root == (tmp_path / "deeper" / "mlartifacts").as_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///deeper/runs.db")
    assert find_store(None, tmp_path) == store


def test_an_interrupted_creation_does_not_spoil_the_store(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db.draft").write_bytes(b"half of a store")
    (tmp_path / "mlflow.db").touch()
    store = open_store(None, tmp_path)
    assert store.experiment_id("jena") == store.experiment_id("jena")


def test_a_second_opening_is_quick(shared: Store, tmp_path: Path) -> None:
    start = time.perf_counter()
    assert open_store(shared.uri, tmp_path) == shared
    assert time.perf_counter() - start < 2


def test_readers_create_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no MLflow store in .*: train first, or name another one with --uri URI"):
        find_store(None, tmp_path)
    with pytest.raises(InputError, match=r"no MLflow store named other\.db in"):
        find_store("sqlite:///other.db", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_store_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database, whatever its name says" * 50)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE songs (name TEXT)").connection.close()
    for opening in (open_store, find_store):
        with pytest.raises(InputError, match=r"tracking\.uri=.*cannot be read as a SQLite database"):
            opening("sqlite:///text.db", tmp_path)
        with pytest.raises(InputError, match=r"a database of something else \(it has the table songs\)"):
            opening("sqlite:///other.db", tmp_path)


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("localhost:5000", "Did you mean 'http://localhost:5000'?"),
        ("runs.db", "Did you mean 'sqlite:///runs.db'?"),
        ("mlruns", "'sqlite:///mlruns/mlflow.db'"),
        ("ftp://host/runs", "allowed: sqlite:///FILE.db, http(s)://HOST:PORT"),
        ("sqlite:///:memory:", "a store in memory would be lost"),
        ("file:mlruns", "maintenance mode"),
        ("postgresql://me:secret@127.0.0.1:1/runs", "its driver is not installed: pip install 'seqexp[postgres]'"),
        ("mysql://me:secret@127.0.0.1:1/runs", "its driver is not installed: pip install mysqlclient"),
    ],
)
def test_uris_of_no_use_are_explained(tmp_path: Path, uri: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for driver in ("psycopg", "MySQLdb"):
        monkeypatch.setitem(sys.modules, driver, None)  # as if it were not installed
    with pytest.raises(InputError) as caught:
        open_store(uri, tmp_path)
    (fault,) = caught.value.texts
    assert fault.startswith("tracking.uri='")
    assert says in fault
    assert "secret" not in fault


def test_an_unreachable_server_is_named_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:secret@127.0.0.1:{port}")
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"no MLflow server answers there \(connection refused\)") as caught:
        open_store(None, tmp_path)
    assert time.perf_counter() - start < 30
    assert f"tracking.uri='http://me:***@127.0.0.1:{port}' (from MLFLOW_TRACKING_URI)" in str(caught.value)


def test_a_server_that_is_restarted_is_waited_for_as_long_as_is_said(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    location = Location(f"http://127.0.0.1:{port}")
    with pytest.raises(NothingAnswers, match="no MLflow server answers there"):
        check_answers(location)
    served = threading.Event()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200 if served.is_set() else 503)  # a proxy is back before what is behind it
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")
            served.set()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    def serve() -> None:
        time.sleep(1)
        with http.server.HTTPServer(("127.0.0.1", port), Answer) as server:
            for _ in range(2):
                server.handle_request()

    thread = threading.Thread(target=serve)
    thread.start()
    find_store(location.uri, tmp_path, patience=60)
    thread.join(10)
    assert served.is_set()


def test_a_server_of_another_kind_is_recognised(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().split(" port ")[1].split()[0]
        try:
            with pytest.raises(InputError, match=r"not an MLflow server \(HTTP status 404\)"):
                open_store(f"http://127.0.0.1:{port}", tmp_path)
        finally:
            server.terminate()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(InputError, match=r"tracking\.uri=.*Not a directory: .*file/mlflow\.db"):
        open_store("sqlite:///file/mlflow.db", tmp_path)
