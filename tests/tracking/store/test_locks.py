"""A lock is one process's at a time, is free when that has died, and is not waited for in vain."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seqexp.tracking.store.locks import database_lock
from seqexp.tracking.store.uris import Location, NothingAnswers
from tests.postgres import running_postgres

HOLDER = """
import sys
from seqexp.tracking.store.locks import database_lock
from seqexp.tracking.store.uris import Location

with database_lock(Location(sys.argv[1]), "tables"):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holder(location: Location) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, location.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.slow)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Location]:
    if request.param == "SQLite":
        yield Location(f"sqlite:///{tmp_path / 'mlflow.db'}")
        return
    pytest.importorskip("psycopg")
    with running_postgres() as server:
        yield Location(server.create("new"))


def test_a_lock_is_waited_for_with_patience_and_free_when_its_process_dies(location: Location) -> None:
    with holder(location) as process:
        begin = time.monotonic()
        with pytest.raises(NothingAnswers, match=r"another process has had .* locked for 0\.3 s") as caught:
            database_lock(location, "tables", patience=0.3).__enter__()
        assert 0.2 < time.monotonic() - begin < 20
        assert "not-to-be-shown" not in str(caught.value)
        process.send_signal(signal.SIGKILL)
        with database_lock(location, "tables"):
            pass
    with database_lock(location, "tables", patience=0.3):
        pass
