"""The SQLite file of an MLflow store: opened to read, checked, and created by exactly one of many processes."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from seqexp.config.errors import InputError, refusal_of_system
from seqexp.config.limits.file_kinds import kind_of
from seqexp.tracking.store.compat_mlflow import create_tables, import_tables
from seqexp.tracking.store.disk import LEAST_ROOM, why_full, why_unwritable
from seqexp.tracking.store.locks import CREATION_SECONDS, database_lock, lock_of
from seqexp.tracking.store.schema import VERSIONS, check_current, check_kind
from seqexp.tracking.store.uris import Location, short_reason, sqlite_uri
from seqexp.training.signals import signals_deferred

_WRITER_SECONDS = 10.0  # that another process may take for a write
_LONGEST_PATH = 504  # SQLite's 512 bytes without those of -journal


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
        InputError: It is a file of another kind, no file, or can't be read; or the installed MLflow is too old for it.
    """
    try:
        kind = kind_of(path)
        if kind not in (None, "a file"):
            raise location.fault(f"must be a SQLite file. {path} is {kind}")
        if kind is None or path.stat().st_size == 0:
            return False
        with closing(open_to_read(path)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            versions = [each for (each,) in connection.execute(VERSIONS)] if "alembic_version" in tables else []
    except (sqlite3.Error, OSError) as error:
        raise unreadable(location, error) from error
    check_kind(tables, versions, location)
    return True


def unreadable(location: Location, error: Exception) -> InputError:
    """Return the error that says why a SQLite file can't be read as a store."""
    why = refusal_of_system(error) if isinstance(error, OSError) else str(error)
    if "locked" in why or "busy" in why:
        return location.fault("another process has locked it. Wait until that has ended, or end it")
    return location.fault(f"cannot be read as a SQLite database ({why})")


def check_recordable(path: Path, location: Location) -> bool:
    """Check that runs can be recorded in a SQLite file, and return whether it holds a store already.

    Nothing is written.

    Raises:
        InputError: It can't be read, written or created, or another process keeps it locked.
    """
    length = len(os.fsencode(path.absolute()))
    if length > _LONGEST_PATH:
        raise location.fault(f"SQLite takes paths of {_LONGEST_PATH} bytes at the most, and this one has {length:,}")
    is_there = holds_store(path, location)
    lock, target = lock_of(path), Path(os.path.realpath(path))
    if kind_of(lock) not in (None, "a file"):
        raise location.fault(f"{lock} must be a file, or not there. It is {kind_of(lock)}")
    if path.is_symlink() and not target.parent.is_dir():
        raise location.fault(f"it is a link to {target}, whose folder is not there")
    why = why_unwritable(path) or (why_unwritable(target.parent) if is_there else None)
    if why is not None:
        what = "recorded in" if is_there else "created"
        raise location.fault(f"the store can't be {what} ({why}). Run the command in another folder, or name a file")
    _check_room(path, location)
    if not is_there:
        return False
    try:
        with closing(sqlite3.connect(path, timeout=_WRITER_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise unreadable(location, error) from error
    return True


def _check_room(path: Path, location: Location) -> None:
    why = why_full(Path(os.path.realpath(path)).parent, LEAST_ROOM)
    if why is not None:
        raise location.fault(f"nothing can be recorded there ({why})")


def check_usable(path: Path, location: Location) -> None:
    """Check that MLflow can use a store that is there.

    Raises:
        InputError: Its schema is an older one, or tables or columns are not there.
    """
    try:
        with closing(open_to_read(path)) as connection:
            (schema,) = connection.execute(VERSIONS).fetchone()
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {name: connection.execute("SELECT name FROM pragma_table_xinfo(?)", (name,)) for name in tables}
            columns = {name: {column for (column,) in found} for name, found in rows.items()}
    except sqlite3.Error as error:
        raise unreadable(location, error) from error
    check_current(schema, columns, location)


def create_store(path: Path, location: Location, artifact_root: str) -> None:
    """Create the store unless another process has created it; after a failure no partial file is left.

    The Default experiment of the new store keeps its artifacts below `artifact_root`; messages name the location.

    Raises:
        InputError: The file cannot be written.
    """
    _check_room(path, location)
    import_tables()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with database_lock(location, "tables", CREATION_SECONDS):
            if not holds_store(path, location):
                with signals_deferred():  # within MLflow's migrations an interrupt becomes a fault of the database
                    content = _empty_store(artifact_root)
                _move_into_place(content, Path(os.path.realpath(path)))
    except InputError:
        raise
    except Exception as error:  # MLflow creates the tables, by SQLAlchemy and Alembic
        raise location.fault(f"the store cannot be created ({short_reason(error)})") from error


def _empty_store(artifact_root: str) -> bytes:
    """Return the content of a new SQLite store."""
    # MLflow creates the tables in some fifty steps, which take a second in memory and six on a slow disk.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="seqexp-", dir=memory) as folder:
        file = Path(folder) / "new.db"
        create_tables(sqlite_uri(file), artifact_root)
        return file.read_bytes()


def _move_into_place(content: bytes, path: Path) -> None:
    """Write the file under another name and rename it, so that it is never seen half written."""
    draft = path.with_name(f"{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(draft)) from error  # of a full disk it has no file
