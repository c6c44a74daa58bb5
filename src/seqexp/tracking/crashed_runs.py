"""Runs whose process crashed before it could record their end: how they are found, and how their end is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from seqexp.tracking.mlflow_values import as_name
from seqexp.tracking.run_folder import RunFolder, folder_of_run
from seqexp.tracking.spool.outbox import Undelivered, deliver
from seqexp.tracking.spool.spool import SPOOL, spool_of
from seqexp.tracking.store.compat_mlflow import one_attempt
from seqexp.tracking.store.store import Store
from seqexp.tracking.tags import FAILURE_TAG

if TYPE_CHECKING:
    from mlflow.entities import Run

OPEN_STATUSES = ("RUNNING", "SCHEDULED")

_CRASHED = "its process died"
_PATIENCE = 5.0  # seconds for a silent store


def mark_crashed_runs(
    store: Store, runs_folder: Path, say: Callable[[str], None], advice: Callable[[Run, RunFolder], str]
) -> None:
    """Mark every run as KILLED whose process has crashed, and print a line about each.

    What such a run has left on disk for the store is delivered first. So is what a run has left that ended in order.
    A run that has no folder on this machine is left alone: another program or another machine may be running it.
    `advice` returns what a person can do about a crashed run, given the run and its folder.

    Raises:
        TrackingError: The store failed.
    """
    running = store.runs(list(store.experiments().values()), "attributes.status = 'RUNNING'")
    for run in list(running):  # all pages first: what is marked below would shift them
        folder = folder_of_run(run, runs_folder)
        process = folder.process
        if process is None and not (folder.path / SPOOL).is_dir():
            continue
        with folder.try_lock() as is_free:
            # Read again: it may have ended meanwhile, and released its lock because of that.
            if not is_free or folder.process != process or store.run(run.info.run_id).info.status != "RUNNING":
                continue
            spool = spool_of(folder)
            try:
                deliver(store, spool, run.info.run_id, _PATIENCE)  # what it recorded itself comes first
            except Undelivered as error:
                how = f"{_CRASHED} ({process}). " if process else ""
                say(f"{run.info.run_name} (run {run.info.run_id}): {how}{error}")
                continue
            spool.remove()
            if process is None or store.run(run.info.run_id).info.status != "RUNNING":
                folder.clear_process()  # it had recorded its end
                continue
            with store.reporting("mark a run as KILLED"), one_attempt():
                store.client.set_tag(run.info.run_id, FAILURE_TAG, _CRASHED)
                store.client.set_terminated(run.info.run_id, "KILLED")
            say(f"{run.info.run_name} (run {run.info.run_id}): {_CRASHED} ({process}). {advice(run, folder)}")
            folder.clear_process()


def end_open_run(
    store: Store, run_id: str, status: Literal["FAILED", "KILLED"], failure: str, texts: Mapping[str, str]
) -> None:
    """Record the end of a run whose own process could not record it; a run that has ended is left as it is.

    The failure is how its process ended, for the tag seqexp.failure. The texts are artifacts that the process could not
    write itself, by name; empty ones are left out.

    Raises:
        TrackingError: The store failed.
    """
    with store.reporting(f"mark the run {run_id} as {status}"), one_attempt():
        if store.client.get_run(run_id).info.status not in OPEN_STATUSES:
            return
        store.client.set_tag(run_id, FAILURE_TAG, failure)
        for name, text in texts.items():
            if text:
                store.client.log_text(run_id, text, name)
        store.client.set_terminated(run_id, status)


def open_run_of_job(store: Store, experiment: str, parent: str, name: str) -> str | None:
    """Return the id of the run of a sweep's job that has not ended yet; None where there is no such run.

    `parent` is the id of the sweep's run, `name` the job's name.

    Raises:
        TrackingError: The store failed.
    """
    found = store.runs([store.experiment_id(experiment)], f"tags.`mlflow.parentRunId` = '{parent}'")
    own = as_name(name)
    return next((r.info.run_id for r in found if r.info.run_name == own and r.info.status in OPEN_STATUSES), None)
