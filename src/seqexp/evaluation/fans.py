"""Forecasts of many leads from a few origins, each beside what came: a fan of lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqexp.data.arrays import Floats, Rows, Times
from seqexp.evaluation.predictions import FileFacts, file_facts

ORIGINS = 5  # that are drawn
FEWEST_LEADS = 4  # of which a fan can be seen


@dataclass(frozen=True)
class Fan:
    """One window's forecasts of one column, in the column's unit.

    Attributes:
        times: (leads,) datetime64, when the rows of the target were recorded.
        target, prediction, baseline: (leads,) float64; the best baseline by validation.
    """

    times: Times
    target: Floats
    prediction: Floats
    baseline: Floats


def origins_among(rows: Rows, span: int) -> Rows:
    """Return the positions of up to five windows from the first one on, of which one begins where another ends.

    They are nearer to each other where there are too few windows for that.

    Args:
        rows: (windows,) int64, each window's row.
        span: Rows from the first to behind the last one that a window forecasts.
    """
    order = np.argsort(rows, kind="stable")
    known = rows[order]
    apart = max(1, min(span, int(known[-1] - known[0]) // (ORIGINS - 1)))
    at = np.searchsorted(known, known[0] + apart * np.arange(ORIGINS))
    found: Rows = order[np.unique(at[at < len(known)])]
    return found


def read_fans(path: Path, column: str) -> tuple[FileFacts, list[Fan]]:
    """Return what a file of predictions says of itself, and the forecasts of a column from a few of its windows.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file, or has no such column.
    """
    from pyarrow import parquet

    facts = file_facts(path)
    if not facts.baselines or column not in facts.columns:
        raise ValueError(f"forecasts of {column!r} and of a baseline were expected")
    numbers, at = len(facts.leads) * len(facts.columns), facts.columns.index(column)
    file = parquet.ParquetFile(path)
    groups = [file.read_row_group(group, ["row"])["row"].to_numpy()[::numbers] for group in range(file.num_row_groups)]
    begins = np.cumsum([0, *map(len, groups)])
    rows = np.concatenate(groups).astype(np.int64)
    names = ("target", "prediction", facts.baselines[0])
    fans = []
    for position in origins_among(rows, facts.leads[-1] - facts.leads[0] + 1).tolist():
        group = int(np.searchsorted(begins, position, side="right")) - 1
        begin = (position - int(begins[group])) * numbers
        table = file.read_row_group(group, ["time", *names]).slice(begin, numbers)
        values = [table[name].to_numpy().astype(np.float64)[at :: len(facts.columns)] for name in names]
        fans.append(Fan(table["time"].to_numpy()[at :: len(facts.columns)], *values))
    return facts, fans
