"""What the tests take for a new store is one."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from tests.stores import copied, migrated


def dump(content: bytes) -> list[str]:
    """Return the SQL that makes a store anew, without the milliseconds at which its experiment was created."""
    with closing(sqlite3.connect(":memory:")) as store:
        store.deserialize(content)
        return [re.sub(r"\b\d{13}\b", "NOW", line) for line in store.iterdump()]


def test_a_copied_store_is_as_mlflow_makes_it() -> None:
    root = "file:///of/my%20own"
    assert dump(copied(root)) == dump(migrated(root))
    assert any(root in line for line in dump(copied(root)))
