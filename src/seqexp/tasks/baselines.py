"""What forecasts of a series are compared with: rules that learn no more than a number a phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.data.series.season import Season, clock_of
from seqexp.data.series.windows import Windows

Predict = Callable[[Rows], Floats]


def series_baselines(windows: Windows, seasons: Sequence[Season]) -> Mapping[str, Predict]:
    """Return what each baseline forecasts of window rows, (windows,) float64, normalised, by its name.

    naive: the target's column at the last row seen. seasonal_naive_SEASON: at the target's phase of the season, the
    last time that it had been seen; it may lie before the window. median: of the training part. phase_mean_SEASON: the
    training part's mean at the target's phase. With "_" as a blank the name is for people.
    """
    clock = clock_of(windows.repaired.order.times, windows.series.interval, windows.series.months)
    first, end = windows.rows.train_bounds
    train = np.setdiff1d(np.arange(first, end), windows.unmeasured)
    found: dict[str, Predict] = {"naive": windows.last_seen}
    for season in seasons:
        found[f"seasonal_naive_{season.name}"] = partial(_seasonal_naive, windows, clock, season.rows)
    found["median"] = partial(_constant, float(np.median(windows.target_at(train))))
    for season in seasons:
        phases = clock % season.rows
        found[f"phase_mean_{season.name}"] = partial(_at_phase, windows, phases, _phase_means(windows, phases, train))
    return found


def _seasonal_naive(windows: Windows, clock: Rows, season: int, rows: Rows) -> Floats:
    targets, seen = clock[rows + windows.delay], rows - windows.step
    seasons = np.maximum(1, -(-(targets - clock[seen]) // season))
    found = np.searchsorted(clock, targets - seasons * season, side="right") - 1
    return windows.target_at(np.where(found < 0, seen, np.minimum(found, seen)))


def _constant(value: float, rows: Rows) -> Floats:
    return np.full(len(rows), value)


def _phase_means(windows: Windows, phases: Rows, train: Rows) -> Floats:
    """Return (phases,) float64: the mean of the training part's rows at each phase; of a phase without any, of all."""
    values, count = windows.target_at(train), int(phases.max()) + 1
    sums, counts = (np.bincount(phases[train], weights, minlength=count) for weights in (values, None))
    means: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), values.mean())
    return means


def _at_phase(windows: Windows, phases: Rows, means: Floats, rows: Rows) -> Floats:
    found: Floats = means[phases[rows + windows.delay]]
    return found
