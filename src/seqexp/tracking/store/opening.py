"""Open the MLflow store to record runs, and find it to read them: what is wrong with it is said at once."""

from __future__ import annotations

import time
from pathlib import Path

from seqexp.config.errors import Fault, InputError
from seqexp.config.output.secrets import masked_address
from seqexp.tracking.store.compat_mlflow import fault_of_schema
from seqexp.tracking.store.sqlite_file import check_columns, check_recordable, create_store, holds_store
from seqexp.tracking.store.store import Store
from seqexp.tracking.store.uris import (
    Location,
    NothingAnswers,
    check_answers,
    is_server,
    locate,
    short_reason,
    sqlite_path,
)

ARTIFACT_FOLDER = "mlartifacts"

_ASK_AGAIN_SECONDS = 2.0


def check_store(uri: str | None, folder: Path) -> Store | None:
    """Return the store that is going to be recorded in; None where it is a SQLite file that is still to be created.

    Nothing is written.

    Raises:
        InputError: As `open_store` would, and where a file can't be written.
    """
    location = locate(uri, folder)
    path = sqlite_path(location.uri)
    if path is not None and not check_recordable(path, location):
        return None
    return find_store(uri, folder)


def open_store(uri: str | None, folder: Path, *, patience: float = 0.0) -> Store:
    """Open the store to record in, creating a SQLite store that is not there yet; see `find_store`.

    Raises:
        InputError: The URI is wrong, nothing answers there, or the file cannot be created or is of another kind.
    """
    location = locate(uri, folder)
    store = _store_at(location, folder)
    path = sqlite_path(location.uri)
    if path is None:
        _reach(store, location, patience)
        return store
    if not holds_store(path, location):
        create_store(path, location, store.artifact_root or "")
    _first_use(store, location)
    return store


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
    path = sqlite_path(location.uri)
    if path is not None and not holds_store(path, location):
        named = f" named {path.name}" if uri or location.origin else ""
        advice = "train first, or name another one with --uri URI (with train --resume: tracking.uri=URI)"
        raise InputError(Fault("tracking.uri", f"no MLflow store{named} in {path.parent}: {advice}"))
    store = _store_at(location, folder)
    if path is None:
        _reach(store, location, patience)
    elif not by_sql:
        _first_use(store, location)
    return store


def _reach(store: Store, location: Location, patience: float) -> None:
    """Attempt to use the store again and again until it answers, for so many seconds; a server may be restarting."""
    deadline = time.monotonic() + patience
    while True:
        try:
            check_answers(location)
            _first_use(store, location)
            return
        except NothingAnswers:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_ASK_AGAIN_SECONDS)


def _store_at(location: Location, folder: Path) -> Store:
    if is_server(location.uri) or location.uri.startswith("databricks"):
        return Store(location.uri, None)
    path = sqlite_path(location.uri)
    beside = path.parent if path else folder.absolute()
    return Store(location.uri, (beside / ARTIFACT_FOLDER).as_uri())


def _first_use(store: Store, location: Location) -> None:
    """Talk to the store once, so that what is wrong with it is the user's first message."""
    if is_server(location.uri):
        return  # it has answered the same question when it was checked
    from mlflow.exceptions import MlflowException

    try:
        store.client.search_experiments(max_results=1)
    except Exception as error:  # of MLflow, SQLAlchemy, Alembic or a driver
        what = fault_of_schema(str(error), masked_address(location.uri))
        if what is not None:
            raise location.fault(what) from error
        # A database takes connections before it answers.
        is_busy = isinstance(error, MlflowException) and error.error_code == "TEMPORARILY_UNAVAILABLE"
        raise (location.unreachable if is_busy else location.fault)(short_reason(error)) from error
    path = sqlite_path(location.uri)
    if path is not None:
        check_columns(path, location)
