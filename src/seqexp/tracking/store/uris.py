"""Addresses of MLflow stores and databases: from what the user wrote to an absolute, checked URI."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from seqexp.config.errors import Fault, InputError, refusal_of_system
from seqexp.config.output.secrets import masked_address

if TYPE_CHECKING:
    from sqlalchemy import URL

DEFAULT_FILE = "mlflow.db"
ALLOWED = "sqlite:///FILE.db, http(s)://HOST:PORT of an MLflow server, or a database URI such as postgresql://"

_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_PASSING = ("connection refused", "timed out", "connection aborted", "connection reset")
PERMANENT = ("name or service not known", "certificate verify failed")  # waiting does not help
_LONGEST_REASON = 300
# URIs that are understood without SQLAlchemy, whose import takes longer than reading a whole store.
_PLAIN = re.compile(r"sqlite:////[\w./-]+", re.ASCII)


class NothingAnswers(InputError):
    """Nothing answers at the address of a store; it may be back in a minute."""


@dataclass(frozen=True)
class Location:
    """An absolute store URI and how to name it in a message."""

    uri: str  # the URI, absolute; it may hold a password
    origin: str = ""  # what named it: "" for the key or the default, else " (from MLFLOW_TRACKING_URI)"
    is_default: bool = False  # whether nothing named it
    key: str = "tracking.uri"  # the key of the configuration that names it

    def fault(self, what: str) -> InputError:
        """Return the InputError that says what is wrong with this store."""
        return InputError(self._fault(what))

    def unreachable(self, what: str) -> NothingAnswers:
        """Return the error that says that nothing answers there at the moment."""
        return NothingAnswers(self._fault(what))

    def _fault(self, what: str) -> Fault:
        named = f"{self.key}={masked_address(self.uri)!r}{self.origin}"
        # No key is blamed that nobody has set.
        return Fault(self.key, f"{f'the MLflow store {self.uri}' if self.is_default else named}: {what}")


def locate(uri: str | None, folder: Path) -> Location:
    """Return the store's location: `uri`, else MLFLOW_TRACKING_URI, else mlflow.db in `folder`.

    A relative path in it is meant relative to `folder`, where the command runs.

    Raises:
        InputError: The URI is of a kind that MLflow does not know.
    """
    given = Location(uri) if uri else Location(os.environ.get("MLFLOW_TRACKING_URI", ""), " (from MLFLOW_TRACKING_URI)")
    if not given.uri:
        return Location(sqlite_uri(folder / DEFAULT_FILE), is_default=True)
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


def is_databricks(uri: str) -> bool:
    """Return whether the URI is that of an account at Databricks, whose own service keeps the runs."""
    return uri == "databricks" or urlsplit(uri).scheme.startswith("databricks")


def is_postgresql(uri: str) -> bool:
    """Return whether the URI is that of a PostgreSQL database, with any driver."""
    return urlsplit(uri).scheme.startswith("postgresql")


def is_database(uri: str) -> bool:
    """Return whether the URI is that of a database, a SQLite file among them."""
    return urlsplit(uri).scheme.startswith(_DATABASES)


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


def local_folder(uri: str) -> Path | None:
    """Return the folder in which MLflow keeps the artifacts of this URI; None where it is not one of this machine.

    A URI without a scheme is a path as a whole, a question mark and a hash in it included.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme not in ("", "file"):
        return None
    return Path(unquote(parts.path if parts.scheme else uri))


def short_reason(error: BaseException) -> str:
    """Return in a few words why something failed: for network failures their usual name, else the first line."""
    text = str(error)
    for words in (*_PASSING, *PERMANENT):
        if words in text.lower():
            return words
    if isinstance(error, OSError) and error.strerror:
        return refusal_of_system(error)[:_LONGEST_REASON]
    # SQLAlchemy puts the driver's class in front, or a line about itself.
    lines = [line for line in text.strip().splitlines() if not line.startswith("(raised as a result of")]
    return re.sub(r"^\([\w.]+\) ", "", lines[0])[:_LONGEST_REASON] if lines else type(error).__name__


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's message, or its type's name if it has none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _absolute(given: Location, folder: Path) -> str:
    try:
        scheme = urlsplit(given.uri).scheme
        _ = urlsplit(given.uri).port
    except ValueError as error:
        # What it quotes may be a password, or the end of one.
        why = "its host or port can't be read" if re.search("['\"]", str(error)) else error
        raise given.fault(f"not a valid URI ({why}); allowed: {ALLOWED}.") from None
    if "\0" in given.uri:
        raise given.fault("not a valid URI (it has a NUL in it).")
    if is_server(given.uri) or is_databricks(given.uri):
        return given.uri.rstrip("/")
    if scheme == "file":
        return (folder / unquote(urlsplit(given.uri).path)).absolute().as_uri()
    if not scheme.startswith(_DATABASES):
        raise given.fault(f"not the URI of an MLflow store; allowed: {ALLOWED}.{_hint(given.uri)}")
    url = parsed(given)
    if url.get_backend_name() != "sqlite":
        return given.uri
    if not url.database or url.database == ":memory:":
        raise given.fault("a store in memory would be lost; name a file: sqlite:///mlflow.db")
    return sqlite_uri(folder / url.database)


def parsed(location: Location) -> URL:
    """Return the URI's parts.

    Raises:
        InputError: It is none.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(location.uri)
    except (ArgumentError, ValueError):  # also of a port that is no number
        raise location.fault(f"not a valid URI; allowed: {ALLOWED}.{_hint(location.uri)}") from None


def _hint(uri: str) -> str:
    """Return what the user may have meant, as the end of a message."""
    if re.fullmatch(r"[\w.-]+:\d+/?", uri):
        return f" Did you mean 'http://{uri}'?"
    scheme, separator, rest = uri.partition("://")
    meant = get_close_matches(scheme.lower(), ("http", "https", *_DATABASES), n=1) if separator else []
    if meant and meant[0] != scheme:
        return f" Did you mean {f'{meant[0]}://{masked_address(rest)}'!r}?"
    if not separator and uri.endswith((".db", ".sqlite", ".sqlite3")):
        return f" Did you mean 'sqlite:///{re.sub('^sqlite:/*', '', masked_address(uri))}'?"
    if not separator:
        return f" For a file in that folder: 'sqlite:///{masked_address(uri).rstrip('/')}/{DEFAULT_FILE}'."
    return ""
