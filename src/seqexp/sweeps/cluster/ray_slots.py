"""Slots whose workers are actors of a Ray cluster: jobs are calls, and what they send comes back through Ray."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

from seqexp.config.errors import Fault, InputError
from seqexp.config.launcher import Ray
from seqexp.runs.jobs import Outcome
from seqexp.sweeps.cluster.ray_worker import CALLS_AT_ONCE, RayWorker
from seqexp.sweeps.cluster.setup import Setup
from seqexp.sweeps.cluster.waiting import TRIES, WaitLimit
from seqexp.sweeps.workers.failures import last_line
from seqexp.sweeps.workers.job_log import JobLog, Say, outcome_of_loss
from seqexp.sweeps.workers.messages import Assignment
from seqexp.tracking.store.uris import first_line, short_reason

_PATIENCE = 5.0  # seconds for an address to answer
_ENDING = 30.0  # seconds for the workers to end before Ray is left
# When a worker's process ends, Ray would kill the job's process below it before that has recorded its end.
_LET_CHILDREN_END = {"RAY_kill_child_processes_on_worker_exit": "0"}


class RayCluster:
    """A Ray cluster to which this process is connected, for so many jobs at the most; `say` shows the person a line.

    Attributes:
        slots: Where the sweep has jobs run; no worker is started yet.
        worker: Starts an actor as soon as there is room for it, and returns it.
        closing: The calls that let actors end.

    Raises:
        InputError: There is no such cluster.
    """

    def __init__(self, settings: Ray, setup: Setup, jobs: int, say: Callable[[str], None]) -> None:
        import ray

        _check_answers(settings.address)
        logging.getLogger("ray").setLevel(logging.ERROR)  # it warns of its own defaults before it takes `logging_level`
        try:
            ray.init(
                address=settings.address or "local",
                runtime_env=settings.runtime_env,
                include_dashboard=None if settings.address else False,
                log_to_driver=False,
                logging_level="ERROR",
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            what = f"{settings.address or 'null'}: no Ray can be used there ({first_line(error)})."
            raise InputError(Fault("hydra.launcher.address", f"hydra.launcher.address={what}")) from None
        self.setup, self.wait_limit = setup, WaitLimit("Ray", settings.wait, say)
        # Ray starts no actor and calls no method a second time by itself: a job that is lost has left a run that says
        # so, and goes on from that run's checkpoint when it is asked for again.
        self.worker = ray.remote(RayWorker).options(
            num_cpus=settings.threads,
            num_gpus=settings.gpus,
            max_concurrency=CALLS_AT_ONCE,
            max_restarts=0,
            max_task_retries=0,
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": _LET_CHILDREN_END},
        )
        self.closing: list[Any] = []
        room = int(ray.cluster_resources().get("CPU", 1)) // settings.threads
        size = max(1, min(settings.workers or room, jobs))
        self.slots = [RaySlot(f"worker {number}", self) for number in range(1, size + 1)]

    def close(self) -> None:
        """Give the workers time to end, and leave the cluster; one of the sweep's own ends with it."""
        import ray

        if self.closing:
            ray.wait(self.closing, num_returns=len(self.closing), timeout=_ENDING)
        ray.shutdown()


class RaySlot:
    """Runs jobs in an actor; see `Slot`. One that is lost fails its job alone: another actor is asked for."""

    def __init__(self, name: str, cluster: RayCluster) -> None:
        self.name = name
        self._cluster, self._wait_limit = cluster, cluster.wait_limit
        self._actor: Any = None
        self._placed: Any = None  # a call of the actor that ends once its process has begun
        self._pending: Any = None  # a call of the actor: `open` until it has one, then `live`
        self._node: str | None = None
        self._tries = 0
        self._fault: str | None = None
        self._is_stopping = False

    def open(self) -> None:
        """Have a worker started for every slot of the cluster, and wait for the first of them."""
        for slot in self._cluster.slots:
            slot.start()
        self._wait_limit.wait_for_first(self._cluster.slots)

    def start(self) -> None:
        """Have a worker started for this slot."""
        self._node = None
        self._actor = self._cluster.worker.remote()
        self._placed = self._actor.__ray_ready__.remote()
        self._pending = self._actor.open.remote(self._cluster.setup)

    @property
    def has_worker(self) -> bool:
        """Whether a worker is there, whether it runs a job or not."""
        return self._node is not None

    @property
    def is_ready(self) -> bool:
        """Whether its worker is there, and lives."""
        import ray
        from ray.exceptions import RayError

        if self._actor is None:
            return False
        if not self.has_worker and ray.wait([self._placed], timeout=0)[0]:
            self._wait_limit.restart()  # there is a worker, which prepares itself
        if ray.wait([self._pending], timeout=0)[0]:
            try:
                self._take(*ray.get(self._pending))
            except RayError as error:
                self._take_loss(error)
        return self.has_worker

    @property
    def gone(self) -> str | None:
        """Why no worker will come any more; None while one may."""
        if self._fault is not None or any(slot.has_worker for slot in self._cluster.slots):
            return self._fault
        return self._wait_limit.fault

    def run(self, assignment: Assignment, say: Say) -> Outcome:
        """Run one job to its end, whatever that is."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        log = JobLog(say)
        try:
            running = self._actor.run.remote(assignment)
            while True:
                sent = self._actor.messages.remote()
                if ray.wait([sent, running])[0] == [running]:
                    ray.get(running)  # raises why the job could not be run
                for message in ray.get(sent):
                    if isinstance(message, Outcome):
                        return message
                    log.take(message)
        except RayTaskError:
            raise
        except RayError as error:
            what = f"the connection to {self._node} was lost"
            outcome = outcome_of_loss(assignment, log, what, f"{str(error).strip()}\n", is_stopping=self._is_stopping)
            if not self._is_stopping:
                self._take_loss(error)
            return outcome

    def answer(self, *, goes_on: bool) -> None:
        """Say whether the job goes on; one that is lost needs no answer."""
        self._actor.answer.remote(goes_on)

    def stop(self, *, hard: bool = False) -> None:
        """Cut the running job short."""
        self._is_stopping = True
        self._actor.stop.remote(hard)

    def release(self) -> None:
        """Let the worker end, or not start."""
        import ray

        actor, self._actor = self._actor, None
        if actor is None:
            return
        if self.has_worker:
            self._cluster.closing.append(actor.close.remote())  # its process ends once nothing refers to it any more
        else:
            ray.kill(actor)
        self._node = None

    def close(self) -> None:
        """Let the worker end; with the last of the slots, leave the cluster."""
        self.release()
        if self is self._cluster.slots[-1]:
            self._cluster.close()

    def _take(self, node: str, fault: str) -> None:
        """Take the worker that has started, or why it can't be used."""
        if fault:
            self._give_up(fault)
            return
        self._node, self._tries = node, 0
        self._pending = self._actor.live.remote()
        self._wait_limit.restart()

    def _take_loss(self, error: Exception) -> None:
        """Ask for another worker, if the one that was lost had started, or not too many in a row have failed to."""
        import ray

        ray.kill(self._actor)  # it may only be out of reach, and must not go on
        if self.has_worker:
            self._wait_limit.restart()
        else:
            self._tries += 1
        if self._tries < TRIES:
            self.start()
        else:
            self._give_up(f"Ray could start no worker: {last_line(str(error))}")

    def _give_up(self, fault: str) -> None:
        self._fault, self._actor, self._node = fault, None, None
        if any(slot.has_worker for slot in self._cluster.slots):
            self._wait_limit.say(f"{self.name} is given up: {fault}")


def _check_answers(address: str | None) -> None:
    """Check within seconds that something is there: Ray itself would try for minutes.

    Raises:
        InputError: Nothing is.
    """
    host, colon, port = (address or "").removeprefix("ray://").rpartition(":")
    if not colon or not port.isdecimal():
        return  # a name such as auto
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except (OSError, OverflowError) as error:
        text = (
            f"hydra.launcher.address={address}: no Ray cluster answers there ({short_reason(error)}). Start one "
            f"(ray start --head --port={port}), or leave the address out for a local one."
        )
        raise InputError(Fault("hydra.launcher.address", text)) from None
