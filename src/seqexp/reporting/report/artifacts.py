"""The files of a run: read where they lie on this machine, else fetched from the store."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from seqexp.tracking.store import Store
from seqexp.tracking.stored_runs import StoredRun


def read_file(store: Store, run: StoredRun, name: str) -> bytes | None:
    """Return the content of a run's file; None if it has none of that name.

    Args:
        store: Where the run is.
        run: The run.
        name: The file's path below the run's artifacts, such as "predictions/test.parquet".

    Raises:
        TrackingError: The store, or where it keeps files, can't be read.
    """
    folder = _local(run.artifacts)
    with store.reporting(f"read {name} of the run {run.run_id}"):
        if folder is not None:
            path = folder / name
            return path.read_bytes() if path.is_file() else None
        parent = str(PurePosixPath(name).parent)
        there = store.client.list_artifacts(run.run_id, None if parent == "." else parent)
        if name not in {item.path for item in there}:
            return None
        with tempfile.TemporaryDirectory() as fetched:
            return Path(store.client.download_artifacts(run.run_id, name, fetched)).read_bytes()


def read_text(store: Store, run: StoredRun, name: str) -> str | None:
    """Return the text of a run's file, as `read_file` does."""
    content = read_file(store, run, name)
    return None if content is None else content.decode("utf-8")


def _local(uri: str) -> Path | None:
    """Return the folder that a URI names on this machine; None if it is elsewhere."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(uri) if uri and not parts.scheme else None
