"""The delivery of a run's spool to the store, in a thread of its own: who trains never waits for a network."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from seqexp.tracking.spool.operations import create_run, is_refusal, perform, reason_of
from seqexp.tracking.spool.spool import Operation, Spool
from seqexp.tracking.store.compat_mlflow import one_attempt
from seqexp.tracking.store.store import Store

SILENCE = 5.0  # seconds without an answer after which a person is told

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0  # seconds between attempts
_ATTEMPTS = 4  # at what the store refuses, which may be another process's doing
_BYTES_A_SECOND = 1e6  # of a file, at the slowest
_LOOK = 0.5  # seconds


class Delivery:
    """Delivers the operations of a spool in their order, each until the store has carried it out.

    What the store refuses stops the delivery, and stays in the spool with all that follows.

    Args:
        store: Where to.
        run_id: The run's id in the store; None: the spool's first operation creates the run.
        spool: What is delivered; what waits in it already comes first.
        say: Prints a line for a person; it is called in another thread. None: nothing is said.
        going_on: What goes on while the store is silent, such as "training".
    """

    def __init__(
        self,
        store: Store,
        run_id: str | None,
        spool: Spool,
        say: Callable[[str], None] | None = None,
        going_on: str = "training",
    ) -> None:
        self.run_id = run_id
        self.is_refused = False  # whether the store has answered, and does not take what is next
        self._store, self._spool, self._say, self._going_on = store, spool, say, going_on
        self._queue: SimpleQueue[Operation] = SimpleQueue()
        self._moves: SimpleQueue[None] = SimpleQueue()
        self._put = self._delivered = self._epochs_put = self._epochs_delivered = 0
        self._moved = time.monotonic()  # when the last operation was delivered, or the first came
        self._why = "no reply"
        self._is_silent = False
        self._closed = threading.Event()
        for operation in spool.waiting:
            self.put(operation)
        threading.Thread(target=self._deliver, name="delivery", daemon=True).start()
        if say is not None:
            threading.Thread(target=self._watch, name="delivery watch", daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many operations the store has not carried out yet, as far as is known."""
        return self._put - self._delivered

    @property
    def epochs_waiting(self) -> int:
        """How many epochs' metrics are among them."""
        return self._epochs_put - self._epochs_delivered

    @property
    def why(self) -> str:
        """Why the store has not carried out what is next, in a few words."""
        return self._why

    def put(self, operation: Operation) -> None:
        """Take over an operation that was appended to the spool."""
        if not self.waiting:
            self._moved = time.monotonic()
        self._put += 1
        self._epochs_put += operation.is_epoch
        self._queue.put(operation)

    def settle(self, patience: float, since: float = 0.0, end: float = math.inf) -> bool:
        """Wait until nothing waits, and return whether that came true.

        It is given up when the store has been silent for so many seconds, longer where a big file is on its way;
        silence from before the time `since` of the monotonic clock does not count. At the time `end` of that clock it
        is given up whatever the store does.
        """
        while self.waiting and not self.is_refused:
            now = time.monotonic()
            if now >= end or now - max(self._moved, since) >= patience + self._seconds_of_file():
                return False
            try:
                self._moves.get(timeout=min(_LOOK, patience, max(end - now, 0.0)))
            except Empty:
                continue
        return not self.waiting

    def fall_silent(self) -> None:
        """Say nothing more of the store: the run ends, and what waits is said there."""
        self._say = None

    def close(self) -> None:
        """Have the thread end after the attempt that it is at."""
        self._closed.set()

    def _seconds_of_file(self) -> float:
        waiting = self._spool.waiting
        return waiting[0].size / _BYTES_A_SECOND if waiting else 0.0

    def _deliver(self) -> None:
        with one_attempt():
            while not self._closed.is_set():
                try:
                    operation = self._queue.get(timeout=_LOOK)
                except Empty:
                    continue
                if not self._has_delivered(operation) or self._closed.is_set():
                    break  # what is delivered after the end is delivered again by whoever comes next
                self._spool.acknowledge()
                self._delivered += 1
                self._epochs_delivered += operation.is_epoch
                self._moved = time.monotonic()
                self._moves.put(None)
                if self._is_silent and not self.waiting:
                    self._is_silent = False
                    self._tell("the store answers again: it has all that waited")
        self._moves.put(None)

    def _has_delivered(self, operation: Operation) -> bool:
        """Attempt it until the store has carried it out; False where it refuses, or the delivery is closed."""
        pause, refused = _FIRST_PAUSE, 0
        while not self._closed.is_set():
            try:
                self._attempt(operation)
                return True
            except Exception as error:  # noqa: BLE001 (whatever it is: it stands in `refusal`, and ends the run's command)
                self._why = reason_of(error)
                refused = refused + 1 if is_refusal(error) else 0
                if refused == _ATTEMPTS:
                    self.is_refused = True
                    self._tell(
                        f"the store refuses what the run records ({self._why}): {self._going_on} goes on, and what "
                        "follows is kept on disk"
                    )
                    return False
            self._closed.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return False

    def _attempt(self, operation: Operation) -> None:
        if operation.kind == "create":
            self.run_id = create_run(self._store, operation.content, may_exist=True)
            self._spool.name_run(self.run_id)
            return
        assert self.run_id is not None, "a spool without a run's id begins with the run's creation"
        perform(self._store, self.run_id, operation, self._spool.folder)

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK):
            silent = time.monotonic() - self._moved
            if self.waiting and not self._is_silent and silent > SILENCE + self._seconds_of_file():
                if self.is_refused:
                    return
                self._is_silent = True
                self._tell(f"the store does not answer ({self._why}): {self._going_on} goes on, {self.in_words}")

    @property
    def in_words(self) -> str:
        """What waits, such as "3 epochs wait on disk"."""
        epochs = self.epochs_waiting
        if epochs:
            return f"{epochs} epoch{'s wait' if epochs > 1 else ' waits'} on disk"
        return "what is recorded waits on disk"

    def _tell(self, line: str) -> None:
        say = self._say
        if say is not None and not self._closed.is_set():
            say(line)
