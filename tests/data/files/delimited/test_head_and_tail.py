"""Lines above, below and beside the rows of a csv file, where the user says what they are and where nobody does."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from seqexp.data.files.delimited import csv_file
from tests.data.tables import assert_refused, read, write

DAYS = [f"2020-01-{day:02d},{day},{day / 4}" for day in range(1, 29)]


def test_a_file_without_a_header_is_refused_until_that_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *(f"A,{row}" for row in DAYS))
    assert_refused(path, "dataset.path", "header", "dataset.format.header=false", "dataset.format.names", "2020-01-01")
    content = read(path, header=False)
    assert (content.columns, content.dropped) == (("c3", "c4"), ("c1",))
    assert "columns named c1 to c4 (dataset.format.names)" in content.notes
    np.testing.assert_array_equal(content.values, [[day, day / 4] for day in range(1, 29)])
    named = read(path, header=False, names=["site", "day", "x", "y"])
    assert (named.columns, named.dropped, len(named.times)) == (("x", "y"), ("site",), 28)


def test_names_are_given_instead_of_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "station 7", "t,a,a", *DAYS)
    assert read(path, names=["t", "x", "y"]).columns == ("x", "y")
    for names in (["t", "x"], ["t", "x", "x"]):
        assert_refused(path, "dataset.format.names", "3 columns", str(names), names=names)


def test_above_rows_without_a_header_lines_may_stand(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "station 7", "", *DAYS)
    content = read(path, header=False)
    assert len(content.times) == 28
    assert "2 lines above the first row left out: 'station 7' (dataset.format.skip=2)" in content.notes
    np.testing.assert_array_equal(read(path, header=False, skip=3).values, content.values[1:])


def test_what_is_found_out_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "old,names,here", "time,a,b", "h,m,s", *DAYS, "Mean,14,3.5", "End")
    found = read(path)
    assert (found.columns, found.units, len(found.times)) == (("a", "b"), {"a": "m", "b": "s"}, 28)
    said = read(path, skip=1, units_row=True, footer=2)
    assert (said.columns, said.units, said.notes.count("dataset.format")) == (found.columns, found.units, 0)
    np.testing.assert_array_equal(said.values, found.values)
    assert read(path, skip=0, footer=2).columns == ("names", "here")
    np.testing.assert_array_equal(read(path, footer=3).values, found.values[:-1])
    assert_refused(path, "dataset.path", "'m' in line 3", units_row=False)
    assert_refused(path, "dataset.path", "Received: 1 in line 33", "dataset.format.footer", "skip", footer=0)


@pytest.mark.parametrize(
    ("lines", "facts"),
    [
        (["time,a,b", "n.a.,5,6", *DAYS], ("'n.a.' in line 2",)),  # no units: it has values
        (["time,a,b", *DAYS, ",5,6"], ("nothing in line 30",)),  # a total without a name, or a row without its time
        (["time,a,b", *DAYS, "2020-02-0"], ("line 30",)),  # a row that was cut short
        (["time,a,b", *DAYS[:9], "Total,3,4", *DAYS[9:]], ("'Total' in line 11",)),  # not below the rows
        (["time,a,b", *DAYS, *["Mean,1,2"] * 21], ("'Mean' in line 30",)),  # more than a summary
        (["time,a,note", *(f"{row[:10]},1,fine" for row in DAYS), ",2,broken"], ("nothing in line 30",)),
    ],
)
def test_what_may_be_data_is_not_left_out(lines: list[str], facts: tuple[str, ...], tmp_path: Path) -> None:
    assert_refused(write(tmp_path / "a.csv", *lines), "dataset.path", *facts)


def test_lines_below_a_long_file_are_found_behind_what_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "SAMPLE_BYTES", 300)
    lines = ["time,a,b", *DAYS, "Mean,14,3.5", "", "Min,1,0.25", "End of file"]
    for size in (60, 200, 5000):
        monkeypatch.setattr(csv_file, "BLOCK_BYTES", size)
        content = read(write(tmp_path / "a.csv", *lines))
        assert len(content.times) == 28
        assert "3 lines below the rows left out: 'Mean,14,3.5' (dataset.format.footer=3)" in content.notes


# Numbers


@pytest.mark.parametrize(
    ("cells", "given", "value", "said"),
    [
        (["6.160,42"], {}, 6160.42, "6.160,42 is 6160.42 (dataset.format.thousands=point)"),
        (["1.234", "0,5"], {}, 1234, "dataset.format.thousands=point"),
        (["1.234", "1.234.567"], {}, 1234, "dataset.format.thousands=point"),
        (
            ["1.234", "2.500"],
            {},
            1.234,
            "1.234 is read with a decimal point (dataset.format.thousands=point reads it as 1234)",
        ),
        (["1.234", "2.500"], {"thousands": "point"}, 1234, ""),
        (["1.234", "2.500"], {"decimal": "."}, 1.234, ""),
        (["1.234", "12.5"], {}, 1.234, ""),
        (["1.234", "0.500"], {}, 1.234, ""),
        (['"1,234"', "0.5"], {}, 1234, "dataset.format.thousands=comma"),
        (["1,234"], {"decimal": ","}, 1.234, ""),
        (["1,234"], {"thousands": "comma"}, 1234, ""),
        (["1'234.5"], {}, 1234.5, "dataset.format.thousands=apostrophe"),
        (["1\u2019234.5"], {}, 1234.5, "dataset.format.thousands=apostrophe"),
        (["1 234 567"], {}, 1234567, "dataset.format.thousands=space"),
        (["-1\u202f234,5"], {}, -1234.5, "dataset.format.thousands=space"),
    ],
)
def test_thousands(cells: list[str], given: dict[str, str], value: float, said: str, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "time;x;code",
        *(f"2020-01-0{n};{cell};N 1.234" for n, cell in enumerate([*cells, cells[0]], 1)),
    )
    content = read(path, **given)
    assert content.values[0, 0] == content.values[-1, 0] == value
    assert said in content.notes
    assert bool(said) == ("dataset.format.thousands" in content.notes)


def test_thousands_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    rows = [f"2020-01-{1 + row // 24:02d} {row % 24:02d}:00;1.234,5" for row in range(400)]
    path = write(tmp_path / "a.csv", "time;x", *rows, "2020-02-01 00:00;1.23,4")
    assert_refused(path, "dataset.path", "column 'x'", "'1.23,4' in line 402")


# Drawn tables: what is written comes back


@st.composite
def surroundings(draw: st.DrawFn) -> dict[str, object]:
    decimal = draw(st.sampled_from([".", ","]))
    thousands = draw(st.sampled_from(["", " ", "'", "\xa0", "." if decimal == "," else ","]))
    words = st.text("abcdefg xyzäö", min_size=1, max_size=12).map(str.strip).filter(bool)
    return {
        "decimal": decimal,
        "thousands": thousands,
        "delimiter": draw(st.sampled_from([";", "\t", "|"])),
        "above": draw(st.lists(words.map(lambda text: f"Report {text}") | st.just(""), max_size=4)),
        "units": draw(st.none() | st.lists(st.sampled_from(["degC", "%", "m/s", "[kW]", ""]), min_size=2, max_size=2)),
        "below": draw(st.lists(st.sampled_from(["Mean", "Total", "", "End of file", "-----"]), max_size=4)),
        "form": draw(st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y%m%d%H%M"])),
        "padded": draw(st.booleans()),
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    around=surroundings(),
    rows=st.lists(st.tuples(st.integers(-(10**9), 10**9), st.floats(-1e7, 1e7)), min_size=12, max_size=40),
)
def test_drawn_tables_come_back(around: dict[str, object], rows: list[tuple[int, float]], tmp_path: Path) -> None:
    above, units, below = around["above"], around["units"], around["below"]
    assert isinstance(above, list)
    assert isinstance(below, list)
    assume(units is None or any(units))  # type: ignore[call-overload]
    marks = str.maketrans({",": str(around["thousands"]), ".": str(around["decimal"])})
    stamps = [datetime(2021, 3, 28, 23, 0) + timedelta(hours=row) for row in range(len(rows))]
    rows = [(1234567, 1234.5), *rows[1:]]  # this row tells the marks apart
    cells = [[f"{stamp:{around['form']}}", f"{a:,d}".translate(marks), f"{b:,.2f}".translate(marks)]
             for stamp, (a, b) in zip(stamps, rows, strict=True)]  # fmt: skip
    table = [["time", "a", "b"], *([["", *units]] if isinstance(units, list) else []), *cells]
    edge = str(around["delimiter"])
    pad = edge * 2 if around["padded"] else ""
    lines = [*(text + pad for text in above), *map(edge.join, table), *(text + pad for text in below)]
    path = write(tmp_path / "table.csv", *lines)

    content = read(path)
    assert content.columns == ("a", "b")
    assert content.units == {
        name: unit.strip("[]") for name, unit in zip(("a", "b"), units or (), strict=bool(units)) if unit
    }
    first = len(above) + (2 if units else 1)
    text = path.read_text(encoding="utf-8").replace("\xa0", "")  # which it doesn't take for a separator
    oracle = pd.read_csv(
        io.StringIO(text),
        sep=edge,
        skiprows=first,
        nrows=len(rows),
        header=None,
        names=["time", "a", "b"],
        usecols=[0, 1, 2],
        dtype={"time": str},
        decimal=str(around["decimal"]),
        thousands=str(around["thousands"]).strip("\xa0") or None,
        skip_blank_lines=False,
    )
    np.testing.assert_array_equal(content.values, oracle[["a", "b"]].to_numpy(float))
    np.testing.assert_array_equal(content.times, pd.to_datetime(oracle["time"], format=str(around["form"])).to_numpy())
