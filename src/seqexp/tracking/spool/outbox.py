"""The outbox of a run: what is put into it is on the disk at once, and on its way to the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from seqexp.config.errors import refusal_of_system
from seqexp.config.output.shell import shell_line
from seqexp.config.overrides import as_value
from seqexp.tracking.run_folder import checkpoints_folder
from seqexp.tracking.spool.delivery import Delivery
from seqexp.tracking.spool.operations import create_run, is_refusal
from seqexp.tracking.spool.spool import Operation, OperationKind, Spool
from seqexp.tracking.store.compat_mlflow import one_attempt
from seqexp.tracking.store.store import Store, TrackingError
from seqexp.training.signals import signals_deferred

NO_STORE = Store("offline", None)  # of runs that are recorded without any store, until `seqexp sync`

SYNC = "`seqexp sync`, given the store as the training was, delivers what waits."

_IN_A_HURRY = 0.5  # seconds for a store where a person has interrupted the run
_SILENT = 1.0  # seconds after which a store is not waited for then
_LEAVING = 0.2  # seconds, where compiled code holds its end up
_SAID_AFTER = 1.0  # seconds of waiting after which a person is told
_PAUSE = 0.5  # seconds between attempts to create a run


class Undelivered(TrackingError):
    """A run has ended, and a part of what it recorded waits on the disk for the store.

    `is_refusal`: the store has answered, and refuses what is next.
    """

    def __init__(self, text: str, *, is_refusal: bool = False) -> None:
        super().__init__(text)
        self.is_refusal = is_refusal


class Outbox:
    """Takes what a run records, from its first operation to its end.

    Args:
        store: Where to; `NO_STORE`: nowhere, all waits in the spool.
        run_id: The run's id in the store.
        folder: The spool's folder.
        say: Prints a line for a person; another thread calls it, too.
        going_on: What goes on while the store is silent, such as "training".
    """

    def __init__(self, store: Store, run_id: str, folder: Path, say: Callable[[str], None], going_on: str) -> None:
        self.spool, self._say, self._store = Spool(folder), say, store
        self._delivery = None if store is NO_STORE else Delivery(store, run_id, self.spool, say, going_on)
        self._appends = threading.Lock()  # against `leave`, which another thread calls
        self._hurry_ends: float | None = None  # when waiting is given up after an interrupt, by the monotonic clock

    @property
    def waiting(self) -> list[Operation]:
        """What the store has not carried out yet, as far as is known."""
        return self.spool.waiting

    @property
    def is_refused(self) -> bool:
        """Whether the store has answered, and does not take what is next."""
        return self._delivery is not None and self._delivery.is_refused

    def put(self, kind: OperationKind, content: Mapping[str, Any]) -> None:
        """Have an operation on the disk, and then on its way to the store.

        Raises:
            TrackingError: The disk does not take it.
        """
        try:
            # An interrupt in between would leave it on the disk alone.
            with signals_deferred(), self._appends:
                operation = self.spool.append(kind, content)
                if self._delivery is not None:
                    self._delivery.put(operation)
        except OSError as error:
            raise TrackingError(f"{self.spool.folder} can't be written: {refusal_of_system(error)}") from error

    def put_file(self, name: str, folder: str | None, write: Callable[[Path], object]) -> None:
        """Have a file written, and put it as an artifact into `folder` of the run's artifacts.

        Raises:
            TrackingError: It can't be read or written.
        """
        try:
            place = self.spool.keep_file(name, write)
        except OSError as error:
            raise TrackingError(f"the file {name} can't be recorded: {refusal_of_system(error)}") from error
        self.put("file", {"file": place, "folder": folder})

    def settle(self, patience: float) -> None:
        """Wait until the store has everything, or is silent for so many seconds from now."""
        if self._delivery is not None:
            self._delivery.settle(patience, time.monotonic())

    def settle_in_a_hurry(self) -> bool:
        """Wait for a store that answers to have everything, and return whether it has.

        One that is silent already is not waited for; all calls together wait for a moment only.
        """
        if self._delivery is None:
            return False
        self._hurry_ends = self._hurry_ends or time.monotonic() + _IN_A_HURRY
        return self._delivery.settle(_SILENT, end=self._hurry_ends)

    def leave(self) -> list[str]:
        """Give the store a moment to take what waits, and return a line about what it has not taken.

        For a process that ends within the second, whatever its main thread is at.
        """
        delivery = self._delivery
        if delivery is None:
            return []
        delivery.settle(_LEAVING, end=time.monotonic() + _LEAVING)
        delivery.close()
        if delivery.waiting:
            return [_what_waits(delivery, self.spool, self._store)]
        self.spool.remove()
        return []

    def finish(self, patience: float, *, in_a_hurry: bool) -> None:
        """Wait for the store as long as that is of use, and end the delivery.

        Raises:
            Undelivered: Something waits; the message says what, where and why.
            KeyboardInterrupt: A person ended the wait; a note says the same.
        """
        delivery = self._delivery
        if delivery is None:
            return
        delivery.fall_silent()
        try:
            if in_a_hurry:
                self.settle_in_a_hurry()
            else:
                begin = time.monotonic()
                if not delivery.settle(min(_SAID_AFTER, patience), begin) and not delivery.is_refused:
                    many = f"{delivery.waiting} records wait" if delivery.waiting > 1 else "1 record waits"
                    self._say(f"waiting for the store: {many} on disk. Ctrl-C ends the wait, and they are kept")
                    delivery.settle(patience, begin)
        except BaseException as interrupt:
            if delivery.waiting:
                interrupt.add_note(_what_waits(delivery, self.spool, self._store))
            raise
        finally:
            delivery.close()
        if delivery.waiting:
            raise Undelivered(_what_waits(delivery, self.spool, self._store), is_refusal=delivery.is_refused)
        self.spool.remove()


def deliver(store: Store, spool: Spool, run_id: str | None, patience: float) -> str:
    """Deliver what waits in the spool of a run that nobody runs, and return the run's id in the store.

    Who calls this has the run's lock. Without an id the spool's first operation has created the run, or does so now.

    Raises:
        Undelivered: The store was silent for so many seconds, or refuses something, or the spool is damaged; the
            message says what waits.
    """
    if spool.damage is not None:
        advice = f"Delete {spool.folder} to give up what it holds"
        raise Undelivered(f"nothing of the run is delivered: {spool.damage}. {advice}", is_refusal=True)
    delivery = Delivery(store, spool.run_id or run_id, spool)
    try:
        delivery.settle(patience, time.monotonic())
    finally:
        delivery.close()
    if delivery.waiting or delivery.run_id is None:
        raise Undelivered(_what_waits(delivery, spool, store), is_refusal=delivery.is_refused)
    return delivery.run_id


def _what_waits(delivery: Delivery, spool: Spool, store: Store) -> str:
    epochs, others = delivery.epochs_waiting, delivery.waiting - delivery.epochs_waiting
    also = "other " if epochs else ""
    counts = ((epochs, "epoch"), (others, f"{also}record"))
    what = " and ".join(f"{count} {noun}{'s' if count > 1 else ''}" for count, noun in counts if count)
    waits, them = ("wait", "them") if epochs + others > 1 else ("waits", "it")
    why, then = f"has not taken {them} ({delivery.why})", "delivers what waits"
    if delivery.is_refused:
        why, then = f"refuses {them} ({delivery.why})", "tries again"
    where = f"{what} of the run {waits} on disk, in {spool.folder}"
    return f"{where}: the MLflow store {store.shown} {why}. {how_to_sync(store, spool.folder.parent.parent, then)}"


def how_to_sync(store: Store, runs_folder: Path, then: str = "delivers what waits") -> str:
    """Return the sentence that tells which command delivers what waits in a runs folder; it can be pasted.

    An address with a secret is not printed: whoever gives the command has to know it.
    """
    words = ["seqexp", "sync"]
    if store.is_named:
        if store.shown != store.uri:
            return SYNC.replace("delivers what waits", then)
        words.append(f"tracking.uri={as_value(store.uri)}")
    if runs_folder.absolute() != checkpoints_folder(store.uri, None, Path.cwd()):
        words.append(f"tracking.checkpoints={as_value(str(runs_folder.absolute()))}")
    return f"`{shell_line(words)}` {then}."


def created_run(store: Store, content: Mapping[str, Any], patience: float) -> str:
    """Have the store create a run, exactly once, and return its id; a server that restarts is waited for.

    Raises:
        InputError: The experiment's name can't be used.
        TrackingError: The store failed for so many seconds, or refused it.
    """
    end, attempts = time.monotonic() + patience, 0
    while True:
        try:
            with one_attempt():
                return create_run(store, content, may_exist=attempts > 0)
        except TrackingError as error:
            attempts += 1
            if is_refusal(error) or time.monotonic() > end:
                raise
        time.sleep(_PAUSE)
