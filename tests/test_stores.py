"""What the tests take for a new store is one."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from tests.stores import copied, migrated


def contents(content: bytes) -> dict[str, set[str]]:
    """Return each table's columns, indices, foreign keys and rows, without the time at which it was made."""
    with closing(sqlite3.connect(":memory:")) as store:
        store.deserialize(content)
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: {
                re.sub(r"\b\d{13}\b", "NOW", str(row[2:] if what in ("index_list", "foreign_key_list") else row))
                for what in ("table_info", "index_list", "foreign_key_list")
                for row in store.execute(f"PRAGMA {what}('{name}')")
            }
            | {re.sub(r"\b\d{13}\b", "NOW", str(row)) for row in store.execute(f"SELECT * FROM '{name}'")}
            for name in tables
        }


def test_a_copied_store_is_as_mlflow_makes_it() -> None:
    root = "file:///of/my%20own"
    made = contents(copied(root))
    assert made == contents(migrated(root))
    assert any(root in row for row in made["experiments"])
