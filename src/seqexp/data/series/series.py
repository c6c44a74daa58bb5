"""A multivariate time series, in memory or mapped from disk, and what is known about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from seqexp.data.arrays import Codes, Floats, Mask, Times, make_read_only
from seqexp.data.series.column_names import as_written, unit_of
from seqexp.data.series.months import months_apart

CHUNK_ROWS = 1 << 18  # given at once: 30 MB of 14 columns
# Enough pairs of rows to tell the usual interval of any series.
_PAIRS = 1 << 20


class Chunk(NamedTuple):
    """Some rows of a series, in the order in which they were recorded."""

    times: Times  # (rows,) datetime64[us]
    values: Floats  # (rows, columns) float64, NaN where a value is missing
    codes: Codes  # (rows, categories) int32, which of its texts each cell of a category holds; -1 if none

    def at(self, rows: slice | Mask) -> Chunk:
        """Return some of the rows."""
        return Chunk(self.times[rows], self.values[rows], self.codes[rows])


@dataclass(frozen=True)
class Series:
    """Rows of a time series.

    Attributes:
        name: The dataset's name, such as "jena".
        times: (rows,) datetime64[us], the time stamp of each row as recorded.
        values: (rows, columns) float64, in the columns' own units, as recorded (sentinels included); NaN where
            nothing was recorded. A memory map where the series stays on disk.
        columns: The columns' names, such as "T (degC)".
        source: "official", "simulated" or "path".
        origin: Where the rows came from, in words for a person.
        digest: SHA-256 of the content; see `series_digest`.
        dropped: Columns of the file that hold no numbers and were left out.
        notes: What was found out about the file's format, in words for a person.
        units: The units that stand in the file apart from the columns' names, by the columns.
        stacked: Columns that tell apart several series that stand in the file one below the other, each with its
            values; empty where the rows are one series.
        categories: The columns of texts that were read, each with its texts.
        codes: (rows, categories) int32, which of the texts each row has; -1 for none.
        codes_digest: SHA-256 of categories and codes; empty where there are none.
    """

    name: str
    times: Times
    values: Floats
    columns: tuple[str, ...]
    source: str
    origin: str
    digest: str
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    stacked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: Codes | None = None
    codes_digest: str = ""

    def __post_init__(self) -> None:
        make_read_only(self, "times", "values", "codes")

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def interval(self) -> int:
        """The usual distance between two time stamps in microseconds, of those that differ; 0 if none do.

        The median, and the shorter one of the two in the middle: it occurs, while their mean may not.
        """
        first = np.arange(0, len(self) - 1, max(1, len(self) // _PAIRS))
        distances = (self.times[first + 1] - self.times[first]).astype("timedelta64[us]").astype(np.int64)
        if (distances < 0).any():  # newest first, say: only those in order are neighbours
            distances = np.diff(np.sort(self.times)).astype("timedelta64[us]").astype(np.int64)
        forward = np.sort(distances[distances > 0])
        return int(forward[(len(forward) - 1) // 2]) if forward.size else 0

    @cached_property
    def months(self) -> int:
        """How many months two rows are usually apart where they follow the calendar; 0 where they don't."""
        return months_apart(self.times, self.interval)

    @property
    def named(self) -> tuple[str, ...]:
        """The names of all columns that are read: those of numbers and those of texts."""
        return (*self.columns, *self.categories)

    def unit_of(self, column: str) -> str:
        """Return a column's unit, which its name or else the file says, or an empty string."""
        return unit_of(column) or as_written(self.units.get(column, ""))

    @property
    def interval_seconds(self) -> float:
        """The usual distance between two rows in seconds."""
        return self.interval / 1e6

    @property
    def is_mapped(self) -> bool:
        """Whether the values stay on disk."""
        return isinstance(self.values, np.memmap)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, as a file's reader does."""
        codes = np.empty((len(self), 0), np.int32) if self.codes is None else self.codes
        for first in range(0, len(self), CHUNK_ROWS):
            rows = slice(first, first + CHUNK_ROWS)
            yield Chunk(np.asarray(self.times[rows]), np.asarray(self.values[rows]), np.asarray(codes[rows]))


class ContentDigest:
    """SHA-256 of what the rows say, whatever file they came from; rows are added chunk by chunk."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns, self._times, self._values = columns, hashlib.sha256(), hashlib.sha256()
        self._codes = hashlib.sha256()

    def add(self, chunk: Chunk) -> None:
        """Add rows."""
        times, values, codes = chunk
        self._times.update(np.ascontiguousarray(times.astype("datetime64[us]").astype("<i8")).data)
        # -0.0 and 0.0 are equal values with different bytes: adding 0.0 makes them one.
        self._values.update(np.ascontiguousarray((values + 0.0).astype("<f8", copy=False)).data)
        self._codes.update(np.ascontiguousarray(codes.astype("<i4", copy=False)).data)

    def hexdigest(self) -> str:
        """Return the digest of the times and values of all rows added so far, as 64 hex digits."""
        parts = ("\x1f".join(self._columns), self._times.hexdigest(), self._values.hexdigest())
        return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()

    def codes_hexdigest(self, categories: Mapping[str, tuple[str, ...]]) -> str:
        """Return the digest of what the categories' texts and codes say of all rows, or nothing if there are none."""
        texts = "\x1e".join("\x1f".join((name, *texts)) for name, texts in categories.items())
        return hashlib.sha256(f"{texts}\x1d{self._codes.hexdigest()}".encode()).hexdigest() if categories else ""


def series_digest(times: Times, values: Floats, columns: tuple[str, ...]) -> str:
    """Return the SHA-256 (hex) of a whole series' content, (rows,) times and (rows, columns) values."""
    digest = ContentDigest(columns)
    digest.add(Chunk(times, values, np.empty((len(times), 0), np.int32)))
    return digest.hexdigest()
