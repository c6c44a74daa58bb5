"""The same pipeline over a series of which some recorded values are others."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from seqexp.config.errors import refused
from seqexp.config.schema import Experiment
from seqexp.data.arrays import Codes, Floats, Mask
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.targets import columns_asked
from seqexp.data.series.windows import Windows

MOST_VALUES = 16_000_000  # of a series: in about two seconds it is repaired, scaled and cut again
_SEED = 0x617564697400
_MISSING = 0.1  # of the changed values, so that whatever fills gaps is tried, too

Columns = Literal["all", "known", "others"]


def rebuilt(windows: Windows, experiment: Experiment, row: int, columns: Columns = "others") -> Windows:
    """Return the windows of the series whose recorded values that come later than a row are others, drawn at random.

    Everything is done again as it was done: repair, scaling, categories, inputs. Time stamps stay.

    Args:
        windows: As they were made.
        experiment: From which they were made.
        row: Of the regular series.
        columns: Which are changed: those that are known ahead, all others, or all.

    Raises:
        InputError: If the changed series is refused.
    """
    series = windows.series
    if series.is_mapped:
        raise refused("dataset.memory", "keeps the series on disk, and a changed copy might not fit into memory.")
    known = columns_asked(experiment.series, series).known
    is_known = np.isin(series.columns, known)
    chosen = {"all": np.ones_like(is_known), "known": is_known, "others": ~is_known}[columns]
    after, random = _recorded_after(windows, row), np.random.default_rng(_SEED)
    values = np.array(series.values)
    sample = values[:: max(1, len(values) // 10_000), chosen]
    values[np.ix_(after, chosen)] = _drawn(sample, int(after.sum()), random, experiment.series.repair == "hold")
    codes = series.codes
    if codes is not None and columns != "known":
        codes = _other_codes(codes, after, [len(texts) for texts in series.categories.values()], random)
    return make_windows(replace(series, values=values, codes=codes), experiment)


def _recorded_after(windows: Windows, row: int) -> Mask:
    """Return which recorded rows the regular series does not have up to a row: later ones, and repeated ones."""
    after = np.ones(len(windows.series), dtype=bool)
    order = windows.repaired.order.rows
    after[: row + 1 if order is None else 0] = False
    if order is not None:
        after[order[: row + 1]] = False
    return after


def _drawn(sample: Floats, rows: int, random: np.random.Generator, missing: bool) -> Floats:
    """Return (rows, columns) values that lie about as wide as a sample of their columns; some may be missing."""
    low, middle, high = np.nanquantile(sample, (0.16, 0.5, 0.84), axis=0)
    wide = np.where(high > low, high - low, np.maximum(1.0, np.abs(middle)))
    found: Floats = middle + 2 * wide * random.standard_normal((rows, sample.shape[1]))
    if missing:
        found[random.random(found.shape) < _MISSING] = np.nan
    return found


def _other_codes(codes: Codes, after: Mask, texts: list[int], random: np.random.Generator) -> Codes:
    found = np.array(codes)
    for column, count in enumerate(texts):
        found[after, column] = random.integers(-1, count, int(after.sum()))
    return found
