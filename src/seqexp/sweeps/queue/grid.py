"""The jobs of a sweep whose every job is known from the start."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.runs.jobs import JOB_PATIENCE, Job
from seqexp.sweeps.queue.adopt import adopted_job, may_go_on, runs_of_job
from seqexp.sweeps.queue.claims import Claims
from seqexp.sweeps.spec import JobSpec, Outcome
from seqexp.tracking.crashed_runs import run_folder
from seqexp.tracking.store import Store
from seqexp.tracking.uris import NothingAnswers

if TYPE_CHECKING:
    from mlflow.entities import Run

BEFORE, ELSEWHERE = "done before", "done by another sweep"


@dataclass(frozen=True)
class Shelf:
    """Where runs are looked for that have done a job, or part of it.

    Attributes:
        store: The store.
        experiment_id: The experiment.
        place: The folder of all runs' folders.
        began: When the sweep began, in milliseconds since 1970.
        all_runs: Whether runs that had ended when the sweep began count, too.
    """

    store: Store
    experiment_id: str
    place: Path
    began: int
    all_runs: bool

    def runs(self, digest: str) -> list[Run]:
        """Return the runs of a job that count, the newest first."""
        runs = runs_of_job(self.store, self.experiment_id, digest)
        return [run for run in runs if self.all_runs or self._is_of_now(run)]

    def is_at_work(self, run: Run) -> bool:
        """Return whether a process has a run in its hands: one of another sweep, or one that outlives its sweep."""
        return run.info.status != "FINISHED" and run_folder(run, self.place).is_held

    def how(self, run: Run) -> str:
        """Return how it comes that a run of ours is done."""
        return ELSEWHERE if self._is_of_now(run) else BEFORE

    def _is_of_now(self, run: Run) -> bool:
        return run.info.end_time is None or run.info.end_time >= self.began


@dataclass
class Grid:
    """Gives out the jobs in their order; see `JobSource`. A job that another sweep runs is waited for.

    Attributes:
        specs: The jobs.
        digests: Of each job.
        shelf: Where runs are looked for.
        claims: Who does what.
    """

    specs: Sequence[JobSpec]
    digests: Sequence[str]
    shelf: Shelf
    claims: Claims
    _left: list[JobSpec] = field(init=False)
    _silent_since: float | None = field(init=False, default=None)
    _adopted: list[tuple[JobSpec, Job]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._left = list(self.specs)

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return len(self.specs)

    @property
    def waits(self) -> bool:
        """Whether another sweep runs a job of ours, or the store does not answer."""
        return bool(self._left)

    def begin(self, run_id: str) -> None:
        """Nothing is to be noted."""

    def next(self) -> JobSpec | None:
        """Return the first job that nobody has taken, and that is not done; none while the store does not answer."""
        if self._left and self._is_silent():
            return None
        for spec in list(self._left):
            digest = self.digests[spec.number]
            if not self.claims.take(digest):
                continue
            runs = self.shelf.runs(digest)
            if not any(self.shelf.is_at_work(run) for run in runs):
                self._left.remove(spec)
                found = self._found(spec, runs)
                if found is not None:
                    return found
            self.claims.give_back(digest)
        return None

    def _is_silent(self) -> bool:
        try:
            self.shelf.store.check_answers()
        except NothingAnswers:
            self._silent_since = self._silent_since or time.monotonic()
            if time.monotonic() - self._silent_since > JOB_PATIENCE:
                raise
            return True
        self._silent_since = None
        return False

    def started(self, spec: JobSpec, run_id: str) -> None:
        """Nothing is to be noted."""

    def reached(self, spec: JobSpec, epoch: int, value: float) -> bool:
        """Every job goes on to its end."""
        return True

    def ended(self, spec: JobSpec, outcome: Outcome) -> None:
        """Give the job back: whoever wants it finds what became of it."""
        self.claims.give_back(self.digests[spec.number])

    def adopted(self) -> list[tuple[JobSpec, Job]]:
        """Return the jobs that were found done."""
        told, self._adopted = self._adopted, []
        return told

    def _found(self, spec: JobSpec, runs: Sequence[Run]) -> JobSpec | None:
        """Return what is left to do of a job with these runs; None: it is done."""
        job = done_by(self.shelf, runs, spec)
        if job is not None:
            self._adopted.append((spec, job))
            return None
        cut_short = [run for run in runs if may_go_on(run, self.shelf.place)]
        return replace(spec, resumes=cut_short[0].info.run_id) if cut_short else spec


def done_by(shelf: Shelf, runs: Sequence[Run], spec: JobSpec) -> Job | None:
    """Return the job as the newest of its runs that is finished has done it, or None.

    Args:
        shelf: Where the runs are.
        runs: The job's runs, the newest first.
        spec: The job.
    """
    for run in runs:
        job = adopted_job(shelf.store, run, spec.name, spec.values, shelf.how(run))
        if job is not None:
            return job
    return None
