from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from rich.table import Table

from seqexp.reporting.console import Console

PROGRAM = """
from rich.table import Table
from seqexp.reporting.console import Console
console = Console()
console.fact("data", "a [bold]path[/] with 'quotes' and 0.5")
table = Table("name", "value", box=None)
table.add_row("x" * 90, "1")
console.print(table)
console.print("good", style="green")
"""


def on_a_terminal(environment: dict[str, str]) -> str:
    """Run the program on a pseudo-terminal and return all that it wrote."""
    parent, child = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=child, env={**os.environ, **environment})
    os.close(child)
    written = b""
    while True:
        try:
            chunk = os.read(parent, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not chunk:
            break
        written += chunk
    assert process.wait() == 0
    os.close(parent)
    return written.decode()


def test_a_terminal_gets_colour_and_no_color_is_obeyed() -> None:
    base = {"TERM": "xterm-256color", "COLUMNS": "80"}
    os.environ.pop("NO_COLOR", None)
    assert "\x1b[32m" in on_a_terminal(base)
    assert "\x1b[32m" not in on_a_terminal({**base, "NO_COLOR": "1"})


def test_a_pipe_gets_whole_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.fact("data", "a [bold]path[/] with 'quotes' and 0.5")
    table = Table("name", "value", box=None, pad_edge=False)
    table.add_row("x" * 300, "1")
    console.print(table)
    output = capsys.readouterr().out
    assert output.splitlines()[0] == "data     a [bold]path[/] with 'quotes' and 0.5"
    assert "x" * 300 in output
    assert "\x1b" not in output
    assert all(line == line.rstrip() for line in output.splitlines())
    assert console.transcript == output


def test_the_transcript_of_a_part() -> None:
    console = Console(quiet=True)
    console.print("before")
    begin = console.position
    console.print("after")
    assert console.since(begin) == "after\n"
    assert console.transcript == "before\nafter\n"
