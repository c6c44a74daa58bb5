"""Slots whose workers are jobs of a Slurm cluster: they claim jobs in a queue that lies on shared storage."""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from optuna.trial import TrialState

from seqexp.config.errors import InputError
from seqexp.config.launcher import Slurm
from seqexp.runs.jobs import Failure, Outcome
from seqexp.sweeps.cluster.job_queue import JobQueue, QueuedJob, Registered
from seqexp.sweeps.cluster.setup import Setup
from seqexp.sweeps.cluster.slurm_cluster import SlurmCluster
from seqexp.sweeps.cluster.slurm_worker import POLL, work
from seqexp.sweeps.cluster.waiting import TRIES, WaitLimit
from seqexp.sweeps.spec import NoSlot
from seqexp.sweeps.workers.job_log import JobLog, Say, outcome_of_loss
from seqexp.sweeps.workers.messages import Assignment, EpochReport

_UNOWNED = 60.0  # seconds after which a job that was claimed, and whose worker has not said so, counts as lost


class SlurmWorkers:
    """The workers of one sweep: as many Slurm jobs as there are slots, lost ones submitted again.

    Which worker runs a slot's job is not fixed: each claims the first job that waits. There are so many jobs at the
    most; `folder` is where the command is run, and `say` shows the person a line.

    Raises:
        InputError: There is no cluster, its folder can't be made, or a parameter is none of Slurm's.
    """

    def __init__(self, settings: Slurm, setup: Setup, folder: Path, jobs: int, say: Callable[[str], None]) -> None:
        self._cluster, self._setup = SlurmCluster(settings, folder), setup
        self._folder = self._cluster.folder / f"sweep-{uuid.uuid4().hex}"
        self._folder.mkdir()
        self.queue = JobQueue(self._folder, create=True)
        self._wait_limit = WaitLimit("Slurm", settings.wait, say)
        self._wanted, self._tries, self._fault = min(settings.workers, jobs), 0, ""
        self.slots = [SlurmSlot(index, self) for index in range(self._wanted)]
        self._jobs: dict[str, Any] = {}  # Slurm's jobs that may start, or run
        self._live: dict[str, Registered] = {}  # the workers that run, by Slurm's job
        self._lock, self._looked = threading.Lock(), 0.0

    def open(self) -> None:
        """Submit the workers, and wait for the first of them.

        Raises:
            InputError: Slurm refuses them, or none can be used.
        """
        with self._lock:
            self._submit(self._wanted)
        self._wait_limit.wait_for_first(self.slots)

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
        return self._fault if self._fault and self._wanted <= 0 else self._wait_limit.fault

    def node_of(self, owner: str | None) -> str:
        """Return the name of the machine of the worker with a token."""
        nodes = {worker.token: worker.node for worker in self.queue.registered().values()}
        return nodes.get(str(owner), "a machine of Slurm's")

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
        for _ in self._live:
            self.queue.put(None)
        self._cluster.end([self._jobs[job_id] for job_id in self._live], list(self._jobs.values()))
        shutil.rmtree(self._folder, ignore_errors=True)

    def _look(self) -> None:
        self.queue.beat()
        registered = self.queue.registered()
        for job_id, job in list(self._jobs.items()):
            if self._cluster.has_ended(job):
                del self._jobs[job_id]
                self._take_loss(job, registered.get(job_id))
        found = {job_id: registered[job_id] for job_id in self._jobs if job_id in registered}
        self._live = {job_id: worker for job_id, worker in found.items() if not worker.fault}
        if self._live:
            self._tries = 0
            self._wait_limit.restart()
        if self._wanted > len(self._jobs):
            try:
                self._submit(self._wanted - len(self._jobs))
            except InputError as error:
                self._fault, self._wanted = str(error), len(self._jobs)

    def _submit(self, workers: int) -> None:
        for job in self._cluster.submit(work, self._setup, self._folder, workers):
            self._jobs[job.job_id] = job

    def _take_loss(self, job: Any, worker: Registered | None) -> None:
        """Do with a worker less where one can't be used, or too many in a row have not come."""
        self._tries += 1
        if worker is not None and not worker.fault:
            self._tries = 0
        elif worker is not None or self._tries >= TRIES:
            self._tries, self._wanted = 0, self._wanted - 1
            self._fault = worker.fault if worker else f"Slurm could start no worker: {self._cluster.fault_of(job)}"
            if self._live:
                self._wait_limit.say(f"a worker is given up: {self._fault}")


class SlurmSlot:
    """Has one job at a time run by any of the workers; see `Slot`. A worker that is lost fails its job alone.

    Attributes:
        is_released: Whether it takes no job any more.
    """

    def __init__(self, index: int, workers: SlurmWorkers) -> None:
        self.name = f"worker {index + 1}"
        self._index, self._workers, self._queue = index, workers, workers.queue
        self._is_stopping = self.is_released = False
        self._number, self._epoch = 0, 0  # the job, and the last epoch that it has completed

    @property
    def is_ready(self) -> bool:
        """Whether there are more workers than slots before it that take jobs."""
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
        self._number, log, received = self._queue.put(assignment), JobLog(say), 0
        while True:
            live = {worker.token for worker in self._workers.live.values()}
            job = self._queue.job(self._number)  # looked up after the workers: one that is gone may have ended it
            messages = self._queue.messages(self._number, received)
            received += len(messages)
            for message in messages:
                if isinstance(message, Outcome):
                    return self._outcome(job, message)
                if isinstance(message, EpochReport):
                    self._epoch = message.epoch
                log.take(message)
            if job.state == TrialState.WAITING:
                fault = self._workers.gone
                if (self._is_stopping or fault) and self._queue.withdraw(self._number):
                    if self._is_stopping:
                        return Outcome(None, None, None, 0.0, stopped=True)
                    raise NoSlot(fault)
                log.started = time.perf_counter()
            elif job.owner not in live and (job.owner or log.seconds > _UNOWNED):
                self._queue.end(self._number)
                what = f"the connection to {self._workers.node_of(job.owner)} was lost"
                return outcome_of_loss(assignment, log, what, is_stopping=self._is_stopping)
            time.sleep(POLL)

    def answer(self, *, goes_on: bool) -> None:
        """Say whether the job goes on."""
        self._queue.answer(self._number, self._epoch, goes_on)

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
