"""Series that were parsed once, kept as binary arrays in the data folder."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Times
from seqexp.data.files.cache import Meta, Progress, read_meta, read_or_build, writing
from seqexp.data.files.series_table import SeriesTable
from seqexp.data.series.series import ContentDigest, Series, series_digest

Memory = Literal["auto", "array", "mapped"]
TableReader = SeriesTable | Series  # a table in a file, or one that was simulated

# Part of every entry. Raise it when the parser or the layout changes: older entries are then rebuilt.
TABLE_FORMAT = 2
_TIMES, _VALUES = "times.i8", "values.f8"
MAPPED_SHARE = 0.25  # of the machine's memory: a larger series stays on disk


def cached_table(root: Path, key: str, build: Callable[[], TableReader], progress: Progress, memory: Memory) -> Series:
    """Return the series of `key` from the cache, or build it and keep it; its name, source and origin are empty.

    A cache that is damaged is rebuilt; one that cannot be written is done without. `progress` says so.

    Args:
        root: The data folder; entries live in its folder `parsed`.
        key: What the table was made from: the digest of a file, or a generator's name and version.
        build: Begins to make the table. What it raises, then or while its rows come, passes through, and
            nothing is kept.
        progress: Receives lines for a person.
        memory: Whether the table is read into memory ("array"), stays on disk ("mapped"), or what suits its size.
    """
    folder = root / "parsed" / key
    return read_or_build(
        folder,
        progress,
        read=lambda: _read(folder, memory),
        write=lambda temporary: _write(temporary, build()),
        build=lambda: _in_memory(build()),
    )


def _read(folder: Path, memory: Memory) -> Series:
    """Read an entry and check it against its own digest; one that stays on disk, against its size.

    Raises:
        OSError: A file is missing or cannot be read.
        ValueError: The content is not what was written, or was written by another version.
    """
    meta = read_meta(folder, TABLE_FORMAT)
    try:
        columns, digest, rows = tuple(meta["columns"]), meta["digest"], int(meta["rows"])
        texts = tuple(meta["dropped"]), tuple(meta["notes"])
    except (KeyError, TypeError, EOFError) as error:
        raise ValueError(f"unreadable: {error}") from error
    shape = (rows, len(columns))
    for name, size in ((_TIMES, rows * 8), (_VALUES, rows * len(columns) * 8)):
        if (folder / name).stat().st_size != size:
            raise ValueError(f"{name} has not the size that was written")
    if stays_on_disk(rows * len(columns) * 8, memory):
        times = np.memmap(folder / _TIMES, dtype="<i8", mode="r", shape=(rows,)).view("datetime64[us]")
        return _series(times, np.memmap(folder / _VALUES, dtype="<f8", mode="r", shape=shape), columns, digest, *texts)
    times = np.fromfile(folder / _TIMES, dtype="<i8").view("datetime64[us]")
    values = np.fromfile(folder / _VALUES, dtype="<f8").reshape(shape)
    # Hashing 50 MB takes about a tenth of a second, and finds any flipped bit.
    if series_digest(times, values, columns) != digest:
        raise ValueError("its content does not match its digest")
    return _series(times, values, columns, digest, *texts)


def stays_on_disk(size: int, memory: Memory) -> bool:
    """Return whether values of so many bytes are mapped from disk rather than read."""
    if memory == "mapped":
        return size > 0  # an empty file can't be mapped
    return memory == "auto" and size > MAPPED_SHARE * machine_memory()


def machine_memory() -> int:
    """Return the bytes of memory that this process may use; 8 GiB where the system doesn't say."""
    found = 8 << 30
    with suppress(AttributeError, ValueError, OSError):
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(ValueError, OSError):  # a container's share
        found = min(found, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return found


def _write(folder: Path, rows: TableReader) -> Meta:
    """Write the rows as they come into a folder, and return their description.

    Raises:
        CannotWriteError: The disk is full, or the folder cannot be written.
    """
    digest, count = ContentDigest(rows.columns), 0
    with ExitStack() as stack:
        with writing():  # unbuffered: a full disk raises where it happens
            times_file = stack.enter_context((folder / _TIMES).open("wb", buffering=0))
            values_file = stack.enter_context((folder / _VALUES).open("wb", buffering=0))
        for times, values in rows.chunks():
            with writing():
                _write_all(times_file, times.astype("datetime64[us]").astype("<i8"))
                _write_all(values_file, values.astype("<f8"))
            digest.add(times, values)
            count += len(times)
    return {
        "format": TABLE_FORMAT,
        "rows": count,
        "columns": rows.columns,
        "digest": digest.hexdigest(),
        "dropped": rows.dropped,
        "notes": rows.notes,
    }


def _write_all(file: io.FileIO, array: NDArray[np.generic]) -> None:
    """Write an array's bytes; one call to the system may write but a part of them."""
    if not array.size:
        return
    left = np.ascontiguousarray(array).data.cast("B")
    while left:
        left = left[file.write(left) :]


def _in_memory(rows: TableReader) -> Series:
    chunks = [(np.empty(0, "datetime64[us]"), np.empty((0, len(rows.columns)))), *rows.chunks()]
    times = np.concatenate([times for times, _ in chunks]).astype("datetime64[us]")
    values = np.concatenate([values for _, values in chunks])
    digest = series_digest(times, values, rows.columns)
    return _series(times, values, rows.columns, digest, rows.dropped, rows.notes)


def _series(times: Times, values: Floats, columns: tuple[str, ...], digest: str, *texts: tuple[str, ...]) -> Series:
    return Series("", times, values, columns, "", "", digest, *texts)
