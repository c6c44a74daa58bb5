"""A worker that Slurm starts: it claims the jobs of a sweep's queue, one after the other, until it is let go."""

from __future__ import annotations

import signal
import socket
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import count
from pathlib import Path

from seqexp.config.errors import InputError
from seqexp.runs.interrupts import end_on_sigterm
from seqexp.runs.processes import let_signals_in
from seqexp.sweeps.cluster.job_queue import JobQueue, Registered
from seqexp.sweeps.cluster.setup import Setup, open_slot
from seqexp.sweeps.workers.job_log import end_sweep
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Message, Printed, Started

POLL = 0.2  # seconds between looks at the queue


def work(setup: Setup, folder: Path) -> None:
    """Run jobs of the queue in a folder until none is left, the sweep has ended, or Slurm takes this process away."""
    import submitit

    # A terminal's Ctrl-C is for the sweep. SIGTERM is Slurm's; before the time is up submitit's handler raises.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_on_sigterm()
    let_signals_in()
    queue, job_id, node = JobQueue(folder), submitit.JobEnvironment().job_id, socket.gethostname()
    token = uuid.uuid4().hex
    try:
        slot = open_slot(setup)
    except InputError as error:
        queue.register(job_id, Registered(token, node, str(error)))
        return
    queue.register(job_id, Registered(token, node))
    try:
        _serve(queue, slot, token)
    finally:
        slot.close()


def _serve(queue: JobQueue, slot: LocalSlot, token: str) -> None:
    """Claim jobs and run them; a slot that was stopped runs none any more."""
    while queue.stops is None and not queue.is_silent and not slot.is_stopped:
        claimed = queue.claim(token)
        if claimed is None:
            time.sleep(POLL)
            continue
        number, assignment = claimed
        if assignment is None:
            queue.end(number)
            return
        with ThreadPoolExecutor(1) as executor:
            running = executor.submit(_run, queue, slot, number, assignment)
            try:
                _watch(queue, slot, number, running)
            except BaseException:
                slot.stop()
                raise
        running.result()  # raises what has gone wrong with the queue
        if queue.is_silent:
            end_sweep(assignment, "")


def _run(queue: JobQueue, slot: LocalSlot, number: int, assignment: Assignment) -> None:
    """Run one job to its end."""
    sent = count()

    def say(message: Message) -> None:
        if isinstance(message, Started | Printed | EpochReport):
            queue.send(number, next(sent), message)

    outcome = slot.run(assignment, say)
    queue.send(number, next(sent), outcome)


def _watch(queue: JobQueue, slot: LocalSlot, number: int, running: Future[None]) -> None:
    """Pass on to a running job what the sweep has for it, until it has ended."""
    answered = stopped = None
    while not wait([running], POLL).done:
        job = queue.job(number)
        if job.verdict is not None and job.verdict != answered:
            answered = job.verdict
            slot.answer(goes_on=answered[1])
        is_given_up = job.state.is_finished() and not wait([running], POLL).done  # the sweep has ended it
        how = queue.stops or ("soft" if is_given_up or queue.is_silent else None)
        if how != stopped:
            stopped = how
            slot.stop(hard=how == "hard")
