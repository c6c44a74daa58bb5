"""The standard streams of the process: those that are closed, and those whose reader has ended."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import select
import sys
import unicodedata
from typing import TextIO

# Dashes, the minus sign, plus and minus, times, a tick, a cross, quotes, lines and bars, comparisons, degrees, a dot.
_PLAIN = {"\u2013": "-", "\u2014": "-", "\u2212": "-", "\u00b1": "+-", "\u00d7": "x", "\u2713": "ok", "\u2717": "x"}
_PLAIN |= {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2500": "-", "\u2501": "-", "\u25aa": "#"}
_PLAIN |= {"\u2248": "~", "\u2264": "<=", "\u2265": ">=", "\u00b0": "deg", "\u00b7": "."}
_NO_READER = (errno.EPIPE, errno.EINVAL)  # the second is what Windows says of a pipe


def open_missing() -> None:
    """Open the null device in place of each standard stream that is closed.

    Otherwise the next file that is opened, such as the store, takes the stream's number, and whatever writes messages
    to that number writes them into the file; and Python prints to stdout what is meant for a stderr that is not there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (as long as the process)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (as long as the process)


def print_in_any_encoding() -> None:
    """Have characters that a stream's encoding lacks, as ASCII lacks most, printed as the nearest that it has."""
    codecs.register_error("seqexp.nearest", _nearest)
    for stream in (sys.stdout, sys.stderr):
        # Texts in UTF-8 that are none, such as names of files, are refused where they are read.
        if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(errors="seqexp.nearest")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """Return what stands in for the first character that can't be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _PLAIN.get(character) or plain or "?", error.start + 1


def flush() -> None:
    """Write what is buffered while an error can still be handled: at its own end Python only prints it.

    Raises:
        OSError: It can't be written.
    """
    sys.stdout.flush()
    sys.stderr.flush()


def reader_has_ended(error: OSError) -> bool:
    """Return whether the error means that the program which reads stdout or stderr has ended, as `head` does."""
    return error.errno in _NO_READER and (_has_no_reader(sys.stdout) or _has_no_reader(sys.stderr))


def discard() -> None:
    """Have nothing more written to the streams that can't be written, not even what is buffered."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError, ValueError):  # of a stream that is no file there is nothing to replace
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, stream.fileno())
                os.close(null)


def _has_no_reader(stream: TextIO) -> bool:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return False
    if not hasattr(select, "poll"):  # Windows, where only writing tells
        try:
            stream.flush()
        except OSError:
            return True
        return False
    poll = select.poll()
    poll.register(number, 0)  # an error and a hang-up are always reported
    return any(found & (select.POLLERR | select.POLLHUP) for _, found in poll.poll(0))
