"""How long a sweep waits for the workers of a cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from seqexp.config.errors import Fault, InputError
from seqexp.sweeps.spec import Slot

TRIES = 3  # in a row in which a worker may fail to start
_LOOK_AGAIN = 0.2  # seconds
_SILENT = 10.0  # seconds of waiting of which nothing is said


class WaitLimit:
    """The seconds without any worker of a cluster after which a sweep gives up; None: it never does."""

    def __init__(self, cluster: str, wait: float | None, say: Callable[[str], None]) -> None:
        self.cluster, self.say, self._wait = cluster, say, wait
        self._last_seen = time.monotonic()

    def restart(self) -> None:
        """Count from now on: a worker is there, or was until now."""
        self._last_seen = time.monotonic()

    @property
    def fault(self) -> str | None:
        """Why the sweep gives up, if no worker has been there for too long; else None."""
        if self._wait is None or time.monotonic() - self._last_seen <= self._wait:
            return None
        return (
            f"hydra.launcher.wait={self._wait:g}: {self.cluster} has had no worker for that long. Free some of "
            "its machines, ask for less (threads, gpus), or wait longer."
        )

    def wait_for_first(self, slots: Sequence[Slot]) -> None:
        """Wait until one of the slots can take a job.

        Raises:
            InputError: None ever will.
        """
        begin, said = time.monotonic(), False
        self.restart()
        while not any(slot.is_ready for slot in slots):
            faults = [slot.gone for slot in slots]
            if all(faults):
                raise InputError(*(Fault("hydra/launcher", fault) for fault in faults if fault))
            if not said and time.monotonic() - begin > _SILENT:
                self.say(f"waiting for the first worker of {self.cluster}")
                said = True
            time.sleep(_LOOK_AGAIN)
