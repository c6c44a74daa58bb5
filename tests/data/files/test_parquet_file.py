from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from seqexp.config.errors import InputError
from seqexp.data.files import parquet_file
from tests.data.tables import assert_refused, read

DAYS = [dt.datetime(2020, 1, day, 12) for day in (1, 2, 3)]


def write(path: Path, **columns: Any) -> Path:
    parquet.write_table(pa.table(columns), path)
    return path


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
            st.floats(allow_infinity=False) | st.none(),
            st.integers(-(2**53), 2**53) | st.none(),
            st.booleans() | st.none(),
        ),
        min_size=2,
        max_size=50,
    ),
    unit=st.sampled_from(["us", "ns"]),
    group=st.integers(1, 7),
    chunk=st.integers(1, 7),
)
def test_random_tables_come_back(
    rows: list[tuple[Any, ...]], unit: str, group: int, chunk: int, tmp_path: Path
) -> None:
    times, x, y, z = zip(*rows, strict=True)
    table = {
        "x": pa.array(x, pa.float64()),
        "when": pa.array(times, pa.timestamp("us")).cast(pa.timestamp(unit)),
        "y": pa.array(y, pa.int64()),
        "z": pa.array(z, pa.bool_()),
    }
    parquet.write_table(pa.table(table), tmp_path / "a.parquet", row_group_size=group)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_file, "PARQUET_CHUNK_ROWS", chunk)
        content = read(tmp_path / "a.parquet")
    assert content.columns == ("x", "y", "z")
    np.testing.assert_array_equal(content.times, np.array(times, "datetime64[us]"))
    expected = [[np.nan if cell is None else float(cell) for cell in row[1:]] for row in rows]
    np.testing.assert_array_equal(content.values, expected)


@pytest.mark.parametrize(("name", "said"), [(None, "__index_level_0__"), ("stamp", "stamp")])
def test_pandas_index_is_the_time(name: str | None, said: str, tmp_path: Path) -> None:
    index = pd.DatetimeIndex(DAYS, name=name)
    frame = pd.DataFrame({"time": pd.DatetimeIndex(DAYS[::-1]), "T": [1.5, None, 3.0]}, index=index)
    frame.to_parquet(tmp_path / "a.parquet")
    content = read(tmp_path / "a.parquet")
    np.testing.assert_array_equal(content.times, np.array(DAYS, "datetime64[us]"))
    np.testing.assert_array_equal(content.values, [[1.5], [np.nan], [3]])
    assert (content.columns, content.dropped) == (("T",), ("time",))
    assert said in content.notes


def test_pandas_index_of_numbers_is_left_out(tmp_path: Path) -> None:
    pd.DataFrame({"when": DAYS, "T": [1, 2, 3]}, index=[5, 6, 7]).to_parquet(tmp_path / "a.parquet")
    content = read(tmp_path / "a.parquet")
    assert content.columns == ("T",)
    assert "left out, having no name: '__index_level_0__'" in content.notes


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("ns"), pa.date32(), pa.date64()])
def test_kinds_of_times(kind: pa.DataType, tmp_path: Path) -> None:
    days = [dt.datetime(2020, 1, day) for day in (1, 2)]
    content = read(write(tmp_path / "a", t=pa.array(days).cast(kind, safe=False), x=[1, 2]))
    np.testing.assert_array_equal(content.times, np.array(days, "datetime64[us]"))


def test_zones_become_utc_and_are_said(tmp_path: Path) -> None:
    times = pa.array(DAYS, pa.timestamp("ms", "Europe/Berlin"))  # DAYS are taken for UTC
    content = read(write(tmp_path / "a", t=times, x=[1, 2, 3]))
    np.testing.assert_array_equal(content.times, np.array(DAYS, "datetime64[us]"))
    assert "times in Europe/Berlin: converted to UTC" in content.notes


def test_kinds_of_numbers_and_texts(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a",
        t=["01.01.2020 12:00", "02.01.2020 12:00", "13.01.2020 12:00"],
        f32=pa.array([0.5, None, 2], pa.float32()),
        u8=pa.array([1, 2, 3], pa.uint8()),
        money=[Decimal("1.25"), None, Decimal("-3.50")],
        texts=pa.array(["1.5", "?", "-2"], pa.large_string()),
        site=pa.array(["a", "b", "a"]).dictionary_encode(),
        many=[[1], [2, 3], []],
        none=pa.array([None] * 3, pa.null()),
    )
    content = read(path)
    nan = np.nan
    assert content.columns == ("f32", "u8", "money", "texts", "none")
    np.testing.assert_array_equal(
        content.values, [[0.5, 1, 1.25, 1.5, nan], [nan, 2, nan, nan, nan], [2, 3, -3.5, -2, nan]]
    )
    assert content.dropped == ("site", "many")
    assert "time 't' like %d.%m.%Y %H:%M" in content.notes


def test_numbers_that_are_times(tmp_path: Path) -> None:
    content = read(write(tmp_path / "a", time=[1_577_934_245, 1_577_934_246], x=[1, 2]))
    assert str(content.times[0]) == "2020-01-02T03:04:05.000000"


@pytest.mark.parametrize(
    ("columns", "changes", "key", "facts"),
    [
        ({"t": [DAYS[0], None], "x": [1, 2]}, {}, "path", ["column 't'", "Received: nothing in row 2 of"]),
        ({"t": ["2020-01-01", "later"], "x": [1, 2]}, {"time": "t"}, "path", ["ISO 8601", "column 't'", "'later'"]),
        ({"t": DAYS, "x": [1, float("inf"), 3]}, {}, "path", ["column 'x'", "Received: infinity in row 2 of"]),
        ({"t": DAYS, "x": ["1", "off", "3"]}, {}, "path", ["column 'x'", "Received: 'off' in row 2 of"]),
        ({"t": DAYS[:1], "x": [1]}, {}, "path", ["2 rows", "Received: 1 in"]),
        ({"t": pa.array([], pa.timestamp("us")), "x": []}, {}, "path", ["2 rows", "Received: 0 in"]),
        ({"a": [1, 2], "b": [3, 4]}, {}, "path", ["dataset.format.time", "'a' (such as 1)", "'b' (such as 3)"]),
        ({"t": DAYS, "site": ["a", "b", "c"]}, {}, "path", ["numbers", "Received: 't', 'site' in"]),
        ({"t": DAYS, "x": [1, 2, 3], "s": list("abc")}, {"text_columns": "refuse"}, "path", ["'s' (such as 'a')"]),
        ({"t": DAYS, "u": DAYS, "x": [1, 2, 3]}, {}, "path", ["dataset.format.time", "Received: 't', 'u' in"]),
        ({"t": DAYS, "temp": [1, 2, 3]}, {"drop": ["tmp"]}, "format.drop", ["'tmp'", "mean 'temp'?"]),
    ],
)
def test_what_is_refused(
    columns: dict[str, Any], changes: dict[str, Any], key: str, facts: list[str], tmp_path: Path
) -> None:
    assert_refused(write(tmp_path / "a.parquet", **columns), f"dataset.{key}", *facts, **changes)


def test_names_that_stand_twice(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(DAYS), pa.array([1, 2, 3]), pa.array([1, 2, 3])], ["t", "x", "x"])
    parquet.write_table(table, tmp_path / "a.parquet")
    assert_refused(tmp_path / "a.parquet", "dataset.path", "Received: 'x' more than once in")


@pytest.mark.parametrize("damage", ["cut", "middle", "footer", "header only"])
def test_damage(damage: str, tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).normal(size=20_000)
    path = tmp_path / "a.parquet"
    times = np.datetime64("2020-01-01", "us") + np.arange(20_000)
    parquet.write_table(pa.table({"t": times, "x": numbers}), path, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[-5000:]
    elif damage == "header only":
        del content[4:]
    elif damage == "footer":
        content[-900:-700] = b"\xff" * 200
    else:
        content[len(content) // 4 : len(content) // 4 + 9000] = b"\xff" * 9000
    path.write_bytes(content)
    assert_refused(path, "dataset.path", "whole", "Parquet", f"Received: {path} (")


BROKEN = [
    b"",
    b"{",
    b"[]",
    b"3",
    b"null",
    b"\xff",
    b'{"index_columns": 3}',
    b'{"index_columns": {"a": 1}}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("metadata", BROKEN, ids=range(len(BROKEN)))
def test_what_others_wrote_in_the_place_of_pandas_is_passed_over(metadata: bytes, tmp_path: Path) -> None:
    times = np.datetime64("2020-01-01", "us") + np.timedelta64(3600, "s") * np.arange(30)
    table = pa.table({"time": times, "a": np.arange(30.0)}).replace_schema_metadata({b"pandas": metadata})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").times.tolist() == times.tolist()


@pytest.mark.parametrize(("unit", "first"), [("s", 253402300800), ("s", -(10**11)), ("ms", 2**62), ("us", 2**62)])
def test_years_that_no_calendar_reaches_are_refused(unit: str, first: int, tmp_path: Path) -> None:
    times = pa.array([first + row for row in range(30)], pa.timestamp(unit))
    parquet.write_table(pa.table({"time": times, "a": np.arange(30.0)}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"years 1000 to 8999"):
        read(tmp_path / "a.parquet")
