"""Run a training one epoch at a time, though `fit` would go on: it waits in a thread of its own in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from benchmarks.task import Times


class Clock:
    """What a training tells between its steps; it is held up here until the next epoch is asked for."""

    def __init__(self) -> None:
        self.permits: SimpleQueue[bool] = SimpleQueue()
        self.outcomes: SimpleQueue[Times | BaseException] = SimpleQueue()
        self._begin = 0.0
        self._trained: float | None = None

    def epoch_begins(self) -> None:
        """Wait until the epoch may begin.

        Raises:
            Ended: If no further epoch is wanted.
        """
        if not self.permits.get():
            raise Ended
        self._begin, self._trained = time.perf_counter(), None

    def evaluation_begins(self) -> None:
        """Take the time: the epoch's training steps are done."""
        self._trained = time.perf_counter()

    def epoch_ends(self) -> None:
        """Take the time: the epoch is done, its evaluation too if it had one."""
        end = time.perf_counter()
        trained = end if self._trained is None else self._trained
        self.outcomes.put({"train": trained - self._begin, "evaluation": end - trained})


class Ended(BaseException):
    """No further epoch is wanted; no `except Exception` between `fit` and here must stop it."""


class EpochByEpoch:
    """A training that goes on for one epoch whenever it is asked to.

    Args:
        train: Begins an endless training. It calls the clock's methods in the thread in which it is called,
            but for the first epoch's begin, which is the call itself: what comes before the first step counts.
    """

    def __init__(self, train: Callable[[Clock], None]) -> None:
        self._clock = Clock()
        self._thread = threading.Thread(target=self._run, args=(train,), daemon=True)
        self._thread.start()

    def next(self) -> Times:
        """Let the training go on for an epoch and return what that took.

        Raises:
            RuntimeError: If the training raised, or came to an end.
        """
        self._clock.permits.put(True)
        outcome = self._clock.outcomes.get()
        if isinstance(outcome, BaseException):
            raise RuntimeError("the training stopped") from outcome
        return outcome

    def end(self) -> None:
        """End the training; what takes long to be given up is left behind."""
        self._clock.permits.put(False)
        self._thread.join(timeout=1.0)

    def _run(self, train: Callable[[Clock], None]) -> None:
        try:
            self._clock.epoch_begins()
            train(self._clock)
            self._clock.outcomes.put(RuntimeError("no epoch is left"))
        except Ended:
            pass
        except BaseException as error:  # noqa: BLE001 - told to the one who asked for the epoch
            self._clock.outcomes.put(error)
