"""Series that were parsed once, kept as binary arrays in the data folder."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.limits.machine import machine_memory
from seqexp.data.arrays import Codes, Floats, Times
from seqexp.data.files.cache import Meta, Progress, read_meta, read_or_build, writing
from seqexp.data.files.chosen import TextCodes
from seqexp.data.files.series_table import SeriesTable
from seqexp.data.files.stacked import find_stack
from seqexp.data.series.series import Chunk, ContentDigest, Series

Memory = Literal["auto", "array", "mapped"]
TableReader = SeriesTable | Series  # a table in a file, or one that was simulated

# Part of every entry. Raise it when the parser or the layout changes: older entries are then rebuilt.
TABLE_FORMAT = 5
_TIMES, _VALUES, _CODES = "times.i8", "values.f8", "codes.i4"
MAPPED_SHARE = 0.25  # of the machine's memory: a larger series stays on disk
_USUAL_MEMORY = 8 << 30  # bytes, where the system gives no number


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
    """Read an entry and check all of its content against its digests, also where it stays on disk.

    Raises:
        OSError: A file is missing or cannot be read.
        ValueError: The content is not what was written, or was written by another version.
    """
    meta = read_meta(folder, TABLE_FORMAT)
    try:
        rows, columns, categories = int(meta["rows"]), len(meta["columns"]), len(meta["categories"])
        is_mapped = stays_on_disk(rows * columns * 8, memory)
        times = _array(folder / _TIMES, "<i8", (rows,), is_mapped=is_mapped).view("datetime64[us]")
        values = _array(folder / _VALUES, "<f8", (rows, columns), is_mapped=is_mapped)
        series = _series(meta, times, values, _array(folder / _CODES, "<i4", (rows, categories), is_mapped=is_mapped))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"unreadable: {error}") from error
    digest = ContentDigest(series.columns)
    for chunk in series.chunks():
        digest.add(chunk)
    found = digest.hexdigest(), digest.codes_hexdigest(series.categories)
    if found != (series.digest, series.codes_digest):
        raise ValueError("its content does not match its digest")
    return series


def _array(path: Path, kind: str, shape: tuple[int, ...], *, is_mapped: bool) -> NDArray[Any]:
    """Return a file's numbers, mapped from disk or read into memory.

    Raises:
        ValueError: The file has another size.
    """
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    if path.stat().st_size != size:
        raise ValueError(f"{path.name} does not have the size that was written")
    if is_mapped and size:  # an empty file can't be mapped
        return np.memmap(path, dtype=kind, mode="r", shape=shape)
    return np.fromfile(path, dtype=kind).reshape(shape)


def stays_on_disk(size: int, memory: Memory) -> bool:
    """Return whether values of so many bytes are mapped from disk rather than read."""
    if memory == "mapped":
        return size > 0  # an empty file can't be mapped
    return memory == "auto" and size > MAPPED_SHARE * (machine_memory() or _USUAL_MEMORY)


def _write(folder: Path, rows: TableReader) -> Meta:
    """Write the rows as they come into a folder, and return their description.

    Raises:
        CannotWriteError: The disk is full, or the folder cannot be written.
    """
    reading, count = Reading(rows), 0
    with ExitStack() as stack:
        with writing(folder):  # unbuffered: a full disk raises where it happens
            files = [stack.enter_context((folder / name).open("wb", buffering=0)) for name in (_TIMES, _VALUES, _CODES)]
        for times, values, codes in reading.chunks():
            with writing(folder):
                for file, array in zip(files, (times.astype("<i8"), values.astype("<f8"), codes), strict=True):
                    _write_all(file, array)
            count += len(times)
        with writing(folder):
            for file in files:
                os.fsync(file.fileno())  # before the entry gets its name: a crash leaves a whole one or none
    times = np.fromfile(folder / _TIMES, "<i8").view("datetime64[us]")
    return {"format": TABLE_FORMAT, "rows": count, **reading.facts(times)}


def _write_all(file: io.FileIO, array: NDArray[np.generic]) -> None:
    """Write an array's bytes; one call to the system may write but a part of them."""
    if not array.size:
        return
    left = np.ascontiguousarray(array).data.cast("B")
    while left:
        left = left[file.write(left) :]


def _in_memory(rows: TableReader) -> Series:
    reading = Reading(rows)
    chunks = list(reading.chunks())
    times = np.concatenate([np.empty(0, "datetime64[us]"), *(chunk.times for chunk in chunks)])
    values = np.concatenate([np.empty((0, len(rows.columns))), *(chunk.values for chunk in chunks)])
    facts = reading.facts(times)
    none = np.empty((0, len(facts["categories"])), np.int32)
    return _series(facts, times, values, np.concatenate([none, *(chunk.codes for chunk in chunks)]))


class Reading:
    """Takes a table's rows as they come, and knows afterwards what is to be known about them."""

    def __init__(self, rows: TableReader) -> None:
        self.digest = ContentDigest(rows.columns)
        self._rows = rows
        self._texts = TextCodes(rows.layout.coded if isinstance(rows, SeriesTable) else ())

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows."""
        for chunk in self._rows.chunks(self._texts) if isinstance(self._rows, SeriesTable) else self._rows.chunks():
            self.digest.add(chunk)
            yield Chunk(chunk.times.astype("datetime64[us]"), chunk.values, chunk.codes)

    def facts(self, times: Times) -> Meta:
        """Return what else is to be known of a series, given the (rows,) times of all rows."""
        categories = {name: tuple(known) for name, known in self._texts.texts.items()}
        return {
            "columns": self._rows.columns,
            "digest": self.digest.hexdigest(),
            "dropped": self._rows.dropped,
            "notes": self._rows.notes,
            "units": dict(self._rows.units),
            "stacked": find_stack(self._rows, times) if isinstance(self._rows, SeriesTable) else {},
            "categories": categories,
            "codes_digest": self.digest.codes_hexdigest(categories),
        }


def _series(facts: Meta, times: Times, values: Floats, codes: Codes) -> Series:
    return Series(
        name="",
        times=times,
        values=values,
        columns=tuple(facts["columns"]),
        source="",
        origin="",
        digest=facts["digest"],
        dropped=tuple(facts["dropped"]),
        notes=tuple(facts["notes"]),
        units=dict(facts["units"]),
        stacked={name: tuple(column) for name, column in facts["stacked"].items()},
        categories={name: tuple(texts) for name, texts in facts["categories"].items()},
        codes=codes if facts["categories"] else None,
        codes_digest=facts["codes_digest"],
    )
