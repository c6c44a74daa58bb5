"""Replace what is not a measurement: sentinels and missing values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from seqexp.config.errors import InputError
from seqexp.data.series import Floats, Series

# The station writes this where an instrument gave nothing.
SENTINEL = -9999.0


def repair(series: Series, rule: Literal["hold", "off"]) -> tuple[Floats, Mapping[str, int]]:
    """Return the values to learn from, and how many of each column were replaced.

    Args:
        series: As recorded.
        rule: "hold": a sentinel or NaN becomes the column's last valid value before it (the first valid
            one at the beginning), so nothing from the future enters a window. "off": as recorded.

    Returns:
        (rows, columns) float64 in the columns' units, and the number of replaced values by column.

    Raises:
        InputError: If a column holds no valid value, or values are missing and the rule is "off".
    """
    bad = ~np.isfinite(series.values)
    if rule == "off":
        if bad.any():
            names = [series.columns[column] for column in np.flatnonzero(bad.any(axis=0))]
            raise InputError(f"dataset.repair must be hold where values are missing. Missing in: {names}.")
        return series.values, {}
    bad |= series.values == SENTINEL
    values = series.values.copy()
    counts = {}
    for column in np.flatnonzero(bad.any(axis=0)):
        name, valid = series.columns[column], np.flatnonzero(~bad[:, column])
        if not valid.size:
            raise InputError(f"column {name!r} of {series.origin} holds no valid value.")
        # For each row the last valid row at or before it; rows before the first valid one take that one.
        last = valid[np.maximum(np.searchsorted(valid, np.arange(len(values)), side="right") - 1, 0)]
        values[:, column] = values[last, column]
        counts[name] = int(bad[:, column].sum())
    return values, counts
