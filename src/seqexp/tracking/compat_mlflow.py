"""Everything that seqexp uses of MLflow beyond its documented interface, which a new release of MLflow may change."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Response

_SEARCH_EXPERIMENTS = "/api/2.0/mlflow/experiments/search"


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
