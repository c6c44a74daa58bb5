"""Everything that seqexp uses of MLflow beyond its documented interface, which a new release of MLflow may change."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from requests import Response

_SEARCH_EXPERIMENTS = "/api/2.0/mlflow/experiments/search"
_TIMEOUT = 30.0  # seconds of one attempt, where the user has set none


def create_tables(uri: str, artifact_root: str) -> None:
    """Create the tables of a new MLflow store in an empty database, and its Default experiment.

    The database is that of a SQLite file, which need not exist yet, or one on the network. `artifact_root` is the URI
    below which that experiment keeps its artifacts. Two processes must not do this at the same time.
    """
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with _only_warnings("mlflow.store.db.utils", "alembic"):
        created = SqlAlchemyStore(uri, artifact_root)  # type: ignore[no-untyped-call]
    created.engine.dispose()


def import_tables() -> None:
    """Import what creates tables, which takes seconds: before others have to wait for that."""
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


def delete_rows(client: MlflowClient, run_id: str) -> None:
    """Delete the rows of one run for good from the database of a client, and nothing else: no file, no other row.

    MLflow's own command `mlflow gc` can't be told so: it also deletes the folders that any deleted experiment and
    model names, wherever they are.
    """
    client._tracking_client.store._hard_delete_run(run_id)


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


def installed_release() -> str:
    """Return the release of MLflow that is installed, without importing it."""
    return version("mlflow")


def known_schemas() -> set[str]:
    """Return the versions of a database's schema that the installed MLflow knows, without importing it."""
    found = find_spec("mlflow")
    assert found is not None, "seqexp needs MLflow"
    assert found.origin is not None, "MLflow is a package of files"
    migrations = Path(found.origin).parent / "store" / "db_migrations" / "versions"
    return {path.name.partition("_")[0] for path in migrations.glob("[0-9a-z]*_*.py")}


def is_newest_schema(schema: str) -> bool:
    """Return whether this is the version of the schema with which the installed MLflow works."""
    from mlflow.store.db.utils import _get_latest_schema_revision

    return bool(_get_latest_schema_revision() == schema)  # type: ignore[no-untyped-call]


def columns_of_tables() -> dict[str, set[str]]:
    """Return the columns of each table of a store's database, as the installed MLflow needs them."""
    import_tables()  # which declares them
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
