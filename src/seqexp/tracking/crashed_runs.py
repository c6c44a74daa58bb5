"""Runs whose process died without a word: the store says RUNNING, and nobody holds their lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
