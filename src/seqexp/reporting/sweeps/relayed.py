"""What a process prints that has no terminal of its own: relayed to the one that has."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console as RichConsole

from seqexp.reporting.console import PIPED_WIDTH, Console


@dataclass(frozen=True)
class Look:
    """The terminal at the other end.

    Attributes:
        width: Columns.
        colours: What it can show, as rich names it; None: no colour.
    """

    width: int
    colours: str | None


def look_of(console: Console) -> Look | None:
    """Return what another process must know of a console's terminal; None where there is none."""
    if not console.is_terminal:
        return None
    return Look(console.rich.width, None if console.rich.no_color else console.rich.color_system)


class RelayedConsole(Console):
    """Renders for a terminal elsewhere, and hands on what it printed: as plain text, and as it looks there.

    Args:
        look: The terminal; None: there is none.
        relay: Takes both.
    """

    animated = False

    def __init__(self, look: Look | None, relay: Callable[[str, str], None]) -> None:
        super().__init__(quiet=True)
        self._rendered = io.StringIO()
        self._relay = relay
        self.rich = RichConsole(
            file=self._rendered,
            force_terminal=look is not None,
            width=look.width if look else PIPED_WIDTH,
            color_system=look.colours if look else None,  # type: ignore[arg-type]  # rich's own names
            no_color=look is None or look.colours is None,
            highlight=False,
        )

    def _print(self, shown: Any, kept: Any) -> None:
        begin = self.position
        super()._print(shown, kept)
        text = self._rendered.getvalue()
        self._rendered.seek(0)
        self._rendered.truncate()
        self._relay(self.since(begin), text)


class Lines(io.TextIOBase):
    """A stream whose lines go to a console: in the place of sys.stdout."""

    def __init__(self, console: Console) -> None:
        self._console, self._begun = console, ""

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Print the lines that are whole."""
        *lines, self._begun = f"{self._begun}{text}".split("\n")
        for line in lines:
            self._console.print(line)
        return len(text)

    def flush(self) -> None:
        """Print the line that has begun, too."""
        if self._begun:
            begun, self._begun = self._begun, ""
            self._console.print(begun)
