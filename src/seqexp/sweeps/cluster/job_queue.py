"""A queue of jobs in a file that machines share: an Optuna journal, in which each job is a trial that a worker claims.

Everything in it is JSON: a job as the configuration that it is run with, how it ended as figures and texts. The
workers' side writes the trial's attributes (owner, run, outcome) and its figures by epoch; the sweep's side reads them,
and writes the verdicts of a search, and when to stop.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optuna import logging
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from seqexp.config.schema import Experiment
from seqexp.runs.jobs import Failure, Request, Result
from seqexp.sweeps.spec import Outcome
from seqexp.sweeps.workers.messages import Assignment, Printed
from seqexp.tasks.metric import METRICS

_FILE, _STUDY = "queue.journal", "jobs"
_ASSIGNMENT, _OWNER, _RUN, _VERDICT, _OUTCOME = "assignment", "owner", "run", "verdict", "outcome"
_WORKER, _STOP = "worker ", "stop"


@dataclass(frozen=True)
class Registered:
    """A worker as it has entered itself.

    Attributes:
        job_id: The scheduler's job in which it runs.
        token: Distinguishes it from another worker that the same job started before or later.
        node: The name of its machine.
        faults: Why it can't be used, and has left; none: it can.
    """

    job_id: str
    token: str
    node: str
    faults: tuple[str, ...] = ()


class QueuedJob:
    """A job as it stands in the queue.

    Args:
        trial: The trial that it is.
    """

    def __init__(self, trial: FrozenTrial) -> None:
        self._trial, self._attributes = trial, dict(trial.user_attrs)

    @property
    def number(self) -> int:
        """Its number in the queue, from 0."""
        return int(self._trial.number)

    @property
    def is_waiting(self) -> bool:
        """Whether no worker has claimed it."""
        return bool(self._trial.state == TrialState.WAITING)

    @property
    def is_ended(self) -> bool:
        """Whether it has ended, or is withdrawn."""
        return bool(self._trial.state.is_finished())

    @property
    def assignment(self) -> Assignment | None:
        """What is to be run; None: whoever claims it ends."""
        entry = self._attributes[_ASSIGNMENT]
        return None if entry is None else _assignment_of(entry)

    @property
    def owner(self) -> str | None:
        """The token of the worker that has claimed it, or None."""
        return self._attributes.get(_OWNER)

    @property
    def run_id(self) -> str | None:
        """The id of its run, once it is known."""
        return self._attributes.get(_RUN)

    @property
    def epochs(self) -> list[tuple[int, float]]:
        """(epoch, validation figure) of each completed epoch, in their order."""
        return sorted(dict(self._trial.intermediate_values).items())

    @property
    def verdict(self) -> tuple[int, bool] | None:
        """The last epoch after which the search was asked, and whether the job goes on; None: none was answered."""
        entry = self._attributes.get(_VERDICT)
        return None if entry is None else (int(entry[0]), bool(entry[1]))

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None: it has not, or is withdrawn."""
        entry = self._attributes.get(_OUTCOME)
        return None if entry is None or not self.is_ended else _outcome_of(entry)


class JobQueue:
    """The queue; the sweep and each worker have it open at the same time.

    Args:
        folder: Where its files are; it is there.
        create: Whether to begin it, as the sweep does.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        logging.set_verbosity(logging.WARNING)
        self._folder = folder
        self._storage = JournalStorage(JournalFileBackend(str(folder / _FILE)))
        if create:
            self._study = self._storage.create_new_study([StudyDirection.MINIMIZE], _STUDY)
        else:
            self._study = self._storage.get_study_id_from_name(_STUDY)

    def put(self, assignment: Assignment | None) -> int:
        """Add a job, and return its number; None: whichever worker claims it ends."""
        entry = None if assignment is None else _assignment_as_json(assignment)
        trial = create_trial(state=TrialState.WAITING, user_attrs={_ASSIGNMENT: entry})
        return self._number_of(self._storage.create_new_trial(self._study, template_trial=trial))

    def job(self, number: int) -> QueuedJob:
        """Return a job as it stands now."""
        return QueuedJob(self._storage.get_trial(self._id_of(number)))

    def claim(self, owner: str) -> QueuedJob | None:
        """Take the first job that waits; None: none does.

        Args:
            owner: The token of the worker that takes it.
        """
        for trial in self._storage.get_all_trials(self._study, deepcopy=False, states=(TrialState.WAITING,)):
            if self._take(trial.number):
                self._set(trial.number, _OWNER, owner)
                return self.job(trial.number)
        return None

    def withdraw(self, number: int) -> bool:
        """Take a job back, and return whether no worker had claimed it."""
        if not self._take(number):
            return False
        self.give_up(number)
        return True

    def give_up(self, number: int) -> None:
        """End a job whose worker is lost: should that one live after all, what it says does not count any more."""
        self._end(number, TrialState.FAIL)

    def started(self, number: int, run_id: str) -> None:
        """Enter the run of a job."""
        self._set(number, _RUN, run_id)

    def epoch_done(self, number: int, epoch: int, value: float) -> None:
        """Enter the validation figure of a completed epoch."""
        try:
            self._storage.set_trial_intermediate_value(self._id_of(number), epoch, value)
        except UpdateFinishedTrialError:
            return  # given up: `job` says so

    def answer(self, number: int, epoch: int, goes_on: bool) -> None:
        """Enter whether a job goes on after an epoch."""
        self._set(number, _VERDICT, [epoch, goes_on])

    def ended(self, number: int, outcome: Outcome) -> None:
        """Enter how a job ended."""
        self._set(number, _OUTCOME, _outcome_as_json(outcome))
        self._end(number, TrialState.FAIL if outcome.result is None else TrialState.COMPLETE, outcome)

    def print(self, number: int, printed: Printed) -> None:
        """Add what a job has printed to a file of its own."""
        with self._printed(number).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps([printed.text, printed.shown])}\n")

    def printed(self, number: int, offset: int) -> tuple[list[Printed], int]:
        """Return what a job has printed from an offset in its file on, and the offset of what comes later."""
        try:
            with self._printed(number).open("rb") as file:
                file.seek(offset)
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return [], offset
        lines = whole.splitlines()
        return [Printed(*json.loads(line)) for line in lines], offset + len(whole) + bool(lines)

    def register(self, worker: Registered) -> None:
        """Enter a worker."""
        self._storage.set_study_user_attr(self._study, f"{_WORKER}{worker.job_id}", asdict(worker))

    def registered(self) -> Mapping[str, Registered]:
        """Return the workers that have entered themselves, by the scheduler's job; of each job the newest."""
        attributes = self._storage.get_study_user_attrs(self._study)
        workers = [entry for key, entry in attributes.items() if key.startswith(_WORKER)]
        return {entry["job_id"]: Registered(**{**entry, "faults": tuple(entry["faults"])}) for entry in workers}

    def stop(self, *, hard: bool) -> None:
        """Have all running jobs cut short; see `Slot.stop`."""
        self._storage.set_study_user_attr(self._study, _STOP, "hard" if hard else "soft")

    @property
    def stops(self) -> str | None:
        """How all jobs are to be cut short: "soft", "hard", or None: they are not."""
        entry: str | None = self._storage.get_study_user_attrs(self._study).get(_STOP)
        return entry

    def _take(self, number: int) -> bool:
        try:
            return self._storage.set_trial_state_values(self._id_of(number), TrialState.RUNNING)
        except UpdateFinishedTrialError:
            return False

    def _end(self, number: int, state: TrialState, outcome: Outcome | None = None) -> None:
        values = [outcome.result.val[0]] if outcome is not None and outcome.result is not None else None
        try:
            self._storage.set_trial_state_values(self._id_of(number), state, values)
        except UpdateFinishedTrialError:
            return  # given up, or ended just now

    def _set(self, number: int, key: str, value: Any) -> None:
        try:
            self._storage.set_trial_user_attr(self._id_of(number), key, value)
        except UpdateFinishedTrialError:
            return  # given up: `job` says so

    def _id_of(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study, number)

    def _number_of(self, trial_id: int) -> int:
        return self._storage.get_trial_number_from_id(trial_id)

    def _printed(self, number: int) -> Path:
        return self._folder / f"printed-{number}.jsonl"


def _assignment_as_json(assignment: Assignment) -> dict[str, Any]:
    request = assignment.request
    return {
        "experiment": assignment.experiment.model_dump(mode="json"),
        "request": {**asdict(request), "folder": str(request.folder), "overrides": list(request.overrides)},
        "resumes": assignment.resumes,
        "asks": assignment.asks,
    }


def _assignment_of(entry: Mapping[str, Any]) -> Assignment:
    request = entry["request"]
    around = Request(**{**request, "folder": Path(request["folder"]), "overrides": tuple(request["overrides"])})
    return Assignment(Experiment.model_validate(entry["experiment"]), around, entry["resumes"], entry["asks"])


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    result = outcome.result
    as_json = None if result is None else {**vars(result), "metric": result.metric.key}
    failure = None if outcome.failure is None else asdict(outcome.failure)
    return {**vars(outcome), "result": as_json, "failure": failure, "notes": list(outcome.notes)}


def _outcome_of(entry: Mapping[str, Any]) -> Outcome:
    result, failure = entry["result"], entry["failure"]
    if result is not None:
        figures = {part: (result[part][0], result[part][1]) for part in ("val", "test")}
        curve = tuple((int(epoch), float(value)) for epoch, value in result["curve"])
        result = Result(**{**result, **figures, "metric": METRICS[result["metric"]], "curve": curve})
    if failure is not None:
        failure = Failure(**{**failure, "frames": tuple(failure["frames"])})
    return Outcome(**{**entry, "result": result, "failure": failure, "notes": tuple(entry["notes"])})
