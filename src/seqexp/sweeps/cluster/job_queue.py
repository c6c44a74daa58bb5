"""A queue of jobs in files that machines share: an Optuna journal, in which each job is a trial that a worker claims.

All that stands in it is JSON: a job as the configuration that it is run with, and what it sends while it runs, its
outcome last. Sweep and workers have the queue open at the same time.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optuna import logging
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial
from pydantic import TypeAdapter

from seqexp.runs.jobs import Outcome
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Printed, Started
from seqexp.tasks.metric import METRICS

Sent = Started | Printed | EpochReport | Outcome

_STUDY, _JOURNAL, _HEARTBEAT = "jobs", "queue.journal", "heartbeat"
_ASSIGNMENT, _OWNER, _VERDICT, _MESSAGE = "assignment", "owner", "verdict", "message"  # attributes of a trial
_WORKER, _STOP = "worker ", "stop"  # attributes of the study
_SILENCE = 60.0  # seconds without a heartbeat after which the sweep counts as ended
_assignments: TypeAdapter[Assignment] = TypeAdapter(Assignment)
_messages: TypeAdapter[Started | Printed | EpochReport] = TypeAdapter(Started | Printed | EpochReport)
_outcomes: TypeAdapter[Outcome] = TypeAdapter(Outcome)


@dataclass(frozen=True)
class Registered:
    """A worker as it has entered itself."""

    token: str  # distinguishes it from every other worker, of the same job of the scheduler, too
    node: str  # the name of its machine
    fault: str = ""  # why it can't be used, and has left; empty: it can


@dataclass(frozen=True)
class QueuedJob:
    """A job as it stands in the queue."""

    state: TrialState  # whether it waits, runs, or has ended; withdrawn, it has ended, too
    owner: str | None  # the token of the worker that has claimed it, or None
    verdict: tuple[int, bool] | None  # an epoch, and whether the job goes on after it; None: the search was not asked


class JobQueue:
    """The queue whose files are in a folder that is there; the sweep creates it."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        logging.set_verbosity(logging.WARNING)
        self._storage = JournalStorage(JournalFileBackend(str(folder / _JOURNAL)))
        self._heartbeat, self._seen, self._since = folder / _HEARTBEAT, 0.0, time.monotonic()
        if create:
            self._heartbeat.touch()
            self._study = self._storage.create_new_study([StudyDirection.MINIMIZE], _STUDY)
        else:
            self._study = self._storage.get_study_id_from_name(_STUDY)

    def put(self, assignment: Assignment | None) -> int:
        """Add a job, and return its number; None: whichever worker claims it ends."""
        entry = None if assignment is None else _assignments.dump_python(assignment, mode="json")
        trial = create_trial(state=TrialState.WAITING, user_attrs={_ASSIGNMENT: entry})
        return self._storage.get_trial_number_from_id(self._storage.create_new_trial(self._study, trial))

    def job(self, number: int) -> QueuedJob:
        """Return a job as it stands now."""
        trial = self._storage.get_trial(self._id_of(number))
        verdict = trial.user_attrs.get(_VERDICT)
        return QueuedJob(trial.state, trial.user_attrs.get(_OWNER), verdict and (verdict[0], verdict[1]))

    def messages(self, number: int, since: int) -> list[Sent]:
        """Return what a job has sent, but for so many of its first messages."""
        entries, found = self._storage.get_trial(self._id_of(number)).user_attrs, list[Sent]()
        while (entry := entries.get(f"{_MESSAGE} {since + len(found)}")) is not None:
            found.append(_sent(entry))
        return found

    def claim(self, owner: str) -> tuple[int, Assignment | None] | None:
        """Have the worker with a token take the first job that waits.

        It returns the job's number and what is to be run; None: none waits.
        """
        for trial in self._storage.get_all_trials(self._study, deepcopy=False, states=(TrialState.WAITING,)):
            if self._take(trial.number):
                self._set(trial.number, _OWNER, owner)
                entry = trial.user_attrs[_ASSIGNMENT]
                return trial.number, None if entry is None else _assignments.validate_python(entry)
        return None

    def send(self, number: int, index: int, message: Sent) -> None:
        """Add a message of a job, which has sent so many (`index`) before; its outcome ends it."""
        self._set(number, f"{_MESSAGE} {index}", _as_json(message))
        if isinstance(message, Outcome):
            self.end(number)

    def withdraw(self, number: int) -> bool:
        """Take a job back, and return whether no worker had claimed it."""
        taken = self._take(number)
        if taken:
            self.end(number)
        return taken

    def end(self, number: int) -> None:
        """Have a job ended; should its worker, believed lost, still live, what it sends counts no more."""
        with suppress(UpdateFinishedTrialError):  # so it has
            self._storage.set_trial_state_values(self._id_of(number), TrialState.FAIL)

    def answer(self, number: int, epoch: int, goes_on: bool) -> None:
        """Enter whether a job goes on after an epoch."""
        self._set(number, _VERDICT, [epoch, goes_on])

    def register(self, job_id: str, worker: Registered) -> None:
        """Enter a worker under the scheduler's job in which it runs."""
        self._storage.set_study_user_attr(self._study, f"{_WORKER}{job_id}", asdict(worker))

    def registered(self) -> Mapping[str, Registered]:
        """Return the workers that have entered themselves, by the scheduler's job; of each job the newest."""
        entries = self._storage.get_study_user_attrs(self._study).items()
        return {key.removeprefix(_WORKER): Registered(**each) for key, each in entries if key.startswith(_WORKER)}

    def stop(self, *, hard: bool) -> None:
        """Have all running jobs cut short; see `Slot.stop`."""
        self._storage.set_study_user_attr(self._study, _STOP, "hard" if hard else "soft")

    @property
    def stops(self) -> str | None:
        """How all jobs are to be cut short: "soft", "hard", or None: they are not."""
        entry: str | None = self._storage.get_study_user_attrs(self._study).get(_STOP)
        return entry

    def beat(self) -> None:
        """Show that the sweep lives."""
        self._heartbeat.touch()

    @property
    def is_silent(self) -> bool:
        """Whether the sweep has not shown for too long that it lives, by this machine's own clock."""
        touched = self._heartbeat.stat().st_mtime if self._heartbeat.exists() else self._seen
        if touched != self._seen:
            self._seen, self._since = touched, time.monotonic()
        return time.monotonic() - self._since > _SILENCE

    def _take(self, number: int) -> bool:
        try:
            return self._storage.set_trial_state_values(self._id_of(number), TrialState.RUNNING)
        except UpdateFinishedTrialError:
            return False

    def _set(self, number: int, key: str, value: Any) -> None:
        with suppress(UpdateFinishedTrialError):  # `job` says that it has ended
            self._storage.set_trial_user_attr(self._id_of(number), key, value)

    def _id_of(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study, number)


def _as_json(message: Sent) -> dict[str, Any]:
    entry = asdict(message)
    if isinstance(message, Outcome) and message.result is not None:
        entry["result"]["metric"] = message.result.metric.key
    return entry


def _sent(entry: dict[str, Any]) -> Sent:
    if "result" not in entry:
        return _messages.validate_python(entry)
    result = entry["result"] and {**entry["result"], "metric": METRICS[entry["result"]["metric"]]}
    return _outcomes.validate_python({**entry, "result": result})
