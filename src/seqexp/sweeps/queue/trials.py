"""The trials of a search as a sweep's jobs: proposed by the study, taken over after a crash, and reported to it."""

from __future__ import annotations

import math
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict

from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState
from typing_extensions import override

from seqexp.config.errors import InputError
from seqexp.config.search.space import Choice, Entry, Real, SearchValue, Whole
from seqexp.runs.jobs import Failure, Job, Outcome, Result
from seqexp.sweeps.queue.compat_optuna import reopened
from seqexp.sweeps.queue.job_runs import DONE_BEFORE, DONE_ELSEWHERE, curve_of, result_of
from seqexp.sweeps.queue.leases import Lease, TrialRuns
from seqexp.sweeps.queue.study import ENDED, PARENT_KEY, StudyRequest
from seqexp.sweeps.queue.trial_record import (
    LEASE_KEY,
    RUN_KEY,
    drawn_values,
    job_of_trial,
    name_of_trial,
    record_outcome,
    value_texts,
)
from seqexp.sweeps.spec import JobSource, JobSpec
from seqexp.sweeps.workers.failures import failure_of

_ENDING_SECONDS = 150.0  # the longest that a process takes to end after its supervisor has crashed


class StudySource(JobSource):
    """Gives out the trials of a study.

    Several processes may do so with one study at once. Each of them holds a lease on the trials that it runs, and a new
    trial is begun only while the study has fewer than `trials`. A trial whose process has crashed is taken over under
    its own number and with its own values: from the checkpoint of its run if there is one, else from its start.

    Args:
        request: The study; it is opened, or created, when the sweep's own run has begun.
        runs: The runs of trials.
        clock: Returns seconds, by which a timeout is measured.
    """

    study: Study  # which `begin` opens
    _own: Lease

    def __init__(self, request: StudyRequest, runs: TrialRuns, clock: Callable[[], float] = time.monotonic) -> None:
        self._request, self._runs, self._clock = request, runs, clock
        self._search, self._storage, self._metric = request.search, request.storage, request.metric
        self._began = clock()
        self._running: dict[int, Trial] = {}  # the trials that this process runs
        self._reported = set[int]()  # the ended trials that were reported to the sweep
        self._waits_since: float | None = None
        self._has_lost_store = False
        self._before = set[int]()  # the trials that had ended when this command began

    @property
    @override
    def total(self) -> int:
        return self._search.settings.trials

    @property
    @override
    def waits(self) -> bool:
        # A process that has not ended by then belongs to another command, such as --resume with the run of the trial.
        return self._waits_since is not None and self._clock() - self._waits_since <= _ENDING_SECONDS

    @override
    def begin(self, run_id: str) -> None:
        self.study = self._request.open()
        self._own = Lease(uuid.uuid4().hex, run_id, socket.gethostname())
        self._before = {trial.number for trial in self._trials() if trial.state in ENDED}
        if PARENT_KEY not in self.study.user_attrs:
            self.study.set_user_attr(PARENT_KEY, run_id)

    @override
    def next(self) -> JobSpec | None:
        while not self._is_late() and not self._has_lost_store:
            with self._storage.exclusive():
                trial = self._taken_over()
                if trial is None and self.waits:
                    return None
                trial = trial or self._new()
            if trial is None:
                return None
            spec = self._begun(trial)
            if spec is not None:
                return spec
        self._waits_since = None
        return None

    @override
    def started(self, spec: JobSpec, run_id: str) -> None:
        self._running[spec.number].set_user_attr(RUN_KEY, run_id)

    @override
    def epoch_ended(self, spec: JobSpec, epoch: int, value: float) -> bool:
        trial = self._running[spec.number]
        self._report(trial, epoch, value)
        return not trial.should_prune()

    @override
    def ended(self, spec: JobSpec, outcome: Outcome) -> None:
        trial = self._running.pop(spec.number)
        self._reported.add(spec.number)
        # While a sweep is being stopped it receives a job's end, but not its run.
        if outcome.run_id is not None and outcome.run_id != trial.user_attrs.get(RUN_KEY):
            trial.set_user_attr(RUN_KEY, outcome.run_id)
        if outcome.failure is not None and outcome.failure.is_of_store:
            self._has_lost_store = True  # further trials would be proposed without the results of the others
            return  # the trial stays open for --resume
        if outcome.stopped:
            return
        for epoch, value in outcome.result.curve if outcome.result is not None else ():
            self._report(trial, epoch, value)
        self._tell(trial, outcome.result, outcome.failure, outcome.seconds)

    @override
    def done_elsewhere(self) -> list[Job]:
        found = []
        for trial in self._trials():
            if trial.state in ENDED and trial.number not in self._reported and trial.number not in self._running:
                self._reported.add(trial.number)
                how = DONE_BEFORE if trial.number in self._before else DONE_ELSEWHERE
                found.append(job_of_trial(self._search.space, trial, self._metric, how))
        return found

    def _is_late(self) -> bool:
        seconds = self._search.settings.seconds
        return seconds is not None and self._clock() - self._began >= seconds

    def _trials(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _new(self) -> Trial | None:
        """Return a new trial with its values drawn; None if the study has all its trials."""
        if len(self._trials()) >= self.total:
            return None
        trial = self.study.ask()
        trial.set_user_attr(LEASE_KEY, asdict(self._own))
        self._draw(trial)
        return trial

    def _taken_over(self) -> Trial | None:
        """Take over a trial whose process has crashed; None where there is none, or where its process is ending."""
        is_ending = False
        for found in self._trials():
            attributes = found.user_attrs
            if found.state != TrialState.RUNNING or self._runs.is_alive(attributes.get(LEASE_KEY), self._own):
                continue
            run_id = attributes.get(RUN_KEY)
            if run_id is not None and self._runs.state(run_id) == "running":
                is_ending = True
                continue
            self._waits_since = None
            trial = reopened(self.study, found)
            trial.set_user_attr(LEASE_KEY, asdict(self._own))
            self._draw(trial)  # its process may have crashed between two draws
            return trial
        if not is_ending:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = self._clock()
        return None

    def _draw(self, trial: Trial) -> None:
        self._search.space.draw(lambda entry: _suggested(trial, entry))

    def _begun(self, trial: Trial) -> JobSpec | None:
        """Return what is left to do of a trial that this process has taken; None where nothing is left."""
        run_id = trial.user_attrs.get(RUN_KEY)
        resumes = None
        if run_id is not None:
            state = self._runs.state(run_id)
            if state == "finished":
                run = self._runs.store.run(run_id)
                result = result_of(self._runs.store, run)
                if result is not None:
                    self._tell(trial, result, None, (run.info.end_time - run.info.start_time) / 1000)
                    return None
            for epoch, value in curve_of(self._runs.store, run_id, f"val_{self._metric.key}"):
                self._report(trial, epoch, value)
            if self._prunes and self._values_of(trial) and trial.should_prune():
                self._tell(trial, None, None, 0.0)
                return None
            resumes = run_id if state == "resumable" else None
        try:
            spec = self._spec(trial.number, drawn_values(self._search.space, trial.params), resumes)
        except InputError as error:  # each of the values is allowed, but not this combination
            self._tell(trial, None, failure_of(error), 0.0)
            return None
        self._running[trial.number] = trial
        return spec

    def _spec(self, number: int, values: Mapping[str, SearchValue], resumes: str | None) -> JobSpec:
        space = self._search.space
        experiment, overrides = self._search.experiment(values)
        name, texts = name_of_trial(space, number, values), value_texts(space, values)
        return JobSpec(number, name, experiment, tuple(overrides), texts, resumes, self._prunes)

    @property
    def _prunes(self) -> bool:
        return self._search.settings.pruner.name != "none"

    def _report(self, trial: Trial, epoch: int, value: float) -> None:
        """Report an epoch's validation figure, unless the study has it: a trial that begins anew repeats epochs."""
        if math.isfinite(value) and epoch not in self._values_of(trial):
            trial.report(value, epoch)

    def _values_of(self, trial: Trial) -> Mapping[int, float]:
        return self.study.get_trials(deepcopy=False)[trial.number].intermediate_values

    def _tell(self, trial: Trial, result: Result | None, failure: Failure | None, seconds: float) -> None:
        if result is not None and not math.isfinite(result.val[0]):
            failure = Failure("", f"its validation figure is {result.val[0]}")
        record_outcome(trial, None if failure else result, failure, seconds)
        if failure is not None:
            self.study.tell(trial, state=TrialState.FAIL)
        elif result is not None:
            self.study.tell(trial, result.val[0])
        else:
            self.study.tell(trial, state=TrialState.PRUNED)


def _suggested(trial: Trial, entry: Entry) -> SearchValue:
    """Return the value that a study proposes for a key of a trial."""
    among = entry.among
    if isinstance(among, Whole):
        return trial.suggest_int(entry.key, among.low, among.high, step=among.step, log=among.log)
    if isinstance(among, Real):
        return trial.suggest_float(entry.key, among.low, among.high, step=among.step, log=among.log)
    assert isinstance(among, Choice)
    value: SearchValue = trial.suggest_categorical(entry.key, among.values)
    return value
