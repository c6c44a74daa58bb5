"""The SQLite file of an MLflow store: opened to read, checked, and created by exactly one of many processes."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from seqexp.tracking.compat_mlflow import create_sqlite_store
from seqexp.tracking.uris import Location, first_line, sqlite_uri

_LOCK_SECONDS = 600.0


def open_to_read(path: Path, patience: float = 5.0) -> sqlite3.Connection:
    """Open a SQLite file that is there, to read from it.

    A process that was killed in the middle of a write leaves a journal beside the file, with which SQLite undoes the
    write when the file is opened the next time. SQLite can do that only if the file is opened for writing. So the file
    is opened for writing where permissions allow it, and no statement on the connection may change anything. The path
    is absolute, and `patience` are the seconds to wait while another process writes.

    Raises:
        sqlite3.Error: It can't be opened.
    """
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    connection = sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=patience)
    connection.execute("PRAGMA query_only = ON")
    return connection


def holds_store(path: Path, location: Location) -> bool:
    """Return whether the SQLite file holds an MLflow store; False if it is missing or empty.

    Raises:
        InputError: It is a file of another kind.
    """
    try:
        if not path.exists() or path.stat().st_size == 0:
            return False
        with closing(open_to_read(path)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    except (sqlite3.Error, OSError) as error:
        raise location.fault(f"cannot be read as a SQLite database ({error})") from error
    if not {"experiments", "runs", "alembic_version"} <= tables:
        raise location.fault("a SQLite database, but not an MLflow store; name another file")
    return True


def create_store(path: Path, location: Location, artifact_root: str) -> None:
    """Create the store unless another process has created it; after a failure no partial file is left.

    The Default experiment of the new store keeps its artifacts below `artifact_root`; messages name the location.

    Raises:
        InputError: The file cannot be written.
    """
    from filelock import FileLock
    from mlflow.exceptions import MlflowException

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=_LOCK_SECONDS):
            if not holds_store(path, location):
                _move_into_place(_empty_store(artifact_root), path)
    except (OSError, MlflowException) as error:
        raise location.fault(f"the store cannot be created ({first_line(error)})") from error


def _empty_store(artifact_root: str) -> bytes:
    """Return the content of a new SQLite store."""
    # MLflow creates the tables in some fifty steps, which take a second in memory and six on a slow disk.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="seqexp-", dir=memory) as folder:
        file = Path(folder) / "new.db"
        create_sqlite_store(sqlite_uri(file), artifact_root)
        return file.read_bytes()


def _move_into_place(content: bytes, path: Path) -> None:
    """Write the file under another name and rename it, so that it is never seen half written."""
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
