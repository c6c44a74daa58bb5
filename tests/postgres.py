"""A real PostgreSQL server for tests: of its own, in a temporary folder, on a free port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.background import free_port

_USER, _PASSWORD = "seqexp", "not-to-be-shown"
_PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Postgres:
    """A server that runs.

    Attributes:
        port: Where it listens, at 127.0.0.1.
        programs: The folder of its programs.
        pid: Of its first process.
    """

    port: int
    programs: Path
    pid: int

    def create(self, name: str) -> str:
        """Create an empty database, and return its URI, which holds a password."""
        self.sql(f'CREATE DATABASE "{name}"', "postgres")
        return f"postgresql://{_USER}:{_PASSWORD}@127.0.0.1:{self.port}/{name}"

    def freeze(self, *, frozen: bool) -> None:
        """Have all of it stand still: it takes connections, and answers nothing; or let it go on."""
        first = psutil.Process(self.pid)
        for process in (first, *first.children(recursive=True)):
            process.suspend() if frozen else process.resume()

    def disconnect(self) -> None:
        """End all connections, as a restart does."""
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()", "postgres")

    def sql(self, statement: str, database: str) -> str:
        """Execute a statement in a database, and return what psql prints: rows, their columns separated by |."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, "-d", database]
        return subprocess.run(
            [self.programs / "psql", *where, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement],
            env={**os.environ, "PGPASSWORD": _PASSWORD},
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        ).stdout.strip()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server for the block; the test is skipped where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="seqexp-postgres-") as name:
        folder, port = Path(name), free_port()
        owner = _own(folder)
        password = folder / "password"
        password.write_text(_PASSWORD)
        init = [programs / "initdb", "-D", folder / "data", "-U", _USER, "-A", "scram-sha-256"]
        _run([*init, "--pwfile", password, "-E", "UTF8", "--locale=C", "--no-sync"], owner)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(folder),
            "fsync": "off",  # nothing here is worth a power cut
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", *options], stdout=log, stderr=log, cwd=folder, **owner
            )
        try:
            _wait(programs, port, server, folder / "log")
            yield Postgres(port, programs, server.pid)
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait(_PATIENCE)


def _programs() -> Path | None:
    """Return the folder of the server's programs, of the newest release that is there."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    releases = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").is_file()]
    return max(releases, key=lambda path: float(path.parent.name), default=None)


def _own(folder: Path) -> Mapping[str, Any]:
    """Give the folder to who may run a server, which root may not; return what makes a process theirs."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "postgres", "postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _run(command: Sequence[str | Path], owner: Mapping[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, timeout=_PATIENCE, **owner)
    assert done.returncode == 0, done.stdout + done.stderr


def _wait(programs: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode != 0:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)
