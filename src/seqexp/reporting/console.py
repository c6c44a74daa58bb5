"""The terminal: colour and bars where there is one, plain lines where output is piped; and a transcript."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console as RichConsole
from rich.text import Text

# Wide enough that no table is ever cut where nothing tells the width.
PIPED_WIDTH = 2000


class Console:
    """Prints for a person, and keeps what it printed as plain text for the run's log.

    NO_COLOR is obeyed. A width is known only on a terminal; piped lines are never cut.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        probe = RichConsole()
        self.rich = probe if probe.is_terminal else RichConsole(width=PIPED_WIDTH, highlight=False)
        self.rich.quiet = quiet
        self._transcript = io.StringIO()
        self._plain = RichConsole(file=self._transcript, width=PIPED_WIDTH, no_color=True, highlight=False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person's terminal is at the other end."""
        return self.rich.is_terminal

    def print(self, renderable: Any = "", style: str = "") -> None:
        """Print a text (taken as it is, without markup) or a table."""
        shown = Text(renderable, style=style) if isinstance(renderable, str) else renderable
        is_text = isinstance(shown, Text)
        with self._plain.capture() as plain:
            self._plain.print(shown, soft_wrap=is_text, highlight=False)
        lines = "".join(f"{line.rstrip()}\n" for line in plain.get().splitlines())
        self._transcript.write(lines)
        if self.is_terminal:
            self.rich.print(shown, soft_wrap=is_text, highlight=False)
        else:
            self.rich.out(lines, end="", highlight=False)  # a table's padding is of no use in a file

    def fact(self, name: str, text: str) -> None:
        """Print an aligned line: what it is about, then the fact."""
        line = Text(f"{name:<9}", style="bold")
        line.append(text, style="not bold")
        self.print(line)

    @property
    def position(self) -> int:
        """How much was printed so far; see `since`."""
        return self._transcript.tell()

    def since(self, position: int) -> str:
        """Return what was printed after a position, as plain text."""
        return self._transcript.getvalue()[position:]

    @property
    def transcript(self) -> str:
        """All that was printed so far, as plain text."""
        return self.since(0)
