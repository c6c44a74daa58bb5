"""What is forecast of a series, in words: its columns, how many rows ahead, and at which leads."""

from __future__ import annotations

import numpy as np

from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import PART_WORDS, SCORED, ScoredPart
from seqexp.data.series.splits import split_bounds
from seqexp.data.series.windows import Windows
from seqexp.evaluation.predictions import kept_windows
from seqexp.reporting.numbers import counted
from seqexp.tasks.lead import Lead, leads_in_words, true_lead
from seqexp.tasks.target import Target


def lead_after(windows: Windows, rows: int) -> Lead:
    """Return the lead of a target that lies so many rows after the last one seen."""
    hours = windows.true_lead_hours / windows.true_lead_rows
    return Lead(hours * rows, rows * windows.series.months)


def leads_of_windows(windows: Windows) -> tuple[int, ...]:
    """Return the rows from the last one seen to each row of the target, rising."""
    return tuple(int(rows) + windows.step for rows in windows.ahead)


def task_in_words(windows: Windows) -> str:
    """Return "T, 25 rows after the last one seen: a lead of 25 h", or of several leads all of them."""
    leads = leads_of_windows(windows)
    if len(leads) == 1:
        rows = counted(windows.true_lead_rows, "row")
        return f"{windows.target_name}, {rows} after the last one seen: a lead of {true_lead(windows)}"
    each = windows.geometry.horizon_step
    every = "" if each == 1 else f", {each} apart"
    between = leads_in_words([lead_after(windows, leads[0]), lead_after(windows, leads[-1])])
    return (
        f"{windows.target_name}, {len(leads):,} rows ahead{every}, {leads[0]:,} to {leads[-1]:,} after the last one "
        f"seen: leads of {between}"
    )


def numbers_in_words(windows: Windows) -> str:
    """Return "each 336 x 7", and how many numbers of each are forecast where these are several."""
    found = f"each {windows.shape[0]} x {windows.shape[1]}"
    columns, leads = len(windows.target.names), len(windows.ahead)
    return found if columns * leads == 1 else f"{found}, of each {leads} x {columns} numbers are forecast"


def saved_in_words(windows: Windows) -> str | None:
    """Return of how many windows the forecasts are saved; None of all."""
    target = Target(columns=windows.target.names, leads=leads_of_windows(windows))
    counts = {part: (len(kept_windows(len(rows), target)), len(rows)) for part, rows in _scored(windows).items()}
    few = [f"{kept:,} of {all_:,} {PART_WORDS[part]} windows" for part, (kept, all_) in counts.items() if kept < all_]
    if not few:
        return None
    return f"forecasts of {' and '.join(few)}, evenly chosen, for size; errors of all windows"


def _scored(windows: Windows) -> dict[ScoredPart, np.ndarray]:
    return {part: windows.rows.of(part) for part in SCORED}


def dropped_in_words(windows: Windows, dataset: SeriesConfig) -> str | None:
    """Return how many windows at the parts' ends are not scored, being no whole batch; None where all are."""
    if dataset.boundary != "drop_last":
        return None
    geometry, breaks = windows.geometry, windows.repaired.order.breaks
    bounds = split_bounds(dataset, geometry, len(windows))
    counts = []
    for part, rows in _scored(windows).items():
        left = np.arange(rows[-1] + 1, bounds[part][1] - geometry.last)
        whole = np.searchsorted(breaks, left - geometry.lookback, side="right") == np.searchsorted(
            breaks, left + geometry.last, side="right"
        )
        measured = ~np.isin(left[:, None] + geometry.ahead, windows.unmeasured).any(axis=1)
        counts.append(f"{counted(int((whole & measured).sum()), 'window')} of {PART_WORDS[part]}")
    why = f"the last batch is dropped (boundary=drop_last, batch_size {windows.batch_size})"
    return f"{why}: {' and '.join(counts)} not scored"
