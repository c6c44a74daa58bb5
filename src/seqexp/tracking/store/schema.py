"""The tables of a store's database: whether they are MLflow's, all of them, and of the release that is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from seqexp.config.output.secrets import masked_address
from seqexp.tracking.store.answers import connected
from seqexp.tracking.store.compat_mlflow import (
    columns_of_tables,
    installed_release,
    is_newest_schema,
    known_schemas,
)
from seqexp.tracking.store.uris import Location, sqlite_path

if TYPE_CHECKING:
    from sqlalchemy import Connection

VERSIONS = "SELECT version_num FROM alembic_version"
_ALWAYS = {"experiments", "runs", "alembic_version"}
_FIRST = {"experiments", "runs", "tags", "metrics", "params"}  # created in a transaction before that of all others


def check_kind(tables: Set[str], versions: Sequence[str], location: Location) -> None:
    """Check that a database with these tables is an MLflow store whose schema the installed MLflow knows.

    `versions` are those of the schema, as the table alembic_version has them: one, where the store is sound.

    Raises:
        InputError: It is something else, is damaged, or was written by a newer MLflow.
    """
    if not tables >= _ALWAYS:
        raise location.fault(_of_other_things(tables, location))
    if len(versions) != 1:
        many = "several versions" if versions else "no version"
        raise location.fault(f"the store is damaged: its schema has {many}. Restore a copy, or name another store")
    if versions[0] not in known_schemas():
        release = installed_release()
        raise location.fault(
            f"written by a newer MLflow than {release}, which is installed: upgrade seqexp, or name another store"
        )


def check_current(version: str, columns: Mapping[str, Set[str]], location: Location) -> None:
    """Check that a store has the schema of the installed MLflow, and what it needs of it.

    MLflow would change the schema of some older stores without being asked.

    Args:
        version: The version of its schema.
        columns: The columns of its tables, by the tables' names; no columns where they are not known.
        location: The store.

    Raises:
        InputError: The schema is an older one, or a table or a column is missing.
    """
    if not is_newest_schema(version):
        upgrade = f"mlflow db upgrade {masked_address(location.uri)}"
        raise location.fault(f"written by an older MLflow than {installed_release()}: back it up, then run `{upgrade}`")
    for table, due in columns_of_tables().items():
        there = columns.get(table)
        if there is None or (there and not due <= there):
            lacks = f"the column {min(due - there)} of the table {table}" if there else f"the table {table}"
            raise location.fault(f"the store is damaged: it lacks {lacks}. Restore a copy, or name another store")


def holds_tables(location: Location) -> bool:
    """Return whether a database on the network holds an MLflow store; False where it is empty.

    It is as good as empty where the creation of a store was cut short, or goes on.

    Raises:
        InputError: It holds other things, or a store that is damaged or not of the installed MLflow's schema.
    """
    with connected(location) as connection:
        tables, versions = _read(connection)
    if not tables or tables == _FIRST:
        return False
    check_kind(tables, versions, location)
    check_current(versions[0], {table: set() for table in tables}, location)
    return True


def _read(connection: Connection) -> tuple[set[str], list[str]]:
    from sqlalchemy import inspect, text

    tables = set(inspect(connection).get_table_names())
    return tables, list(connection.scalars(text(VERSIONS))) if "alembic_version" in tables else []


def refuse_other_things(location: Location, own: str) -> None:
    """Check that a database is empty or has the table `own`: others must not be given tables that they never asked for.

    Raises:
        InputError: It has tables, and not this one.
    """
    with connected(location) as connection:
        tables, _ = _read(connection)
    if tables and own not in tables:
        raise location.fault(_of_other_things(tables, location))


def _of_other_things(tables: Set[str], location: Location) -> str:
    named = f" (it has the table {min(tables)})" if tables else ""
    return f"a database of something else{named}. {_way_out(location)}"


def _way_out(location: Location) -> str:
    if sqlite_path(location.uri) is not None:
        return "Name another file"
    return "Create a database of its own (CREATE DATABASE seqexp) and name that"
