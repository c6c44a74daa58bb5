"""Leases on the trials of a study: which process runs a trial, and whether that process is still alive.

A study's database does not notice when a process that runs a trial crashes. Each process therefore writes a lease to
the trials that it takes. The lease names the run of its sweep, whose file lock shows whether the process is alive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqexp.sweeps.queue.job_runs import is_resumable
from seqexp.tracking.run_folder import folder_of_run, may_run_elsewhere
from seqexp.tracking.store.store import RunMissing, Store, TrackingError

RunState = Literal["running", "finished", "resumable", "lost"]


@dataclass(frozen=True)
class Lease:
    """What a process writes to the trials that it runs."""

    token: str  # a random text that no other process has
    run: str  # the id of its sweep's run, which the process locks while it lives
    host: str  # the name of its machine


@dataclass(frozen=True)
class TrialRuns:
    """The runs of trials and of the sweeps that run them: in the store, and in the folder of all unfinished runs."""

    store: Store
    runs_folder: Path

    def is_alive(self, written: Mapping[str, str] | None, own: Lease) -> bool:
        """Return whether the process that has a trial's lease still runs the trial.

        The lock of its sweep's run shows that. Where the lock is on another machine, the status in the store decides.
        `written` is the lease as the study stores it, or None where the process crashed before it wrote one; `own` is
        this process's.
        """
        if not written:
            return False
        lease = Lease(**written)
        if lease.run == own.run:
            return lease.token == own.token  # else this process has resumed the run of a sweep that crashed
        try:
            run = self.store.run(lease.run)
        except RunMissing:
            return False  # it was removed
        except TrackingError:
            return True  # nothing is known of it, and its trial must not be run twice
        elsewhere = lease.host != own.host and may_run_elsewhere(run, self.runs_folder)
        return elsewhere or folder_of_run(run, self.runs_folder).is_locked

    def state(self, run_id: str) -> RunState:
        """Return what can be done with the run of a trial whose lease has expired.

        Returns:
            "running": its process has not ended yet. "finished": the run has a result. "resumable": it has a
            checkpoint. "lost": the trial has to begin anew.

        Raises:
            TrackingError: The store failed.
        """
        try:
            run = self.store.run(run_id)
        except RunMissing:
            return "lost"  # it was removed
        if run.info.lifecycle_stage == "deleted":
            return "lost"
        if folder_of_run(run, self.runs_folder).is_locked:
            return "running"
        if run.info.status == "FINISHED":
            return "finished"
        return "resumable" if is_resumable(run, self.runs_folder) else "lost"
