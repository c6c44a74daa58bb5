"""Ctrl-C, SIGTERM and whatever else ends a run wait until something is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

# The last one ends what has a limit of time; not every system has it.
_DEFERRED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name))
_waiting: list[list[Callable[[], object]]] = []  # of each block that is open, what is to be done after it


def interrupt(error: BaseException) -> None:
    """Raise what ends the run, in the main thread: at once, or after the block in which interrupts wait."""
    if _waiting:
        _waiting[-1].append(partial(interrupt, error))
    else:
        raise error


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Within the block an interrupt is only noted; after it, what it asks for is done.

    For what takes a fraction of a second and belongs together. Signals are Python's main thread's: elsewhere nothing
    is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[Callable[[], object]] = []
    before = {number: signal.getsignal(number) for number in _DEFERRED}
    ours = {number: handler for number, handler in before.items() if callable(handler)}  # not those that are ignored
    for number in ours:
        signal.signal(number, lambda number, frame: came.append(partial(ours[signal.Signals(number)], number, frame)))
    _waiting.append(came)
    try:
        yield
    finally:
        _waiting.pop()
        for number, handler in ours.items():
            signal.signal(number, handler)
    if came:
        came[0]()
