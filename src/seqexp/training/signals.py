"""Ctrl-C and SIGTERM wait until something is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_DEFERRED = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Within the block an interrupt is only noted; after it, what it asks for is done.

    For what takes a fraction of a second and belongs together. Signals are Python's main thread's: elsewhere nothing
    is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    before = {number: signal.getsignal(number) for number in _DEFERRED}
    ours = {number: handler for number, handler in before.items() if callable(handler)}  # not those that are ignored
    for number in ours:
        signal.signal(number, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
    if came:
        first, frame = came[0]
        ours[signal.Signals(first)](first, frame)
