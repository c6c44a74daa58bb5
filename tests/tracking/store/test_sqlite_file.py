"""A store that a process was killed in the middle of writing to is read as it was before."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from seqexp.tracking.reading.stored_runs import read_runs
from seqexp.tracking.store.opening import find_store, open_store
from seqexp.tracking.store.sqlite_file import open_to_read
from tests.reporting.recorded import record

# More than SQLite's cache takes: a part of it is in the file, and what stood there in the journal.
KILLED = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE runs SET name = 'half written'")
connection.execute("CREATE TABLE scratch (text TEXT)")
connection.executemany("INSERT INTO scratch VALUES (?)", [("x" * 4000,)] * 500)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("by_sql", [True, False])
def test_a_write_that_was_cut_short_is_undone_by_who_reads_next(
    tmp_path: Path, by_sql: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    record(open_store(None, tmp_path), "mine")
    path = tmp_path / "mlflow.db"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "mlflow.db-journal").exists()
    assert [run.name for run in read_runs(find_store(None, tmp_path, by_sql=by_sql))] == ["mine"]
    assert not (tmp_path / "mlflow.db-journal").exists()


def test_who_reads_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE a (b)")
    with closing(open_to_read(path)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("INSERT INTO a VALUES (1)")
    with pytest.raises(sqlite3.OperationalError):
        open_to_read(tmp_path / "not there.db")
    assert not (tmp_path / "not there.db").exists()
