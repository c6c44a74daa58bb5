"""Values that are none, sensors that stand still, columns that aren't measurements: with them, and without."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from seqexp.data.arrays import Rows
from seqexp.data.series.series import Series
from seqexp.data.series.value_rules import value_rules
from seqexp.data.survey.limits import QuantityLimits, limits_of
from seqexp.data.survey.outliers import outliers
from seqexp.data.survey.rows import OrderedRows
from seqexp.data.survey.series_check import check_series
from seqexp.data.survey.statistics import SAMPLE, column_statistics
from seqexp.data.survey.telling import telling_findings
from tests.data.helpers import numbers
from tests.data.survey.test_series_check import ROWS, findings, notes, only, sound_values, survey_of
from tests.factories import dataset_config, series_of


def outlying(column: Any) -> list[tuple[float, int]]:
    """Return (value, count) of what lies apart from the rest of a column."""
    series = series_of(np.asarray(column, dtype=float)[:, None], ("x",))
    (figures,) = column_statistics(OrderedRows(series), value_rules(series.columns, dataset_config(sentinels=[])))
    return sorted(pair for item in outliers(figures) for pair in item.values)


def named(name: str, values: Any, unit: str = "") -> QuantityLimits | None:
    series = series_of(np.asarray(values, dtype=float)[:, None], (name,))
    (figures,) = column_statistics(OrderedRows(series), value_rules(series.columns, dataset_config(sentinels=[])))
    return limits_of(figures, unit)


def test_a_unit_that_stands_below_the_header_limits_values_as_one_in_the_name_does() -> None:
    values = 1000 + np.arange(100) % 20
    assert named("P_Avg", values) is None
    assert named("P_Avg", values, " hPa") == named("P_Avg (hPa)", values)
    assert named("P_Avg (hPa)", values) is not None
    recorded = sound_values()
    recorded[100, 0] = -5.0
    series = series_of(recorded, ("P_Avg", "T (degC)", "wv (m/s)"))
    assert not any("pressure of air" in finding.text for finding in findings(series))
    with_units = dataclasses.replace(series, units={"P_Avg": "hPa"})
    assert any("pressure of air" in finding.text for finding in findings(with_units))


NORMAL = np.random.default_rng(0).normal(size=1000)


def test_what_lies_apart_on_both_sides() -> None:
    column = NORMAL.copy()
    column[:3], column[10:12], column[20] = -9999, -9999, 999
    assert outlying(column) == [(-9999.0, 5), (999.0, 1)]
    column[30:34] = 400, 500, 700, 999
    assert outlying(column) == [(-9999.0, 5), (400.0, 1), (500.0, 1), (700.0, 1), (999.0, 2)]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("shift", [0.0, -40.0, 1000.0])
def test_the_unit_does_not_matter(scale: float, shift: float) -> None:
    column = scale * (shift + np.append(NORMAL, 60.0))
    assert outlying(column) == [(column[-1], 1)]
    assert outlying(-column) == [(-column[-1], 1)]
    assert outlying(column[:-1]) == []


@pytest.mark.slow
def test_heavy_tails_flags_and_counts_have_no_outliers() -> None:
    for seed in range(20):
        generator = np.random.default_rng(seed)
        is_wet = generator.random(20_000) < 0.1
        assert outlying(np.where(is_wet, np.round(generator.exponential(1, 20_000) ** 2, 1), 0.0)) == []
        assert outlying(generator.pareto(1.5, 20_000)) == []
        assert outlying(np.exp(2 * generator.normal(size=20_000))) == []
        assert outlying(generator.standard_t(3, 20_000)) == []
        assert outlying(generator.poisson(0.3, 20_000)) == []
    assert outlying(np.arange(5000) % 10 == 0) == []
    assert outlying([0] * 90 + [1] * 5 + [2, 3, 7, 7]) == []


def test_a_heavy_tail_hides_only_what_fits_it() -> None:
    shower = np.random.default_rng(1).pareto(1.5, 20_000)
    assert outlying(np.append(shower, 2 * shower.max())) == []
    assert outlying(np.append(shower, 1e6 * shower.max())) != []


@pytest.mark.parametrize(
    ("name", "values", "low", "high"),
    [
        ("temp_K", 280 + NORMAL, 100, None),
        ("T [K]", 280 + NORMAL, 100, None),
        ("rh (%)", 50 + NORMAL, -5, 110),
        ("Feuchte (%)", 50 + NORMAL, -5, 110),
        ("soil moisture (%)", 30 + NORMAL, -5, 110),
        ("wd (deg)", np.arange(1000) % 360, -0.5, 360.5),
        ("p (mbar)", 990 + NORMAL, 500, 1200),
        ("windSpeed", np.abs(NORMAL), 0, None),
        ("rain (mm)", np.abs(NORMAL), 0, None),
    ],
)
def test_limits_by_unit_and_name(name: str, values: Any, low: float, high: float) -> None:
    found = named(name, values)
    assert found is not None
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("dT (K)", NORMAL),  # a difference
        ("sales_K", 400 + 150 * NORMAL),  # thousands
        ("revenue_K", 225 + NORMAL),
        ("snow temperature (degC)", 3 + NORMAL),
        ("snow (°C)", 3 + NORMAL),
        ("passengers change", 3 + NORMAL),
        ("visitorsDiff", 3 + NORMAL),
        ("growth (%)", 50 + NORMAL),
        ("rh (%)", np.abs(NORMAL) / 10),  # a share, from 0 to 1
        ("angle (deg)", 90 * NORMAL),
        ("load", 500 + NORMAL),
        ("wind_u", NORMAL),
        ("p (mbar)", 5 + NORMAL),  # of vapour
    ],
)
def test_no_limits_where_the_values_say_otherwise(name: str, values: Any) -> None:
    assert named(name, values) is None


def test_values_beyond_the_limits_are_found_with_their_rows() -> None:
    values = sound_values()
    values[700:703, 0] = 0
    item = only(findings(series_of(values)))
    assert (item.name, numbers(item.text)[:2]) == ("impossible values", ["0", "3"])
    assert item.text.startswith("p (mbar) is 0 in 3 rows from 2009-01-05 20:50:00; ")
    assert item.text.endswith("""Remedy: 'dataset.valid={"p (mbar)":[500,1200]}'""")
    assert findings(series_of(values), valid={"p (mbar)": [500, 1200]}) == []


@pytest.mark.parametrize("rows", [ROWS, 20_000])
def test_where_many_values_are_beyond_them_the_name_misleads(rows: int) -> None:
    values = sound_values(rows)
    values[::10, 2] = -3 * np.abs(values[::10, 2])
    assert [item for item in findings(series_of(values)) if item.name == "impossible values"] == []


def test_a_column_named_all_has_no_sentinels_of_its_own() -> None:
    values = sound_values()
    values[700:703, 2] = 999
    series = dataclasses.replace(series_of(values), columns=("p (mbar)", "T (degC)", "all"))
    item = only(findings(series))
    assert "dataset.sentinels=" not in item.text
    assert "Rename the column 'all'" in item.text


def test_all_rows_beyond_the_limits_are_counted() -> None:
    values = sound_values(20_000)
    values[::40, 2] = -3 * np.abs(values[::40, 2]) - 1e-3
    item = only(findings(series_of(values)))
    assert (item.name, "in 500 rows from" in item.text) == ("impossible values", True)


@pytest.mark.parametrize(("wild", "is_found"), [(250, True), (320, True), (590, True), (650, False)])
def test_as_many_outliers_as_are_rare_are_found(wild: int, is_found: bool) -> None:
    generator = np.random.default_rng(2)
    values = sound_values(30_000)
    values[generator.choice(30_000, wild, replace=False), 0] = generator.uniform(5_000, 50_000, wild)
    columns = ("x", "T (degC)", "wv (m/s)")
    found = findings(series_of(values, columns))
    assert [item.name for item in found] == ["outliers"] * is_found
    assert not is_found or f" in {wild} rows " in only(found).text


def test_outliers_of_a_long_series_are_counted_in_all_its_rows() -> None:
    rows, wild = SAMPLE + 100_000, 3000
    generator = np.random.default_rng(2)
    values = sound_values(rows)
    values[generator.choice(rows, wild, replace=False), 0] = generator.uniform(5_000, 50_000, wild)
    item = only(findings(series_of(values, ("x", "T (degC)", "wv (m/s)"))))
    assert (item.name, "in 3,000 rows" in item.text) == ("outliers", True)


@pytest.mark.parametrize("code", [-99.0, -9999.0, 999.0, 1e20])
def test_undeclared_sentinels(code: float) -> None:
    values = sound_values()
    values[700, 1] = code
    item = only(findings(series_of(values), sentinels=[-1]))
    assert item.name == "sentinels"
    assert item.text.startswith(f"T (degC) is {code:.10g} in 1 row, 2009-01-05 20:50:00, ")
    assert item.text.endswith(f"""Remedy: 'dataset.sentinels={{all:[-1],"T (degC)":[{code:g}]}}'""")
    assert findings(series_of(values), sentinels={"all": [-1], "T (degC)": [code]}) == []


def test_a_sentinel_declared_for_another_column_stays_declared() -> None:
    values = sound_values()
    values[700, 1] = 999
    item = only(findings(series_of(values), sentinels={"wv (m/s)": [77]}))
    assert item.text.endswith("""'dataset.sentinels={"wv (m/s)":[77],"T (degC)":[999]}'""")


def test_an_outlier_of_no_known_code_has_a_range_as_its_remedy() -> None:
    values = sound_values()
    values[700, 1] = 1234.5
    item = only(findings(series_of(values), valid={"wv (m/s)": [0, None], "T (degC)": [-60, None]}))
    assert (item.name, item.text[:21]) == ("outliers", "T (degC) is 1234.5 in")
    assert """'dataset.valid={"wv (m/s)":[0,null],"T (degC)":[-60,""" in item.text
    high = float(item.text.rpartition(",")[2].rstrip("]}'"))
    assert values[values < 1000].max() > np.sort(values[:, 1])[-2] < high < 1234.5
    values[900, 1] = 1234.5
    assert only(findings(series_of(values))).name == "sentinels"


def test_a_remedy_keeps_the_narrower_limit() -> None:
    values = sound_values()
    values[:, 2] = 50 + 5 * np.random.default_rng(6).normal(size=ROWS)
    values[700:703, 2] = -40
    columns = ("p (mbar)", "T (degC)", "rh (%)")
    for given, both in (((None, 100), "[-5,100]"), ((None, 200), "[-5,110]"), ((-60, None), "[-5,110]")):
        item = only(findings(series_of(values, columns), valid={"rh (%)": list(given)}))
        assert item.text.endswith(f"""'dataset.valid={{"rh (%)":{both}}}'""")


def test_without_repair_a_remedy_has_it_as_well() -> None:
    values = sound_values()
    values[700:1100:10, 1], values[900, 0] = 999, 5e4
    found = findings(series_of(values), repair="off")
    assert [item.name for item in found] == ["impossible values", "sentinels"]
    assert all(item.text.endswith("' dataset.repair=hold") for item in found)
    values[900, 0] = 990
    survey = survey_of(series_of(values), repair="off", valid={"T (degC)": [-60, 60]})
    assert survey.windows is not None
    (item,) = [item for item in check_series(survey) if item.level == "finding"]
    assert (item.name, numbers(item.text)[0]) == ("missing values", "40")
    assert telling_findings(survey.windows, survey.experiment) == [item]
    assert findings(series_of(values), valid={"T (degC)": [-60, 60]}) == []


@pytest.mark.parametrize("value", [1e308, -1.7e308])
@pytest.mark.filterwarnings("error")
def test_the_largest_numbers_are_found_without_a_warning(value: float) -> None:
    values = sound_values()
    values[700, 0] = value
    item, of_windows = findings(series_of(values, ("x", "T (degC)", "wv (m/s)")))
    assert (item.name, of_windows.name) == ("outliers", "windows")
    assert len(item.text) < 200
    assert "'x'" in of_windows.text


def test_a_value_that_is_reported_is_not_stuck_as_well() -> None:
    values = sound_values()
    values[1000:1200, 2] = 105
    assert [item.name for item in findings(series_of(values))] == ["sentinels"]
    assert "stuck values" not in [item.name for item in notes(series_of(values))]


def test_a_state_is_no_error() -> None:
    values = sound_values()
    values[:, 0] = 400 + 4 * np.random.default_rng(5).normal(size=ROWS)
    values[2000:2050, 0] = 0
    columns = ("power", "T (degC)", "wv (m/s)")
    assert findings(series_of(values, columns)) == []
    (item,) = [item for item in notes(series_of(values, columns)) if item.name == "sentinels"]
    assert item.text.startswith("power is 0 in 50 rows")


def test_rows_that_slip_to_one_value_within_the_range() -> None:
    values = sound_values()
    values[:, 1] = 10 + 9 * np.sin(np.arange(ROWS) / 200) + 0.1 * values[:, 2]
    rows = np.flatnonzero(values[:, 1] > 14)[10::100][:9]
    values[rows, 1] = 5
    item = only(findings(series_of(values)))
    assert (item.name, numbers(item.text)[:2]) == ("sentinels", ["5", str(len(rows))])
    values[rows, 1] = 4 + np.arange(len(rows))
    assert [item for item in findings(series_of(values)) if item.name == "sentinels"] == []


def test_the_only_negative_value_of_a_column() -> None:
    values = sound_values()
    values[:, 2] = np.random.default_rng(3).poisson(200, ROWS) * np.random.default_rng(4).random(ROWS)
    values[[50, 90, 400], 2] = -1
    columns = ("p (mbar)", "T (degC)", "sold")
    item = only(findings(series_of(values, columns)))
    assert item.text.startswith("sold is -1 in 3 rows")
    assert item.text.endswith("Remedy: 'dataset.sentinels={sold:[-1]}'")


def test_a_counter_of_rows_and_a_meter() -> None:
    values = sound_values()
    columns = ("No", "T (degC)", "kWh")
    for counter in (7 + np.arange(ROWS), 9000 - 2.5 * np.arange(ROWS)):
        values[:, 0] = counter
        item = only(findings(series_of(values, columns)))
        assert (item.name, item.text[:3]) == ("counters", "No ")
        assert item.text.endswith("Remedy: 'dataset.format.drop=[No]'")
    values[:, 0] = np.arange(ROWS) % 1000  # starts again: it is within its range
    assert findings(series_of(values, columns)) == []
    values[:, 0], values[:, 2] = sound_values()[:, 0], np.cumsum(values[:, 2])
    assert findings(series_of(values, columns)) == []
    (item,) = [item for item in notes(series_of(values, columns)) if item.name == "counters"]
    assert item.text.startswith("kWh ")


def shuffled(series: Series, order: Rows) -> Series:
    return dataclasses.replace(series, times=series.times[order], values=series.values[order])


def test_rows_out_of_order_are_checked_in_the_order_of_their_time_stamps() -> None:
    values = sound_values()
    values[1000:1200, 0] = 991.5
    series = series_of(np.column_stack([values, 7.0 + np.arange(ROWS)]), ("p (mbar)", "T (degC)", "wv (m/s)", "No"))
    found = findings(series)
    assert [item.name for item in found] == ["stuck values", "counters"]
    for order in (np.random.default_rng(0).permutation(ROWS), np.arange(ROWS)[::-1]):
        assert findings(shuffled(series, order)) == found
    twice = np.sort(np.append(np.arange(ROWS), np.arange(0, ROWS, 3)))  # a copy of every third row
    assert findings(shuffled(series, twice)) == found
    as_recorded = findings(shuffled(series, np.arange(ROWS)[::-1]), repair="off")
    assert [item.name for item in as_recorded[:3]] == ["time stamps", "stuck values", "counters"]
    assert "No falls" in as_recorded[2].text


def test_a_training_is_told_of_a_target_that_stands_still_in_rows_out_of_order() -> None:
    values = sound_values()
    values[1000:1200, 1] = 9.5
    told = []
    for order in (np.arange(ROWS), np.random.default_rng(0).permutation(ROWS)):
        survey = survey_of(shuffled(series_of(values), order))
        assert survey.windows is not None
        told.append(telling_findings(survey.windows, survey.experiment))
    assert only(told[0]).name == "stuck values"
    assert told[0] == told[1]


def test_a_counter_is_one_whose_rows_all_rise() -> None:
    values = sound_values()
    columns = ("No", "T (degC)", "wv (m/s)")
    values[:, 0] = np.append(np.arange(ROWS // 2), np.arange(ROWS // 2))
    order = np.append(np.arange(ROWS), np.arange(100))  # rows that are there already, at the end
    assert [item for item in notes(shuffled(series_of(values, columns), order)) if item.name == "counters"] == []


def test_equal_columns_are_worth_a_note() -> None:
    values = sound_values()
    values[:, 2] = values[:, 1]
    assert findings(series_of(values)) == []
    (item,) = [item for item in notes(series_of(values)) if item.name == "equal columns"]
    assert item.text.startswith("T (degC) and wv (m/s) are equal ")
    assert item.text.endswith("""'dataset.format.drop=["wv (m/s)"]'""")
    values[77, 2] += 1e-9
    assert [item for item in notes(series_of(values)) if item.name == "equal columns"] == []


def test_one_remedy_leaves_out_all_columns_with_one_fault() -> None:
    values = sound_values()
    values[:, 0], values[:, 2] = 5, 7
    found = findings(series_of(values), repair="off")
    assert [item.text.split(" never")[0] for item in found] == ["p (mbar)", "wv (m/s)"]
    values[:, 0], values[:, 2] = np.arange(ROWS), 3 * np.arange(ROWS)
    counters = [item for item in findings(series_of(values)) if item.name == "counters"]
    empty = sound_values()
    empty[:, [0, 2]] = np.nan
    held = findings(series_of(empty))
    assert [item.name for item in held] == ["held values"] * 2 + ["windows"] * 2
    assert len(counters) == 2
    for item in (*found, *counters, *held):
        assert item.text.endswith("""'dataset.format.drop=["p (mbar)","wv (m/s)"]'""")


def test_the_target_is_never_to_be_left_out() -> None:
    for columns in ((1,), (0, 1)):
        values = sound_values()[:, columns]
        values[:] = np.nan
        series = series_of(values, tuple(("p (mbar)", "T (degC)")[column] for column in columns))
        (item,) = [item for item in findings(series, target="T (degC)") if "'T (degC)'" in item.text]
        assert (item.name, "Remedy" in item.text) == ("windows", False)


def test_constant_columns_are_left_out_where_repaired() -> None:
    values = sound_values()
    values[:, 0] = 5
    (note,) = [item.text for item in notes(series_of(values)) if item.name == "constant columns"]
    assert note.startswith("p (mbar) ")
    assert findings(series_of(values)) == []
    item = only(findings(series_of(values), repair="off"))
    assert (item.name, item.text[:8]) == ("constant columns", "p (mbar)")
    assert item.text.endswith("""Remedy: 'dataset.format.drop=["p (mbar)"]'""")
    values[3900:, 0] += np.arange(100)
    (note,) = [item.text for item in notes(series_of(values)) if item.name == "constant columns"]
    assert note.startswith("p (mbar) ")
    assert "training" in note


def test_a_stuck_sensor() -> None:
    values = sound_values()
    values[1000:1200, 0] = 991.5
    item = only(findings(series_of(values)))
    assert item.name == "stuck values"
    assert item.text.startswith("p (mbar) ")
    assert numbers(item.text)[:4] == ["991.5", "200", "1.39", "2009-01-07 22:50:00"]
    values[1100, 0] = 992
    assert findings(series_of(values)) == []


def test_a_short_stretch_and_a_column_of_few_values_are_worth_a_note() -> None:
    values = sound_values(20_000)
    values[1000:1190, 0] = 991.5
    (note,) = [item for item in notes(series_of(values)) if item.name == "stuck values"]
    assert numbers(note.text)[-1] == "0.95%"
    values = sound_values()
    values[:, 0] = np.clip(np.round(30 + 12 * np.random.default_rng(2).normal(size=ROWS)), 1, 65)
    values[1000:1200, 0] = 40
    assert findings(series_of(values)) == []
    (text,) = [item.text for item in notes(series_of(values)) if item.name == "stuck values"]
    assert text.startswith("p (mbar) stays at 40 for")
    assert f"only {len(np.unique(values[:, 0]))} different values" in text
    values[1000:1721, 0] = 40  # five days, and a row
    assert only(findings(series_of(values))).text.startswith("p (mbar) stays at 40 for 721 rows")


def test_a_target_that_stands_still_is_not_to_be_left_out() -> None:
    values = sound_values()
    values[1000:1200, 1] = 9.5
    item = only(findings(series_of(values)))
    assert (item.name, "Remedy" in item.text) == ("stuck values", False)


def test_a_calm_is_worth_a_note_and_a_slow_column_nothing() -> None:
    values = sound_values()
    values[1000:1200, 2] = 0
    values[:, 0] = np.arange(ROWS) // 400
    assert findings(series_of(values)) == []
    (note,) = [item for item in notes(series_of(values)) if item.name == "stuck values"]
    assert note.text.startswith("wv (m/s) ")
    assert numbers(note.text)[:2] == ["0", "200"]


def test_a_training_is_told_of_the_targets_own_faults_alone() -> None:
    values = sound_values()
    values[700, :] = 1e5, -9999, 1e5
    survey = survey_of(series_of(values), sentinels=[])
    assert survey.windows is not None
    (item,) = telling_findings(survey.windows, survey.experiment)
    assert (item.name, item.level) == ("sentinels", "finding")
    assert item.text.startswith("T (degC) is -9999 in 1 row")
    assert item.text in [found.text for found in check_series(survey)]
    sound = survey_of(series_of(sound_values()))
    assert sound.windows is not None
    assert telling_findings(sound.windows, sound.experiment) == []
