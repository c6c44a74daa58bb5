from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.tables import assert_refused, fails, read, series, write

DAYS = [f"{day:02d}.01.2020" for day in range(10, 20)]


@pytest.mark.parametrize(
    ("header", "row", "time"),
    [
        ("x,Datum,y", "1,13.01.2020 00:00,2", "'Datum'"),
        ("x,when,y", "1,13.01.2020 00:00,2", "'when'"),
        ("date,x,published", "2020-01-01,1,2020-03-01", "'date'"),
        ("last_update_time,date,x", "2020-01-01,2020-03-01,1", "'date'"),
        ("start,time,sunrise,x", "2020-01-01,2020-01-01T00:00,2020-01-01T08:00,1", "'time'"),
        ("x,Timestamp", "1,1577934245", "'Timestamp'"),
        ("x,unix_time", "1,1577934245250", "'unix_time'"),
        ("number,date", "20200101,20200102", "'date'"),
        (",x", "2020-01-01,1", "'(unnamed 1)'"),
        ("Date,Time,x", "13/01/2020,18.00.00,1", "'Date' + 'Time'"),
        ("Date,Time,x", "13/01/2020,18:00,1", "'Date' + 'Time'"),
        ("Date,Time,x", "2020-01-13,6:00 PM,1", "'Date' + 'Time'"),
        ("No,year,month,day,hour,x", "1,2020,1,2,3,4", "'year' + 'month' + 'day' + 'hour'"),
        ("Year,Month,Day,x", "2020,1,2,4", "'Year' + 'Month' + 'Day'"),
    ],
)
def test_time_column_is_found(header: str, row: str, time: str, tmp_path: Path) -> None:
    content = read(write(tmp_path / "a.csv", header, row, row))
    assert f"time {time} like " in content.notes
    assert "2020-01-" in str(content.times[0]) or "2020-03-01" in str(content.times[0])
    assert not set(content.columns) & {name.strip("'") for name in time.split(" + ")}


def test_clock_is_part_of_the_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Date;Time;x", "13/01/2020;18.00.00;2,5", "14/01/2020;19.30.00;3")
    content = read(path)
    assert [str(time) for time in content.times] == ["2020-01-13T18:00:00.000000", "2020-01-14T19:30:00.000000"]
    assert "'Date' + 'Time' like %d/%m/%Y %H.%M.%S" in content.notes


def test_columns_that_are_named_are_joined(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "d,h,x", "20200101,7,1", "20200101,8,2")
    content = read(path, time=["d", "h"], time_format="%Y%m%d %H")
    assert [str(time) for time in content.times.astype("datetime64[h]")] == ["2020-01-01T07", "2020-01-01T08"]
    assert content.columns == ("x",)


def test_named_time_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "local,utc,x", *(f"2020-01-0{n} 01:00,2020-01-0{n} 00:00,{n}" for n in (1, 2)))
    assert_refused(path, "dataset.path", "dataset.format.time", "'local', 'utc'")
    assert str(read(path, time="utc").times[0]) == "2020-01-01T00:00:00.000000"
    assert read(path, time="utc").dropped == ("local",)
    assert read(path, time="utc", drop=["local"]).dropped == ()


def test_of_several_time_columns_the_one_that_rises_is_taken(tmp_path: Path) -> None:
    rows = [f"2022-09-{20 + row // 24},2022-09-{20 + row // 24} {row % 24:02d}:00,{row}" for row in range(60)]
    content = read(write(tmp_path / "a.csv", "date,ts,x", *rows))
    assert content.times[25] == np.datetime64("2022-09-21T01:00")
    assert (content.columns, content.dropped) == (("x",), ("date",))
    assert "'ts' is the time and not 'date'" in content.notes
    assert "dataset.format.time" in content.notes
    backwards = write(tmp_path / "b.csv", "date,ts,x", *reversed(rows))
    assert read(backwards).times[0] == np.datetime64("2022-09-22T11:00")
    both = write(tmp_path / "c.csv", "end time,start time,x", *(f"2020-01-0{n + 1},2020-01-0{n},1" for n in (1, 2, 3)))
    assert_refused(both, "dataset.path", "dataset.format.time=", "end time", "start time")
    assert read(both, time="start time").times[0] == np.datetime64("2020-01-01")


def test_zone_becomes_utc_and_is_said(tmp_path: Path) -> None:
    content = read(write(tmp_path / "a.csv", *series(["2020-01-01T00:00+01:00", "2020-07-01T00:00+02:00"])))
    assert [str(time) for time in content.times.astype("datetime64[h]")] == ["2019-12-31T23", "2020-06-30T22"]
    assert "time stamps with a zone: converted to UTC" in content.notes


def test_given_format_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *series(["1/2/20", "1/3/20"]))
    assert str(read(path, time="time", time_format="%d/%m/%y").times[1]) == "2020-03-01T00:00:00.000000"
    assert str(read(path, time="time", time_format="%m/%d/%y").times[1]) == "2020-01-03T00:00:00.000000"
    given = {"time": "time", "time_format": "%Y-%m-%d"}
    assert_refused(path, "dataset.path", "like %Y-%m-%d", "column 'time'", "'1/2/20' in line 2 of", **given)


def test_days_and_months_that_cannot_be_distinguished(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *series(["1/2/2020", "1/3/2020", "1/4/2020"]))
    remedy = "dataset.format.time_format='%d/%m/%Y' or '%m/%d/%Y'"
    assert_refused(path, "dataset.path", "column 'time'", "Received: '1/2/2020' in", remedy)


def test_other_stamp_later_is_named(tmp_path: Path) -> None:
    stamps = [*(f"{1 + day % 12}/{1 + day % 28}/2020" for day in range(50_000)), "13/1/2020"]
    path = write(tmp_path / "a.csv", *series(stamps))
    facts = "like %m/%d/%Y", "dataset.format.time_format", "Received: '13/1/2020' in line 50002 of"
    assert_refused(path, "dataset.path", *facts)


@pytest.mark.parametrize(
    ("header", "row", "changes", "key", "facts"),
    [
        ("a,b", "1,2", {}, "path", ["dataset.format.time,", "dataset.format.time_format"]),
        ("a,b", "1,2", {}, "path", ["columns 'a' (such as '1'), 'b' (such as '2') in"]),
        ("Datum,x", "1.1.2020,2", {"time": "Dat"}, "format.time", ["Received: 'Dat'", "mean 'Datum'?"]),
        ("Datum,x", "1.1.2020,2", {"time": "zzz"}, "format.time", ["Received: 'zzz'", "'Datum', 'x'"]),
        ("Datum,x", "1.1.2020,2", {"time": ["Datum", "X "]}, "format.time", ["Received: 'X '", "mean 'x'?"]),
        ("Datum,temp", "1.1.2020,2", {"drop": ["tmp"]}, "format.drop", ["Received: 'tmp'", "mean 'temp'?"]),
        ("Datum,x", "1.1.2020,2", {"drop": ["x"]}, "path", ["numbers", "Received: 'Datum', 'x' in"]),
        ("Datum,x", "1.1.2020,two", {}, "path", ["numbers", "Received: 'Datum', 'x' in"]),
        ("Datum,x", "1.1.2020,2", {"time": "x"}, "path", ["column 'x'", "dataset.format.time_format", "'2' in"]),
        ("Datum,x", "01.02.20,2", {"time": "Datum"}, "path", ["column 'Datum'", "time_format", "'01.02.20' in"]),
        ("Datum,x", "1.1.2020,2", {"time_format": "%Q"}, "format.time_format", ["%Y", "Received: '%Q'"]),
        ("d,a,b", "2020-01-01,1,N", {"text_columns": "refuse"}, "path", ["Received: 'b' (such as 'N') in"]),
        (
            "d,b,c",
            "2020-01-01,N,u v",
            {"text_columns": "refuse"},
            "path",
            ["'c' (such as 'u v')", "'dataset.format.drop=[b,c]'"],
        ),
        (
            "d;a;b",
            "2020-01-01;1.234,5;1,234.5",
            {},
            "path",
            ["'.'", "dataset.format.decimal", "dataset.format.thousands", "'1.234,5' in column 'a'"],
        ),
    ],
)
def test_what_is_refused(
    header: str, row: str, changes: dict[str, object], key: str, facts: list[str], tmp_path: Path
) -> None:
    assert_refused(write(tmp_path / "a.csv", header, row, row), f"dataset.{key}", *facts, **changes)


def test_all_unknown_names_are_reported_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *series(DAYS))
    text = fails(path, time="Zeit", drop=["u", "v"])
    assert text.count("Received: ") == 3


def test_a_few_texts_do_not_make_a_column_vanish(tmp_path: Path) -> None:
    """A column with a fault is refused, where one of texts is left out."""
    rows = [f"{day},{'off' if number % 3 else number},N" for number, day in enumerate(DAYS)]
    path = write(tmp_path / "a.csv", "time,x,wind", *rows)
    assert_refused(path, "dataset.path", "column 'x'", "Received: 'off' in line 3 of")
    content = read(path, missing=["off"])
    assert (content.columns, content.dropped) == (("x",), ("wind",))
    assert np.isnan(content.values).sum() == 6


def test_dropped_columns_are_not_read(tmp_path: Path) -> None:
    rows = [f"{day},{'off' if number == 5 else number},7" for number, day in enumerate(DAYS)]
    content = read(write(tmp_path / "a.csv", "time,x,y", *rows), drop=["x"])
    assert (content.columns, content.dropped) == (("y",), ())
