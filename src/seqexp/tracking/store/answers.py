"""Whether a server or a database answers, found out within seconds: MLflow and Optuna would try for minutes."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.tracking.store.compat_mlflow import ask_server
from seqexp.tracking.store.uris import (
    ALLOWED,
    PERMANENT,
    Location,
    is_database,
    is_databricks,
    is_server,
    parsed,
    short_reason,
)

if TYPE_CHECKING:
    from requests import Response
    from sqlalchemy import Connection

_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
# The packages of drivers, where they have other names, or need a library of the system's without the extra.
_DRIVERS = {"psycopg": "'seqexp[postgres]'", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
_PATIENCE_SECONDS = 5.0
_PASSES = r"timed out|timeout expired|starting up|shutting down|too many|closed the connection"
# What a driver calls the seconds that it waits for a connection.
_TIMEOUTS = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "mysqldb": "connect_timeout",
    "pymysql": "connect_timeout",
    "pyodbc": "timeout",
}


def check_answers(location: Location) -> None:
    """Check within seconds that a server or a database on the network answers.

    MLflow itself would retry for minutes. Of Databricks it is only checked that there are credentials.

    Raises:
        NothingAnswers: Nothing answers.
        InputError: What answers is no MLflow server, or a driver is missing.
    """
    if is_server(location.uri):
        _check_server(location)
    elif is_databricks(location.uri):
        _check_databricks(location)
    elif is_database(location.uri):
        check_database(location)


def _check_server(location: Location) -> None:
    from mlflow.exceptions import MlflowException

    advice = "Start it, or record in a file: tracking.uri=sqlite:///mlflow.db"
    try:
        response = ask_server(location.uri, _PATIENCE_SECONDS)
    except (MlflowException, OSError) as error:
        why = short_reason(error)
        said = location.fault if why in PERMANENT else location.unreachable
        raise said(f"no MLflow server answers there ({why}). {advice}") from error
    if response.status_code in (401, 403):
        raise location.fault(
            "the server refuses the credentials; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, "
            "or MLFLOW_TRACKING_TOKEN"
        )
    # 5xx: a proxy before it, or the server before its database; 429: it has too much to do.
    if response.status_code >= 500 or response.status_code == 429:
        raise location.unreachable(f"no MLflow server answers there (HTTP status {response.status_code}). {advice}")
    if response.status_code != 200 or not _lists_experiments(response):
        raise location.fault(f"what answers there is not an MLflow server (HTTP status {response.status_code})")


def _check_databricks(location: Location) -> None:
    """Check that credentials may be found: where there are none, MLflow seeks them on the network for seconds."""
    file = Path(os.environ.get("DATABRICKS_CONFIG_FILE") or "~/.databrickscfg").expanduser()
    if not file.exists() and not any(
        os.environ.get(name) for name in ("DATABRICKS_HOST", "DATABRICKS_RUNTIME_VERSION")
    ):
        raise location.fault(
            "Databricks needs credentials: set DATABRICKS_HOST and DATABRICKS_TOKEN, or run `databricks auth login`"
        )


def _lists_experiments(response: Response) -> bool:
    """Return whether a response is what an MLflow server says when it is asked for its experiments."""
    if "json" not in response.headers.get("Content-Type", ""):
        return False
    try:
        found = response.json()
    except ValueError:
        return False
    listed = found.get("experiments", []) if isinstance(found, dict) else None
    return isinstance(listed, list) and all(
        isinstance(each, dict) and isinstance(each.get("experiment_id"), str) for each in listed
    )


def check_database(location: Location) -> None:
    """Check that a database's driver is installed, and that it takes a connection, within seconds.

    Raises:
        NothingAnswers: Nothing answers there at the moment.
        InputError: There is no such driver or host, or the database refuses the connection.
    """
    from sqlalchemy.exc import NoSuchModuleError

    url = parsed(location)
    try:
        url.get_dialect().import_dbapi()
    except NoSuchModuleError as error:
        raise location.fault(f"there is no such kind of database, or no such driver; allowed: {ALLOWED}.") from error
    except ModuleNotFoundError as error:
        package = _DRIVERS.get(error.name or "", error.name)
        raise location.fault(f"its driver is not installed: pip install {package}") from error
    port = url.port or _PORTS.get(url.get_backend_name())
    if url.host is None or port is None:
        return
    if "@" in url.host:
        host = url.host.rpartition("@")[2]
        raise location.fault(f"no database answers at {host}:{port}: an @ in a password is written as %40")
    try:
        socket.create_connection((url.host, port), timeout=_PATIENCE_SECONDS).close()
    except socket.gaierror as error:
        raise location.fault(f"no database answers at {url.host}:{port} ({short_reason(error)})") from error
    except OSError as error:
        raise location.unreachable(f"no database answers at {url.host}:{port} ({short_reason(error)})") from error
    with connected(location):
        pass


@contextmanager
def connected(location: Location) -> Iterator[Connection]:
    """Connect to a database for a block, in which each statement is a transaction of its own.

    MLflow and Optuna would wait for ever where nobody says a word; this waits some seconds.

    Raises:
        NothingAnswers: Nothing answers there at the moment.
        InputError: The database refuses the connection.
    """
    from sqlalchemy import NullPool, create_engine

    url = parsed(location)
    timeout = _TIMEOUTS.get(url.get_driver_name())
    arguments = {timeout: int(_PATIENCE_SECONDS)} if timeout and timeout not in url.query else {}
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except Exception as error:  # drivers have classes of their own, and raise others, too
        why = short_reason(error)
        said = location.unreachable if re.search(_PASSES, why) else location.fault
        raise said(f"the database can't be used ({why})") from error
    with connection:
        yield connection
