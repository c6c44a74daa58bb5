"""Addresses of MLflow stores and databases: from what the user wrote to an absolute, checked URI."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from seqexp.config.errors import Fault, InputError
from seqexp.config.output.secrets import masked_address
from seqexp.tracking.compat_mlflow import ask_server

if TYPE_CHECKING:
    from sqlalchemy import URL

DEFAULT_FILE = "mlflow.db"
ALLOWED = "sqlite:///FILE.db, http(s)://HOST:PORT of an MLflow server, or a database URI such as postgresql://"

_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
# The packages of drivers, where they have other names, or need a library of the system's without the extra.
_DRIVERS = {"psycopg": "'seqexp[postgres]'", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
_PATIENCE_SECONDS = 5.0
_PERMANENT = ("name or service not known", "certificate verify failed")  # waiting does not help
# URIs that are understood without SQLAlchemy, whose import takes longer than reading a whole store.
_PLAIN = re.compile(r"sqlite:////[\w./-]+", re.ASCII)


class NothingAnswers(InputError):
    """Nothing answers at the address of a store; it may be back in a minute."""


@dataclass(frozen=True)
class Location:
    """An absolute store URI and how to name it in a message."""

    uri: str  # the URI, absolute; it may hold a password
    origin: str = ""  # what named it: "" for the key or the default, else " (from MLFLOW_TRACKING_URI)"
    key: str = "tracking.uri"  # the key of the configuration that names it

    def fault(self, what: str) -> InputError:
        """Return the InputError that says what is wrong with this store."""
        return InputError(self._fault(what))

    def unreachable(self, what: str) -> NothingAnswers:
        """Return the error that says that nothing answers there at the moment."""
        return NothingAnswers(self._fault(what))

    def _fault(self, what: str) -> Fault:
        return Fault(self.key, f"{self.key}={masked_address(self.uri)!r}{self.origin}: {what}")


def locate(uri: str | None, folder: Path) -> Location:
    """Return the store's location: `uri`, else MLFLOW_TRACKING_URI, else mlflow.db in `folder`.

    A relative path in it is meant relative to `folder`, where the command runs.

    Raises:
        InputError: The URI is of a kind that MLflow does not know.
    """
    given = Location(uri) if uri else Location(os.environ.get("MLFLOW_TRACKING_URI", ""), " (from MLFLOW_TRACKING_URI)")
    if not given.uri:
        return Location(sqlite_uri(folder / DEFAULT_FILE))
    return Location(_absolute(given, folder), given.origin)


def locate_database(uri: str, key: str, folder: Path) -> Location:
    """Return the location of a SQLite file or a PostgreSQL database that holds something else than runs.

    A relative path in the URI, which a key of the configuration names, is meant relative to `folder`.

    Raises:
        InputError: The URI is of another kind.
    """
    given = Location(uri, key=key)
    if not urlsplit(uri).scheme.startswith(("sqlite", "postgresql")):
        raise given.fault(f"must be sqlite:///FILE.db or postgresql://USER@HOST/DATABASE.{_hint(uri)}")
    return Location(_absolute(given, folder), key=key)


def is_server(uri: str) -> bool:
    """Return whether the URI is that of an MLflow server, reached over HTTP."""
    return urlsplit(uri).scheme in ("http", "https")


def sqlite_uri(path: Path) -> str:
    """Return the SQLAlchemy URI of a SQLite file, for any characters in its path."""
    database = path.absolute().as_posix()
    plain = f"sqlite:///{database}"
    if _PLAIN.fullmatch(plain):
        return plain
    from sqlalchemy import URL, make_url

    # Escaped only where needed: MLflow takes the URI's text for a path when it makes the parent folder.
    if make_url(plain).database == database:
        return plain
    return URL.create("sqlite", database=database).render_as_string(hide_password=False)


def sqlite_path(uri: str) -> Path | None:
    """Return the file of a SQLite URI, or None if the URI is of another kind."""
    if not uri.startswith("sqlite"):
        return None
    if _PLAIN.fullmatch(uri):
        return Path(uri.removeprefix("sqlite:///"))
    from sqlalchemy import make_url

    database = make_url(uri).database
    return Path(database) if database else None


def short_reason(error: BaseException) -> str:
    """Return in a few words why something failed: for network failures their usual name, else the first line."""
    text = str(error)
    for words in ("connection refused", "timed out", *_PERMANENT):
        if words in text.lower():
            return words
    return text.splitlines()[0][:200] if text else type(error).__name__


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's message, or its type's name if it has none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def check_answers(location: Location) -> None:
    """Check within seconds that a server or a database on the network answers.

    MLflow itself would retry for minutes.

    Raises:
        NothingAnswers: Nothing answers.
        InputError: What answers is no MLflow server, or a driver is missing.
    """
    if is_server(location.uri):
        _check_server(location)
    elif urlsplit(location.uri).scheme.startswith(_DATABASES):
        check_database(location)


def _absolute(given: Location, folder: Path) -> str:
    scheme = urlsplit(given.uri).scheme
    if scheme in ("http", "https") or scheme.startswith("databricks") or given.uri == "databricks":
        return given.uri.rstrip("/")
    if scheme == "file":
        return (folder / unquote(urlsplit(given.uri).path)).absolute().as_uri()
    if not scheme.startswith(_DATABASES):
        raise given.fault(f"not the URI of an MLflow store; allowed: {ALLOWED}.{_hint(given.uri)}")
    url = _parsed(given)
    if url.get_backend_name() != "sqlite":
        return given.uri
    if not url.database or url.database == ":memory:":
        raise given.fault("a store in memory would be lost; name a file: sqlite:///mlflow.db")
    return sqlite_uri(folder / url.database)


def _parsed(location: Location) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(location.uri)
    except (ArgumentError, ValueError):
        raise location.fault(f"not a valid URI; allowed: {ALLOWED}.{_hint(location.uri)}") from None


def _hint(uri: str) -> str:
    """Return what the user may have meant, as the end of a message."""
    if re.fullmatch(r"[\w.-]+:\d+/?", uri):
        return f" Did you mean 'http://{uri}'?"
    if uri.endswith((".db", ".sqlite", ".sqlite3")):
        return f" Did you mean 'sqlite:///{re.sub('^sqlite:/*', '', uri)}'?"
    if "://" not in uri:
        return f" For a file in that folder: 'sqlite:///{uri.rstrip('/')}/{DEFAULT_FILE}'."
    return ""


def _check_server(location: Location) -> None:
    from mlflow.exceptions import MlflowException

    advice = "Start it, or record in a file: tracking.uri=sqlite:///mlflow.db"
    try:
        response = ask_server(location.uri, _PATIENCE_SECONDS)
    except (MlflowException, OSError) as error:
        why = short_reason(error)
        said = location.fault if why in _PERMANENT else location.unreachable
        raise said(f"no MLflow server answers there ({why}). {advice}") from error
    if response.status_code in (401, 403):
        raise location.fault(
            "the server refuses the credentials; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, "
            "or MLFLOW_TRACKING_TOKEN"
        )
    if response.status_code >= 500:  # a proxy before it, or the server before its database
        raise location.unreachable(f"no MLflow server answers there (HTTP status {response.status_code}). {advice}")
    if response.status_code != 200 or "json" not in response.headers.get("Content-Type", ""):
        raise location.fault(f"what answers there is no MLflow server (HTTP status {response.status_code})")


def check_database(location: Location) -> None:
    """Check that a database's driver is installed, and that something answers at its address.

    Raises:
        InputError: One of them is not.
    """
    url = _parsed(location)
    try:
        url.get_dialect().import_dbapi()
    except ModuleNotFoundError as error:
        package = _DRIVERS.get(error.name or "", error.name)
        raise location.fault(f"its driver is not installed: pip install {package}") from error
    port = url.port or _PORTS.get(url.get_backend_name())
    if url.host is None or port is None:
        return
    try:
        socket.create_connection((url.host, port), timeout=_PATIENCE_SECONDS).close()
    except socket.gaierror as error:
        raise location.fault(f"no database answers at {url.host}:{port} ({short_reason(error)})") from error
    except OSError as error:
        raise location.unreachable(f"no database answers at {url.host}:{port} ({short_reason(error)})") from error
