"""Texts as they may be printed: without secrets and what would act on a terminal; CSV without formulas."""

from __future__ import annotations

import io
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from seqexp.config.output.secrets import masked

# Controls but tab and line feed (escape and the 8-bit CSI and OSC among them), line separators, and what turns the
# direction of writing.
_ACTING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_BREAKS = re.compile("[\t\n]")
# Longer than a path that anybody types; of it so many characters at both ends are kept.
_LONG, _KEPT = re.compile(r"\S{601,}"), 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def printable(text: str) -> str:
    r"""Return a text of one line or several as it may be printed, with "\x1b" for an escape character and the like."""
    return _ACTING.sub(_written_out, masked(text))


def one_line(text: str) -> str:
    r"""Return what `printable` does of a name or a cell of a table: line feeds and tabs are written out, too."""
    return _BREAKS.sub(_written_out, printable(text))


def printable_json(text: str) -> str:
    """Return a text of JSON as it may be printed: the same content, with escapes for what would act on a terminal."""
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def markdown(text: str) -> str:
    """Return a text in one line with a backslash before what Markdown or HTML would take for more than a character."""
    one = printable(text.replace("\r", " ").replace("\n", " "))
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#~" else c for c in one)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV; a text that a spreadsheet would take for a formula has an apostrophe before it."""
    import csv

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_csv_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _csv_cell(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    return f"'{printable(cell)}" if cell.startswith(_FORMULA) and not _is_number(cell) else printable(cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _written_out(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]


def print_error(text: str) -> None:
    """Print a message to stderr; of a path or a value without end only begin and end."""
    print(_LONG.sub(_without_middle, printable(text)), file=sys.stderr)


def _without_middle(found: re.Match[str]) -> str:
    left_out = len(found[0]) - 2 * _KEPT
    return f"{found[0][:_KEPT]}…[{left_out:,} more characters]…{found[0][-_KEPT:]}"


def print_traceback(error: BaseException) -> None:
    """Print an exception's traceback to stderr."""
    print(printable("".join(traceback.format_exception(error)).rstrip()), file=sys.stderr)


class _MaskedStream:
    """A text stream on which no secret of an address is written, whoever writes; all else is the stream's own."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(masked(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def masked_stream(stream: IO[str]) -> Any:
    """Return a stream that writes on this one, with *** for the secrets of addresses."""
    return _MaskedStream(stream)


@contextmanager
def masked_streams() -> Iterator[None]:
    """Mask secrets in all that this process writes to stdout and stderr: warnings and logs of libraries, too."""
    before = sys.stdout, sys.stderr
    streams = masked_stream(before[0]), masked_stream(before[1])
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        if (sys.stdout, sys.stderr) == streams:
            sys.stdout, sys.stderr = before
