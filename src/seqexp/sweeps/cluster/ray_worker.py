"""The actor that runs a sweep's jobs on a machine of a Ray cluster."""

from __future__ import annotations

import queue
import socket
import threading

from seqexp.config.errors import InputError
from seqexp.runs.jobs import Outcome
from seqexp.sweeps.cluster.setup import Setup, open_slot
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import Assignment, Message

CALLS_AT_ONCE = 8  # more than the methods that may run at the same time


class RayWorker:
    """Runs jobs one after the other, in a process that it watches; its methods are called at the same time."""

    def __init__(self) -> None:
        self._slot: LocalSlot | None = None
        self._messages: queue.SimpleQueue[Message | Outcome] = queue.SimpleQueue()
        self._closed = threading.Event()

    def open(self, setup: Setup) -> tuple[str, str]:
        """Start the process for the jobs; return the machine's name, and why it can't be used, or an empty text."""
        try:
            self._slot = open_slot(setup)
        except InputError as error:
            return socket.gethostname(), str(error)
        return socket.gethostname(), ""

    def run(self, assignment: Assignment) -> None:
        """Run one job to its end; `messages` returns what it sends, and its outcome last."""
        assert self._slot is not None, "not opened"
        self._messages.put(self._slot.run(assignment, self._messages.put))

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
        """Return when the actor is closed; a call that ends before says that the actor is lost."""
        self._closed.wait()

    def close(self) -> None:
        """Let the process end."""
        if self._slot is not None:
            self._slot.close()
        self._closed.set()
