"""Open the MLflow store to record runs, and find it to read them: what is wrong with it is said at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from seqexp.config.errors import Fault, InputError
from seqexp.tracking.store.answers import check_answers
from seqexp.tracking.store.compat_mlflow import create_tables, import_tables
from seqexp.tracking.store.locks import CREATION_SECONDS, database_lock
from seqexp.tracking.store.schema import holds_tables
from seqexp.tracking.store.sqlite_file import check_recordable, check_usable, create_store, holds_store
from seqexp.tracking.store.store import Store
from seqexp.tracking.store.uris import (
    Location,
    NothingAnswers,
    is_database,
    is_databricks,
    is_server,
    locate,
    short_reason,
    sqlite_path,
)

ARTIFACT_FOLDER = "mlartifacts"

_ASK_AGAIN_SECONDS = 2.0

T = TypeVar("T")


def check_store(uri: str | None, folder: Path) -> Store | None:
    """Return the store that is going to be recorded in; None where it is still to be created in a file or a database.

    Nothing is written.

    Raises:
        InputError: As `open_store` would, and where a file can't be written.
    """
    location = locate(uri, folder)
    path = sqlite_path(location.uri)
    if path is not None:
        check_recordable(path, location)
    return _found(location, folder)


def open_store(uri: str | None, folder: Path, *, patience: float = 0.0) -> Store:
    """Open the store to record in, creating it in a SQLite file or in a database where it is not there yet.

    For the arguments see `find_store`.

    Raises:
        InputError: The URI is wrong, nothing answers there, or it can't be created or is of another kind.
    """
    location = locate(uri, folder)
    return _answered(lambda: _found(location, folder) or _created(location, folder), patience)


def find_store(uri: str | None, folder: Path, *, by_sql: bool = False, patience: float = 0.0) -> Store:
    """Return the store to read from; nothing is created.

    Args:
        uri: The tracking.uri key; None: MLFLOW_TRACKING_URI, else mlflow.db in `folder`.
        folder: The folder where the command runs.
        by_sql: Whether a SQLite store is going to be read by SQL: it is enough then that the file is a store, and
            MLflow, which takes a second to import, is not asked.
        patience: For how many seconds to wait where nothing answers.

    Raises:
        InputError: There is no store, or nothing answers there.
    """
    location = locate(uri, folder)
    store = _answered(lambda: _found(location, folder, by_sql=by_sql), patience)
    if store is not None:
        return store
    path = sqlite_path(location.uri)
    advice = "train first, or name another one with --uri URI (with train --resume: tracking.uri=URI)"
    if path is None:
        raise location.fault(f"the database is empty: {advice}")
    named = f" named {path.name}" if uri or location.origin else ""
    raise InputError(Fault("tracking.uri", f"no MLflow store{named} in {path.parent}: {advice}"))


def _answered(ask: Callable[[], T], patience: float) -> T:
    """Ask again and again until the store answers, for so many seconds; a server may be restarting."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask()
        except NothingAnswers:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_ASK_AGAIN_SECONDS)


def _found(location: Location, folder: Path, *, by_sql: bool = False) -> Store | None:
    """Return the store that is there once it has answered; None where one can be created."""
    path = sqlite_path(location.uri)
    if path is not None:
        is_there = holds_store(path, location)
    else:
        check_answers(location)
        is_there = not is_database(location.uri) or holds_tables(location)
    if not is_there:
        return None
    store = _store_at(location, folder)
    if path is None or not by_sql:
        _first_use(store, location)
    return store


def _created(location: Location, folder: Path) -> Store:
    """Create the store, unless another process has created it meanwhile."""
    store, path = _store_at(location, folder), sqlite_path(location.uri)
    root = store.artifact_root or ""
    if path is not None:
        create_store(path, location, root)
    else:
        import_tables()
        with database_lock(location, "tables", CREATION_SECONDS):
            if not holds_tables(location):
                _create_tables(location, root)
    _first_use(store, location)
    return store


def _create_tables(location: Location, root: str) -> None:
    try:
        create_tables(location.uri, root)
    except Exception as error:  # of MLflow, SQLAlchemy, Alembic or a driver
        raise location.fault(f"the store can't be created ({short_reason(error)})") from error


def _store_at(location: Location, folder: Path) -> Store:
    is_named = not (location.origin or location.is_default)
    if is_server(location.uri) or is_databricks(location.uri):
        return Store(location.uri, None, is_named)
    path = sqlite_path(location.uri)
    beside = path.parent if path else folder.absolute()
    return Store(location.uri, (beside / ARTIFACT_FOLDER).as_uri(), is_named)


def _first_use(store: Store, location: Location) -> None:
    """Talk to the store once, so that what is wrong with it is the user's first message."""
    if is_server(location.uri):
        return  # it has answered the same question when it was checked
    path = sqlite_path(location.uri)
    if path is not None:
        check_usable(path, location)
    from mlflow.exceptions import MlflowException

    try:
        store.client.search_experiments(max_results=1)
    except Exception as error:  # of MLflow, SQLAlchemy, Alembic or a driver
        # A database takes connections before it answers.
        is_busy = isinstance(error, MlflowException) and error.error_code == "TEMPORARILY_UNAVAILABLE"
        raise (location.unreachable if is_busy else location.fault)(short_reason(error)) from error
