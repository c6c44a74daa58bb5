"""A worker that Slurm starts: it claims the jobs of a sweep's queue, one after the other, until it is let go."""

from __future__ import annotations

import signal
import socket
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from seqexp.config.errors import InputError
from seqexp.runs.interrupts import end_on_sigterm
from seqexp.sweeps.cluster.heartbeat import HeartbeatReader
from seqexp.sweeps.cluster.job_queue import JobQueue, Registered
from seqexp.sweeps.cluster.setup import Setup, open_slot
from seqexp.sweeps.spec import Outcome
from seqexp.sweeps.workers.job_log import end_sweep
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Message, Printed, Started
from seqexp.sweeps.workers.worker import SIGNALS

POLL = 0.2  # seconds between looks at the queue


def work(setup: Setup, folder: Path) -> None:
    """Run jobs until none is left, the sweep has ended, or Slurm takes this process away.

    Args:
        setup: What the sweep gives each of its workers.
        folder: Where the files of the sweep's queue are.
    """
    import submitit

    # A terminal's Ctrl-C is for the sweep. SIGTERM is Slurm's; before the time is up submitit's handler raises.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_on_sigterm()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # who started this process may have held them back
    queue, job_id, node = JobQueue(folder), submitit.JobEnvironment().job_id, socket.gethostname()
    try:
        slot = open_slot(setup)
    except InputError as error:
        queue.register(Registered(job_id, "", node, error.texts))
        return
    token = uuid.uuid4().hex
    queue.register(Registered(job_id, token, node))
    try:
        _Worker(slot, queue, HeartbeatReader(folder)).serve(token)
    finally:
        slot.close()


class _Worker:
    def __init__(self, slot: LocalSlot, queue: JobQueue, sweep: HeartbeatReader) -> None:
        self._slot, self._queue, self._sweep = slot, queue, sweep
        self._is_given_up = False

    def serve(self, token: str) -> None:
        """Claim jobs and run them."""
        while not self._is_given_up and self._how_to_stop() is None:
            job = self._queue.claim(token)
            if job is None:
                time.sleep(POLL)
                continue
            assignment = job.assignment
            if assignment is None:
                self._queue.give_up(job.number)
                return
            self._run(job.number, assignment)

    def _how_to_stop(self) -> str | None:
        """Return how the running job is to be cut short, "soft" or "hard"; None: it is not."""
        return self._queue.stops or ("soft" if self._is_given_up or self._sweep.is_silent else None)

    def _run(self, number: int, assignment: Assignment) -> None:
        """Run one job to its end in a thread, and tell it meanwhile what the sweep wants."""
        with ThreadPoolExecutor(1) as executor:
            running = executor.submit(self._carry_out, number, assignment)
            try:
                self._watch(number, lambda: bool(wait([running], POLL).done))
            except BaseException:
                self._slot.stop()
                raise
        running.result()  # raises what has gone wrong with the queue
        if self._sweep.is_silent:
            end_sweep(assignment, "")

    def _watch(self, number: int, has_ended: Callable[[], bool]) -> None:
        answered, stopped = None, None
        while not has_ended():
            job = self._queue.job(number)
            if job.verdict is not None and job.verdict != answered:
                answered = job.verdict
                self._slot.answer(goes_on=answered[1])
            self._is_given_up = job.is_ended and job.outcome is None
            how = self._how_to_stop()
            if how != stopped:
                stopped = how
                self._slot.stop(hard=how == "hard")

    def _carry_out(self, number: int, assignment: Assignment) -> Outcome:
        def say(message: Message) -> None:
            if isinstance(message, Started):
                self._queue.started(number, message.run_id)
            elif isinstance(message, EpochReport):
                self._queue.epoch_done(number, message.epoch, message.value)
            elif isinstance(message, Printed):
                self._queue.print(number, message)

        outcome = self._slot.run(assignment, say)
        self._queue.ended(number, outcome)
        return outcome
