"""The actor that runs a sweep's jobs on a machine of a Ray cluster."""

from __future__ import annotations

import queue
import socket
import threading
from dataclasses import dataclass

from seqexp.config.errors import InputError
from seqexp.sweeps.cluster.setup import Setup, open_slot
from seqexp.sweeps.spec import Outcome
from seqexp.sweeps.workers.failures import failure_of
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import Assignment, Message

CALLS_AT_ONCE = 8  # more than the methods that may run at the same time


@dataclass(frozen=True)
class Opened:
    """What an actor says of itself before its first job.

    Attributes:
        node: The name of its machine.
        faults: Why it can't be used; none: it can.
    """

    node: str
    faults: tuple[str, ...] = ()


class RayWorker:
    """Runs jobs one after the other, in a process that it watches; its methods are called at the same time."""

    def __init__(self) -> None:
        self._slot: LocalSlot | None = None
        self._messages: queue.SimpleQueue[Message | Outcome] = queue.SimpleQueue()
        self._closed = threading.Event()

    def open(self, setup: Setup) -> Opened:
        """Start the process for the jobs."""
        node = socket.gethostname()
        try:
            self._slot = open_slot(setup)
        except InputError as error:
            return Opened(node, error.texts)
        return Opened(node)

    def run(self, assignment: Assignment) -> None:
        """Run one job to its end; `messages` returns what it sends."""
        outcome = Outcome(None, None, None, 0.0)
        try:
            assert self._slot is not None, "not opened"
            outcome = self._slot.run(assignment, self._messages.put)
        except Exception as error:
            outcome = Outcome(None, None, failure_of(error), 0.0)
            raise
        finally:
            self._messages.put(outcome)

    def messages(self) -> list[Message | Outcome]:
        """Return what the job has sent since the last call; wait until there is something."""
        found = [self._messages.get()]
        while not self._messages.empty():
            found.append(self._messages.get())
        return found

    def answer(self, goes_on: bool) -> None:
        """Say whether the job that has just completed an epoch goes on."""
        if self._slot is not None:
            self._slot.answer(goes_on=goes_on)

    def stop(self, hard: bool) -> None:
        """Cut the running job short; see `Slot.stop`."""
        if self._slot is not None:
            self._slot.stop(hard=hard)

    def live(self) -> None:
        """Return when the actor is closed: an answer before tells that it is gone."""
        self._closed.wait()

    def close(self) -> None:
        """Let the process end."""
        if self._slot is not None:
            self._slot.close()
        self._closed.set()
