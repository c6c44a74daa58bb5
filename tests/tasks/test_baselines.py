"""Every baseline against a plain loop over rows and time stamps."""

from __future__ import annotations

from statistics import fmean, median

import numpy as np
import pytest

from seqexp.data.series.cutting import make_windows
from seqexp.data.series.season import Season
from seqexp.data.series.windows import Windows
from seqexp.tasks.baselines import series_baselines
from seqexp.tasks.metric import MAE
from seqexp.tasks.task import Task
from tests.factories import COLUMNS, minutes, series_of, small_experiment, small_windows, task_of
from tests.tasks.scores import value_of

ROWS, SEASON = 600, 24


@pytest.fixture(scope="module")
def windows() -> Windows:
    """Windows of a series with a gap of 17 rows and some values that were not measured."""
    values = np.random.default_rng(0).normal(size=(ROWS, len(COLUMNS)))
    values[[5, 100, 299, 400], 1] = np.nan
    stamps = [10 * (row + 17 * (row >= 350)) for row in range(ROWS)]
    return make_windows(series_of(values, times=minutes(*stamps)), small_experiment("model=naive", "dataset.max_gap=1"))


def clock(row: int) -> int:
    return row + 17 * (row >= 350)


def forecasts(windows: Windows, name: str, part: str) -> list[float]:
    found = series_baselines(windows, [Season("4h", SEASON)])[name](windows.rows.of(part))  # type: ignore[arg-type]
    assert (found.dtype, found.shape[1:]) == (np.float64, (1, 1))
    return found[:, 0, 0].tolist()


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_the_seasonal_naive_is_what_was_last_seen_at_that_phase(windows: Windows, part: str) -> None:
    expected = []
    for row in windows.rows.of(part).tolist():  # type: ignore[arg-type]
        target, seen = row + windows.delay, row - windows.step
        wanted = clock(target) - SEASON
        while wanted > clock(seen):
            wanted -= SEASON
        at = [other for other in range(seen + 1) if clock(other) <= wanted]
        expected.append(float(windows.target.values[:, 0][at[-1] if at else seen]))
    assert forecasts(windows, "seasonal_naive_4h", part) == expected


def test_the_median_and_the_phase_means_are_those_of_measured_training_rows(windows: Windows) -> None:
    train = [row for row in range(300) if row not in (5, 100, 299)]
    values = windows.target.values[:, 0]
    (found,) = set(forecasts(windows, "median", "test"))
    assert found == pytest.approx(median(values[train].tolist()))
    means = [fmean(values[row] for row in train if row % SEASON == phase) for phase in range(SEASON)]
    targets = (windows.rows.test + windows.delay).tolist()
    expected = [means[clock(target) % SEASON] for target in targets]
    assert forecasts(windows, "phase_mean_4h", "test") == pytest.approx(expected)


def test_naive_is_the_last_value_seen(windows: Windows) -> None:
    rows = windows.rows.test
    assert forecasts(windows, "naive", "test") == windows.target.values[:, 0][rows - windows.step].tolist()


def small_task(*overrides: str) -> Task:
    return task_of(small_windows("model=naive", *overrides), small_experiment("model=naive", *overrides))


def test_how_a_season_is_written_is_no_matter_of_the_task() -> None:
    tasks = [small_task(f"dataset.season={given}") for given in ("4h", "24", "[240min,4h]")]
    assert len({task.digest for task in tasks}) == 1
    assert {tuple(task.baselines) for task in tasks} == {tuple(tasks[0].baselines)}
    assert small_task("dataset.season=2h").digest != tasks[0].digest


def test_to_name_the_seasons_that_are_found_is_no_matter_of_the_task() -> None:
    assert small_task("dataset.season=[]").digest == small_task().digest  # noise shows none


def test_the_best_in_validation_comes_first() -> None:
    task = small_task("dataset.season=4h")
    figures = [value_of(MAE, task.truth(rows)[:], task.shaped(said(rows), rows)) for said in task.baselines.values()
               for rows in [task.samples.rows.val]]  # fmt: skip
    assert set(task.baselines) == {"naive", "median", "seasonal_naive_4h", "phase_mean_4h"}
    assert figures == sorted(figures)
    assert task.baseline == (next(iter(task.baselines)), figures[0])


def test_no_baseline_looks_ahead() -> None:
    """Values after the last row that is seen change no forecast, but for those that the training part holds."""
    before = small_windows("model=naive")
    row = int(before.rows.test[50])
    values = before.series.values.copy()
    values[row - before.step + 1 :] = 1e3
    after = make_windows(series_of(values), small_experiment("model=naive"))
    for name in series_baselines(before, [Season("4h", SEASON)]):
        of_both = [
            series_baselines(each, [Season("4h", SEASON)])[name](np.array([row])).item() for each in (before, after)
        ]
        assert of_both[0] == of_both[1], name
