"""The process in which a sweep's jobs run, one after the other, and what it says to its supervisor."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from seqexp.config.errors import InputError
from seqexp.config.output.printable import masked_stream
from seqexp.config.plugins import Plugin
from seqexp.models.events import Epoch
from seqexp.models.registry import Registry
from seqexp.reporting.sweeps.relayed import LineStream, RelayedConsole, Terminal
from seqexp.runs.experiment import run_experiment
from seqexp.runs.interrupts import end_on_sigterm, ended_if_stuck, last_words, none_lost
from seqexp.runs.jobs import Result
from seqexp.runs.memory import forget_peak, resident_bytes
from seqexp.runs.prepare import Sources, load_registry
from seqexp.runs.processes import WARNING, begin_session, die, let_signals_in, signal_self
from seqexp.runs.resume import Changed, resume_job
from seqexp.sweeps.trial import time_job
from seqexp.sweeps.workers.failures import failure_of
from seqexp.sweeps.workers.job_log import end_sweep
from seqexp.sweeps.workers.messages import Assignment, Ended, EpochReport, Message, Printed, Ready, Started, Stopped
from seqexp.tracking.endings import Pruned, Terminated
from seqexp.tracking.store.uris import NothingAnswers

_STUCK = 1.0  # seconds that compiled code has for a signal: its sweep is to end within two
_LAST_WORD = 0.5  # seconds for what another thread is sending
_GRACE = 120.0  # seconds for an orphan to record its end, which compiled code may hold up


def serve(
    supervisor: Connection,
    plugins: Sequence[Plugin],
    sources: Sources,
    look: Terminal | None,
    crash: Path,
    own_session: bool,
) -> None:
    """Run the jobs that come through the pipe until it is closed, or SIGTERM comes.

    A pipe that is closed while a job runs means that the supervisor has died: the job's run ends as KILLED, and so
    does the sweep's, if its process has died as well. The file `crash` says where Python was when compiled code
    crashed; for the other arguments see `LocalSlot`.
    """
    if own_session:
        begin_session()
    with crash.open("w", encoding="utf-8") as file, none_lost():
        faulthandler.enable(file)
        _Worker(supervisor, sources, look).serve(plugins)
        faulthandler.disable()


class _Worker:
    def __init__(self, supervisor: Connection, sources: Sources, look: Terminal | None) -> None:
        self._supervisor, self._sources = supervisor, sources
        self._sends = threading.Lock()  # a connection is for one thread at a time
        self._console = RelayedConsole(look, lambda *printed: self._send(Printed(*printed)))
        self._assignments: queue.SimpleQueue[Assignment] = queue.SimpleQueue()
        self._verdicts: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._orphaned = threading.Event()

    def serve(self, plugins: Sequence[Plugin]) -> None:
        assignment = None
        try:
            _take_signals()
            sys.stderr = masked_stream(sys.stderr)
            sys.stdout = LineStream(self._console)  # what a user's own code prints is part of its job's log
            threading.Thread(target=self._receive, daemon=True).start()
            try:
                registry = load_registry(plugins)
            except InputError as error:
                self._send(InputError(*error.faults))
                return
            self._send(Ready())
            with ended_if_stuck(lambda _: self._leave(tuple(last_words())), _STUCK):
                while True:
                    assignment = self._assignments.get()
                    ended = self._run(assignment, registry)
                    assignment = None
                    sys.stdout.flush()
                    self._send(ended)
        except Terminated as error:
            if assignment is not None and self._orphaned.is_set():
                end_sweep(assignment, self._console.transcript)
            self._leave(tuple(getattr(error, "__notes__", ())))
        except BrokenPipeError:
            return  # the supervisor is gone, and the run was recorded

    def _send(self, message: Message) -> None:
        with self._sends:
            self._supervisor.send(message)

    def _leave(self, notes: tuple[str, ...]) -> None:
        """End this process at once: all is recorded, and TensorFlow takes its time to end."""
        sys.stderr.flush()
        # Another thread may have been stopped within a message: then this one can't be sent any more.
        if self._sends.acquire(timeout=_LAST_WORD):
            with contextlib.suppress(OSError):  # the supervisor may be gone
                self._supervisor.send(Stopped(notes))
        os._exit(1)

    def _receive(self) -> None:
        """Read what comes in a thread of its own: a supervisor's death is noticed while a job runs."""
        try:
            while True:
                message = self._supervisor.recv()
                if isinstance(message, Assignment):
                    self._assignments.put(message)
                else:
                    self._verdicts.put(message)
        except (EOFError, OSError):
            self._orphaned.set()
            signal_self(signal.SIGTERM)
            time.sleep(_GRACE)
            die()

    def _run(self, assignment: Assignment, registry: Registry) -> Ended:
        forget_peak()
        try:
            if assignment.timing:
                timed = time_job(assignment.experiment, assignment.request.threads, self._sources, registry)
                return Ended(None, None, resident_bytes(), timed=timed)
            result = self._carry_out(assignment, registry)
        except Terminated:
            raise
        except Pruned as pruned:
            return Ended(None, None, resident_bytes(), pruned.epoch)
        except BaseException as error:  # noqa: BLE001 (a plugin's sys.exit, too, ends its job only)
            return Ended(None, failure_of(error, registry.plugins), resident_bytes())
        return Ended(result, None, resident_bytes())

    def _carry_out(self, assignment: Assignment, registry: Registry) -> Result:
        experiment = assignment.experiment

        def on_start(run_id: str) -> None:
            self._send(Started(run_id))

        def on_epoch(epoch: Epoch, value: float) -> None:
            asks = assignment.asks and epoch.number < experiment.training.epochs
            self._send(EpochReport(epoch.number, experiment.training.epochs, value, asks))
            if asks and not self._verdicts.get():
                raise Pruned(epoch.number)

        request = assignment.request
        if assignment.resumes is not None:
            on_start(assignment.resumes)
            try:
                return resume_job(assignment.resumes, experiment, request.folder, registry, self._console, on_epoch)
            except NothingAnswers:
                raise  # the run keeps its checkpoint and can go on
            except InputError as error:  # nothing was changed
                self._console.fact("note", f"begins anew: {' '.join(error.texts)}")
                # A process takes one number of threads, and may have taken the checkpoint's.
                request = replace(request, threads=error.threads) if isinstance(error, Changed) else request
        return run_experiment(experiment, request, self._sources, self._console, registry, on_start, on_epoch)


def _take_signals() -> None:
    """Leave Ctrl-C to the supervisor, which every process of a terminal gets, too; end on the first SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in WARNING:  # the supervisor decides what that means
        signal.signal(number, signal.SIG_IGN)
    end_on_sigterm()
    let_signals_in()
