"""What Ctrl-C and SIGTERM mean while something is recorded that must end in order."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from seqexp.config.output.printable import print_error
from seqexp.runs.processes import ENDING, TooLate, end_limit_again, signal_self
from seqexp.tracking.endings import Terminated

_SOON = 0.05  # seconds, after which a signal that was lost comes again
_STUCK = 1.2  # seconds after which compiled code is not waited for


class _State:
    """What the handlers of this process know, which has one of each."""

    ends_once = False  # whether Ctrl-C and SIGTERM are one: after the first of them, none is heard
    handled = threading.Event()  # whether Python has handled the signal that came
    last_words: tuple[Callable[[], list[str]], ...] = ()  # of the runs that are recorded


def end_on_sigterm() -> None:
    """Have SIGTERM raise `Terminated` in the main thread: once, since a second must not cut the recording short."""
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    for each in ENDING if _State.ends_once else (signal.SIGTERM,):
        signal.signal(each, signal.SIG_IGN)
    _State.handled.set()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated("terminated by SIGTERM")


@contextmanager
def interrupts_end_run() -> Iterator[None]:
    """Within the block, which is all that a command does, Ctrl-C or SIGTERM end a run: once, and in time.

    The first of them raises `KeyboardInterrupt` or `Terminated`, and further ones are ignored: the run ends within two
    seconds. Where compiled code does not let Python handle the signal, the process ends without it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with sigterm_ends_run():
        before = signal.getsignal(signal.SIGINT)
        if callable(before):  # not where a shell has started the command in the background
            signal.signal(signal.SIGINT, _end)
        _State.ends_once = True
        try:
            with ended_if_stuck(_end_command):
                yield
        finally:
            _State.ends_once = False
            signal.signal(signal.SIGINT, before)


def _end_command(number: int) -> None:
    print_error("\n".join(["interrupted" if number == signal.SIGINT else "terminated", *last_words()]))
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(128 + number)


@contextmanager
def ended_if_stuck(end: Callable[[int], None], patience: float = _STUCK) -> Iterator[None]:
    """Call `end`, in another thread, with a signal that Python can't handle for so many seconds.

    It handles signals between two steps of its own alone: a step of a large network, a fit, the reading of a big file
    are one of these.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    _State.handled.clear()
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(ours, end, patience), name="signals", daemon=True).start()
    try:
        yield
    finally:
        _State.handled.set()
        signal.set_wakeup_fd(before)
        theirs.close()


def _watch(signals: socket.socket, end: Callable[[int], None], patience: float) -> None:
    with signals:
        while number := signals.recv(1):
            if number[0] in ENDING and not _State.handled.wait(patience):
                end(number[0])


@contextmanager
def leaving(words: Callable[[], list[str]]) -> Iterator[None]:
    """Within the block `words` is part of `last_words`: it records the end of a run, and returns lines about it."""
    before = _State.last_words
    _State.last_words = (words, *before)
    try:
        yield
    finally:
        _State.last_words = before


def last_words() -> list[str]:
    """Record how the runs of this process end, which has no time for more, and return lines about them."""
    return [line for words in _State.last_words for line in words()]


@contextmanager
def none_lost() -> Iterator[None]:
    """Within the block an interrupt, or the end of a `time_limit`, that Python swallows comes again a moment later.

    Signal handlers run wherever the main thread happens to be, within a weak reference's callback or a `__del__`, too;
    what they raise there is printed, ignored and lost, and a sweep would wait for a worker that has not received it.
    """
    before = sys.unraisablehook

    def send_again(unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, Terminated):
            signal.signal(signal.SIGTERM, _end)
            _send_soon(signal.SIGTERM)
        elif issubclass(unraisable.exc_type, KeyboardInterrupt):
            if _State.ends_once:
                signal.signal(signal.SIGINT, _end)
            _send_soon(signal.SIGINT)
        elif issubclass(unraisable.exc_type, TooLate):
            end_limit_again(_SOON)
        else:
            before(unraisable)

    sys.unraisablehook = send_again
    try:
        yield
    finally:
        sys.unraisablehook = before


def _send_soon(number: signal.Signals) -> None:
    timer = threading.Timer(_SOON, signal_self, (number,))
    timer.daemon = True
    timer.start()


@contextmanager
def sigterm_ends_run() -> Iterator[None]:
    """Within the block SIGTERM raises `Terminated`, so that the run is recorded as KILLED, and no interrupt is lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    end_on_sigterm()
    try:
        with none_lost():
            yield
    finally:
        signal.signal(signal.SIGTERM, before)
