"""Rows of the calendar: against pandas, which knows months, and against a plain loop over dates."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqexp.config.durations import microseconds, months_in_words
from seqexp.data.arrays import Times
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.geometry import geometry_of
from seqexp.data.series.months import moved, rows_as_length, rows_in, rows_in_words
from seqexp.data.series.season import clock_of, seasons_of
from seqexp.data.series.series import Series
from seqexp.data.survey.series_check import check_series
from seqexp.data.survey.survey import make_survey, stamp_facts
from seqexp.reporting.data.series_description import describe_series
from seqexp.reporting.data.series_facts import series_table
from seqexp.tasks.lead import true_lead
from tests.factories import dataset_config, series_of, small_experiment, with_dataset
from tests.faults import is_about, only_fault_of

ROWS = 600
OFFSETS = {"MS": 1, "ME": 1, "QS": 3, "QE": 3, "YS": 12, "YE": 12}


def stamps_of(offset: str, rows: int = ROWS, begin: str = "1600-01-31") -> Times:
    return pd.date_range(begin, periods=rows, freq=offset, unit="us").to_numpy()


def monthly(offset: str = "MS", rows: int = ROWS) -> Series:
    values = np.random.default_rng(0).normal(size=(rows, 3))
    return series_of(values, times=stamps_of(offset, rows))


@pytest.mark.parametrize(("offset", "months"), OFFSETS.items())
def test_rows_of_the_calendar_are_known_by_their_place_in_the_month(offset: str, months: int) -> None:
    series = monthly(offset)
    assert series.months == months
    facts = stamp_facts(series)
    assert (facts.other, facts.uneven, facts.gaps, facts.missing) == (0, 0, 0, 0)


@pytest.mark.parametrize("offset", ["D", "W", "28D", "30D", "365D", "h"])
def test_other_rows_are_lengths_of_time(offset: str) -> None:
    assert series_of(np.zeros((ROWS, 3)), times=stamps_of(offset)).months == 0


def test_a_day_in_the_middle_of_the_month_is_one_too() -> None:
    times = stamps_of("MS") + np.timedelta64(14 * 24 + 12, "h")
    assert series_of(np.zeros((ROWS, 3)), times=times).months == 1


@pytest.mark.parametrize("offset", OFFSETS)
def test_gaps_are_counted_and_filled_in_steps_of_the_calendar(offset: str) -> None:
    whole = monthly(offset)
    kept = np.delete(np.arange(ROWS), [100, 101, 102, 103, *range(200, 230)])
    series = series_of(whole.values[kept], times=whole.times[kept])
    facts = stamp_facts(series)
    assert (facts.gaps, facts.missing, facts.uneven) == (2, 34, 0)
    windows = make_windows(series, small_experiment("model=naive", "dataset.max_gap=4"))
    order = windows.repaired.order
    assert (order.filled, order.longest, len(order.breaks)) == (4, 30, 1)
    expected = np.delete(whole.times, np.arange(200, 230))
    np.testing.assert_array_equal(order.times, expected)


def test_a_step_later_is_pandas_own() -> None:
    for offset, months in OFFSETS.items():
        times = stamps_of(offset, 200)
        stamps = times.astype("datetime64[us]").astype(np.int64)
        found = moved(stamps[:100], np.arange(100), 0, months)
        expected = times[2 * np.arange(100)]
        np.testing.assert_array_equal(found.astype("datetime64[us]"), expected)


@pytest.mark.parametrize(
    ("length", "months", "rows"),
    [
        ("1y", 1, 12),
        ("18mo", 1, 18),
        ("1.5y", 3, 6),
        ("2y", 12, 2),
        ("1mo", 3, Fraction(1, 3)),
        ("31d", 1, Fraction(31 * 12 * 10_000, 3_652_425)),
    ],
)
def test_a_length_of_time_in_rows_of_the_calendar(length: str, months: int, rows: Any) -> None:
    assert rows_in(length, microseconds("31d"), months) == rows


def test_lengths_are_said_in_steps_of_the_calendar() -> None:
    assert [rows_in_words(rows, 0, 1) for rows in (1, 12, 25, 36)] == ["1 month", "1 year", "25 months", "3 years"]
    assert [rows_as_length(rows, 0, 3) for rows in (1, 4, 5)] == ["3mo", "1y", "15mo"]
    assert rows_in_words(25, microseconds("1h"), 0) == "25 h"


def test_measures_are_in_steps_of_the_calendar() -> None:
    series = monthly()
    config = dataset_config(lookback="2y", step="1mo", delay="1y", max_gap="3mo")
    geometry = geometry_of(config, series.interval, series.months)
    assert (geometry.lookback, geometry.step, geometry.delay, geometry.max_gap) == (24, 1, 12, 3)
    windows = make_windows(series, small_experiment("model=naive", "dataset.delay=1y", "dataset.step=1"))
    assert str(true_lead(windows)) == "13 months"
    assert windows.true_lead_hours == pytest.approx(13 * 365.2425 / 12 * 24)


def test_a_length_that_is_no_whole_number_of_months_is_refused_with_the_nearest() -> None:
    series = monthly()
    fault = only_fault_of(geometry_of, dataset_config(lookback=24, step=1, delay="40d"), series.interval, series.months)
    assert is_about(fault, "dataset.delay", "1 month", "'40d'", "1mo or 2mo")
    days = only_fault_of(geometry_of, dataset_config(lookback=24, step=1, delay="1mo"), microseconds("1d"), 0)
    assert is_about(days, "dataset.delay", "1 d", "'1mo'", "30d or 31d")


@pytest.mark.parametrize(("offset", "rows"), [("MS", 12), ("QE", 4)])
def test_the_season_is_a_year_and_phases_are_those_of_its_months(offset: str, rows: int) -> None:
    times = stamps_of(offset)
    values = np.sin(2 * np.pi * np.arange(ROWS) / rows) + 0.1 * np.random.default_rng(0).normal(size=ROWS)
    series = series_of(np.stack([values] * 3, axis=1), times=times)
    everywhere = np.ones(ROWS, dtype=bool)
    (found,) = seasons_of(None, series.interval, values, everywhere, series.months)
    season = geometry_of(
        dataset_config(lookback=24, step=1, delay=1, season="1y"), series.interval, series.months
    ).season
    (named,) = seasons_of(season, series.interval, values, everywhere, series.months)
    assert (found.name, found.rows) == (named.name, named.rows) == ("1y", rows)
    kept = np.delete(np.arange(ROWS), np.arange(100, 137))
    clock = clock_of(times[kept], series.interval, series.months)
    np.testing.assert_array_equal(clock, kept)


def test_no_one_is_told_to_resample_months() -> None:
    survey = make_survey(monthly(), with_dataset(small_experiment(), dataset_config(lookback=24, step=1, delay=12)))
    (interval,) = (item for item in check_series(survey) if item.name == "interval")
    assert interval.level == "ok"


@pytest.mark.parametrize(("offset", "step"), [("MS", 1), ("QE", 3), ("YS", 12)])
def test_a_check_of_months_speaks_of_months(offset: str, step: int) -> None:
    times = stamps_of(offset)
    values = np.random.default_rng(0).normal(size=(ROWS, 3))
    values[40:65, 0] = 1.0  # stuck
    values[70:100, 2] = np.nan  # held
    survey = make_survey(series_of(values, times=times), small_experiment("model=naive"))
    found = {item.name: item for item in check_series(survey)}
    assert found["windows"].level == "note"
    assert "dataset." not in found["windows"].text
    assert months_in_words(25 * step) in found["stuck values"].text
    assert months_in_words(30 * step) in found["held values"].text
    assert not [item.text for item in found.values() if re.search(r"\(\S+ d\)", item.text)]


def test_a_gap_is_described_in_months() -> None:
    whole = monthly()
    kept = np.delete(np.arange(len(whole)), [100, 101, 102])
    series = series_of(whole.values[kept], times=whole.times[kept])
    survey = make_survey(series, small_experiment("model=naive", "dataset.delay=1y", "dataset.step=1"))
    about = describe_series(survey, "as asked")
    (gap,) = about["time"]["longest_gaps"]
    assert (gap["rows"], gap["months"], gap["hours"]) == (3, 3, pytest.approx(3 * 365.2425 / 12 * 24))
    assert about["windows"]["true_lead"]["months"] == 13
    facts = dict(fact for fact in series_table(about).facts if fact[0])
    assert "3 rows (3 months)" in facts["gaps"]


def test_months_on_no_one_day_are_told_a_remedy_that_works() -> None:
    times = stamps_of("BME")
    config = with_dataset(small_experiment(), dataset_config(lookback=24, step=1, delay=12))
    survey = make_survey(series_of(monthly().values, times=times), config)
    (interval,) = (item for item in check_series(survey) if item.name == "interval")
    assert interval.level == "finding"
    assert "first day of its month" in interval.text
    first = times.astype("datetime64[M]").astype("datetime64[us]")
    assert series_of(monthly().values, times=first).months == 1


def test_quarters_among_months_are_told_a_remedy_that_works() -> None:
    months = np.cumsum(np.where(np.arange(ROWS) % 3, 3, 4))
    times = (np.datetime64("1900-01", "M") + months).astype("datetime64[us]")
    config = with_dataset(small_experiment(), dataset_config(lookback=24, step=1, delay=12))
    survey = make_survey(series_of(monthly().values, times=times), config)
    (interval,) = (item for item in check_series(survey) if item.name == "interval")
    assert (interval.level, interval.text.count("3 months")) == ("finding", 2)
