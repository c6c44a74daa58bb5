"""Rows that are chosen by the values of a column, against pandas; columns of texts as codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqexp.data.files.chosen import TableChoice
from seqexp.data.files.delimited import csv_file
from tests.data.tables import assert_refused, fails, file_format, read, write
from tests.faults import is_about, only_fault_of

STATIONS = ("EWR", "JFK", "LGA")


@pytest.fixture(params=["csv", "parquet"])
def stacked(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, pd.DataFrame]:
    """Three stations one below the other, named by a text and by a number, as a file and as a frame."""
    generator = np.random.default_rng(0)
    times = pd.date_range("2020-01-01", periods=50, freq="h")
    frame = pd.concat(
        pd.DataFrame({"origin": name, "id": 10 * number, "time": times, "x": generator.normal(size=50)})
        for number, name in enumerate(STATIONS)
    )
    path = tmp_path / f"a.{request.param}"
    frame.to_csv(path, index=False) if request.param == "csv" else frame.to_parquet(path, index=False)
    return path, frame


@pytest.mark.parametrize(
    ("where", "columns"),
    [
        ({"origin": "JFK"}, ["id", "x"]),
        ({"origin": ["EWR", "LGA"]}, ["id", "x"]),
        ({"id": 20}, ["x"]),
        ({"id": ["20"]}, ["x"]),
        ({"id": [0, 10.0]}, ["id", "x"]),
        ({"origin": ["EWR", "LGA"], "id": [10, 20]}, ["id", "x"]),
    ],
)
def test_rows_are_those_that_pandas_chooses(
    stacked: tuple[Path, pd.DataFrame], where: dict[str, Any], columns: list[str]
) -> None:
    path, frame = stacked
    for name, value in where.items():
        asked = value if isinstance(value, list) else [value]
        frame = frame[frame[name].isin([float(item) for item in asked] if name == "id" else asked)]
    content = read(path, choice=TableChoice(where))
    assert content.columns == tuple(columns)
    np.testing.assert_array_equal(content.values, frame[columns].to_numpy())
    np.testing.assert_array_equal(content.times, frame["time"].to_numpy().astype("datetime64[us]"))
    assert all(f"rows where {name} is" in content.notes for name in where)


@pytest.mark.parametrize(
    ("where", "key", "facts"),
    [
        ({"orign": "EWR"}, "orign", ["a.", "Did you mean 'origin'?"]),
        ({"station": "EWR"}, "station", ["'origin', 'id', 'time', 'x'"]),
        ({"origin": "EWRR"}, "origin", ["EWR, JFK, LGA", "'EWRR'", "Did you mean 'EWR'?"]),
        ({"origin": ["JFK", 7]}, "origin", ["EWR, JFK, LGA", "Received: 7"]),
        ({"id": 5}, "id", ["0, 10, 20", "Received: 5"]),
        ({"id": "JFK"}, "id", ["0, 10, 20", "Received: 'JFK'"]),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    stacked: tuple[Path, pd.DataFrame], where: dict[str, Any], key: str, facts: list[str]
) -> None:
    fault = only_fault_of(read, stacked[0], choice=TableChoice(where))
    assert is_about(fault, f"dataset.where.{key}", *facts), fault


def test_a_station_far_behind_the_beginning_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file begins with may hold none of the rows, and another unit's words where these have numbers."""
    monkeypatch.setattr(csv_file, "SAMPLE_BYTES", 400)
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 300)
    stamps = [f"2020-01-{1 + number // 24:02d} {number % 24:02d}:00" for number in range(100)]
    lines = [f"{name},{stamp},{number}" for name in "AB" for number, stamp in enumerate(stamps)]
    path = write(tmp_path / "a.csv", "station,time,x", *lines)
    content = read(path, choice=TableChoice({"station": "B"}))
    np.testing.assert_array_equal(content.values[:, 0], np.arange(100))


def test_what_is_wrong_with_other_rows_does_not_matter(tmp_path: Path) -> None:
    rows = ["2020-01-01,wind,NW", "2020-01-01,temp,1.5", "2020-01-02,wind,N", "2020-01-02,temp,2.5"]
    path = write(tmp_path / "a.csv", "time,variable,value", *rows)
    assert "'NW' in line 2" in fails(path)
    content = read(path, choice=TableChoice({"variable": "temp"}))
    assert (content.columns, content.values.tolist()) == (("value",), [[1.5], [2.5]])
    path = write(tmp_path / "b.csv", "time,variable,value", *rows, "2020-01-03,temp,off")
    facts = "column 'value'", "'off' in line 6 of"
    assert_refused(path, "dataset.path", *facts, choice=TableChoice({"variable": "temp"}))


def test_fewer_than_two_rows_are_no_series(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "time,s,x", "2020-01-01,A,1", "2020-01-02,B,2", "2020-01-03,B,3")
    assert_refused(path, "dataset.path", "2 rows or more", "Received: 1", choice=TableChoice({"s": "A"}))


def test_cells_are_compared_as_what_they_are(tmp_path: Path) -> None:
    """Numbers by their value, texts letter by letter, also those that would mean a missing value elsewhere."""
    rows = [
        "01.01.2020;01;NA;1,5;true",
        "02.01.2020;1;NA;1,50;false",
        "03.01.2020;2; NA ;2;true",
        "04.01.2020;2;;2;true",
    ]
    path = write(tmp_path / "a.csv", "Datum;id;region;size;flag", *rows)

    def days(**where: Any) -> list[int]:
        return [time.day for time in read(path, choice=TableChoice(where), time="Datum").times.tolist()]

    assert days(id=1) == days(id="01") == days(size=1.5) == [1, 2]
    assert days(region="NA") == [1, 2, 3]
    assert days(flag=True) == days(flag="true") == days(flag=1) == [1, 3, 4]


def test_texts_become_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 60)
    words = ["Rain", "Sun", "", "Rain", "NA", " Snow ", "Sun"]
    path = write(tmp_path / "a.csv", "time,weather,x", *(f"2020-01-{d:02d},{w},{d}" for d, w in enumerate(words, 1)))
    content = read(path, choice=TableChoice({}, ("weather",)))
    assert content.texts == {"weather": ["Rain", "Sun", None, "Rain", None, "Snow", "Sun"]}
    assert (content.columns, content.dropped) == (("x",), ())
    assert read(path).texts == {}
    assert file_format().text_columns == "drop"
    refusing = read(path, choice=TableChoice({}, ("weather",)), text_columns="refuse")
    assert refusing.texts == content.texts
