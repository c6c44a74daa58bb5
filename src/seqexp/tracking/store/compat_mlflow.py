"""Everything that seqexp uses of MLflow beyond its documented interface, which a new release of MLflow may change."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import Response

_SEARCH_EXPERIMENTS = "/api/2.0/mlflow/experiments/search"
_TIMEOUT = 30.0  # seconds of one attempt, where the user has set none


def create_sqlite_store(uri: str, artifact_root: str) -> None:
    """Create the tables of a new MLflow store, in a SQLite file that does not exist yet, and its Default experiment.

    `artifact_root` is the URI below which that experiment keeps its artifacts.
    """
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with _only_warnings("mlflow.store.db.utils", "alembic"):
        created = SqlAlchemyStore(uri, artifact_root)  # type: ignore[no-untyped-call]
    created.engine.dispose()


def ask_server(uri: str, timeout: float) -> Response:
    """Ask an MLflow server for one experiment, once, with the credentials that the environment gives.

    MLflow's own client would retry for minutes before it says that a server is away; the timeout is in seconds.

    Raises:
        MlflowException: The server can't be reached.
        OSError: The same, from the HTTP client.
    """
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    response: Response = http_request(  # type: ignore[no-untyped-call]
        get_default_host_creds(uri),  # type: ignore[no-untyped-call]
        _SEARCH_EXPERIMENTS,
        "GET",
        params={"max_results": 1},
        max_retries=0,
        timeout=timeout,
        raise_on_status=False,
    )
    return response


def hush_database_errors() -> None:
    """Let MLflow keep to itself what goes wrong in a database: it raises that, too, and prints pages of traceback."""
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)


def fault_of_schema(text: str, shown: str) -> str | None:
    """Return what is wrong with the schema of a store's database, and what can be done; None if that is not the matter.

    The text is that of the error with which MLflow, or Alembic, refuses the database, which is shown as `shown`.
    """
    from mlflow import __version__

    if "more than one head" in text:
        return "the store is damaged: its schema has several versions. Restore a copy, or name another file"
    found = re.search(r"found version (\w+)|revision identified by '(\w+)'", text)
    if found is None:
        return None
    revision = found[1] or found[2]
    if revision == "None":
        return "the store is damaged: its schema has no version. Restore a copy, or name another file"
    if _is_known_schema(revision):
        upgrade = f"mlflow db upgrade {shown}"
        return f"written by an older MLflow than {__version__}: back it up, then run `{upgrade}`"
    return f"written by a newer MLflow than {__version__}, which is installed: upgrade seqexp, or name another store"


def _is_known_schema(revision: str) -> bool:
    """Return whether the installed MLflow knows this version of a database's schema: it can upgrade from there."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError
    from mlflow.store.db.utils import _get_alembic_config

    scripts = ScriptDirectory.from_config(_get_alembic_config(""))  # type: ignore[no-untyped-call]
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False


def columns_of_tables() -> dict[str, set[str]]:
    """Return the columns of each table of a store's database, as the installed MLflow needs them."""
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401 (it declares the tables)
    from mlflow.store.db.base_sql_model import Base

    return {str(table.name): {str(column.name) for column in table.columns} for table in Base.metadata.sorted_tables}


@contextmanager
def one_attempt() -> Iterator[None]:
    """Let MLflow attempt each request of this thread once in the block, and print nothing about it.

    Its own attempts take minutes, are silent, and repeat what a server has carried out when only the reply was lost.
    """
    _obey_threads()
    before = getattr(_THREAD, "is_ours", False)
    _THREAD.is_ours = True
    try:
        yield
    finally:
        _THREAD.is_ours = before


_THREAD = threading.local()


class _Setting:
    """Stands in for one of MLflow's settings: threads within `one_attempt` have a value of their own."""

    def __init__(self, setting: Any, value: Any, *, is_forced: bool) -> None:
        self._setting, self._value, self._is_forced = setting, value, is_forced

    def get(self) -> Any:
        is_ours = getattr(_THREAD, "is_ours", False) and (self._is_forced or not self._setting.is_set())
        return self._value if is_ours else self._setting.get()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._setting, name)

    def __str__(self) -> str:
        return str(self._setting)


@cache
def _obey_threads() -> None:
    """Have MLflow's modules ask for the settings of a thread, once for this process."""
    from mlflow.tracking._tracking_service import client
    from mlflow.utils import rest_utils

    for module, name, value in (
        (rest_utils, "MLFLOW_HTTP_REQUEST_MAX_RETRIES", 0),
        (rest_utils, "MLFLOW_HTTP_REQUEST_TIMEOUT", _TIMEOUT),
        (client, "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", True),
    ):
        setattr(module, name, _Setting(getattr(module, name), value, is_forced=value is not _TIMEOUT))
    logging.getLogger("mlflow.store.db.utils").addFilter(lambda _: not getattr(_THREAD, "is_ours", False))


@contextmanager
def _only_warnings(*names: str) -> Iterator[None]:
    """Discard what these loggers report below a warning while the block runs."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
