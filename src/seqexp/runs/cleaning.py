"""Delete runs, and free the disk space of checkpoints and artifacts that no command can use any more."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, collecting, raise_any, refusal_of_system
from seqexp.config.output.shell import shell_line
from seqexp.reporting.numbers import counted
from seqexp.runs.sync import waiting_runs
from seqexp.tracking.reading.find import find_run, run_label
from seqexp.tracking.run_folder import RUN_ID, RunFolder, folder_of_run, size_of
from seqexp.tracking.spool.outbox import SYNC
from seqexp.tracking.spool.spool import SPOOL, spool_of
from seqexp.tracking.store.compat_mlflow import delete_rows
from seqexp.tracking.store.store import Store, TrackingError, before_writing
from seqexp.tracking.store.uris import local_folder, sqlite_path
from seqexp.training.checkpoint import files

if TYPE_CHECKING:
    from mlflow.entities import Run


def find_runs_to_delete(store: Store, runs_folder: Path, texts: Sequence[str]) -> list[tuple[Run, RunFolder]]:
    """Return the runs that are named by ids, beginnings of ids, or names, and the jobs of those that are sweeps.

    Beside each stands the folder of its checkpoints, which need not exist.

    Raises:
        InputError: Some of the texts name no run, or name one that is still running; a fault each. Or the store can't
            be read.
    """
    found: dict[str, Run] = {}
    faults: list[Fault] = []
    for text in texts:
        with collecting(faults), before_writing():
            run = find_run(store, text)
            found |= {each.info.run_id: each for each in (run, *store.children(run))}
    deletable = [(run, folder_of_run(run, runs_folder)) for run in found.values()]
    for run, folder in deletable:
        if folder.is_locked:
            process = folder.process or "another process"
            faults.append(Fault("RUN", f"the run {run_label(run)} is still running: {process}."))
    raise_any(faults)
    return deletable


def delete(store: Store, run: Run, folder: RunFolder, runs_folder: Path, say: Callable[[str], None]) -> int:
    """Mark a run as deleted in the store, from where MLflow can restore it, and return how many bytes that frees.

    These are its checkpoints, where they are a folder in `runs_folder`. Another one stays, and a line says so: the
    store alone names it.

    Raises:
        TrackingError: The store failed.
    """
    with store.reporting("delete a run"):
        store.client.delete_run(run.info.run_id)
    why = folder.why_kept(runs_folder) if folder.path.exists() else None
    if why is None:
        return folder.remove()
    elsewhere, advice = folder.path.parent, ""
    if folder.why_kept(elsewhere) is None:
        advice = f". If it is the run's: {shell_line(['seqexp', 'gc', '--checkpoints', str(elsewhere)])}"
    say(f"left {folder.path}: {why}{advice}")
    return 0


def waits_in_words(folder: RunFolder) -> str:
    """Return what of a run waits for the store, as the end of a line about it; nothing where nothing does."""
    count = len(spool_of(folder).waiting)
    return f", of which {count} record{'s were' if count > 1 else ' was'} not delivered yet" if count else ""


def free_space(store: Store, runs_folder: Path, say: Callable[[str], None], *, dry: bool) -> int:
    """Delete what no command can use any more, print each part with its size, and return how many bytes that frees.

    These are checkpoints of runs that are finished, deleted or unknown to the store, and artifacts and rows of runs
    that were deleted in a SQLite store. A dry run prints only, and deletes nothing.

    Raises:
        TrackingError: The store failed, or the artifacts of a run can't be deleted. Its rows stay then.
    """
    freed = 0
    runs = _all_runs(store)
    for folder in waiting_runs(runs_folder):
        if not _is_deleted(runs.get(folder.path.name)):
            say(f"   kept    run {folder.path.name}: what it recorded waits for the store. {SYNC}")
    for folder, why in _useless_folders(store, runs_folder, runs):
        size = size_of(folder.path)
        say(f"{in_mb(size)}  checkpoints of run {folder.path.name}: {why}")
        freed += size if dry else folder.remove()
    deleted = [run for run in runs.values() if _is_deleted(run)]
    path = sqlite_path(store.uri)
    if path is None:
        if deleted:
            how_many = counted(len(deleted), "run")
            say(f"deleted in {store.shown}: {how_many}; `mlflow gc` frees the space where that store is.")
        return freed
    own = {}
    for run in deleted:
        artifacts = _own_artifacts(run, path.parent, say)
        if artifacts is not None:
            own[str(run.info.run_id)] = artifacts
    if not own:
        return freed
    for run_id, artifacts in own.items():
        size = size_of(artifacts)
        say(f"{in_mb(size)}  artifacts of the deleted run {run_label(runs[run_id])}")
        freed += size
    if dry:
        say(f"          and what they take in {path}")
        return freed
    before = path.stat().st_size
    for run_id, artifacts in own.items():
        _delete_for_good(store, run_id, artifacts)
    _shrink(path, say)
    return freed - sum(map(size_of, own.values())) + before - path.stat().st_size


def _useless_folders(store: Store, runs_folder: Path, known: Mapping[str, Run]) -> list[tuple[RunFolder, str]]:
    if not runs_folder.is_dir():
        return []
    found = []
    for path in sorted(runs_folder.iterdir()):
        folder = RunFolder(path)
        if not path.is_dir() or folder.why_kept(runs_folder) is not None or folder.is_locked:
            continue
        run = known.get(path.name)
        if _is_deleted(run):
            count = len(spool_of(folder).waiting)
            lost = f"; the store has not taken {count} record{'s' if count > 1 else ''} of it" if count else ""
            found.append((folder, f"it is deleted{lost}"))
        elif (path / SPOOL).is_dir():
            continue
        elif run is None:
            if folder.store != store.shown:
                continue  # another store's, or no run's folder at all
            found.append((folder, f"it is not in {store.shown}"))
        elif run.info.status == "FINISHED":
            found.append((folder, "it is finished"))
        elif run.info.status != "RUNNING" and not files(path):
            found.append((folder, "it had completed no epoch"))
    return found


def _is_deleted(run: Run | None) -> bool:
    return run is not None and str(run.info.lifecycle_stage) == "deleted"


def _all_runs(store: Store) -> dict[str, Run]:
    """Return all runs of a store by their ids, those included that are deleted and could still be restored."""
    from mlflow.entities import ViewType

    with before_writing(), store.reporting("list the experiments"):
        ids = [e.experiment_id for e in store.client.search_experiments(view_type=ViewType.ALL)]
    with before_writing():
        return {run.info.run_id: run for run in store.runs(ids, view=ViewType.ALL)}


def artifacts_size(run: Run) -> int:
    """Return how many bytes a run's artifacts take; 0 where they are not on this machine."""
    folder = local_folder(str(run.info.artifact_uri))
    return size_of(folder) if folder is not None else 0


def _own_artifacts(run: Run, beside: Path, say: Callable[[str], None]) -> Path | None:
    """Return the folder of a deleted run's artifacts, which may be gone, where it is its own, below that of the store.

    Links and relative parts are resolved in it, so that what was checked is what is deleted. Elsewhere, print why it
    stays: a store that was copied names the folders of the one that it was copied from, and one that somebody else has
    written may name any.
    """
    run_id, folder = str(run.info.run_id), local_folder(str(run.info.artifact_uri))
    own = (run_id, "artifacts")
    if folder is None:
        why = "they are not on this machine"
    elif not RUN_ID.fullmatch(run_id):
        why = "the run's id is not one of MLflow's"
    elif folder.parts[-2:] != own or ".." in folder.parts:
        why = "that is not the folder of this run's artifacts"
    else:
        try:
            is_link, real = folder.is_symlink(), folder.resolve()
        except (OSError, ValueError, RuntimeError):  # too long, a NUL, links in a circle
            why = "that can't be read"
        else:
            if not is_link and real.parts[-2:] == own and real.is_relative_to(beside.resolve()):
                return real
            why = f"that is not below {beside}"
    say(f"left       artifacts of the deleted run {run_label(run)} at {run.info.artifact_uri}: {why}")
    return None


def _delete_for_good(store: Store, run_id: str, folder: Path) -> None:
    """Delete the artifacts of a run in a folder that was checked, then its rows, unless it was restored meanwhile."""
    if not _is_deleted(store.run(run_id)):
        return
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        raise TrackingError(f"{folder} can't be deleted ({refusal_of_system(error)})") from error
    with store.reporting(f"delete the rows of the run {run_id}"):
        delete_rows(store.client, run_id)


def _shrink(path: Path, say: Callable[[str], None]) -> None:
    """Give the pages that SQLite no longer needs back to the disk."""
    try:
        with closing(sqlite3.connect(path, timeout=5.0)) as connection:
            connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        say(f"          {path} keeps its size for now: {error}")


def in_mb(size: int) -> str:
    """Return a number of bytes in MB, aligned."""
    return f"{size / 1e6:6.1f} MB"
