"""A worker that a launcher has placed: it runs the jobs that come through the gate in a process of its own."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection
from types import FrameType

from seqexp.config.errors import InputError
from seqexp.config.plugins import Plugin
from seqexp.reporting.sweeps.relayed import Look
from seqexp.runs.prepare import Sources
from seqexp.sweeps.spec import Outcome
from seqexp.sweeps.workers.gate import Summons, answer
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import Assignment, Message, Ready, Refused, Verdict
from seqexp.sweeps.workers.worker import SIGNALS
from seqexp.tracking.crashed_runs import end_open_run
from seqexp.tracking.store import TrackingError, open_store

_SHARED_ENVIRONMENT = ("MLFLOW_", "SEQEXP_", "AWS_")


@dataclass(frozen=True)
class Setup:
    """What a worker is told once it has come.

    Attributes:
        name: The slot's name.
        plugins: The user's own Python.
        sources: Where data comes from, resolved once for all jobs.
        look: The terminal on which what is printed is shown, or None.
        environment: Variables of the sweep's own process that hold here, too.
    """

    name: str
    plugins: Sequence[Plugin]
    sources: Sources
    look: Look | None
    environment: Mapping[str, str]


def shared_environment() -> dict[str, str]:
    """Return the variables that say where runs and data are kept: they hold for the workers, too."""
    return {key: text for key, text in os.environ.items() if key.startswith(_SHARED_ENVIRONMENT)}


@dataclass(frozen=True)
class Stop:
    """Cut the running job short; see `Slot.stop`."""

    hard: bool


@dataclass(frozen=True)
class Broken:
    """No job can be run on this machine: the process for them ended as it began."""

    how: str


Word = Message | Broken | Outcome


class _Attendant:
    def __init__(self, connection: Connection, setup: Setup) -> None:
        self._connection = connection
        self._slot = LocalSlot(setup.name, setup.plugins, setup.sources, setup.look, ends_sweep=False)
        self._orders: queue.SimpleQueue[Assignment | None] = queue.SimpleQueue()
        self._sweep_died = False

    def attend(self) -> None:
        """Run what comes, until the sweep closes the connection, or the cluster takes this machine away."""
        signal.signal(signal.SIGTERM, self._on_signal)
        threading.Thread(target=self._hear, daemon=True).start()
        threading.Thread(target=self._feel_the_leash, daemon=True).start()
        try:
            if not self._open():
                return
            while (order := self._orders.get()) is not None:
                outcome = self._slot.run(order, self._say)
                if outcome.stopped and self._sweep_died:
                    _end_sweep(order)
                self._say(outcome)
        finally:
            self._slot.close()

    def _open(self) -> bool:
        try:
            self._slot.open()
        except InputError as error:
            self._say(Refused(error.faults))
            return False
        except RuntimeError as error:
            self._say(Broken(str(error)))
            return False
        self._say(Ready())
        return True

    def _hear(self) -> None:
        """Read what the sweep says, in a thread of its own."""
        try:
            while True:
                message = self._connection.recv()
                if isinstance(message, Verdict):
                    self._slot.answer(goes_on=message.goes_on)
                elif isinstance(message, Stop):
                    self._slot.stop(hard=message.hard)
                else:
                    self._orders.put(message)
        except (EOFError, OSError) as error:
            # The system closes the connections of a process that has died; where the network has gone, they time out.
            self._sweep_died = isinstance(error, EOFError | ConnectionResetError)
            self._end()

    def _feel_the_leash(self) -> None:
        """Wait for the end of the process that holds this one."""
        while os.read(sys.stdin.fileno(), 1):
            pass
        self._end()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._end()

    def _end(self) -> None:
        self._slot.stop()
        self._orders.put(None)

    def _say(self, word: Word) -> None:
        try:
            self._connection.send(word)
        except OSError:
            return  # `_hear` finds out, too


def _end_sweep(order: Assignment) -> None:
    """Mark the sweep's own run as KILLED: its process is no longer there to do it."""
    parent, tracking = order.request.parent, order.experiment.tracking
    if parent is None:
        return
    try:
        store = open_store(tracking.uri, order.request.folder)
        end_open_run(store, parent, "KILLED", "its process was killed", {})
    except (TrackingError, InputError) as error:
        print(f"the sweep's run {parent} could not be marked as KILLED: {error}", file=sys.stderr)


def main() -> int:
    """Read the summons from standard input, and attend to the sweep until it ends.

    Returns:
        1 if the sweep can't be reached.
    """
    # Ctrl-C is for the sweep's own process; the others are Slurm's warnings, which it repeats to the process that
    # holds this one.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # who started this process may have held them back
    summons = Summons.of_line(sys.stdin.readline())
    where = f"the sweep at {summons.host}:{summons.port}"
    try:
        connection = answer(summons)
        setup = connection.recv()
    except (OSError, EOFError, AuthenticationError) as error:
        print(f"{where} can't be reached: {str(error) or 'it has closed the connection'}", file=sys.stderr)
        return 1
    os.environ.update(setup.environment)
    with connection:
        _Attendant(connection, setup).attend()
    return 0
