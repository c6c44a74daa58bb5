"""Runs whose process died without a word: how they are found, and marked as ended."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from seqexp.tracking.as_recorded import as_name
from seqexp.tracking.recorder import FAILURE, mlflow_stdout_held_back
from seqexp.tracking.run_folder import RunFolder
from seqexp.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run


PLACE = "seqexp.checkpoints"  # the tag that holds the folder of a run's own folder
DIED = "its process died"


def run_folder(run: Run, place: Path) -> RunFolder:
    """Return a run's own folder: where the run says, or, if that is gone or was moved, in `place`.

    Args:
        run: The run.
        place: Where runs of this store have their folders by default.
    """
    said = run.data.tags.get(PLACE)
    run_id = str(run.info.run_id)
    candidates = [Path(said) / run_id, place / run_id] if said else [place / run_id]
    return RunFolder(next((path for path in candidates if path.is_dir()), candidates[0]))


def is_out_of_sight(run: Run, place: Path) -> bool:
    """Return whether a run may live on a machine with which this one shares no folder: only the store tells of it."""
    return str(run.info.status) == "RUNNING" and not run_folder(run, place).path.is_dir()


def mark_dead(
    store: Store, place: Path, say: Callable[[str], None], how_to_go_on: Callable[[Run, RunFolder], str]
) -> None:
    """Mark every run as KILLED whose process is gone, and tell of each in a line.

    A run without a folder here is left alone: it is another program's, or another machine's.

    Args:
        store: Where the runs are.
        place: Where runs of this store have their folders by default.
        say: Told of each.
        how_to_go_on: What a person can do about it, from the run and its folder.

    Raises:
        TrackingError: The store failed.
    """
    for run in _running(store):
        folder = run_folder(run, place)
        owner = folder.owner
        if owner is None:
            continue
        with folder.tried() as is_free:
            # Looked up again: it may have ended since, and its lock was given back for that.
            if not is_free or folder.owner is None or store.run(run.info.run_id).info.status != "RUNNING":
                continue
            with store.reporting("mark a run as KILLED"), mlflow_stdout_held_back():
                store.client.set_tag(run.info.run_id, FAILURE, DIED)
                store.client.set_terminated(run.info.run_id, "KILLED")
            say(f"{run.info.run_name} (run {run.info.run_id}): {DIED} ({owner}). {how_to_go_on(run, folder)}")
            folder.forget_owner()


def _running(store: Store) -> Sequence[Run]:
    experiments = list(store.experiments().values())
    return list(store.runs(experiments, "attributes.status = 'RUNNING'")) if experiments else []


LEFT_OPEN = ("RUNNING", "SCHEDULED")


def end_abandoned(
    store: Store, run_id: str, status: Literal["FAILED", "KILLED"], failure: str, texts: Mapping[str, str]
) -> None:
    """Mark a run that nobody ended; one that was ended stays as it is.

    Args:
        store: Where it was recorded.
        run_id: Its id.
        status: What it becomes.
        failure: How its process ended: the tag seqexp.failure.
        texts: Artifacts that it could not write itself, by name; empty ones are left out.

    Raises:
        TrackingError: The store failed.
    """
    with store.reporting(f"mark the run {run_id} as {status}"), contextlib.redirect_stdout(io.StringIO()):
        if store.client.get_run(run_id).info.status not in LEFT_OPEN:
            return
        store.client.set_tag(run_id, "seqexp.failure", failure)
        for name, text in texts.items():
            if text:
                store.client.log_text(run_id, text, name)
        store.client.set_terminated(run_id, status)


def open_child(store: Store, experiment: str, parent: str, name: str) -> str | None:
    """Return the id of the run that a sweep's job has left open, or None.

    Args:
        store: Where it was recorded.
        experiment: The experiment's name.
        parent: The id of the sweep's run.
        name: The job's name.

    Raises:
        TrackingError: The store failed.
    """
    found = store.runs([store.experiment_id(experiment)], f"tags.`mlflow.parentRunId` = '{parent}'")
    own = as_name(name)
    return next((r.info.run_id for r in found if r.info.run_name == own and r.info.status in LEFT_OPEN), None)
