"""What Ctrl-C and SIGTERM mean while something is recorded that must end in order."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from seqexp.runs.processes import signal_self
from seqexp.tracking.endings import Terminated

_SOON = 0.05  # seconds, after which a signal that was lost comes again


def end_on_sigterm() -> None:
    """Have SIGTERM raise `Terminated` in the main thread: once, since a second must not cut the recording short."""
    signal.signal(signal.SIGTERM, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated("terminated by SIGTERM")


@contextmanager
def none_lost() -> Iterator[None]:
    """Within the block an interrupt that strikes where Python swallows exceptions comes again a moment later.

    Signal handlers run wherever the main thread happens to be, within a weak reference's callback or a `__del__`, too;
    what they raise there is printed, ignored and lost, and a sweep would wait for a worker that has not received it.
    """
    before = sys.unraisablehook

    def send_again(unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, Terminated):
            signal.signal(signal.SIGTERM, _end)
            _send_soon(signal.SIGTERM)
        elif issubclass(unraisable.exc_type, KeyboardInterrupt):
            _send_soon(signal.SIGINT)
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
