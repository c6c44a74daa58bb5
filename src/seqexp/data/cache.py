"""The data folder: where files are kept, one process at a time, and parsed tables as binary arrays."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqexp.data.series import Floats, Times, content_digest

Progress = Callable[[str], None]

# Part of every entry. Raise it when the parser or the layout changes: older entries are then rebuilt.
FORMAT = 1


@dataclass(frozen=True)
class Table:
    """A parsed file.

    Attributes:
        times: (rows,) datetime64[s].
        values: (rows, columns) float64.
        columns: The columns' names, without the time column.
        digest: SHA-256 of the content; see `content_digest`.
    """

    times: Times
    values: Floats
    columns: tuple[str, ...]
    digest: str


def data_dir() -> Path:
    """Return the folder of downloaded and parsed data; it need not exist.

    SEQEXP_DATA_DIR if set and not empty, else the user's cache folder by the platform's convention.
    """
    override = os.environ.get("SEQEXP_DATA_DIR")
    if override:
        return Path(override).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("seqexp")


def file_digest(path: Path) -> str:
    """Return the SHA-256 (hex) of a file's bytes.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def locked(path: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock file `path`, one process at a time; the system frees it when a process dies.

    Args:
        path: The lock file. Its folder is created.
        progress: Told when another process holds the lock.

    Raises:
        OSError: The folder cannot be written, or its file system has no locks.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(f"waiting for another process to finish with {path.with_suffix('')}")
            lock.acquire()
    except NotImplementedError as error:  # how some releases of filelock say so
        raise OSError(f"no file locks in {path.parent}") from error
    try:
        yield
    finally:
        lock.release()


def cached_table(root: Path, key: str, build: Callable[[], Table], progress: Progress) -> Table:
    """Return the table of `key` from the cache, or build it and keep it.

    A cache that is damaged is rebuilt; one that cannot be written is done without. `progress` says so.

    Args:
        root: The data folder; entries live in its folder `parsed`.
        key: What the table was made from: the digest of a file, or a generator's name and version.
        build: Makes the table. What it raises passes through, and nothing is kept.
        progress: Receives lines for a person.
    """
    folder = root / "parsed" / key
    with suppress(OSError, ValueError):
        return _read(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder.with_name(f"{key}.lock"), progress))
        except OSError as error:
            progress(f"going on without the cache: {_why(error)}. SEQEXP_DATA_DIR=DIR names another folder")
            return build()
        return _read_or_build(folder, build, progress)


def _read_or_build(folder: Path, build: Callable[[], Table], progress: Progress) -> Table:
    """Return the table in `folder`, rebuilt where it is absent or damaged. The caller holds the lock."""
    if folder.exists():
        try:
            return _read(folder)
        except (OSError, ValueError) as error:
            progress(f"the cache entry {folder} is damaged or outdated ({error}): rebuilding it")
    table = build()
    try:
        _write(folder, table)
    except OSError as error:  # a full disk must not cost the user the run
        progress(f"going on without the cache: {_why(error)}")
    return table


def _read(folder: Path) -> Table:
    """Read an entry and check it against its own digest.

    Raises:
        OSError: A file is missing or cannot be read.
        ValueError: The content is not what was written, or was written by another version.
    """
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta["format"] != FORMAT:
            raise ValueError(f"format {meta['format']}, not {FORMAT}")
        columns, digest = tuple(meta["columns"]), meta["digest"]
        times, values = np.load(folder / "times.npy"), np.load(folder / "values.npy")
    except (KeyError, TypeError, EOFError) as error:
        raise ValueError(f"unreadable: {error}") from error
    # Hashing 50 MB takes about a tenth of a second, and finds any flipped bit.
    if values.shape != (len(times), len(columns)) or content_digest(times, values, columns) != digest:
        raise ValueError("its content does not match its digest")
    return Table(times, values, columns, digest)


def _write(folder: Path, table: Table) -> None:
    """Write an entry whole or not at all. The caller holds the lock, so the temporary name is its own.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    temporary = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        np.save(temporary / "times.npy", table.times)
        np.save(temporary / "values.npy", table.values)
        meta = {"format": FORMAT, "columns": table.columns, "digest": table.digest}
        (temporary / "meta.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
        if folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _why(error: OSError) -> str:
    """Return the system's words and the file they are about."""
    return f"{error.strerror}: {error.filename}" if error.strerror else str(error)
