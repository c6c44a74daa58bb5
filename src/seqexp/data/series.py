"""A multivariate time series in memory, and what is known about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Rows of a time series.

    Attributes:
        name: The dataset's name, such as "jena".
        times: (rows,) datetime64[s], the time stamp of each row as recorded.
        values: (rows, columns) float64, in the columns' own units, as recorded (sentinels included).
        columns: The columns' names, such as "T (degC)".
        source: "official", "simulated" or "path".
        origin: Where the rows came from, in words for a person.
        digest: SHA-256 of the content; see `content_digest`.
    """

    name: str
    times: Times
    values: Floats
    columns: tuple[str, ...]
    source: str
    origin: str
    digest: str

    def __len__(self) -> int:
        return len(self.values)

    @property
    def interval_seconds(self) -> int:
        """The usual distance between two rows: the median difference of the time stamps."""
        return int(np.median(np.diff(self.times).astype(np.int64)))


def content_digest(times: Times, values: Floats, columns: tuple[str, ...]) -> str:
    """Return the SHA-256 (hex) of what the rows say, whatever file they came from.

    Args:
        times: (rows,) datetime64[s].
        values: (rows, columns) float64.
        columns: The columns' names.
    """
    digest = hashlib.sha256("\x1f".join(columns).encode())
    digest.update(np.ascontiguousarray(times.astype("datetime64[s]").astype("<i8")).data)
    # -0.0 and 0.0 are equal values with different bytes: adding 0.0 makes them one.
    digest.update(np.ascontiguousarray(values.astype("<f8") + 0.0).data)
    return digest.hexdigest()
