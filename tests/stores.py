"""New stores without waiting: MLflow migrates an empty file in some fifty steps, which a process of tests does once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache

import pytest

from seqexp.tracking.store import sqlite_file

migrated: Callable[[str], bytes] = sqlite_file._empty_store

_TEMPLATE_ROOT = "file:///artifacts-of-the-template"


@cache
def _template() -> bytes:
    return migrated(_TEMPLATE_ROOT)


def copied(artifact_root: str) -> bytes:
    """Return the content of a new SQLite store: the template's, with an artifact root of its own."""
    with closing(sqlite3.connect(":memory:")) as store:
        store.deserialize(_template())
        with store:
            store.execute(
                "UPDATE experiments SET artifact_location = replace(artifact_location, ?, ?)",
                (_TEMPLATE_ROOT, artifact_root),
            )
        return store.serialize()


@contextmanager
def copied_stores() -> Iterator[None]:
    """Let stores that this process creates be copies of one that was migrated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_file, "_empty_store", copied)
        yield
