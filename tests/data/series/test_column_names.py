"""A column may be named without its unit, where that says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.data.series.column_names import (
    column_named,
    experiment_in_full,
    mapping_in_full,
    names_in_full,
    split_name,
    unit_of,
)
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.load import load_series
from tests.conftest import Run
from tests.factories import make_plan
from tests.faults import is_about, only_fault_of

COLUMNS = ("T (degC)", "T (K)", "rh (%)", "rh", "p (mbar)")


@pytest.mark.parametrize(
    ("name", "column"),
    [("p", "p (mbar)"), ("rh", "rh"), ("T", "T"), ("T (K)", "T (K)"), ("P", "P"), ("p (mbar)", "p (mbar)")],
)
def test_a_name_without_a_unit_means_the_one_column_that_is_called_so(name: str, column: str) -> None:
    assert column_named(name, COLUMNS) == column


@pytest.mark.parametrize(
    ("column", "name", "unit"),
    [
        ("T (degC)", "T", "deg C"),
        ("T", "T", ""),
        ("T ()", "T ()", ""),
        ("Temp, °C (LGR S/N: 1, SEN S/N: 1)", "Temp", "°C"),
        ("Batt (LGR S/N: 1)", "Batt", ""),
    ],
)
def test_serial_numbers_are_no_units(column: str, name: str, unit: str) -> None:
    assert split_name(column) == (name, unit)
    assert unit_of(column) == unit
    assert column_named(name, (column, "#")) == column


def test_two_names_of_one_column_are_refused_and_each_column_is_listed_once() -> None:
    fault = only_fault_of(mapping_in_full, "dataset.valid", {"p": [0, 1], "p (mbar)": [2, 3]}, COLUMNS)
    assert is_about(fault, "dataset.valid", "[0, 1]", "[2, 3]", "'p'", "'p (mbar)'")
    assert mapping_in_full("dataset.valid", {"p": [0, 1], "no": [2, 3]}, COLUMNS) == {"p (mbar)": [0, 1], "no": [2, 3]}
    assert names_in_full(["p", "rh", "p (mbar)"], COLUMNS) == ["p (mbar)", "rh"]


def test_short_names_choose_times_rows_and_categories(tmp_path: Path) -> None:
    rows = (f"2024-01-{1 + i // 24:02} {i % 24:02}:00,{i},{'NS'[i % 2]},{i % 3}" for i in range(480))
    (tmp_path / "a.csv").write_text("when (UTC),p (mbar),wind (dir),no (x)\n" + "\n".join(rows) + "\n")
    named = ["dataset.format.time=when", "dataset.where={no:1}", "dataset.categories=[wind]", "dataset.target=p"]
    small = ["dataset.lookback=2", "dataset.step=1", "dataset.delay=1", "dataset.batch_size=4"]
    experiment = make_plan(["dataset=csv", f"dataset.path={tmp_path}/a.csv", *named, *small]).experiments[0]
    series = load_series(experiment.series, "path", lambda _: None)
    assert (len(series), series.columns, dict(series.categories)) == (160, ("p (mbar)",), {"wind (dir)": ("S", "N")})
    windows = make_windows(series, experiment_in_full(experiment, series.named))
    assert [category.name for category in windows.categories] == ["wind (dir)"]


@pytest.fixture
def weather(tmp_path: Path) -> Path:
    rows = (f"2024-01-{1 + i // 24:02} {i % 24:02}:00,{i % 7},{280 + i % 5},{i % 3}" for i in range(24 * 28))
    (tmp_path / "weather.csv").write_text("time,p (mbar),T (K),T (degC)\n" + "\n".join(rows) + "\n")
    return tmp_path


def test_every_command_takes_it_and_shows_the_name_that_it_takes(seqexp: Run, weather: Path) -> None:
    data = ["dataset.path=weather.csv", "dataset.lookback=24", "dataset.delay=1", "dataset.batch_size=16"]
    short, full = (
        seqexp("data", "check", "csv", *data, f"dataset.target={name}", cwd=weather) for name in ("p", "p (mbar)")
    )
    assert (short.returncode, short.stdout) == (0, full.stdout)
    rules = ["dataset.valid={p:[0,6]}", "dataset.sentinels={p:[3]}"]
    described = seqexp("data", "describe", "csv", *data, "dataset.target=p", *rules, cwd=weather)
    assert described.returncode == 0
    named = [line.split("  ")[0] for line in described.stdout.splitlines() if line.startswith(("p ", "T "))]
    assert named == ["p", "T (K)", "T (degC)"]
    dropped = seqexp("data", "describe", "csv", *data, "dataset.target=T (K)", "dataset.format.drop=[p]", cwd=weather)
    assert "mbar" not in dropped.stdout
    refused = seqexp("data", "check", "csv", *data, "dataset.target=T", cwd=weather)
    assert refused.returncode == 2
    assert "'T (K)' or 'T (degC)'" in refused.stderr
