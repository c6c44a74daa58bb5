from __future__ import annotations

import contextlib
import os
import re
import sys
import threading

import pytest
from rich.table import Table
from rich.text import Text

from seqexp.reporting.console import Console, PlainTable
from seqexp.tracking.endings import ReaderEnded
from seqexp.training.signals import signals_deferred
from tests.terminal import on_terminal

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


def on_a_terminal(**more: str) -> str:
    kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    return on_terminal([sys.executable, "-c", PROGRAM], {**kept, "TERM": "xterm-256color", **more}, columns=80)


def test_a_terminal_gets_colour_and_no_color_is_obeyed() -> None:
    assert "\x1b[32m" in on_a_terminal()
    assert "\x1b[32m" not in on_a_terminal(NO_COLOR="1")


def test_a_dumb_terminal_has_the_width_that_it_says() -> None:
    program = "from seqexp.reporting.console import Console; print(Console().rich.width)"
    environment = {**os.environ, "TERM": "dumb"}
    assert on_terminal([sys.executable, "-c", program], environment, columns=61).strip() == "61"


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


def test_a_fact_is_broken_between_words_on_a_terminal_and_whole_in_the_transcript() -> None:
    program = """
from seqexp.reporting.console import Console, PlainTable
console = Console()
console.fact("words", "one two three four five six seven eight nine ten")
print(repr(console.transcript))
"""
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    shown = on_terminal([sys.executable, "-c", program], environment, columns=44)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert lines[:2] == ["words    one two three four five six seven", "         eight nine ten"]
    assert "".join(lines[2:]) == repr("words    one two three four five six seven eight nine ten\n")


def test_names_neither_act_on_a_terminal_nor_are_markup(capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b]0;mine\x07[red]a\nb[/red]\x9b1m"
    console = Console()
    table = PlainTable("name", name)
    table.add_row(name, Text("two\nlines"))
    console.print(table)
    console.fact("data", name)
    console.print(Text("see ").append("http://me:pw@h/x?token=abc"))
    for text in (capsys.readouterr().out, console.transcript):
        assert not set("\x1b\x07\x9b") & set(text)
        assert "\\x1b]0;mine\\x07[red]a\\nb[/red]\\x9b1m" in text
        assert "http://me:***@h/x?token=***" in text


def test_a_reader_that_has_ended_ends_the_command_once_and_after_what_is_to_be_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    done = []
    with os.fdopen(ours, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        console = Console()
        thread = threading.Thread(target=console.print, args=("in a thread",))
        thread.start()
        thread.join()

        def print_and_keep() -> None:
            with signals_deferred():
                console.print("not written")
                done.append("kept")

        with pytest.raises(ReaderEnded):
            print_and_keep()
        console.print("nor this")
        monkeypatch.undo()
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), ours)
    assert done == ["kept"]
    assert console.since(0) == "in a thread\nnot written\nnor this\n"
