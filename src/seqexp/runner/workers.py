"""The supervisor of a sweep's jobs: whatever kills one of them, the sweep goes on."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from seqexp.config.errors import InputError
from seqexp.config.plugins import Plugin
from seqexp.reporting.console import Console
from seqexp.runner.failures import how_it_died
from seqexp.runner.jobs import Failure, Result
from seqexp.runner.prepare import Sources
from seqexp.runner.worker import SIGNALS, Ended, Message, Order, Printed, Ready, Refused, Started, Stopped, serve
from seqexp.tracking.abandoned import end_abandoned, open_child
from seqexp.tracking.recorder import Terminated
from seqexp.tracking.store import TrackingError, open_store

MAX_JOBS = 50
MAX_GROWTH = 2**30  # bytes
_POLL = 1.0  # seconds
_PATIENCE = 30.0  # seconds for an idle worker to end


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        run_id: The id of its run, or None if it ended before it was recorded.
        result: What it gave, or None.
        failure: What ended it, or None.
        seconds: From when its process got it.
    """

    run_id: str | None
    result: Result | None
    failure: Failure | None
    seconds: float


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    threads: int | None = None
    jobs: int = 0
    first_resident: int = 0  # bytes after its first job


class _Died(Exception):
    """The worker is gone; the message says how."""


class Workers:
    """Runs jobs in a process of their own. Use it as a context manager.

    One worker runs job after job: what is imported is paid for once. One that dies is replaced; one that has run
    many jobs, or holds much more memory than after its first, is renewed before memory runs short. Ctrl-C and
    SIGTERM are passed on: the job's run ends as KILLED before the exception goes on. A worker outlives nobody: it
    ends its run and itself when the pipe closes.

    Args:
        console: Keeps what the jobs print.
        plugins: The user's own Python, executed in the worker.
        sources: Where data comes from, resolved once for all jobs.
        max_jobs: Jobs after which a worker is renewed.
        max_growth: Bytes over what it held after its first job after which a worker is renewed.

    Raises:
        InputError: On entering, if a plugin is refused.
    """

    def __init__(
        self,
        console: Console,
        plugins: Sequence[Plugin],
        sources: Sources,
        *,
        max_jobs: int = MAX_JOBS,
        max_growth: int = MAX_GROWTH,
    ) -> None:
        self._console, self._plugins, self._sources = console, tuple(plugins), sources
        self._max_jobs, self._max_growth = max_jobs, max_growth
        self._worker: _Worker | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="seqexp-")
        self._crash = Path(self._folder.name) / "crash.txt"

    def __enter__(self) -> Self:
        try:
            self._ready_worker()
        except BaseException as error:
            self.__exit__(None, None, None)
            if isinstance(error, _Died):
                raise RuntimeError(f"the process that runs the sweep's jobs ended as it began: {error}") from None
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dismiss()
        self._folder.cleanup()

    def run(self, order: Order) -> Outcome:
        """Run one job to its end, whatever that is.

        Raises:
            KeyboardInterrupt: Ctrl-C; the job's run is KILLED, and what is kept of it is a note.
            Terminated: SIGTERM; the same.
        """
        heard = _Heard(self._console.position)
        try:
            ended = self._ended(order, heard)
        except _Died as death:
            self._console.rich.show_cursor()  # a bar that was cut short has hidden it
            failure = self._mark(order, heard, "FAILED", str(death))
            return Outcome(heard.run_id, None, Failure("", failure, traceback=self._crash.read_text()), heard.seconds)
        except (KeyboardInterrupt, Terminated) as error:
            self._stop(order, heard, error)
            raise
        return Outcome(heard.run_id, ended.result, ended.failure, heard.seconds)

    def _ended(self, order: Order, heard: _Heard) -> Ended:
        threads = order.experiment.training.threads
        if self._worker is not None and self._worker.jobs and self._worker.threads != threads:
            self._dismiss()  # TensorFlow takes one number of threads a process
        worker = self._ready_worker()
        worker.threads = threads
        heard.started = time.perf_counter()
        try:
            worker.pipe.send(order)
        except BrokenPipeError:
            raise self._death() from None
        while True:
            message = self._hear()
            heard.take(message, self._console)
            if isinstance(message, Stopped):
                self._join()
                raise _Died(how_it_died(-signal.SIGTERM))
            if isinstance(message, Ended):
                worker.jobs += 1
                worker.first_resident = worker.first_resident or message.resident
                grown = message.resident - worker.first_resident
                if worker.jobs >= self._max_jobs or grown > self._max_growth:
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
        arguments = (theirs, self._plugins, self._sources, self._console.rich.quiet, self._crash)
        process = context.Process(target=serve, args=arguments, name="seqexp worker")
        resource_tracker.ensure_running()  # else it would be started, and signals let in, while they are held back
        with _signals_held_back():
            process.start()
            theirs.close()
            self._worker = _Worker(process, ours)
        message = self._hear()
        if isinstance(message, Refused):
            raise InputError(message.faults)
        if not isinstance(message, Ready):
            raise self._death()
        return self._worker

    def _hear(self) -> Message:
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
        exitcode = self._join()
        return _Died(how_it_died(exitcode))

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

    def _stop(self, order: Order, heard: _Heard, error: BaseException) -> None:
        """End the job on the way out of a command that was told to end; a second Ctrl-C waits no longer."""
        if self._worker is None:
            return
        process = self._worker.process
        process.terminate()
        try:
            while True:
                heard.take(self._hear(), self._console)
        except _Died:
            pass  # as it was told
        except KeyboardInterrupt:
            process.kill()
            self._join()
        for note in heard.notes:
            error.add_note(note)
        if not heard.is_over:
            self._mark(order, heard, "KILLED", "its process was killed before it could record its end")

    def _mark(self, order: Order, heard: _Heard, status: Literal["FAILED", "KILLED"], failure: str) -> str:
        """Mark the run that a dead worker has left open, and return the failure with what else went wrong."""
        tracking, request = order.experiment.tracking, order.request
        try:
            store = open_store(tracking.uri, request.folder)
            if heard.run_id is None and request.parent is not None:
                heard.run_id = open_child(store, tracking.experiment, request.parent, request.name)
            if heard.run_id is not None:
                texts = {"log.txt": self._console.since(heard.begin), "traceback.txt": self._crash.read_text()}
                end_abandoned(store, heard.run_id, status, failure, texts)
        except (TrackingError, InputError) as error:
            return f"{failure} (its run could not be marked as {status}: {error})"
        return failure


@dataclass
class _Heard:
    """What a worker has said about one job.

    Attributes:
        begin: Where the console was before it.
        run_id: The id of its run, once it is told.
        notes: What is kept of a job that was cut short.
        is_over: Whether the worker itself has recorded the end.
        started: When the worker got it.
    """

    begin: int
    run_id: str | None = None
    notes: tuple[str, ...] = ()
    is_over: bool = False
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long the job takes so far."""
        return time.perf_counter() - self.started

    def take(self, message: Message, console: Console) -> None:
        """Remember what a message says."""
        if isinstance(message, Printed):
            console.keep(message.text)
        elif isinstance(message, Started):
            self.run_id = message.run_id
        elif isinstance(message, Stopped):
            self.notes, self.is_over = message.notes, True
        elif isinstance(message, Ended):
            self.is_over = True


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Within the block signals wait, and so they do in a process started in it, until it lets them in."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
