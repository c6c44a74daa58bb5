"""Deliver to the store what runs have recorded while it was away, or before they had one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from seqexp.reporting.numbers import counted
from seqexp.runs.checkpointing import report_crashed_runs
from seqexp.tracking.run_folder import RunFolder
from seqexp.tracking.spool.outbox import NO_STORE, Undelivered, deliver
from seqexp.tracking.spool.spool import SPOOL, Spool, spool_of
from seqexp.tracking.store.store import Store
from seqexp.training.checkpoint import files

_PATIENCE = 15.0  # seconds for a silent store
_LOOK = 0.1  # seconds between looks at what another process delivers


def waiting_runs(runs_folder: Path) -> list[RunFolder]:
    """Return the folders in which a run's spool is, the oldest run first."""
    spools = [path for path in runs_folder.glob(f"*/{SPOOL}") if path.is_dir()]
    begun = [(_begun(path), path.parent) for path in spools]
    return [RunFolder(path) for _, path in sorted(begun)]


def sync_runs(store: Store, runs_folder: Path, say: Callable[[str], None]) -> int:
    """Deliver what runs of this store, and those without a store, have left; return how many runs still wait.

    Each operation is carried out once, whatever else syncs at the same time: who delivers has the run's lock, and is
    waited for as long as the store takes what it delivers. A line is printed about each run. Runs whose process has
    crashed are then marked as such.

    Raises:
        TrackingError: The store failed while crashed runs were looked for.
    """
    left = 0
    for folder in waiting_runs(runs_folder):
        name = _name(folder)
        where = folder.store
        if where not in (store.shown, NO_STORE.shown) and (folder.path / SPOOL).is_dir():
            say(f"{name}: waits for another store, {where or 'which is not known'}")
            continue
        with _lock_unless_delivered(folder) as turn:
            if turn != "ours":
                left += turn == "theirs"
                has = "runs or delivers it" if turn == "theirs" else "has delivered it so far"
                say(f"{name}: another process {has}")
                continue
            try:
                say(f"{name}: delivered, {counted(_deliver(store, folder), 'record')}")
            except Undelivered as error:
                left += 1
                say(f"{name}: {error}")
                if not error.is_refusal:
                    return left + _others(runs_folder, store, folder)
    report_crashed_runs(store, runs_folder, say)
    return left


@contextmanager
def _lock_unless_delivered(folder: RunFolder) -> Iterator[Literal["ours", "theirs", "delivered"]]:
    """Hold the lock of a run that nobody runs or delivers, and yield "ours".

    Who does so is waited for until nothing waits, "delivered", or the store takes nothing any more, "theirs".
    """
    fewest, since = len(spool_of(folder).waiting), time.monotonic()
    while True:
        with folder.try_lock() as is_free:
            count = len(spool_of(folder).waiting)
            if is_free:
                yield "ours" if (folder.path / SPOOL).is_dir() else "delivered"  # another sync was quicker
                return
        if count < fewest:
            fewest, since = count, time.monotonic()
        # Who has delivered all is deleting the spool: what is read of it from here on may be anything.
        if count == 0 or time.monotonic() - since > _PATIENCE:
            yield "delivered" if count == 0 else "theirs"
            return
        time.sleep(_LOOK)


def _deliver(store: Store, folder: RunFolder) -> int:
    """Deliver a run whose lock is ours, and return how much that was; what needs the run's folder no longer goes."""
    spool = spool_of(folder)
    count, status, is_named = len(spool.waiting), spool.status, folder.store != NO_STORE.shown
    run_id = deliver(store, spool, folder.path.name if is_named else None, _PATIENCE)
    if status is None or (status != "FINISHED" and files(folder.path)):
        folder.belongs_to(store.shown)
        spool.remove()
        if run_id != folder.path.name:
            folder.path.rename(folder.path.with_name(run_id))  # where it is looked for by the store's id
    else:
        folder.remove()
    return count


def _others(runs_folder: Path, store: Store, last: RunFolder) -> int:
    """Return how many runs after one wait for the same store."""
    found = waiting_runs(runs_folder)
    after = [folder.path for folder in found].index(last.path) + 1
    return sum(folder.store in (store.shown, NO_STORE.shown) for folder in found[after:])


def _name(folder: RunFolder) -> str:
    first = next((o for o in spool_of(folder).operations if o.kind == "create"), None)
    return f"{first.content['name']} (run {folder.path.name})" if first else f"run {folder.path.name}"


def _begun(path: Path) -> float:
    operations = Spool(path).operations
    return next((float(o.content["time"]) for o in operations if "time" in o.content), 0.0)
