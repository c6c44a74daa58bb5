"""A grid: a sweep whose jobs are all known from the start, each locked while it runs, so that it runs only once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from seqexp.runs.jobs import JOB_PATIENCE, Job, Outcome
from seqexp.sweeps.queue.job_runs import JobRuns, is_resumable
from seqexp.sweeps.spec import JobSource, JobSpec
from seqexp.tracking.spool.operations import is_refusal
from seqexp.tracking.store.store import TrackingError
from seqexp.tracking.store.uris import NothingAnswers

if TYPE_CHECKING:
    from filelock import BaseFileLock
    from mlflow.entities import Run

LOCKS_FOLDER = ".claims"  # in the runs folder, beside the folders of runs


class JobLocks:
    """File locks on jobs, which sweeps that share a runs folder, of several machines perhaps, respect.

    The operating system releases the locks of a process when it ends, however it ends.
    """

    def __init__(self, runs_folder: Path) -> None:
        self._folder = runs_folder / LOCKS_FOLDER
        self._locks: dict[str, BaseFileLock] = {}

    def acquire(self, digest: str) -> bool:
        """Lock a job, and return whether that succeeded: not where a sweep, this one included, has locked it."""
        from filelock import FileLock, Timeout

        if digest in self._locks:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{digest}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._locks[digest] = lock
        return True

    def release(self, digest: str) -> None:
        """Release the lock of a job that this object has locked."""
        self._locks.pop(digest).release()

    def release_all(self) -> None:
        """Release all locks of this object."""
        for digest in list(self._locks):
            self.release(digest)


@dataclass
class GridSource(JobSource):
    """Gives out the jobs of a grid in their order, and waits for those that another sweep runs."""

    specs: Sequence[JobSpec]
    job_runs: JobRuns
    job_locks: JobLocks
    _left: list[JobSpec] = field(init=False)
    _silent_since: float | None = field(init=False, default=None)
    _done: list[Job] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._left = list(self.specs)

    @property
    @override
    def total(self) -> int:
        return len(self.specs)

    @property
    @override
    def waits(self) -> bool:
        return bool(self._left)  # another sweep runs a job of ours, or the store does not answer

    @override
    def next(self) -> JobSpec | None:
        try:
            if self._left:
                self.job_runs.store.check_answers()
            found = self._first_to_do()
        except (NothingAnswers, TrackingError) as error:
            if isinstance(error, TrackingError) and is_refusal(error):
                raise
            self._silent_since = self._silent_since or time.monotonic()
            if time.monotonic() - self._silent_since > JOB_PATIENCE:
                raise
            return None
        self._silent_since = None
        return found

    def _first_to_do(self) -> JobSpec | None:
        for spec in list(self._left):
            if not self.job_locks.acquire(spec.digest):
                continue
            to_do = None
            try:
                runs = self.job_runs.runs(spec.digest)
                if not any(self.job_runs.is_running(run) for run in runs):
                    to_do = self._to_do(spec, runs)
                    self._left.remove(spec)
                    if to_do is not None:
                        return to_do
            finally:
                if to_do is None:
                    self.job_locks.release(spec.digest)
        return None

    @override
    def ended(self, spec: JobSpec, outcome: Outcome) -> None:
        self.job_locks.release(spec.digest)  # other sweeps find its run in the store

    @override
    def done_elsewhere(self) -> list[Job]:
        done, self._done = self._done, []
        return done

    def _to_do(self, spec: JobSpec, runs: Sequence[Run]) -> JobSpec | None:
        """Return what is left to do of a job that has these runs; None where it is done."""
        job = self.job_runs.job_done(runs, spec)
        if job is not None:
            self._done.append(job)
            return None
        resumable = [run for run in runs if is_resumable(run, self.job_runs.runs_folder)]
        return replace(spec, resumes=resumable[0].info.run_id) if resumable else spec
