"""Printing in a process that has no terminal of its own: what it prints is relayed to the process that has one."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from seqexp.reporting.console import PIPED_WIDTH, Console, Output


@dataclass(frozen=True)
class Terminal:
    """The terminal on which another process prints what this one relays."""

    width: int  # its width in columns
    colours: str | None  # its colour system, as rich names it; None: it shows no colours


def terminal_of(console: Console) -> Terminal | None:
    """Return the terminal of a console; None where its output is piped."""
    if not console.is_terminal:
        return None
    return Terminal(console.rich.width, None if console.rich.no_color else console.rich.color_system)


class RelayedConsole(Console):
    """A console that relays what it prints; any thread may print.

    Args:
        terminal: That of the process that prints; None: its output is piped.
        relay: Takes what was printed as plain text, and with the colours of the terminal, and whether it is urgent:
            to be told whatever else is printed there.
    """

    animated = False

    def __init__(self, terminal: Terminal | None, relay: Callable[[str, str, bool], None]) -> None:
        super().__init__(quiet=True)
        self._rendered = io.StringIO()
        self._relay, self._is_urgent, self._lock = relay, False, threading.RLock()
        self.rich = Output(
            file=self._rendered,
            force_terminal=terminal is not None,
            width=terminal.width if terminal else PIPED_WIDTH,
            color_system=terminal.colours if terminal else None,  # type: ignore[arg-type]  # the names that rich gives them
            no_color=terminal is None or terminal.colours is None,
            highlight=False,
        )

    @override
    def urgent(self, text: str) -> None:
        with self._lock:
            self._is_urgent = True
            try:
                self.print(text)
            finally:
                self._is_urgent = False

    @override
    def _print(self, shown: Any, kept: Any) -> None:
        with self._lock:
            begin = self.position
            super()._print(shown, kept)
            text = self._rendered.getvalue()
            self._rendered.seek(0)
            self._rendered.truncate()
            self._relay(self.since(begin), text, self._is_urgent)


class LineStream(io.TextIOBase):
    """A stream that prints its lines on a console; it replaces sys.stdout."""

    def __init__(self, console: Console) -> None:
        self._console, self._rest = console, ""

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, text: str) -> int:
        """Print all complete lines."""
        *lines, self._rest = f"{self._rest}{text}".split("\n")
        for line in lines:
            self._console.print(line)
        return len(text)

    @override
    def flush(self) -> None:
        """Print the incomplete line, too."""
        if self._rest:
            rest, self._rest = self._rest, ""
            self._console.print(rest)
