"""One column of a series as it is drawn: which values were measured, and a long series as a line of few points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seqexp.config.durations import DAY
from seqexp.data.arrays import Floats, Mask, Rows, Times
from seqexp.data.series.months import rows_in_words
from seqexp.data.series.repair import Repaired

_FEWEST, _FEWEST_MONTHS, _MOST = 200, 40, 1440  # rows of the second picture


@dataclass(frozen=True)
class ColumnValues:
    """One column of a repaired series."""

    name: str
    times: Times  # (rows,) datetime64[us]
    values: Floats  # (rows,) float64, repaired
    measured: Mask  # (rows,) whether each value was measured; the others repeat the last one that was
    breaks: Rows  # rows before which a gap lies that no window crosses
    interval: int  # microseconds between two rows
    months: int = 0  # between two rows, where they follow the calendar; else 0

    def __len__(self) -> int:
        return len(self.values)

    def head(self, rows: int) -> ColumnValues:
        """Return the first rows."""
        times, values, measured = self.times[:rows], self.values[:rows], self.measured[:rows]
        return replace(self, times=times, values=values, measured=measured, breaks=self.breaks[self.breaks < rows])


def column_values(repaired: Repaired, name: str) -> ColumnValues:
    """Return one column of a repaired series, read chunk by chunk."""
    column = repaired.series.columns.index(name)
    values, measured = np.empty(len(repaired)), np.ones(len(repaired), dtype=bool)
    for first, chunk, bad in repaired.chunks():
        rows = slice(first, first + len(chunk))
        values[rows], measured[rows] = chunk[:, column], ~bad[:, column]
    order, series = repaired.order, repaired.series
    return ColumnValues(name, order.times, values, measured, order.breaks, series.interval, series.months)


def head_rows(line: ColumnValues) -> tuple[int, str]:
    """Return how many rows the second picture shows, and that in words: ten days, or years, where those are enough."""
    rows, step = ten_of(line.interval, line.months), rows_in_words(1, line.interval, line.months)
    if (_FEWEST_MONTHS if line.months else _FEWEST) <= rows <= len(line) // 2:
        return rows, f"first {rows:,} rows, ten {'years' if line.months else 'days'} at {step} a row"
    rows = min(_MOST, len(line))
    return rows, f"first {rows:,} rows, {step} apart"


def ten_of(interval: int, months: int) -> int:
    """Return the rows of ten days or, where rows follow the calendar, of ten years."""
    return 10 * 12 // months if months else 10 * DAY // max(interval, 1)


def thin_line(times: Times, values: Floats, breaks: Rows, pixels: int) -> tuple[Times, Floats]:
    """Return the points of a line that looks like the whole series at a width of so many pixels.

    Args:
        times: (rows,) datetime64[us], rising.
        values: (rows,) with NaN where nothing was measured: the line has a hole there.
        breaks: Rows before which a gap lies: the line has a hole there, too.
        pixels: The width of the picture.

    Returns:
        Times and values: all of them if there are few, else two for each pixel; NaN for a hole.
    """
    if len(values) <= 4 * pixels:
        # A point between the neighbours of a break, without a value.
        between = times[breaks - 1] + (times[breaks] - times[breaks - 1]) // 2
        return np.insert(times, breaks, between), np.insert(values, breaks, np.nan)
    stamps = times.astype("datetime64[us]").astype(np.int64)
    edges = np.linspace(stamps[0], stamps[-1] + 1, pixels + 1)
    firsts = np.searchsorted(stamps, edges[:-1])
    filled = np.diff(np.append(firsts, len(stamps))) > 0
    low, high = np.full((2, pixels), np.nan)
    low[filled] = np.fmin.reduceat(values, firsts[filled])
    high[filled] = np.fmax.reduceat(values, firsts[filled])
    middles = ((edges[:-1] + edges[1:]) / 2).astype(np.int64).astype("datetime64[us]")
    return np.repeat(middles, 2), np.stack([low, high], axis=1).reshape(-1)
