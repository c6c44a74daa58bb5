"""A slot on this machine: a process that runs jobs, and the supervisor that whatever kills it leaves alive."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from seqexp.config.errors import InputError
from seqexp.config.plugins import Plugin
from seqexp.reporting.sweeps.relayed import Terminal
from seqexp.runs.jobs import Failure, Outcome
from seqexp.runs.prepare import Sources
from seqexp.runs.processes import signals_blocked
from seqexp.sweeps.trial import Timed
from seqexp.sweeps.workers.failures import how_it_died
from seqexp.sweeps.workers.job_log import JobLog, Say, outcome_of_loss
from seqexp.sweeps.workers.messages import Assignment, Ended, Message, Ready, Stopped
from seqexp.sweeps.workers.worker import serve

MAX_JOBS = 50  # after which a worker is renewed
MAX_GROWTH = 2**30  # bytes of memory beyond those after its first job at which a worker is renewed
_POLL = 1.0  # seconds
_ITS_OWN = -1  # threads: as many as a checkpoint says
_PATIENCE = 30.0  # seconds for an idle worker to end


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    threads: int | None = None
    jobs: int = 0
    first_resident: int = 0  # bytes after its first job


class _Died(Exception):
    """The worker is gone; the message says how."""


class LocalSlot:
    """Runs jobs in a process of their own; see `Slot`.

    One worker runs job after job: what is imported is paid for once. One that dies is replaced; one that has run
    many jobs, or holds much more memory than after its first, is renewed before memory runs short. A worker
    outlives nobody: it ends its run and itself when the pipe closes.

    Args:
        name: The slot's name.
        plugins: The user's own Python, executed in the worker.
        sources: Where data comes from, resolved once for all jobs.
        look: The terminal on which what is printed is shown, or None.
        own_session: Whether the worker leads a session of its own, so that who ends this process's group spares it.
    """

    is_ready = True
    gone = None

    def __init__(
        self,
        name: str,
        plugins: Sequence[Plugin],
        sources: Sources,
        look: Terminal | None = None,
        *,
        own_session: bool = False,
    ) -> None:
        self.name = name
        self._plugins, self._sources, self._look = tuple(plugins), sources, look
        self._own_session = own_session
        self._worker: _Worker | None = None
        self._stopping = threading.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="seqexp-")
        self._crash = Path(self._folder.name) / "crash.txt"

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called: no job begins here any more."""
        return self._stopping.is_set()

    def open(self) -> None:
        """Start the worker.

        Raises:
            InputError: A plugin is refused.
            RuntimeError: It ended before it was ready.
        """
        try:
            self._ready_worker()
        except _Died as error:
            raise RuntimeError(f"the process that runs the sweep's jobs ended as it began: {error}") from None

    def run(self, assignment: Assignment, say: Say) -> Outcome:
        """Run one job to its end, whatever that is."""
        log = JobLog(say)
        try:
            ended = self._ended(assignment, log)
        except _Died as death:
            is_stopping = self.is_stopped
            what = "its process was killed before it could record its end" if is_stopping else str(death)
            return outcome_of_loss(assignment, log, what, self._crash.read_text(), is_stopping=is_stopping)
        except InputError as error:  # a plugin that was fine elsewhere
            return Outcome(None, None, Failure("InputError", str(error)), log.seconds)
        if ended is None:
            return Outcome(log.run_id, None, None, log.seconds, stopped=True, notes=log.notes)
        return Outcome(log.run_id, ended.result, ended.failure, log.seconds, ended.pruned)

    def time(self, assignment: Assignment) -> Timed | Failure:
        """Have a job timed; see `Assignment.timing`."""
        try:
            ended = self._ended(assignment, JobLog(lambda _: None))
        except _Died as death:
            return Failure("", str(death))
        assert ended is not None, "nobody stops a timing"
        answer = ended.timed or ended.failure
        assert answer is not None
        return answer

    def answer(self, *, goes_on: bool) -> None:
        """Say whether the job goes on; one that has died needs no answer."""
        worker = self._worker
        if worker is not None:
            with suppress(OSError):  # `run` finds out, too
                worker.pipe.send(goes_on)

    def stop(self, *, hard: bool = False) -> None:
        """Cut the running job short."""
        self._stopping.set()
        worker = self._worker
        if worker is not None and worker.process.is_alive():
            if hard:
                worker.process.kill()
            else:
                worker.process.terminate()

    def release(self) -> None:
        """Do nothing: nobody waits for the sweep's own machine."""

    def close(self) -> None:
        """Let the worker end."""
        self._dismiss()
        self._folder.cleanup()

    def _ended(self, assignment: Assignment, log: JobLog) -> Ended | None:
        """Return how the job ended; None: it was cut short."""
        # TensorFlow takes one number of threads a process; a run that goes on has the one of its checkpoint.
        threads = assignment.experiment.training.threads or assignment.request.threads
        threads = _ITS_OWN if assignment.resumes else threads
        if self._worker is not None and self._worker.jobs and not self._worker.threads == threads != _ITS_OWN:
            self._dismiss()
        worker = self._ready_worker()
        worker.threads = threads
        log.started = time.perf_counter()
        if self._stopping.is_set():
            return None
        try:
            worker.pipe.send(assignment)
        except BrokenPipeError:
            raise self._death() from None
        while True:
            message = self._receive()
            log.take(message)
            if isinstance(message, Stopped):
                self._join()
                if self._stopping.is_set():
                    return None
                raise _Died(how_it_died(-signal.SIGTERM))
            if isinstance(message, Ended):
                worker.jobs += 1
                worker.first_resident = worker.first_resident or message.resident
                grown = message.resident - worker.first_resident
                if worker.jobs >= MAX_JOBS or grown > MAX_GROWTH:
                    self._dismiss()
                return message

    def _ready_worker(self) -> _Worker:
        """Return the worker; a new one where there is none that lives.

        Raises:
            InputError: A plugin is refused.
            _Died: It did not live long enough to say that it is ready.
        """
        if self._worker is not None and self._worker.process.is_alive():
            return self._worker
        self._dismiss()
        self._crash.write_text("")
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        arguments = (theirs, self._plugins, self._sources, self._look, self._crash, self._own_session)
        process = context.Process(target=serve, args=arguments, name=f"seqexp {self.name}")
        if os.name == "posix":  # Windows has none
            resource_tracker.ensure_running()  # else it would be started, and signals let in, while they are blocked
        with signals_blocked():
            process.start()
            theirs.close()
            self._worker = _Worker(process, ours)
        message = self._receive()
        if isinstance(message, InputError):
            raise message
        if not isinstance(message, Ready):
            raise self._death()
        return self._worker

    def _receive(self) -> Message:
        """Wait for the worker's next message."""
        assert self._worker is not None
        pipe, process = self._worker.pipe, self._worker.process
        try:
            # A child of the worker may hold the pipe open beyond the worker's death.
            while not pipe.poll(_POLL):
                if not process.is_alive() and not pipe.poll():
                    raise self._death()
            message: Message = pipe.recv()
        except (EOFError, OSError):
            raise self._death() from None
        return message

    def _death(self) -> _Died:
        return _Died(how_it_died(self._join()))

    def _join(self) -> int:
        """Wait for the end of a worker that is ending, and return its exit code."""
        assert self._worker is not None
        process = self._worker.process
        process.join()
        self._worker.pipe.close()
        self._worker = None
        assert process.exitcode is not None
        return process.exitcode

    def _dismiss(self) -> None:
        """Let the worker end, if there is one: it does when its pipe closes."""
        if self._worker is None:
            return
        self._worker.pipe.close()
        self._worker.process.join(_PATIENCE)
        if self._worker.process.is_alive():
            self._worker.process.kill()
        self._join()
