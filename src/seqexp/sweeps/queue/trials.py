"""Trials as a sweep's jobs: proposed, taken over from the dead, told how they ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from seqexp.config.errors import InputError
from seqexp.config.search.space import Choice, Entry, Real, Value, Whole
from seqexp.runs.jobs import Failure, Job, Result
from seqexp.sweeps.queue.adopt import result_of
from seqexp.sweeps.queue.grid import BEFORE, ELSEWHERE
from seqexp.sweeps.queue.leases import OWNER, RUN, Owner, Runs, job_of, keep_outcome, name_of, texts_of, values_of
from seqexp.sweeps.queue.study import ENDED, PARENT, Door
from seqexp.sweeps.spec import JobSpec, Outcome
from seqexp.sweeps.workers.failures import failure_of

_DYING_SECONDS = 150.0  # a process without its supervisor takes no longer to end


class StudySource:
    """Gives out the trials of a study; see `JobSource`.

    Several processes may do so with one study at once: each trial has one owner, and a trial's number below
    `trials` is the only leave to begin one. A trial whose owner has died is taken over under its own number: from
    its run's checkpoint if there is one, else from its begin, with the values that it had.

    Args:
        door: Where the study is; it is opened, or begun, with the sweep's own run.
        runs: The runs of trials.
        clock: Returns seconds; of a timeout.
    """

    def __init__(self, door: Door, runs: Runs, clock: Callable[[], float] = time.monotonic) -> None:
        self._door, self._runs, self._clock = door, runs, clock
        self._search, self._storage, self._metric = door.search, door.storage, door.metric
        self._began = clock()
        self._ours: dict[int, Trial] = {}
        self._told = set[int]()
        self._waits_since: float | None = None
        self._lost_store = False
        self._sample = door.search.sample
        self._before = set[int]()
        self._opened: Study | None = None
        self._us: Owner | None = None

    @property
    def total(self) -> int:
        """How many trials there are in all."""
        return self._search.settings.trials

    @property
    def waits(self) -> bool:
        """Whether a trial's process is about to end, so that the trial can be taken over.

        One that does not end is another command's, such as `--resume` with the run of the trial, and is left to it.
        """
        return self._waits_since is not None and self._clock() - self._waits_since <= _DYING_SECONDS

    def begin(self, run_id: str) -> None:
        """Take trials in the name of the sweep's run.

        Raises:
            InputError: Another process has begun the study meanwhile, or the database can't be used.
        """
        self._opened = self._door.open()
        self._us = Owner.of_this_process(run_id)
        self._before = {trial.number for trial in self._trials() if trial.state in ENDED}
        if PARENT not in self.study.user_attrs:
            self.study.set_user_attr(PARENT, run_id)

    @property
    def study(self) -> Study:
        """The study, once it is begun."""
        assert self._opened is not None, "not begun"
        return self._opened

    @property
    def _owner(self) -> Owner:
        assert self._us is not None, "not begun"
        return self._us

    def next(self) -> JobSpec | None:
        """Return the next trial: one whose owner has died, else a new one."""
        while not self._is_late() and not self._lost_store:
            with self._storage.alone():
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

    def started(self, spec: JobSpec, run_id: str) -> None:
        """Keep which run is the trial's."""
        self._ours[spec.number].set_user_attr(RUN, run_id)

    def reached(self, spec: JobSpec, epoch: int, value: float) -> bool:
        """Report an epoch's validation figure, and return whether the trial goes on."""
        trial = self._ours[spec.number]
        self._report(trial, epoch, value)
        return not trial.should_prune()

    def ended(self, spec: JobSpec, outcome: Outcome) -> None:
        """Tell the study how the trial ended; what was cut short, or whose store failed, stays open for --resume."""
        trial = self._ours.pop(spec.number)
        self._told.add(spec.number)
        # A sweep that is being stopped listens for ends only.
        if outcome.run_id is not None and outcome.run_id != trial.user_attrs.get(RUN):
            trial.set_user_attr(RUN, outcome.run_id)
        if outcome.failure is not None and outcome.failure.is_of_store:
            self._lost_store = True  # what is proposed without results would be so for good
            return
        if outcome.stopped:
            return
        for epoch, value in outcome.result.curve if outcome.result is not None else ():
            self._report(trial, epoch, value)
        self._tell(trial, outcome.result, outcome.failure, outcome.seconds)

    def adopted(self) -> list[tuple[JobSpec, Job]]:
        """Return the trials that ended before, and those that another process has brought to their end."""
        found = []
        for trial in self._trials():
            if trial.state in ENDED and trial.number not in self._told and trial.number not in self._ours:
                self._told.add(trial.number)
                how = BEFORE if trial.number in self._before else ELSEWHERE
                job = job_of(self._search.space, trial, self._metric, how)
                found.append((JobSpec(trial.number, job.name, self._sample, (), job.values), job))
        return found

    def _is_late(self) -> bool:
        seconds = self._search.settings.seconds
        return seconds is not None and self._clock() - self._began >= seconds

    def _trials(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _new(self) -> Trial | None:
        """Return a new trial with its values drawn, or None if there are as many as are wanted."""
        if len(self._trials()) >= self.total:
            return None
        trial = self.study.ask()
        trial.set_user_attr(OWNER, self._owner.as_dict())
        self._draw(trial)
        return trial

    def _taken_over(self) -> Trial | None:
        """Return a trial whose owner has died, now ours; None also while one's process is about to end."""
        dying = False
        for found in self._trials():
            attributes = found.user_attrs
            if found.state != TrialState.RUNNING or self._runs.lives(attributes.get(OWNER), self._owner):
                continue
            run_id = attributes.get(RUN)
            if run_id is not None and self._runs.state(run_id) == "held":
                dying = True
                continue
            self._waits_since = None
            trial = Trial(self.study, found._trial_id)  # Optuna has no other way to go on with a trial
            trial.set_user_attr(OWNER, self._owner.as_dict())
            self._draw(trial)  # it may have been killed between two draws
            return trial
        if not dying:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = self._clock()
        return None

    def _draw(self, trial: Trial) -> dict[str, Value]:
        return self._search.space.draw(lambda entry: _suggested(trial, entry))

    def _begun(self, trial: Trial) -> JobSpec | None:
        """Return what is left to do of a trial that is ours; None: nothing."""
        run_id = trial.user_attrs.get(RUN)
        resumes = None
        if run_id is not None:
            state = self._runs.state(run_id)
            if state == "finished":
                run = self._runs.run(run_id)
                result = result_of(self._runs.store, run)
                if result is not None:
                    self._tell(trial, result, None, (run.info.end_time - run.info.start_time) / 1000)
                    return None
            for epoch, value in self._runs.curve(run_id, f"val_{self._metric.key}"):
                self._report(trial, epoch, value)
            if self._asks and self._reported(trial) and trial.should_prune():
                self._tell(trial, None, None, 0.0)
                return None
            resumes = run_id if state == "goes on" else None
        try:
            spec = self._spec(trial.number, values_of(self._search.space, trial.params), resumes)
        except InputError as error:  # values that don't go together, though each may stand beside others
            self._tell(trial, None, failure_of(error), 0.0)
            return None
        self._ours[trial.number] = trial
        return spec

    def _spec(self, number: int, values: Mapping[str, Value], resumes: str | None = None) -> JobSpec:
        space = self._search.space
        experiment, overrides = self._search.experiment(values)
        name, texts = name_of(space, number, values), texts_of(space, values)
        return JobSpec(number, name, experiment, tuple(overrides), texts, resumes, self._asks)

    @property
    def _asks(self) -> bool:
        return self._search.settings.pruner.name != "none"

    def _report(self, trial: Trial, epoch: int, value: float) -> None:
        """Report an epoch's figure once: a trial that goes on from its begin comes to it a second time."""
        if math.isfinite(value) and epoch not in self._reported(trial):
            trial.report(value, epoch)

    def _reported(self, trial: Trial) -> Mapping[int, float]:
        return self.study.get_trials(deepcopy=False)[trial.number].intermediate_values

    def _tell(self, trial: Trial, result: Result | None, failure: Failure | None, seconds: float) -> None:
        if result is not None and not math.isfinite(result.val[0]):
            failure = Failure("", f"its validation figure is {result.val[0]}")
        keep_outcome(trial, None if failure else result, failure, seconds)
        if failure is not None:
            self.study.tell(trial, state=TrialState.FAIL)
        elif result is not None:
            self.study.tell(trial, result.val[0])
        else:
            self.study.tell(trial, state=TrialState.PRUNED)


def _suggested(trial: Trial, entry: Entry) -> Value:
    """Return the value that a study proposes for a key of a trial."""
    among = entry.among
    if isinstance(among, Whole):
        return trial.suggest_int(entry.key, among.low, among.high, step=among.step, log=among.log)
    if isinstance(among, Real):
        return trial.suggest_float(entry.key, among.low, among.high, step=among.step, log=among.log)
    assert isinstance(among, Choice)
    value: Value = trial.suggest_categorical(entry.key, among.values)
    return value
