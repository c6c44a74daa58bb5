"""The SQLite file behind a store: recognised, and created once however many want it at the same moment."""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from seqexp.tracking.uris import Location, first_line, sqlite_uri

_LOCK_SECONDS = 600.0


def open_to_read(path: Path, patience: float = 5.0) -> sqlite3.Connection:
    """Open a SQLite file that is there, to read from it.

    A process that was killed in the middle of a write leaves a journal beside the file, and the next one to open the
    file undoes the write by it. Who opens it as one that may not write can't: where the file may be written, it is
    opened so, though no statement can change anything.

    Args:
        path: The file, absolute.
        patience: Seconds to wait for who writes.

    Raises:
        sqlite3.Error: It can't be opened.
    """
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    connection = sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=patience)
    connection.execute("PRAGMA query_only = ON")
    return connection


def holds_store(path: Path, location: Location) -> bool:
    """Whether the SQLite file holds an MLflow store; False if it is missing or empty.

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
    """Create the store once, whoever else is about to, and never leave half of one behind.

    Args:
        path: The SQLite file.
        location: The same as a URI, for messages.
        artifact_root: Where the Default experiment of the new store keeps its artifacts.

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
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    # MLflow migrates an empty file in some fifty steps: in memory a second, on a slow disk six.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="seqexp-", dir=memory) as folder:
        file = Path(folder) / "new.db"
        with _quiet("mlflow.store.db.utils", "alembic"):
            created = SqlAlchemyStore(sqlite_uri(file), artifact_root)  # type: ignore[no-untyped-call]
        created.engine.dispose()
        return file.read_bytes()


def _move_into_place(content: bytes, path: Path) -> None:
    """Write the file so that it is there in whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Hold back what these loggers say below a warning while the block runs."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
