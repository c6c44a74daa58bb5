"""The terminal: colour and bars where there is one, plain lines where output is piped; and a transcript."""

from __future__ import annotations

import io
import shutil
import textwrap
import threading
from typing import Any

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from seqexp.config.output.printable import one_line, printable
from seqexp.tracking.endings import ReaderEnded
from seqexp.training.signals import interrupt

# Wide enough that no table is ever cut where the width is not known.
PIPED_WIDTH = 2000
_MARGIN = 9  # of a fact's text
_NARROWEST = 30  # of a fact's text


class Output(RichConsole):
    """Rich's console, which falls silent, and says so, once the program that reads its output has ended."""

    has_reader = True

    def on_broken_pipe(self) -> None:
        """Print nothing more."""
        self.has_reader, self.quiet = False, True


class Console:
    """Prints for a person, and records what it printed as plain text for the run's log.

    NO_COLOR is obeyed. A width is known only on a terminal; piped lines are never cut. Once the program that reads its
    output has ended, nothing more is printed, and the next print in the main thread raises `ReaderEnded`, once.

    Attributes:
        animated: Whether bars may move on its terminal.
    """

    animated = True

    def __init__(self, *, quiet: bool = False) -> None:
        probe = Output()
        if probe.is_dumb_terminal:  # Rich takes each for one of 80 columns
            columns, lines = shutil.get_terminal_size()
            probe = Output(width=columns, height=lines)
        self.rich = probe if probe.is_terminal else Output(width=PIPED_WIDTH, highlight=False)
        self.rich.quiet = quiet
        self._transcript = io.StringIO()
        self._is_ended = False
        self._plain = RichConsole(file=self._transcript, width=PIPED_WIDTH, no_color=True, highlight=False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person's terminal is at the other end."""
        return self.rich.is_terminal

    def print(self, renderable: RenderableType = "", style: str = "") -> None:
        """Print a text (taken as it is, without markup) or a table."""
        shown = Text(renderable, style=style) if isinstance(renderable, str) else renderable
        if isinstance(shown, Text):
            shown.plain = printable(shown.plain)
        self._print(shown, shown)

    def urgent(self, text: str) -> None:
        """Print a line that a person is told even where jobs run side by side and print nothing else."""
        self.print(text)

    def prose(self, text: str, style: str = "", *, heading: str = "") -> None:
        """Print sentences, perhaps behind a bold heading; on a terminal they are broken between words."""
        text = printable(f"{heading}{text}")
        broken, whole = Text(self.wrapped(text, 0), style=style), Text(text, style=style)
        broken.stylize("bold", 0, len(heading))
        self._print(broken, whole)

    def print_fitted(self, shown: RenderableType, recorded: RenderableType, width: int) -> None:
        """Print a table that fits the terminal; elsewhere, and into the transcript, the whole one of that width."""
        self._plain.width = max(self._plain.width, width)
        self._print(shown, recorded)

    def _print(self, shown: RenderableType, recorded: RenderableType) -> None:
        """Print on a terminal what is shown; elsewhere, and into the transcript, what is recorded."""
        is_text = isinstance(shown, Text)
        with self._plain.capture() as plain:
            self._plain.print(recorded, soft_wrap=is_text, highlight=False)
        lines = "".join(f"{line.rstrip()}\n" for line in plain.get().splitlines())
        self._transcript.write(lines)
        if self.is_terminal:
            self.rich.print(shown, soft_wrap=is_text, highlight=False)
        else:
            self.rich.out(lines, end="", highlight=False)  # a table's padding is of no use in a file
        self._check_reader()

    def relay(self, text: str, shown: str) -> None:
        """Print what another process has rendered: as plain text, and as it is shown on this terminal."""
        self._transcript.write(text)
        if self.is_terminal:
            self.rich.print(Text.from_ansi(shown.removesuffix("\n")), soft_wrap=True, highlight=False)
        else:
            self.rich.out(text, end="", highlight=False)
        self._check_reader()

    def _check_reader(self) -> None:
        is_main = threading.current_thread() is threading.main_thread()
        if not self.rich.has_reader and not self._is_ended and is_main:
            self._is_ended = True
            interrupt(ReaderEnded("the program that reads the output has ended"))

    def fact(self, name: str, text: str) -> None:
        """Print an aligned line: what it is about, then the fact; on a terminal it is broken between words."""
        text = one_line(text)
        whole = Text(f"{name:<{_MARGIN}}", style="bold").append(text, style="not bold")
        broken = Text(f"{name:<{_MARGIN}}", style="bold").append(self.wrapped(text, _MARGIN), style="not bold")
        self._print(broken, whole)

    def wrapped(self, text: str, margin: int) -> str:
        """Return a text as lines that fit the terminal beside a margin, broken between words; as it is without one.

        A remedy at its end is to be pasted: it has a line of its own, however long.
        """
        if not self.is_terminal:
            return text
        width = max(self.rich.width - margin, _NARROWEST)
        text, mark, remedy = text.partition("Remedy: ")
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        lines += [mark + remedy] if mark else []
        return f"\n{' ' * margin}".join(lines)

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


class PlainTable(Table):
    """A table whose texts are taken as they are: without markup, and without what would act on a terminal.

    A cell that is a string has one line; one that is a `Text` may have several.
    """

    @override
    def add_column(self, header: RenderableType = "", *args: Any, **settings: Any) -> None:
        super().add_column(_cell(header), *args, **settings)

    @override
    def add_row(self, *cells: RenderableType | None, **settings: Any) -> None:
        super().add_row(*map(_cell, cells), **settings)


def _cell(content: Any) -> Any:
    if isinstance(content, str):
        return Text(one_line(content))
    if isinstance(content, Text):
        content.plain = printable(content.plain)
    return content
