"""The process in which a sweep's jobs run, one after the other, and what it says to its supervisor."""

from __future__ import annotations

import faulthandler
import os
import queue
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from seqexp.config.errors import InputError
from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment
from seqexp.models.registry import Registry
from seqexp.reporting.console import Console
from seqexp.runner.experiment import Request, run_experiment
from seqexp.runner.failures import failure_of
from seqexp.runner.jobs import Failure, Result
from seqexp.runner.prepare import Sources, load_registry
from seqexp.tracking.abandoned import end_abandoned
from seqexp.tracking.recorder import Terminated
from seqexp.tracking.store import open_store

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 120.0  # seconds for an orphan to record its end, which compiled code may hold up


@dataclass(frozen=True)
class Order:
    """A job to run."""

    experiment: Experiment
    request: Request


@dataclass(frozen=True)
class Ready:
    """The plugins are executed: jobs may come."""


@dataclass(frozen=True)
class Refused:
    """A plugin is wrong input: no job can be run."""

    faults: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """What the job has printed, as plain text; the terminal, which is shared, shows it already."""

    text: str


@dataclass(frozen=True)
class Started:
    """The job's run is in the store."""

    run_id: str


@dataclass(frozen=True)
class Ended:
    """The job has ended: with a result, or with a failure.

    Attributes:
        resident: Bytes of memory that the process holds now.
    """

    result: Result | None
    failure: Failure | None
    resident: int


@dataclass(frozen=True)
class Stopped:
    """The job was cut short by SIGTERM, and its run is recorded as KILLED.

    Attributes:
        notes: What is kept of it, for the person.
    """

    notes: tuple[str, ...]


Message = Ready | Refused | Printed | Started | Ended | Stopped


def serve(supervisor: Connection, plugins: Sequence[Plugin], sources: Sources, quiet: bool, crash: Path) -> None:
    """Run the jobs that come through the pipe until it is closed, or SIGTERM comes.

    A pipe that is closed while a job runs means that the supervisor has died: the job's run ends as KILLED, and so
    does the sweep's.

    Args:
        supervisor: The pipe.
        plugins: The user's own Python; executed here.
        sources: Where data comes from, resolved once for all jobs.
        quiet: Whether nothing is shown.
        crash: The file that tells where Python was when compiled code crashed.
    """
    with crash.open("w") as file:
        faulthandler.enable(file)
        _serve(supervisor, plugins, sources, quiet)
        faulthandler.disable()


def _serve(supervisor: Connection, plugins: Sequence[Plugin], sources: Sources, quiet: bool) -> None:
    console, order, orphaned = _TellingConsole(supervisor.send, quiet=quiet), None, threading.Event()
    try:
        _take_signals()
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what dies loses no whole line
        orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        threading.Thread(target=_receive, args=(supervisor, orders, orphaned), daemon=True).start()
        try:
            registry = load_registry(plugins)
        except InputError as error:
            supervisor.send(Refused(error.faults))
            return
        supervisor.send(Ready())
        while True:
            order = orders.get()
            ended = _run(order, sources, console, registry, supervisor.send)
            order = None
            supervisor.send(ended)
    except Terminated as error:
        if order is not None and orphaned.is_set():
            _end_sweep(order, console.transcript)
        _say(supervisor, Stopped(tuple(getattr(error, "__notes__", ()))))
    except BrokenPipeError:
        return  # the supervisor is gone, and the run was recorded


def _end_sweep(order: Order, log: str) -> None:
    """Mark the sweep's own run as KILLED: its supervisor is no longer there to do it."""
    parent, tracking = order.request.parent, order.experiment.tracking
    if parent is not None:
        store = open_store(tracking.uri, order.request.folder)
        end_abandoned(store, parent, "KILLED", "its process was killed", {"log.txt": log})


def _take_signals() -> None:
    """Leave Ctrl-C to the supervisor, which every process of a terminal gets, too; end on the first SIGTERM."""

    def end(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the recording short
        raise Terminated("terminated by SIGTERM")

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal is closed: the supervisor's end is what counts
    signal.signal(signal.SIGTERM, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _receive(supervisor: Connection, orders: queue.SimpleQueue[Order], orphaned: threading.Event) -> None:
    """Read the orders in a thread of its own: a supervisor's death is noticed while a job runs."""
    try:
        while True:
            orders.put(supervisor.recv())
    except (EOFError, OSError):
        orphaned.set()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE)
        os.kill(os.getpid(), signal.SIGKILL)


def _run(order: Order, sources: Sources, console: Console, registry: Registry, say: Callable[[Message], None]) -> Ended:
    try:
        result = run_experiment(
            order.experiment, order.request, sources, console, registry, lambda run_id: say(Started(run_id))
        )
    except Terminated:
        raise
    except BaseException as error:  # noqa: BLE001 (a plugin's sys.exit, too, ends its job only)
        return Ended(None, failure_of(error, registry.plugins), resident_bytes())
    return Ended(result, None, resident_bytes())


def _say(supervisor: Connection, message: Message) -> None:
    """Say a last word, if there is still someone to hear it."""
    try:
        supervisor.send(message)
    except OSError:
        return


class _TellingConsole(Console):
    """Prints on the terminal that is shared with the supervisor, and tells it what was printed."""

    def __init__(self, say: Callable[[Message], None], *, quiet: bool) -> None:
        super().__init__(quiet=quiet)
        self._say = say

    def _print(self, shown: Any, kept: Any) -> None:
        begin = self.position
        super()._print(shown, kept)
        self._say(Printed(self.since(begin)))


def resident_bytes() -> int:
    """Return the memory that this process holds, in bytes; at its most so far where Linux isn't there to tell."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
