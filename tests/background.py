"""Commands in the background, and waiting for what they do."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 240.0  # seconds


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not come true within {seconds:g} s"
        time.sleep(0.1)


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Return the next line of a command's output that has a text, and leave out those before it."""
    assert process.stdout is not None
    for line in iter(process.stdout.readline, ""):
        if text in line:
            return line
    raise AssertionError(f"the command has ended without {text!r}")


@contextmanager
def started(arguments: Sequence[str], cwd: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The real command, which goes on beside the test; it is terminated where the test is done with it first."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seqexp", *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=60)
