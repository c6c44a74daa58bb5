"""A long series as a line that can be drawn: the lowest and the highest value of each pixel stay."""

from __future__ import annotations

import numpy as np

from seqexp.data.arrays import Floats, Rows, Times


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
