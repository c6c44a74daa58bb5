"""Files in which several series stand one below the other, and files in which time stamps repeat for other reasons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.chosen import TableChoice
from seqexp.data.files.stacked import find_stack
from seqexp.data.series.load import open_table
from tests.data.tables import file_format

HOURS = pd.date_range("2020-01-01", periods=400, freq="h")


def stack_of(frame: pd.DataFrame, tmp_path: Path, **choice: object) -> dict[str, tuple[str, ...]]:
    path = tmp_path / "a.csv"
    frame.to_csv(path, index=False)
    table = open_table(InputFile(path, "dataset.path"), file_format(time="time"), None, TableChoice(choice))
    return find_stack(table, np.concatenate([chunk.times for chunk in table.chunks()]))


def station(name: object, times: pd.DatetimeIndex = HOURS, column: str = "station") -> pd.DataFrame:
    generator = np.random.default_rng(len(str(name)))
    values = generator.normal(size=len(times)).round(1)
    return pd.DataFrame({column: name, "time": times, "temp": values, "wind": generator.integers(0, 9, len(times))})


@pytest.mark.parametrize("sort", ["station", "time"])
@pytest.mark.parametrize("names", [("A", "B", "C"), (7, 12, 30), (0.5, 1.5, 10.0)])
def test_stations_are_told_apart(names: tuple[object, ...], sort: str, tmp_path: Path) -> None:
    frame = pd.concat(map(station, names)).sort_values(sort, kind="stable")
    assert stack_of(frame, tmp_path) == {
        "station": tuple(f"{name:g}" if isinstance(name, float) else str(name) for name in names)
    }


def test_stations_that_begin_and_end_apart(tmp_path: Path) -> None:
    frame = pd.concat([station("A"), station("B", HOURS[300:]), station("C", HOURS[:40])])
    assert stack_of(frame, tmp_path) == {"station": ("A", "B", "C")}


def test_stations_some_of_whose_rows_come_twice(tmp_path: Path) -> None:
    """Were it no stack, the first station alone would be read, and the others' rows left out as repeated ones."""
    frame = pd.concat(station(name, HOURS.append(HOURS[:24])) for name in "ABC")
    assert stack_of(frame, tmp_path) == {"station": ("A", "B", "C")}


def test_a_table_of_variable_and_value_is_a_stack(tmp_path: Path) -> None:
    frame = station("A").drop(columns="station").melt("time")
    assert stack_of(frame, tmp_path) == {"variable": ("temp", "wind")}


def test_two_columns_together(tmp_path: Path) -> None:
    frame = pd.concat(station(s).assign(depth=d) for s in ("A", "B") for d in (1, 5))
    assert stack_of(frame, tmp_path) == {"station": ("A", "B"), "depth": ("1", "5")}
    assert stack_of(frame, tmp_path, station="B") == {"depth": ("1", "5")}
    assert stack_of(frame, tmp_path, station="B", depth=5) == {}


def test_an_empty_cell_is_a_group_of_its_own(tmp_path: Path) -> None:
    frame = pd.concat(station(s).assign(kind=k) for s in ("A", "B") for k in ("x", "y", None))
    assert stack_of(frame, tmp_path) == {"station": ("A", "B"), "kind": ("x", "y")}


def test_names_come_before_numbers(tmp_path: Path) -> None:
    frame = pd.concat(station(s).assign(number=n) for n, s in enumerate("AB"))
    frame = frame[["number", "time", "temp", "station"]]
    assert stack_of(frame, tmp_path) == {"station": ("A", "B")}


def test_kinds_of_weather_are_no_stations(tmp_path: Path) -> None:
    """Several kinds at one time stand in a row each; the rows of one kind come and go."""
    generator = np.random.default_rng(0)
    kinds = [
        (time, kind) for time in HOURS for kind in generator.choice(list("abcdef"), generator.integers(1, 3), False)
    ]
    frame = pd.DataFrame(kinds, columns=["time", "weather"]).assign(x=lambda rows: np.arange(len(rows)) % 97)
    assert frame["time"].duplicated().mean() > 0.2
    assert stack_of(frame, tmp_path) == {}


def test_rounded_stamps_and_rows_sent_twice_are_no_stack(tmp_path: Path) -> None:
    rounded = station("A", pd.date_range("2020-01-01", periods=400, freq="30min").floor("h"))
    assert stack_of(rounded, tmp_path) == {}
    assert stack_of(pd.concat([station("A"), station("A")]), tmp_path) == {}


def test_a_replaced_logger_is_no_stack(tmp_path: Path) -> None:
    """Two that follow each other, an hour together."""
    assert stack_of(pd.concat([station("A", HOURS[:201]), station("B", HOURS[200:])]), tmp_path) == {}


def test_remarks_that_all_differ_tell_nothing(tmp_path: Path) -> None:
    frame = pd.concat([station("A"), station("A")])
    frame["remark"] = [f"row {number}" for number in range(len(frame))]
    assert stack_of(frame, tmp_path) == {}
