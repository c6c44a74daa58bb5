"""Slots whose workers are jobs of a Slurm cluster: they claim jobs in a queue that lies on shared storage."""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqexp.config.errors import InputError
from seqexp.config.launcher import Slurm
from seqexp.runs.jobs import Failure
from seqexp.sweeps.cluster.heartbeat import HeartbeatWriter
from seqexp.sweeps.cluster.job_queue import JobQueue, QueuedJob, Registered
from seqexp.sweeps.cluster.setup import Setup
from seqexp.sweeps.cluster.slurm_cluster import SlurmCluster
from seqexp.sweeps.cluster.slurm_worker import POLL, work
from seqexp.sweeps.cluster.waiting import TRIES, WaitLimit
from seqexp.sweeps.spec import NoSlot, Outcome
from seqexp.sweeps.workers.job_log import JobLog, Say, end_run
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Started

_UNOWNED = 60.0  # seconds after which a job that was claimed, and whose worker has not said so, counts as lost


class SlurmWorkers:
    """The workers of one sweep: as many Slurm jobs as there are slots, lost ones submitted again.

    Which worker runs a slot's job is not fixed: each claims the first job that waits. A slot can take a job while
    there are more workers than slots before it.

    Args:
        settings: The launcher's keys.
        setup: What each worker is given.
        folder: Where the command is run.
        say: Shows the person a line.

    Raises:
        InputError: There is no cluster, its folder can't be made, or a parameter is none of Slurm's.
    """

    def __init__(self, settings: Slurm, setup: Setup, folder: Path, say: Callable[[str], None]) -> None:
        self._cluster, self._setup, self._size = SlurmCluster(settings, folder), setup, settings.workers
        self._folder = self._cluster.folder / f"sweep-{uuid.uuid4().hex}"
        self._folder.mkdir()
        self.queue, self._heartbeat = JobQueue(self._folder, create=True), HeartbeatWriter(self._folder)
        self.wait_limit = WaitLimit("Slurm", settings.wait, say)
        self.slots: list[SlurmSlot] = []
        self._jobs: dict[str, Any] = {}  # Slurm's jobs that may start, or run
        self._live: dict[str, Registered] = {}  # the workers that run, by Slurm's job
        self._wanted, self._tries = 0, 0
        self._fault: str | None = None
        self._lock, self._looked = threading.Lock(), 0.0

    def make_slots(self, jobs: int) -> list[SlurmSlot]:
        """Return the slots; no worker is started.

        Args:
            jobs: How many jobs there are at the most.
        """
        self._wanted = min(self._size, jobs)
        self.slots = [SlurmSlot(index, self) for index in range(self._wanted)]
        return self.slots

    def open(self) -> None:
        """Submit the workers, and wait for the first of them.

        Raises:
            InputError: Slurm refuses them, or none can be used.
        """
        with self._lock:
            self._submit(self._wanted)
        self.wait_limit.wait_for_first(self.slots)

    @property
    def live(self) -> dict[str, Registered]:
        """The workers that run, by Slurm's job; Slurm is asked, and lost workers are submitted again."""
        with self._lock:
            if time.monotonic() - self._looked > POLL:
                self._look()
                self._looked = time.monotonic()
            return self._live

    @property
    def gone(self) -> str | None:
        """Why no worker will come any more; None while one is there or may come."""
        if self.live:
            return None
        return self._fault if self._fault is not None and self._wanted <= 0 else self.wait_limit.fault

    def node_of(self, owner: str | None) -> str:
        """Return the name of a worker's machine.

        Args:
            owner: The worker's token.
        """
        found = (worker.node for worker in self.queue.registered().values() if worker.token == owner)
        return next(found, "a machine of Slurm's")

    def release(self) -> None:
        """Let one worker end."""
        with self._lock:
            self._wanted -= 1
        self.queue.put(None)

    def stop(self, *, hard: bool) -> None:
        """Cut all running jobs short; no worker is submitted any more."""
        with self._lock:
            self._wanted = 0
        self.queue.stop(hard=hard)

    def close(self) -> None:
        """Let all workers end, cancel those that have not started, and be done with the queue."""
        with self._lock:
            self._wanted = 0
            self._look()
            jobs, live = dict(self._jobs), set(self._live)
        for _ in live:
            self.queue.put(None)
        self._cluster.end([job for job_id, job in jobs.items() if job_id in live], list(jobs.values()))
        self._heartbeat.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _look(self) -> None:
        registered = self.queue.registered()
        for job_id, job in list(self._jobs.items()):
            worker = registered.get(job_id)
            if not self._cluster.has_ended(job):
                continue
            del self._jobs[job_id]
            if worker is not None and worker.faults:
                self._give_up("\n".join(worker.faults))
            else:
                self._take_loss(job, came=worker is not None)
        found = {job_id: registered[job_id] for job_id in self._jobs if job_id in registered}
        self._live = {job_id: worker for job_id, worker in found.items() if not worker.faults}
        if self._live:
            self._tries = 0
            self.wait_limit.restart()
        missing = self._wanted - len(self._jobs)
        if missing > 0:
            try:
                self._submit(missing)
            except InputError as error:
                self._fault, self._wanted = str(error), len(self._jobs)

    def _submit(self, workers: int) -> None:
        for job in self._cluster.submit(work, self._setup, self._folder, workers):
            self._jobs[job.job_id] = job

    def _take_loss(self, job: Any, *, came: bool) -> None:
        self._tries = 0 if came else self._tries + 1
        if self._tries >= TRIES:
            self._tries = 0
            self._give_up(f"Slurm could start no worker: {self._cluster.fault_of(job)}")

    def _give_up(self, fault: str) -> None:
        """Do with a worker less."""
        self._wanted -= 1
        self._fault = fault
        if self._live:
            self.wait_limit.say(f"a worker is given up: {fault}")


class SlurmSlot:
    """Has one job at a time run by any of the workers; see `Slot`. A worker that is lost fails its job alone.

    Args:
        index: How many slots there are before it.
        workers: The workers.

    Attributes:
        is_released: Whether it takes no job any more.
    """

    def __init__(self, index: int, workers: SlurmWorkers) -> None:
        self.name = f"worker {index + 1}"
        self._index, self._workers, self._queue = index, workers, workers.queue
        self._is_stopping = self.is_released = False
        self._number, self._asked = 0, 0  # the job, and the epoch after which it asks

    @property
    def is_ready(self) -> bool:
        """Whether there are workers enough for a job more."""
        before = sum(not slot.is_released for slot in self._workers.slots[: self._index])
        return not self.is_released and before < len(self._workers.live)

    @property
    def gone(self) -> str | None:
        """Why no worker will come any more; None while one may."""
        return self._workers.gone

    def open(self) -> None:
        """Have all workers submitted, and wait for the first of them."""
        self._workers.open()

    def run(self, assignment: Assignment, say: Say) -> Outcome:
        """Put a job into the queue, and follow it to its end, whatever that is."""
        self._number, self._asked = self._queue.put(assignment), 0
        following = _Following(self._queue, assignment, JobLog(say))
        while True:
            live = {worker.token for worker in self._workers.live.values()}
            job = self._queue.job(self._number)
            self._asked = following.take(job)
            if job.outcome is not None:
                return self._outcome(job, job.outcome)
            if job.is_waiting:
                fault = self._workers.gone
                if (self._is_stopping or fault is not None) and self._queue.withdraw(self._number):
                    if self._is_stopping:
                        return Outcome(None, None, None, 0.0, stopped=True)
                    raise NoSlot(fault)
            elif following.is_lost(job, live):
                self._queue.give_up(self._number)
                return self._outcome_of_loss(job, assignment, following.log)
            time.sleep(POLL)

    def answer(self, *, goes_on: bool) -> None:
        """Say whether the job goes on."""
        self._queue.answer(self._number, self._asked, goes_on)

    def stop(self, *, hard: bool = False) -> None:
        """Cut the running job short, and those of all other slots, which are stopped with it."""
        self._is_stopping = True
        self._workers.stop(hard=hard)

    def release(self) -> None:
        """Let one worker end."""
        if not self.is_released:
            self.is_released = True
            self._workers.release()

    def close(self) -> None:
        """Let the workers of all slots end."""
        if self is self._workers.slots[-1]:
            self._workers.close()

    def _outcome(self, job: QueuedJob, outcome: Outcome) -> Outcome:
        if not outcome.stopped or self._is_stopping:
            return outcome
        # Its run is KILLED already.
        what = f"Slurm has taken the worker on {self._workers.node_of(job.owner)} away"
        return Outcome(outcome.run_id, None, Failure("", what), outcome.seconds, notes=outcome.notes)

    def _outcome_of_loss(self, job: QueuedJob, assignment: Assignment, log: JobLog) -> Outcome:
        what = f"the connection to {self._workers.node_of(job.owner)} was lost"
        failure = end_run(assignment, log, "KILLED" if self._is_stopping else "FAILED", what)
        if self._is_stopping:
            return Outcome(log.run_id, None, None, log.seconds, stopped=True, notes=log.notes)
        return Outcome(log.run_id, None, Failure("", failure), log.seconds)


class _Following:
    """What is known of a job in the queue, and was passed on."""

    def __init__(self, queue: JobQueue, assignment: Assignment, log: JobLog) -> None:
        self.log = log
        self._queue, self._assignment = queue, assignment
        self._printed = self._epoch = 0
        self._claimed: float | None = None

    def take(self, job: QueuedJob) -> int:
        """Pass on what is new, and return the last epoch that the job has completed."""
        if self._claimed is None and not job.is_waiting:
            self._claimed, self.log.started = time.monotonic(), time.perf_counter()
        if job.run_id is not None and self.log.run_id is None:
            self.log.take(Started(job.run_id))
        printed, self._printed = self._queue.printed(job.number, self._printed)
        for message in printed:
            self.log.take(message)
        epochs = self._assignment.experiment.training.epochs
        for epoch, value in job.epochs:
            if epoch > self._epoch:
                self._epoch = epoch
                self.log.take(EpochReport(epoch, epochs, value, self._assignment.asks and epoch < epochs))
        return self._epoch

    def is_lost(self, job: QueuedJob, live: set[str]) -> bool:
        """Return whether the worker that has claimed the job is gone.

        Args:
            job: The job, looked up after the workers.
            live: The tokens of the workers that run.
        """
        if job.owner is None:
            return self._claimed is not None and time.monotonic() - self._claimed > _UNOWNED
        return job.owner not in live
