"""The rows of a series as a training has them: in the order of their time stamps and each once, if that is repaired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Floats, Rows
from seqexp.data.series.repair import CHUNK_ROWS, rows_in_order
from seqexp.data.series.series import Series


@dataclass(frozen=True)
class OrderedRows:
    """Rows of a series, read when they are asked for: a long one stays on disk."""

    series: Series
    recorded: Rows | None = None  # (rows,) which row of the series each is; None: all as recorded

    def __len__(self) -> int:
        return len(self.series) if self.recorded is None else len(self.recorded)

    def time(self, row: int) -> np.datetime64:
        """Return the time stamp of a row."""
        found: np.datetime64 = self.series.times[row if self.recorded is None else self.recorded[row]]
        return found

    def values(self, first: int, end: int) -> Floats:
        """Return (rows, columns) values as recorded of the rows [first, end)."""
        rows = slice(first, end)
        return np.asarray(self.series.values[rows if self.recorded is None else self.recorded[rows]])

    def chunks(self, size: int = CHUNK_ROWS) -> Iterator[tuple[int, Floats]]:
        """Yield (first row, values) of so many rows after the other."""
        for first in range(0, len(self), size):
            yield first, self.values(first, first + size)


def rows_as_trained(series: Series, dataset: SeriesConfig) -> OrderedRows:
    """Return the rows in the order in which a training has them; those of a mixture of series as recorded."""
    return OrderedRows(series, None if series.stacked else rows_in_order(series, dataset))
