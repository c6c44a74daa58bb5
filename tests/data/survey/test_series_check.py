"""Each finding: with a series that has it and with one that hasn't."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from seqexp.data.arrays import Floats
from seqexp.data.findings import CheckResult
from seqexp.data.series.series import Series
from seqexp.data.survey.series_check import check_series
from seqexp.data.survey.survey import Survey, make_survey
from seqexp.data.survey.telling import telling_findings
from tests.data.helpers import numbers
from tests.factories import dataset_config, series_of, small_experiment, split_config, with_dataset
from tests.paths import REPO

ROWS = 4000
REAL = REPO.parent / "shared" / "data" / "jena" / "jena_2024jun_oct_10min_14cols.csv"


def sound_values(rows: int = ROWS) -> Floats:
    """Return three columns with days and noise in which nothing is wrong."""
    generator = np.random.default_rng(0)
    day = np.sin(2 * np.pi * np.arange(rows) / 144)
    noise = generator.normal(size=(rows, 3))
    return np.stack([990 + 3 * noise[:, 0], 10 + 5 * day + noise[:, 1], np.abs(noise[:, 2])], axis=1)


def survey_of(series: Series, **changes: Any) -> Survey:
    values: dict[str, Any] = {
        "lookback": 12,
        "step": 2,
        "delay": 3,
        "split": split_config((0.0, 0.6), (0.6, 0.8), (0.8, None)),
    }
    return make_survey(series, with_dataset(small_experiment(), dataset_config(**(values | changes))))


def findings(series: Series, **changes: Any) -> list[CheckResult]:
    return [item for item in check_series(survey_of(series, **changes)) if item.level == "finding"]


def notes(series: Series, **changes: Any) -> list[CheckResult]:
    return [item for item in check_series(survey_of(series, **changes)) if item.level == "note"]


def only(found: list[CheckResult]) -> CheckResult:
    (item,) = found
    return item


def with_times(series: Series, rows: Any) -> Series:
    """Return the series with each row's time stamp so many intervals after the first row's."""
    return dataclasses.replace(series, times=series.times[0] + np.asarray(rows) * np.timedelta64(600, "s"))


def test_a_stack_of_series_is_the_finding_whatever_does_not_fit_the_mixture() -> None:
    series = series_of(np.repeat(sound_values(1000), 2, axis=0))
    series = dataclasses.replace(with_times(series, np.arange(2000) // 2), stacked={"station": ("A 1", "B")})
    for lookback in (12, 900):
        survey = survey_of(series, lookback=lookback)
        assert (survey.windows, survey.misfits, [fault.key for fault in survey.faults]) == (None, (), ["dataset.where"])
        found = only(findings(series, lookback=lookback))
        assert found.name == "time stamps"
        assert "1,000 of 2,000 rows" in found.text
        assert "'station'" in found.text
        assert """'dataset.where={station:"A 1"}' reads""" in found.text
        assert """-m 'dataset.where.station="A 1",B' trains""" in found.text


def test_nothing_is_found_in_a_sound_series() -> None:
    checked = check_series(survey_of(series_of(sound_values())))
    assert [item.level for item in checked if item.name != "windows"] == ["ok"] * (len(checked) - 1)
    names = [item.name for item in checked]
    assert names[:3] == ["time stamps", "interval", "missing values"]
    assert names[-7:] == ["targets", "windows", "split", "inputs", "known ahead", "leak", "likeness"]
    (seasons,) = notes(series_of(sound_values()))
    assert "27.8" not in seasons.text
    assert "16.7 d" in seasons.text


def test_more_than_a_year_of_training_needs_no_note() -> None:
    series = series_of(sound_values())
    assert notes(dataclasses.replace(series, times=series.times[0] + np.arange(ROWS) * np.timedelta64(6, "h"))) == []


def test_sentinels_left_unrepaired() -> None:
    values = sound_values()
    values[[100, 101, 300], 2] = -9999
    item = only(findings(series_of(values), repair="off"))
    assert item.name == "missing values"
    assert item.text.startswith("wv (m/s) ")
    assert numbers(item.text) == ["3", "2009-01-01 16:50:00"]
    assert item.text.endswith("dataset.repair=hold")
    assert findings(series_of(values)) == []


def test_missing_values_left_unrepaired_are_reported_once_a_column() -> None:
    values = sound_values()
    values[50, 0] = np.nan
    values[60:62, 2] = np.nan
    found = findings(series_of(values), repair="off")
    assert [(item.text.split(" has")[0], numbers(item.text)[0]) for item in found] == [
        ("p (mbar)", "1"),
        ("wv (m/s)", "2"),
    ]


@pytest.mark.parametrize(("every", "level"), [(15, "note"), (1.5, "finding")])
def test_many_held_values(every: float, level: str) -> None:
    values = sound_values()
    rows = np.unique(np.arange(0, ROWS, every).astype(int))
    values[rows, 2] = np.nan
    item = only([item for item in check_series(survey_of(series_of(values))) if item.name == "held values"])
    assert (item.level, numbers(item.text)) == (level, [f"{len(rows) / ROWS:.1%}"])
    assert item.text.startswith("wv (m/s)")
    assert item.text.endswith("""Remedy: 'dataset.format.drop=["wv (m/s)"]'""") == (level == "finding")


def test_held_values_of_the_target_are_never_targets() -> None:
    values = sound_values()
    values[np.arange(ROWS) % 5 > 0, 1] = np.nan
    (item,) = [item for item in notes(series_of(values)) if item.name == "held values"]
    assert "drop" not in item.text
    assert {item.name for item in findings(series_of(values))} == {"targets"}


def test_one_value_held_for_long() -> None:
    values = sound_values()
    values[1000:1145, 0] = np.nan
    (item,) = [item for item in notes(series_of(values)) if item.name == "held values"]
    assert item.text.startswith("p (mbar)")
    assert numbers(item.text) == ["145", "1.01", "2009-01-07 22:50:00"]
    values[1000, 0] = 990
    assert [item for item in notes(series_of(values)) if item.name == "held values"] == []
    assert findings(series_of(values)) == []


def test_time_stamps_out_of_order_or_twice() -> None:
    rows = np.arange(ROWS)
    rows[[500, 501]] = 501, 500
    rows[900] = 899
    series = with_times(series_of(sound_values()), rows)
    # 500, 501 the wrong way round; 899 twice; 900 lacks.
    item = [item for item in findings(series, repair="off") if item.name == "time stamps"]
    assert numbers(only(item).text) == ["1", "1"]
    assert only(item).text.endswith("dataset.repair=hold")
    # The one that lacks is filled in: never a target.
    assert [item.name for item in notes(series)] == ["time stamps", "targets", "windows"]
    assert findings(series) == []


def stacked_series(rows: int, *values: Floats) -> Series:
    """Return series that stand one below the other, on the same time stamps; nothing tells them apart."""
    return with_times(series_of(np.concatenate(values)), np.tile(np.arange(rows), len(values)))


@pytest.mark.parametrize("repair", ["hold", "off"])
def test_a_mixture_that_no_column_tells_apart_is_a_finding_for_a_training_too(repair: str) -> None:
    values = sound_values()
    survey = survey_of(stacked_series(ROWS, values, values + 10, values - 10), repair=repair)
    (item,) = [item for item in check_series(survey) if item.name == "time stamps"]
    assert (item.level, numbers(item.text)[:3]) == ("finding", ["8,000", "12,000", "66.7%"])
    assert survey.windows is not None
    assert telling_findings(survey.windows, survey.experiment)[0] == item


def test_rows_that_are_there_twice_are_a_note_and_an_hour_of_the_clock_as_well() -> None:
    values = sound_values()
    values[50, 0] = np.nan
    (item,) = [item for item in notes(stacked_series(ROWS, values, values)) if item.name == "time stamps"]
    assert numbers(item.text) == ["1", "4,000"]
    clock = np.arange(ROWS)
    clock[2000:] -= 6
    series = with_times(series_of(values), clock)
    assert findings(series) == []
    assert "time stamps" in [item.name for item in notes(series)]


def test_an_irregular_interval() -> None:
    series = series_of(sound_values())
    jitter = np.zeros(ROWS, dtype=np.int64)
    jitter[::50] = 200
    shaken = dataclasses.replace(series, times=series.times + jitter * np.timedelta64(1, "s"))
    item = only(findings(shaken))
    assert item.name == "interval"
    assert numbers(item.text) == ["159", "3,999", "3.98%", "10"]
    jitter[1000:] = 0
    less = dataclasses.replace(series, times=series.times + jitter * np.timedelta64(1, "s"))
    assert findings(less) == []
    assert "interval" in [item.name for item in notes(less)]


def test_gaps_that_cost_many_windows() -> None:
    rows = np.arange(ROWS) + 10 * (np.arange(ROWS) // 100)
    series = with_times(series_of(sound_values()), rows)
    found = [item for item in notes(series, max_gap=6) if item.name == "gaps"]
    assert [numbers(item.text)[:2] for item in found] == [["345", "2,385"], ["105", "785"], ["105", "785"]]
    assert all(part in item.text for part, item in zip(("train", "val", "test"), found, strict=True))
    assert numbers(found[0].text)[-3:] == ["10", "1.67", "2009-01-01 16:40:00"]
    assert "dataset.max_gap" in found[0].text
    assert findings(series, max_gap=6) == []
    assert [item for item in notes(series, max_gap=10) if item.name == "gaps"] == []
    often = with_times(series_of(sound_values()), np.arange(ROWS) + 10 * (np.arange(ROWS) // 20))
    assert {item.name for item in findings(often, max_gap=6)} == {"gaps"}


def test_targets_that_were_not_measured() -> None:
    values = sound_values()
    values[3400:3900, 1] = np.nan
    item = only(findings(series_of(values)))
    assert numbers(item.text)[:3] == ["500", "785", "63.7%"]
    assert " of test " in item.text
    values[3500:3900, 1] = 10 + np.random.default_rng(0).normal(size=400)
    assert findings(series_of(values)) == []
    (item,) = [item for item in notes(series_of(values)) if item.name == "targets"]
    assert numbers(item.text)[:3] == ["100", "785", "12.7%"]


def test_few_training_windows() -> None:
    def few(end: int) -> list[CheckResult]:
        parts = split_config((0, end), (end, 1300), (1300, None))
        checked = check_series(survey_of(series_of(sound_values(1600)), split=parts))
        return [item for item in checked if item.name == "windows" and "to train on" in item.text]

    assert [(item.level, numbers(item.text)) for item in few(114)] == [("finding", ["99"])]
    assert [(item.level, numbers(item.text)) for item in few(115)] == [("note", ["100"])]
    assert [item.level for item in few(1014)] == ["note"]
    assert few(1015) == []


def test_parts_unlike_the_training_part() -> None:
    values = sound_values()
    values[3200:, 1] += 15
    item = only(findings(series_of(values)))
    assert item.name == "split"
    assert "T (degC) in test" in item.text
    assert 4 <= float(numbers(item.text)[0]) < 5
    assert " above " in item.text
    values[3200:, 1] -= 7
    assert findings(series_of(values)) == []


def test_inputs_far_outside_the_training_part_are_noted() -> None:
    values = sound_values()
    values[:2500, 0] *= 1e-9
    item = only([item for item in notes(series_of(values)) if item.name == "inputs"])
    assert (numbers(item.text)[0], "p (mbar)" in item.text, "50" in item.text) == ("1,500", True, True)
    assert [item for item in notes(series_of(values), input_limit=None) if item.name == "inputs"] == []


@pytest.mark.parametrize("lead", [3, 5, 15])
@pytest.mark.parametrize("sign", [1, -2])
def test_a_column_that_is_the_target_to_come(lead: int, sign: int) -> None:
    values = sound_values()
    values[:, 0] = sign * np.append(values[lead:, 1], values[:lead, 1]) + 7
    item = only(findings(series_of(values)))
    assert item.name == "leak"
    assert item.text.startswith("p (mbar) ")
    assert numbers(item.text)[:2] == [str(lead), "1.00000"]


def test_the_past_gives_nothing_away_nor_does_a_slow_series() -> None:
    values = sound_values()
    values[:, 0] = np.append(values[:5, 1], values[:-5, 1])
    assert findings(series_of(values)) == []
    slow = sound_values()
    slow[:, 1] = np.sin(np.arange(ROWS) / 900) + 0.1 * slow[:, 0].mean()
    slow[:, 0] = slow[:, 1] * 2 + 1e-4 * np.random.default_rng(0).normal(size=ROWS)
    assert [item for item in findings(series_of(slow)) if item.name == "leak"] == []


def test_a_twin_of_the_target_is_worth_a_note() -> None:
    values = sound_values()
    values[:, 0] = values[:, 1] + 273.15
    assert findings(series_of(values)) == []
    (note,) = [item.text for item in notes(series_of(values)) if item.name == "likeness"]
    assert note.startswith("p (mbar) ")
    assert "T (degC)" in note
    assert numbers(note) == ["1.0000"]


def test_a_series_of_which_no_window_can_be_made_is_a_finding() -> None:
    values = sound_values()
    values[:, 0] = np.nan
    survey = survey_of(series_of(values))
    assert (survey.windows, survey.misfits) == (None, ())
    assert "p (mbar)' of a test holds no valid value" in " ".join(
        i.text for i in check_series(survey) if i.level == "finding"
    )


def test_a_configuration_that_does_not_fit_is_no_finding() -> None:
    survey = survey_of(
        series_of(sound_values()), target="nope", split=split_config((0, 9000), (9000, 9100), (9100, None))
    )
    assert survey.windows is None
    assert [fault.key for fault in survey.misfits][:2] == ["dataset.target", "dataset.split.train"]
    assert [item for item in check_series(survey) if item.level == "finding"] == []


def test_the_real_record_has_two_sensors_that_stood_still() -> None:
    if not REAL.is_file():
        pytest.skip(f"the real record is not at {REAL}")
    lines = REAL.read_text(encoding="utf-8").splitlines()
    columns = tuple(name.strip('"') for name in lines[0].split(",")[1:])
    series = series_of(np.array([line.split(",")[1:] for line in lines[1:]], dtype=float), columns)
    found = findings(
        series, lookback=1440, step=6, delay=144, split=split_config((0.0, 0.7), (0.7, 0.85), (0.85, None))
    )
    assert [item.text.split(" from ")[0] for item in found] == [
        "max. wv (m/s) stays at 4.13 for 449 rows (3.12 d)",
        "wd (deg) stays at 302.2 for 287 rows (1.99 d)",
    ]
