from __future__ import annotations

import threading

import pytest
from rich.table import Table

from seqexp.reporting.console import Console
from seqexp.reporting.sweeps.relayed import LineStream, RelayedConsole, Terminal, terminal_of


def relayed(look: Terminal | None) -> tuple[RelayedConsole, list[tuple[str, str]]]:
    heard: list[tuple[str, str]] = []
    return RelayedConsole(look, lambda text, shown, _: heard.append((text, shown))), heard


def test_without_a_terminal_what_is_shown_is_plain() -> None:
    console, heard = relayed(None)
    console.print("one", style="bold red")
    console.fact("data", "a word " * 40)
    assert [text for text, _ in heard] == [shown for _, shown in heard]
    assert heard[0] == ("one\n", "one\n")
    assert console.transcript == "".join(text for text, _ in heard)
    assert not console.is_terminal


def test_for_a_terminal_it_has_its_colours_and_its_width() -> None:
    console, heard = relayed(Terminal(40, "standard"))
    console.print("one", style="red")
    console.fact("data", "a word " * 10)
    table = Table("a", "b")
    table.add_row("1", "2")
    console.print(table)
    assert heard[0] == ("one\n", "\x1b[31mone\x1b[0m\n")
    assert max(map(len, heard[1][1].replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines())) <= 40
    assert len(heard[1][0].splitlines()) == 1  # the log's lines are whole
    assert console.is_terminal
    assert not console.animated
    plain, colourless = relayed(Terminal(40, None))
    plain.print("one", style="red")
    assert "\x1b[31m" not in colourless[0][1]


def test_what_several_threads_print_is_relayed_once_each_and_what_is_urgent_is_marked() -> None:
    heard: list[tuple[str, bool]] = []
    console = RelayedConsole(None, lambda text, _, is_urgent: heard.append((text, is_urgent)))

    def say(thread: int) -> None:
        for number in range(200):
            (console.urgent if thread else console.print)(f"{thread} {number}")

    threads = [threading.Thread(target=say, args=(thread,)) for thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == sorted((f"{a} {b}\n", a > 0) for a in range(3) for b in range(200))


def test_what_code_prints_is_a_line_of_the_log() -> None:
    console, heard = relayed(None)
    stream = LineStream(console)
    print("fitting", 3, end="", file=stream)
    assert heard == []
    print(" of 4\nand [bold]on[/bold]", file=stream)
    stream.write("begun")
    stream.flush()
    stream.flush()
    assert [text for text, _ in heard] == ["fitting 3 of 4\n", "and [bold]on[/bold]\n", "begun\n"]


def test_a_console_relays_what_another_has_rendered(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    assert terminal_of(console) is None
    console.relay("one\n", "\x1b[31mone\x1b[0m\n")
    assert capsys.readouterr().out == "one\n"
    assert console.transcript == "one\n"
