"""What a job has said, and what becomes of its run when nobody is left to end it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from seqexp.config.errors import InputError
from seqexp.sweeps.workers.messages import Assignment, Message, Printed, Started, Stopped
from seqexp.tracking.crashed_runs import end_open_run, open_run_of_job
from seqexp.tracking.store import TrackingError, open_store

Say = Callable[[Message], None]


@dataclass
class JobLog:
    """What a worker has said about one job.

    Attributes:
        say: Told each message.
        printed: What the job has printed.
        run_id: The id of its run, once it is told.
        notes: What is kept of a job that was cut short.
        started: When the worker got it.
    """

    say: Say
    printed: str = ""
    run_id: str | None = None
    notes: tuple[str, ...] = ()
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long the job takes so far."""
        return time.perf_counter() - self.started

    def take(self, message: Message) -> None:
        """Remember what a message says, and pass it on."""
        if isinstance(message, Printed):
            self.printed += message.text
        elif isinstance(message, Started):
            self.run_id = message.run_id
        elif isinstance(message, Stopped):
            self.notes = message.notes
        self.say(message)


def mark(order: Assignment, heard: JobLog, status: Literal["FAILED", "KILLED"], failure: str, crash: str = "") -> str:
    """Mark the run that a dead worker has left open.

    Args:
        order: The job.
        heard: What it has said.
        status: What its run becomes.
        failure: What ended it.
        crash: Where Python was then, or nothing.

    Returns:
        The failure, with what else went wrong.
    """
    tracking, request = order.experiment.tracking, order.request
    try:
        store = open_store(tracking.uri, request.folder)
        if heard.run_id is None and request.parent is not None:
            heard.run_id = open_run_of_job(store, tracking.experiment, request.parent, request.name)
        if heard.run_id is not None:
            texts = {"log.txt": heard.printed, "traceback.txt": crash}
            end_open_run(store, heard.run_id, status, failure, texts)
    except (TrackingError, InputError) as error:
        return f"{failure} (its run could not be marked as {status}: {error})"
    return failure
