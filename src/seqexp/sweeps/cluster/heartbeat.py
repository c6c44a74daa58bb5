"""Whether a sweep lives, as machines can tell that share its files alone: it touches one of them again and again."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

_FILE = "heartbeat"
_BEAT = 5.0  # seconds between two touches
_SILENCE = 60.0  # seconds without any after which the sweep counts as ended


class HeartbeatWriter:
    """Touches the file until it is stopped.

    Args:
        folder: Where the file lies.
    """

    def __init__(self, folder: Path) -> None:
        self._path, self._stopped = folder / _FILE, threading.Event()
        self._path.touch()
        self._thread = threading.Thread(target=self._beat, name="seqexp heartbeat", daemon=True)
        self._thread.start()

    def _beat(self) -> None:
        while not self._stopped.wait(_BEAT):
            with contextlib.suppress(OSError):  # the storage may be there again at the next beat
                self._path.touch()

    def stop(self) -> None:
        """Touch it no more."""
        self._stopped.set()
        self._thread.join()


class HeartbeatReader:
    """The sweep's sign of life, as another process sees it; clocks of machines are not compared.

    Args:
        folder: Where the file lies.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._seen, self._since = 0.0, time.monotonic()

    @property
    def is_silent(self) -> bool:
        """Whether the sweep has ended without a word: it has not touched the file for too long, or it is gone."""
        try:
            touched = self._path.stat().st_mtime
        except FileNotFoundError:
            return True
        if touched != self._seen:
            self._seen, self._since = touched, time.monotonic()
        return time.monotonic() - self._since > _SILENCE
