"""A multivariate time series, in memory or mapped from disk, and what is known about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqexp.data.arrays import Floats, Times, make_read_only

# Enough pairs of rows to tell the usual interval of any series.
_PAIRS = 1 << 20


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

    def __post_init__(self) -> None:
        make_read_only(self, "times", "values")

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

    @property
    def interval_seconds(self) -> float:
        """The usual distance between two rows in seconds."""
        return self.interval / 1e6

    @property
    def is_mapped(self) -> bool:
        """Whether the values stay on disk."""
        return isinstance(self.values, np.memmap)

    def chunks(self) -> Iterator[tuple[Times, Floats]]:
        """Yield time stamps and values, as a file's reader does: here all at once."""
        yield self.times, self.values


class ContentDigest:
    """SHA-256 of what the rows say, whatever file they came from; rows are added chunk by chunk."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns, self._times, self._values = columns, hashlib.sha256(), hashlib.sha256()

    def add(self, times: Times, values: Floats) -> None:
        """Add rows: (rows,) datetime64 times and (rows, columns) float64 values."""
        self._times.update(np.ascontiguousarray(times.astype("datetime64[us]").astype("<i8")).data)
        # -0.0 and 0.0 are equal values with different bytes: adding 0.0 makes them one.
        self._values.update(np.ascontiguousarray(values.astype("<f8") + 0.0).data)

    def hexdigest(self) -> str:
        """Return the digest of all rows added so far, as 64 hex digits."""
        parts = ("\x1f".join(self._columns), self._times.hexdigest(), self._values.hexdigest())
        return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def series_digest(times: Times, values: Floats, columns: tuple[str, ...]) -> str:
    """Return the SHA-256 (hex) of a whole series' content, (rows,) times and (rows, columns) values."""
    digest = ContentDigest(columns)
    digest.add(times, values)
    return digest.hexdigest()
