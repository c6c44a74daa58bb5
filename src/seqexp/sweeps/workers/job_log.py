"""What a job has sent, and how its run is marked when nobody is left to end it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from seqexp.config.errors import InputError
from seqexp.runs.jobs import Failure, Outcome
from seqexp.runs.sync import sync_runs
from seqexp.sweeps.workers.messages import Assignment, Message, Printed, Started, Stopped
from seqexp.tracking.crashed_runs import end_open_run, open_run_of_job
from seqexp.tracking.run_folder import CHECKPOINTS_TAG, folder_of_run
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import TrackingError

Say = Callable[[Message], None]


@dataclass
class JobLog:
    """What one job has sent while it runs."""

    say: Say  # called with each message
    printed: str = ""  # what the job has printed
    run_id: str | None = None  # the id of its run, once it is known
    notes: tuple[str, ...] = ()  # what is kept of a job that was cut short
    started: float = field(default_factory=time.perf_counter)  # when the worker got it

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


def outcome_of_loss(
    assignment: Assignment, log: JobLog, what: str, traceback: str = "", *, is_stopping: bool
) -> Outcome:
    """Mark the run that a process has left open when it died, and return how its job ended.

    `what` ended it, and `traceback` says what else is known, such as where Python was then. The run is KILLED if the
    job was being cut short, else FAILED.
    """
    tracking, request = assignment.experiment.tracking, assignment.request
    status: Literal["KILLED", "FAILED"] = "KILLED" if is_stopping else "FAILED"
    failure = what
    try:
        store = open_store(tracking.uri, request.folder)
        if log.run_id is None and request.parent is not None:
            log.run_id = open_run_of_job(store, tracking.experiment, request.parent, request.name)
        if log.run_id is not None:
            texts = {"log.txt": log.printed, "traceback.txt": traceback}
            end_open_run(store, log.run_id, status, what, texts)
    except (TrackingError, InputError) as error:
        failure = f"{what} (its run could not be marked as {status}: {error})"
    if is_stopping:
        notes = log.notes if failure == what else (*log.notes, failure)
        return Outcome(log.run_id, None, None, log.seconds, stopped=True, notes=notes)
    return Outcome(log.run_id, None, Failure("", failure, traceback=traceback), log.seconds)


def end_sweep(assignment: Assignment, printed: str) -> None:
    """Mark the run of a job's sweep as KILLED if the sweep's process has died, as far as this machine can see.

    What the sweep has printed is recorded as its log. What its jobs have left on the disk, which had but a moment to
    end, is delivered: nobody waits any more.

    Raises:
        TrackingError: The store failed.
        InputError: The store can't be used.
    """
    parent, tracking = assignment.request.parent, assignment.experiment.tracking
    if parent is None:
        return
    store = open_store(tracking.uri, assignment.request.folder)
    run = store.run(parent)
    folder = folder_of_run(run, Path(run.data.tags.get(CHECKPOINTS_TAG, "")))
    if folder.path.is_dir() and not folder.is_locked:
        end_open_run(store, parent, "KILLED", "its process was killed", {"log.txt": printed})
    sync_runs(store, folder.path.parent, lambda _line: None)
