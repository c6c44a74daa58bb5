"""Read the files that were recorded with runs; those of finished runs are downloaded from other machines only once."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqexp.tracking.mlflow_values import was_cut
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store, TrackingError
from seqexp.tracking.store.uris import local_folder

WHOLE_VALUES = "whole_values.json"  # params and tags of a run that are too long for the store
AUDIT_FILE = "audit.json"  # the checks that a training made of its run
THOROUGH_AUDIT_FILE = "audit_thorough.json"  # those of `seqexp audit`, which come later
_UNFINISHED = "unfinished"


def artifact_file(store: Store, run: StoredRun, name: str) -> Path | None:
    """Return a file of a run; None if the run has none of this name.

    Files that the store keeps on another machine are downloaded into the data folder. The files of a finished run don't
    change, so that its downloads are kept. A run that failed or was interrupted can be resumed, which changes its
    files: they are downloaded each time, into a folder of their own. `name` is the file's path below the run's
    artifacts, such as "predictions/val.parquet".

    Raises:
        TrackingError: The store, or where it keeps files, can't be read.
    """
    folder = local_folder(run.artifacts)
    if folder is not None:
        path = folder / name
        return path if path.is_file() else None
    from seqexp.data.files.cache import data_dir  # late: it imports much, and most runs are on this machine

    is_finished = run.status == "FINISHED"
    kept = data_dir() / "runs" / run.run_id / ("" if is_finished else _UNFINISHED) / name
    return kept if (is_finished and kept.is_file()) or _downloaded(store, run, name, kept) else None


def with_whole_values(store: Store, run: StoredRun) -> StoredRun:
    """Return a run with those parameters and tags whole that the store has cut, as far as the run has kept them.

    Raises:
        TrackingError: The store, or where it keeps files, can't be read.
    """
    if not any(was_cut(value) for values in (run.params, run.tags) for value in values.values()):
        return run
    path = artifact_file(store, run, WHOLE_VALUES)
    if path is None:
        return run
    with naming_the_file(run, path):
        whole = json.loads(path.read_text(encoding="utf-8"))
        return replace(run, params={**run.params, **whole["params"]}, tags={**run.tags, **whole["tags"]})


def text_of(store: Store, run: StoredRun, name: str) -> str:
    """Return the text of a file of a run; an empty one if the run has none of this name.

    Raises:
        TrackingError: The store, or where it keeps files, can't be read, or the file is no text.
    """
    path = artifact_file(store, run, name)
    if path is None:
        return ""
    with naming_the_file(run, path):
        return path.read_text(encoding="utf-8")


def facts_of_file(store: Store, run: StoredRun, name: str) -> dict[str, Any]:
    """Return the mapping that a JSON file of a run holds; an empty one if the run has none of this name.

    Raises:
        TrackingError: The store, or where it keeps files, can't be read, or the file holds something else.
    """
    path = artifact_file(store, run, name)
    if path is None:
        return {}
    with naming_the_file(run, path):
        return dict(json.loads(path.read_text(encoding="utf-8")))


@contextmanager
def naming_the_file(run: StoredRun, path: Path) -> Iterator[None]:
    """Say of a file that can't be read, or holds something else than was recorded, which one it is.

    Raises:
        TrackingError: It is so.
    """
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, RecursionError, csv.Error) as error:
        what = f"the run {run.name!r} ({run.run_id}) has a damaged file"
        raise TrackingError(f"{what}: {path}: {type(error).__name__}: {error}") from error


def read_artifacts(store: Store, run_id: str, names: Sequence[str]) -> dict[str, bytes]:
    """Return the content of named files at the root of a run's artifacts; those that it does not have are left out.

    Raises:
        TrackingError: The store, or where it keeps files, cannot be read.
    """
    with store.reporting(f"read the files of the run {run_id}"), tempfile.TemporaryDirectory() as folder:
        found = {item.path for item in store.client.list_artifacts(run_id)}
        return {
            name: Path(store.client.download_artifacts(run_id, name, folder)).read_bytes()
            for name in names
            if name in found
        }


def _downloaded(store: Store, run: StoredRun, name: str, kept: Path) -> bool:
    with store.reporting(f"read {name} of the run {run.run_id}"):
        folder = name.rpartition("/")[0]
        if name not in {item.path for item in store.client.list_artifacts(run.run_id, folder or None)}:
            return False
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Downloaded beside it and moved there, so that it is never seen half written.
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".draft-") as draft:
            shutil.move(store.client.download_artifacts(run.run_id, name, draft), kept)
    return True
