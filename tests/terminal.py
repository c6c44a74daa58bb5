"""A real pseudo-terminal for commands whose output differs on one."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path


def on_terminal(command: Sequence[str], environment: Mapping[str, str], columns: int, cwd: Path | None = None) -> str:
    """Run a command on a terminal of that width and return all that the terminal received."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    # pytest's workers tell their children another terminal's width.
    environment = {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdin=theirs, stdout=theirs)
    os.close(theirs)
    received = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side has closed
            break
        if not chunk:
            break
        received += chunk
    os.close(ours)
    assert process.wait(120) == 0
    return received.decode().replace("\r\n", "\n")
