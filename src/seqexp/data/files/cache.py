"""The data folder: where downloaded and parsed data lies, and how an entry is written by one process at a time."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from seqexp.config.digests import digest_of
from seqexp.config.errors import refusal_of_system
from seqexp.config.locations import expanded

Progress = Callable[[str], None]
Meta = dict[str, Any]  # JSON values: what is to be known about an entry
Cached = TypeVar("Cached")

_META = "meta.json"


def data_dir() -> Path:
    """Return the folder of downloaded and parsed data; it need not exist.

    SEQEXP_DATA_DIR if set and not empty, else the user's cache folder by the platform's convention.
    """
    override = os.environ.get("SEQEXP_DATA_DIR")
    if override:
        return expanded(override)
    import platformdirs

    return platformdirs.user_cache_path("seqexp")


@contextmanager
def locked(path: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock file `path`, one process at a time; the system frees it when a process dies.

    Its folder is created. `progress` receives a line when another process holds the lock.

    Raises:
        OSError: The folder cannot be written.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(f"waiting for another process to finish with {path.with_suffix('')}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


class CannotWriteError(Exception):
    """The cache cannot be written, which is no fault of the data that was to be written."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn an OSError of the block, which writes into the folder, into a CannotWriteError that names a file or it."""
    try:
        yield
    except OSError as error:
        where = "" if error.filename else f": {folder}"  # a write to an open file doesn't know the file's name
        raise CannotWriteError(f"{refusal_of_system(error)}{where}") from error


def read_or_build(
    folder: Path,
    progress: Progress,
    *,
    read: Callable[[], Cached],
    write: Callable[[Path], Meta],
    build: Callable[[], Cached],
) -> Cached:
    """Return what an entry of the cache holds; an entry that is absent, damaged or outdated is written first.

    A cache that cannot be written is done without. `progress` says so.

    Args:
        folder: The entry.
        progress: Receives lines for a person.
        read: Reads the entry; an OSError or a ValueError means that it must be written anew.
        write: Fills an empty folder and returns what `read_meta` is to give, with the layout's version as "format".
            It turns OSErrors of writing into CannotWriteError; whatever else it raises passes through, and
            nothing is kept.
        build: Makes the same value without the cache.
    """
    with suppress(OSError, ValueError):
        return read()
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder.with_name(f"{folder.name}.lock"), progress))
        except OSError as error:
            progress(
                f"going on without the cache: {refusal_of_system(error)}. SEQEXP_DATA_DIR=DIR names another folder"
            )
            return build()
        if folder.exists():
            try:
                return read()  # another process has just written it
            except (OSError, ValueError) as error:
                progress(f"the cache entry {folder} is damaged or outdated ({error}): rebuilding it")
        try:
            _write_entry(folder, write)
        except CannotWriteError as error:  # a full disk must not cost the user the run
            progress(f"going on without the cache: {error}")
            return build()
        return read()


def _write_entry(folder: Path, write: Callable[[Path], Meta]) -> None:
    """Write an entry whole or not at all. The caller holds the lock, so the temporary folder is its own.

    Raises:
        CannotWriteError: The disk is full, or the folder cannot be written.
    """
    temporary = folder.with_name(f"{folder.name}.tmp")
    try:
        with writing(temporary):
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
        meta = write(temporary)
        with writing(temporary):
            content = {**meta, "check": digest_of(meta)}
            with (temporary / _META).open("w", encoding="utf-8") as file:
                file.write(json.dumps(content, ensure_ascii=False))
                file.flush()
                os.fsync(file.fileno())  # before the entry gets its name: a crash leaves a whole one or none
            if folder.is_dir():
                shutil.rmtree(folder)
            else:
                folder.unlink(missing_ok=True)
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read_meta(folder: Path, version: int) -> Meta:
    """Return what was written with an entry.

    Raises:
        OSError: The file is missing or cannot be read.
        ValueError: It is not what was written, or was written by another version: its "format" is another.
    """
    meta = json.loads((folder / _META).read_text(encoding="utf-8"))
    try:
        if meta["format"] != version:
            raise ValueError(f"format {meta['format']}, not {version}")
        if meta.pop("check") != digest_of(meta):
            raise ValueError(f"{_META} does not match its digest")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"unreadable: {error}") from error
    return dict(meta)
