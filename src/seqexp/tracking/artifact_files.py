"""Files of runs on this machine: where they lie, or a copy that is kept."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from seqexp.tracking.store import Store
from seqexp.tracking.stored_runs import StoredRun

_UNFINISHED = "unfinished"


def artifact_file(store: Store, run: StoredRun, name: str) -> Path | None:
    """Return a file of a run; None if the run has none of this name.

    What the store keeps elsewhere is downloaded into the data folder. The files of a finished run don't change: its
    copies are kept. A run that failed or was interrupted can be resumed: its files are downloaded each time, to a place
    of their own.

    Args:
        store: Where the run is.
        run: The run.
        name: The file's path below the run's artifacts, such as "predictions/val.parquet".

    Raises:
        TrackingError: The store, or where it keeps files, can't be read.
    """
    place = urlsplit(run.artifacts)
    if place.scheme in ("", "file"):
        path = Path(url2pathname(place.path)) / name
        return path if path.is_file() else None
    from seqexp.data.files.cache import data_dir  # which imports much, and most runs are here

    is_finished = run.status == "FINISHED"
    kept = data_dir() / "runs" / run.run_id / ("" if is_finished else _UNFINISHED) / name
    return kept if (is_finished and kept.is_file()) or _downloaded(store, run, name, kept) else None


def _downloaded(store: Store, run: StoredRun, name: str, kept: Path) -> bool:
    with store.reporting(f"read {name} of the run {run.run_id}"):
        folder = name.rpartition("/")[0]
        if name not in {item.path for item in store.client.list_artifacts(run.run_id, folder or None)}:
            return False
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that it is there in whole or not at all.
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".draft-") as draft:
            shutil.move(store.client.download_artifacts(run.run_id, name, draft), kept)
    return True
