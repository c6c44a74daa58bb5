"""The workers that a cluster starts on its machines: they connect back, and lost ones come again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol

import seqexp
from seqexp.config.errors import Fault, InputError
from seqexp.sweeps.workers.gate import Arrival, Gate, Summons, this_machine
from seqexp.sweeps.workers.messages import Ready, Refused
from seqexp.sweeps.workers.remote import RemoteSlot
from seqexp.sweeps.workers.remote_worker import Broken, Setup, Word

_LOOK = 0.5  # seconds between looks at what a cluster has placed
_UNTOLD = 10.0  # seconds of waiting of which nothing is said
_TRIES = 3  # in a row, in which a worker may fail to come


class Placed(Protocol):
    """A process that a cluster was asked to start."""

    def fault(self) -> str | None:
        """Return why it will not come, or is gone; None while it may come, or runs."""

    def cancel(self) -> None:
        """Let it not start, if it has not; end it, if it has."""


class Cluster(Protocol):
    """What starts processes on machines."""

    @property
    def name(self) -> str:
        """Such as "Ray"."""

    def place(self, summonses: Sequence[Summons]) -> list[Placed]:
        """Have a process started for each: one that calls `hold` with it.

        Raises:
            InputError: The cluster refuses.
        """

    def close(self) -> None:
        """Give the processes that run time to end, cancel what is left then, and be done with the cluster."""


@dataclass(frozen=True)
class Terms:
    """What holds for all workers of a crew.

    Attributes:
        setup: What each is told.
        shares_store: Whether a worker on another machine can record in the sweep's store.
        wait: Seconds without any worker after which the sweep gives up, or None.
        tell: Shows the person a line.
    """

    setup: Setup
    shares_store: bool
    wait: float | None
    tell: Callable[[str], None]


@dataclass
class _Asked:
    """What the crew knows of the worker that it has asked for.

    Attributes:
        tries: How often in a row it did not come.
        fault: Why none will come any more, or None.
        placed: Its process, or None.
        came: Whether it has come.
    """

    tries: int = 0
    fault: str | None = None
    placed: Placed | None = None
    came: bool = False


class Crew:
    """The slots of one cluster.

    Args:
        cluster: Starts the workers.
        gate: Where they connect.
        terms: What holds for all.
        size: How many there are.
    """

    def __init__(self, cluster: Cluster, gate: Gate, terms: Terms, size: int) -> None:
        self._cluster, self._gate, self._terms = cluster, gate, terms
        self.slots = [RemoteSlot(f"worker {number}", self) for number in range(1, size + 1)]
        self._asked = {slot.name: _Asked() for slot in self.slots}
        self._wanted = {slot.name for slot in self.slots}
        self._open = set(self._wanted)
        self._last_seen = time.monotonic()
        self._change = threading.Condition()

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self._cluster.name

    def assemble(self) -> None:
        """Have a worker placed for each, and wait for the first.

        Raises:
            InputError: None can come.
        """
        begin = self._last_seen = time.monotonic()
        self.place(self.slots)
        told = False
        with self._change:
            while not any(slot.has_worker for slot in self.slots):
                faults = [slot.gone for slot in self.slots]
                if all(faults):
                    raise InputError(*(Fault("hydra/launcher", fault) for fault in faults if fault))
                if not told and time.monotonic() - begin > _UNTOLD:
                    self._terms.tell(f"waiting for the first worker of {self.cluster}")
                    told = True
                self._change.wait(_LOOK)

    def place(self, slots: Sequence[RemoteSlot]) -> None:
        """Have a worker placed for each of them; a thread of its own waits for it."""
        called = [self._gate.summon() for _ in slots]
        try:
            placed = self._cluster.place([summons for summons, _ in called])
        except InputError as error:
            for slot in slots:
                self._give_up(slot, str(error))
            return
        for slot, (summons, arrival), one in zip(slots, called, placed, strict=True):
            self._asked[slot.name].placed, self._asked[slot.name].came = one, False
            threading.Thread(target=self._await, args=(slot, summons, arrival, one), daemon=True).start()

    def lost(self, slot: RemoteSlot) -> None:
        """Have a worker placed again where one was until now."""
        self._last_seen = time.monotonic()
        self.place([slot])

    def why_gone(self, slot: RemoteSlot) -> str | None:
        """Return why no worker will come to a slot any more; None while one may."""
        fault, wait = self._asked[slot.name].fault, self._terms.wait
        if any(other.has_worker for other in self.slots):
            return fault
        if fault is None and wait is not None and time.monotonic() - self._last_seen > wait:
            return (
                f"hydra.launcher.wait={wait:g}: {self.cluster} has had no worker for so many seconds. Free some of "
                "its machines, ask for less (threads, gpus), or wait longer."
            )
        return fault

    def released(self, slot: RemoteSlot) -> None:
        """Take note that no worker is needed at a slot any more."""
        self._wanted.discard(slot.name)
        asked = self._asked[slot.name]
        if asked.placed is not None and not asked.came:
            asked.placed.cancel()
            asked.placed = None

    def closed(self, slot: RemoteSlot) -> None:
        """Take note that a slot is closed."""
        self._open.discard(slot.name)
        if not self._open:
            self._gate.close()
            self._cluster.close()

    def _await(self, slot: RemoteSlot, summons: Summons, arrival: Future[Arrival], placed: Placed) -> None:
        """Wait for one worker to come; ask for another if it can't."""
        while True:
            try:
                self._welcome(slot, arrival.result(_LOOK))
            except TimeoutError:
                fault = None if slot.name not in self._wanted else placed.fault()
                if slot.name in self._wanted and fault is None:
                    continue
                self._gate.withdraw(summons)
                if fault is not None:
                    self._try_again(slot, fault)
            except (EOFError, OSError):
                self._try_again(slot, "the connection to the worker was lost as it began")
            except InputError as error:
                self._give_up(slot, str(error))
            return

    def _welcome(self, slot: RemoteSlot, there: Arrival) -> None:
        """Tell a worker what it must know, and wait until it is ready.

        Raises:
            InputError: It can't be used.
            EOFError: It is gone.
            OSError: It is gone, too.
        """
        if there.seqexp != seqexp.__version__:
            raise InputError(
                Fault(
                    "hydra/launcher",
                    f"{there.node} has seqexp {there.seqexp}, not {seqexp.__version__} as this machine has.",
                )
            )
        if not self._terms.shares_store and there.machine != this_machine():
            raise InputError(
                Fault(
                    "tracking.uri",
                    f"{there.node} can't record in a SQLite file of this machine: start an MLflow server, and give "
                    "tracking.uri=http://HOST:PORT.",
                )
            )
        there.connection.send(replace(self._terms.setup, name=slot.name))
        word: Word = there.connection.recv()
        if isinstance(word, Refused):
            raise InputError(*(Fault(fault.key, f"{there.node}: {fault.text}") for fault in word.faults))
        if isinstance(word, Broken):
            raise InputError(Fault("hydra/launcher", f"{there.node}: {word.how}"))
        assert isinstance(word, Ready)
        self._asked[slot.name].tries, self._asked[slot.name].came = 0, True
        with self._change:
            slot.arrived(there)
            self._change.notify_all()

    def _try_again(self, slot: RemoteSlot, fault: str) -> None:
        asked = self._asked[slot.name]
        asked.tries += 1
        if asked.tries < _TRIES:
            self.place([slot])
        else:
            self._give_up(slot, f"{self.cluster} could start no worker: {fault}")

    def _give_up(self, slot: RemoteSlot, fault: str) -> None:
        with self._change:
            self._asked[slot.name].fault = fault
            self._change.notify_all()
        if slot.name in self._wanted and any(other.has_worker for other in self.slots):
            self._terms.tell(f"{slot.name} is given up: {fault}")
