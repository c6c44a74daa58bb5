"""One process at a time: a lock beside a SQLite file, or in a PostgreSQL database, which ends with who has taken it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqexp.tracking.store.answers import connected
from seqexp.tracking.store.uris import Location, is_postgresql, sqlite_path

PATIENCE_SECONDS = 60.0  # that others may take
CREATION_SECONDS = 120.0  # that another process may take to create the tables of a store
_WAITED_TOO_LONG = "55P03"  # PostgreSQL's lock_not_available


def lock_of(path: Path) -> Path:
    """Return the file whose lock stands for a SQLite file."""
    return path.with_name(f"{path.name}.lock")


@contextmanager
def database_lock(location: Location, purpose: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Lock a SQLite file or a PostgreSQL database: no other process is in a block for this purpose at the same time.

    The operating system, or the server, frees the lock when the process ends, however it ends. Databases of other kinds
    have no such lock. `patience` are the seconds to wait for it.

    Raises:
        NothingAnswers: Another process has had the lock all that time.
    """
    path = sqlite_path(location.uri)
    if path is not None:
        with _file_lock(path, location, patience):
            yield
    elif is_postgresql(location.uri):
        with _advisory_lock(location, purpose, patience):
            yield
    else:
        yield


@contextmanager
def _file_lock(path: Path, location: Location, patience: float) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(lock_of(path))
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise location.unreachable(_waited(patience, f"the file {lock.lock_file}")) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(location: Location, purpose: str, patience: float) -> Iterator[None]:
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    number = int.from_bytes(hashlib.sha256(f"seqexp {purpose}".encode()).digest()[:8], signed=True)
    with connected(location) as connection:
        connection.execute(text(f"SET lock_timeout = {int(patience * 1000)}"))
        try:
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
        except OperationalError as error:
            # The drivers have two names for it.
            state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
            if state != _WAITED_TOO_LONG:
                raise
            raise location.unreachable(_waited(patience, f"an advisory lock for its {purpose}")) from error
        yield


def _waited(patience: float, what: str) -> str:
    return f"another process has had {what} locked for {patience:g} s. Wait until it has ended, or end it"
