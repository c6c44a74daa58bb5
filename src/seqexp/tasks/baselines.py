"""What forecasts of a series are compared with: rules that learn no more than a number a phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.data.series.season import Season, clock_of
from seqexp.data.series.windows import Windows
from seqexp.tasks.kinds import SEASONAL_NAIVE

Predict = Callable[[Rows], Floats]
_ROUNDING = 1e-9  # standard deviations: an error that is none


def series_baselines(windows: Windows, seasons: Sequence[Season]) -> Mapping[str, Predict]:
    """Return what each baseline forecasts of window rows, (windows, leads, columns) float64, normalised, by its name.

    naive: the target's column at the last row seen. seasonal_naive_SEASON: at the target's phase of the season, the
    last time that it had been seen; it may lie before the window. median: of the training part. phase_mean_SEASON: the
    training part's mean at the target's phase. With "_" as a blank the name is for people.
    """
    clock, train = _clock(windows), _measured_train(windows)
    found: dict[str, Predict] = {"naive": windows.last_seen}
    for season in seasons:
        found[f"{SEASONAL_NAIVE}{season.name}"] = partial(_seasonal_naive, windows, clock, season.rows)
    found["median"] = partial(_constant, windows, np.median(windows.target_at(train), axis=0))
    for season in seasons:
        phases = clock % season.rows
        found[f"phase_mean_{season.name}"] = partial(_at_phase, windows, phases, _phase_means(windows, phases, train))
    return found


def seasonal_errors(windows: Windows, seasons: Sequence[Season]) -> Floats:
    """Return (columns,) float64: the mean absolute error of the seasonal naive forecast in the training part.

    It is |y[t] - y[t - season]| with the shortest season; one row where there is none, or where that never errs.
    Hyndman and Koehler (2006), Another look at measures of forecast accuracy, section 3.
    """
    first, end = windows.rows.train_bounds
    measured = ~np.isin(np.arange(first, end), windows.unmeasured)
    values = windows.target_at(np.arange(first, end))

    def error(rows: int) -> Floats:
        both = measured[rows:] & measured[:-rows]
        found: Floats = np.abs(values[rows:] - values[:-rows])[both].mean(axis=0) if both.any() else np.zeros(1)
        return found

    seasonal = error(seasons[0].rows if seasons else 1)
    return np.where(seasonal > _ROUNDING, seasonal, np.maximum(error(1), _ROUNDING))


def _clock(windows: Windows) -> Rows:
    return clock_of(windows.repaired.order.times, windows.series.interval, windows.series.months)


def _measured_train(windows: Windows) -> Rows:
    return np.setdiff1d(np.arange(*windows.rows.train_bounds), windows.unmeasured)


def _seasonal_naive(windows: Windows, clock: Rows, season: int, rows: Rows) -> Floats:
    targets, seen = clock[rows[:, None] + windows.ahead], (rows - windows.step)[:, None]
    seasons = np.maximum(1, -(-(targets - clock[seen]) // season))
    found = np.searchsorted(clock, targets - seasons * season, side="right") - 1
    return windows.target_at(np.where(found < 0, seen, np.minimum(found, seen)))


def _constant(windows: Windows, values: Floats, rows: Rows) -> Floats:
    return np.broadcast_to(values, (len(rows), len(windows.ahead), len(values)))


def _phase_means(windows: Windows, phases: Rows, train: Rows) -> Floats:
    """Return (phases, columns) float64: the mean of the training rows at each phase; of a phase without any, of all."""
    count, values = int(phases.max()) + 1, windows.target_at(train)
    rows = np.bincount(phases[train], minlength=count)
    columns = [np.bincount(phases[train], weights=column, minlength=count) for column in values.T]
    sums = np.stack(columns, axis=1)
    means: Floats = np.where(rows[:, None] > 0, sums / np.maximum(rows, 1)[:, None], values.mean(axis=0))
    return means


def _at_phase(windows: Windows, phases: Rows, means: Floats, rows: Rows) -> Floats:
    found: Floats = means[phases[rows[:, None] + windows.ahead]]
    return found
