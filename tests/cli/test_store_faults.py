"""Whatever is wrong with the store: one message before anything is written, exit code 2, no secret, in seconds."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from seqexp.tracking.store.sqlite_file import _LONGEST_PATH
from tests.conftest import Run
from tests.disks import read_only
from tests.postgres import running_postgres
from tests.stores import copied

SECRET = "not-to-be-told"


def new_store(folder: Path, *statements: str) -> Path:
    path = folder / "mlflow.db"
    path.write_bytes(copied((folder / "mlartifacts").as_uri()))
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


def cut(folder: Path) -> None:
    path = new_store(folder)
    os.truncate(path, path.stat().st_size // 2)


def link_to_itself(folder: Path) -> None:
    (folder / "mlflow.db").symlink_to("mlflow.db")


def link_to_nowhere(folder: Path) -> None:
    (folder / "mlflow.db").symlink_to("disk/that/is/away.db")


def revision(what: str) -> Callable[[Path], object]:
    return lambda folder: new_store(folder, what)


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda folder: (folder / "mlflow.db").write_text("this is no database\n" * 99), "file is not a database"),
    "cut": (cut, "malformed"),
    "folder": (lambda folder: (folder / "mlflow.db").mkdir(), "is a folder"),
    "pipe": (lambda folder: os.mkfifo(folder / "mlflow.db"), "is a pipe"),
    "lock": (lambda folder: (folder / "mlflow.db.lock").mkdir(), "mlflow.db.lock must be a file"),
    "link": (link_to_nowhere, "disk/that/is/away.db, whose folder is not there"),
    "loop": (link_to_itself, "symbolic links"),
    "older": (revision("UPDATE alembic_version SET version_num = '451aebb31d03'"), "`mlflow db upgrade sqlite:////"),
    "newer": (revision("UPDATE alembic_version SET version_num = 'ffff12345678'"), "written by a newer MLflow than"),
    "no version": (revision("DELETE FROM alembic_version"), "its schema has no version"),
    "two versions": (revision("INSERT INTO alembic_version VALUES ('aaaabbbbcccc')"), "has several versions"),
    "no table": (revision("DROP TABLE latest_metrics"), "it lacks the table latest_metrics"),
    "no column": (revision("ALTER TABLE runs RENAME start_time TO begun"), "it lacks the column start_time of the tab"),
}
READERS = {
    "ls": ["ls", "runs"],
    "gc": ["gc"],
    "rm": ["rm", "a", "--yes"],
    "resume": ["train", "--resume", "a"],
    "embeddings": ["embeddings", "a", "--near", "b"],
    "report": ["report"],
}
BY_SQL = {"compare": ["compare"], "compare runs": ["compare", "a", "b"]}


def check(done: subprocess.CompletedProcess[str], says: str) -> None:
    assert done.returncode == 2, done.stderr
    (message,) = done.stderr.splitlines()
    assert message.startswith("error: ")
    assert says in message
    assert SECRET not in done.stdout + done.stderr


def listed(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("has_runs", [False, True])
@pytest.mark.parametrize("fault", FILES)
def test_a_file_that_is_no_use_is_told_before_a_run(
    seqexp: Run, small: list[str], tmp_path: Path, fault: str, has_runs: bool
) -> None:
    make, says = FILES[fault]
    make(tmp_path)
    if has_runs:
        (tmp_path / ".seqexp" / "runs").mkdir(parents=True)
    before = listed(tmp_path)
    done = seqexp("train", *small, "model=naive", cwd=tmp_path)
    check(done, says)
    assert "tracking.uri" not in done.stderr  # nobody has set it
    assert "tracking.checkpoints" not in done.stderr
    assert listed(tmp_path) == before


@pytest.mark.parametrize("fault", ["cut", "newer", "folder", "no column"])
def test_every_command_tells_it(seqexp: Run, small: list[str], tmp_path: Path, fault: str) -> None:
    make, says = FILES[fault]
    make(tmp_path)
    before = listed(tmp_path)
    sweep = ["train", "-m", *small, "model=naive,linear"]
    for arguments in (sweep, [*sweep, "--dry-run"], *READERS.values()):
        check(seqexp(*arguments, cwd=tmp_path), says)
    for arguments in BY_SQL.values():
        done = seqexp(*arguments, cwd=tmp_path)
        if fault == "cut" and done.returncode == 0:  # what is read may be there
            continue
        check(done, says)
    assert listed(tmp_path) == before


def test_an_older_schema_that_has_what_is_read_is_read(seqexp: Run, tmp_path: Path) -> None:
    FILES["older"][0](tmp_path)
    before = (tmp_path / "mlflow.db").read_bytes()
    assert seqexp("compare", cwd=tmp_path).returncode == 0
    assert seqexp("ls", "runs", cwd=tmp_path).returncode == 2
    assert (tmp_path / "mlflow.db").read_bytes() == before


def test_a_text_where_a_number_belongs_is_told(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    train = ["train", *small, "model=naive"]
    assert seqexp(*train, cwd=tmp_path).returncode == 0
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE runs SET start_time = 'yesterday'")
    before = listed(tmp_path)
    for arguments in ([*train, "--dry-run"], READERS["ls"], READERS["gc"], READERS["report"], BY_SQL["compare"]):
        check(seqexp(*arguments, cwd=tmp_path), " is damaged: ")
    assert listed(tmp_path) == before


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("databricks", "Databricks needs credentials"),
        ("foo", "For a file in that folder: 'sqlite:///foo/mlflow.db'"),
        ("sqlit:///runs.db", "Did you mean 'sqlite:///runs.db'?"),
        (f"ftp://u:{SECRET}@h/x", "not the URI of an MLflow store"),
        (f"http://u:{SECRET}@127.0.0.1:99999", "Port out of range"),
        (f"http://u:{SECRET}@[::1/", "not a valid URI"),
        (f"http://u:{SECRET}", "its host or port can't be read"),
        (f"u:{SECRET}@h", "not the URI of an MLflow store"),
        (f"https:/u:{SECRET}@h", "no MLflow server answers there"),
        (f"postgresql://u:x@{SECRET}@127.0.0.1:1/x", "no database answers at 127.0.0.1:1"),
        (f"http://u:{SECRET}@127.0.0.1:1", "connection refused"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/x", "connection refused"),
        (f"postgresql+nodriver://u:{SECRET}@127.0.0.1/x", "no such driver"),
        (f"postgresqlx://u:{SECRET}@127.0.0.1/x", "no such kind of database"),
        (f"sqlite:///{'x' * 300}.db", "File name too long"),
        (f"sqlite:///{'/'.join(['x' * 200] * 3)}/mlflow.db", f"paths of {_LONGEST_PATH} bytes at the most"),
        (f"sqlite:///{'/'.join(['x' * 200] * 25)}/mlflow.db", "bytes at the most"),
    ],
)
def test_addresses_of_no_use_are_told(seqexp: Run, small: list[str], tmp_path: Path, uri: str, says: str) -> None:
    if uri.startswith("postgresql:"):
        pytest.importorskip("psycopg")
    started = time.perf_counter()
    check(seqexp("train", *small, "model=naive", f"tracking.uri='{uri}'", cwd=tmp_path), says)
    assert seqexp("ls", "runs", "--uri", uri, cwd=tmp_path).returncode == 2
    assert time.perf_counter() - started < 10
    assert listed(tmp_path) == set()


def test_the_longest_path_is_what_sqlite_takes(tmp_path: Path) -> None:
    def path_of(length: int) -> Path:
        folder = tmp_path
        while length - len(str(folder)) > 220:
            folder = folder / ("x" * 200)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / ("y" * (length - len(str(folder)) - 1))

    def write(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE a (b)")

    write(path_of(_LONGEST_PATH))
    with pytest.raises(sqlite3.OperationalError):
        write(path_of(_LONGEST_PATH + 1))


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that takes connections and never says a word; its port."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield server.getsockname()[1]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "postgresql"])
def test_a_server_that_never_answers_is_told_in_seconds(
    seqexp: Run, small: list[str], tmp_path: Path, scheme: str
) -> None:
    if scheme == "postgresql":
        pytest.importorskip("psycopg")
    with silent_server() as port:
        uri, started = f"{scheme}://u:{SECRET}@127.0.0.1:{port}/x", time.perf_counter()
        check(seqexp("train", *small, "model=naive", f"tracking.uri={uri}", cwd=tmp_path), "time")
    assert time.perf_counter() - started < 20


@pytest.mark.slow
def test_a_locked_file_is_told_in_seconds(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    path = new_store(tmp_path)
    for lock in ("EXCLUSIVE", "IMMEDIATE"):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute(f"BEGIN {lock}")
            started = time.perf_counter()
            check(seqexp("train", *small, "model=naive", cwd=tmp_path), "another process has locked it")
            assert time.perf_counter() - started < 20


@pytest.mark.slow
def test_what_a_database_refuses_is_told(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with running_postgres() as postgres:
        wrong = postgres.create("mine").rpartition("/")[0]
        wrong = f"postgresql://seqexp:{SECRET}@{wrong.rpartition('@')[2]}/mine"
        check(seqexp("train", *small, "model=naive", f"tracking.uri={wrong}", cwd=tmp_path), "authentication failed")
        missing = postgres.create("there").replace("/there", "/nowhere")
        done = seqexp("train", *small, "model=naive", f"tracking.uri={missing}", cwd=tmp_path)
        check(done, 'database "nowhere" does not exist')
        assert "not-to-be-shown" not in done.stderr


@pytest.mark.parametrize("is_there", [False, True])
def test_a_folder_that_is_read_only_is_blamed_itself(
    seqexp: Run, small: list[str], tmp_path: Path, is_there: bool
) -> None:
    if is_there:
        new_store(tmp_path)
    with read_only(tmp_path):
        done = seqexp("train", *small, "model=naive", cwd=tmp_path)
        check(done, f"{tmp_path}{'/mlflow.db' if is_there else ''} can't be written: ")
        assert "tracking." not in done.stderr
        if is_there:
            assert seqexp("compare", cwd=tmp_path).returncode == 0  # to read is allowed


def test_a_store_is_created_where_a_link_leads(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "mlflow.db").symlink_to("disk/runs.db")
    assert seqexp("train", *small, "model=naive", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mlflow.db").is_symlink()
    assert (tmp_path / "disk" / "runs.db").stat().st_size > 0
