from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.files.delimited import csv_file
from seqexp.data.files.numbers import thousands_in
from tests.data.helpers import HEADER, ROWS, write_csv
from tests.data.tables import fails, read, write

COLUMNS = tuple(name.strip('"') for name in HEADER.split(",")[1:])


def test_small_file_as_python_reads_it(tmp_path: Path) -> None:
    content = read(write_csv(tmp_path / "mine.csv"))
    np.testing.assert_array_equal(content.values, [[float(cell) for cell in row.split(",")[1:]] for row in ROWS])
    assert [str(stamp) for stamp in content.times.astype("datetime64[s]")] == [
        "2009-01-01T00:10:00",
        "2009-01-01T00:20:00",
        "2009-12-31T23:50:00",
    ]
    assert (content.columns, content.dropped) == (COLUMNS, ())


# Dialects


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, str]:
    decimal = draw(st.sampled_from([".", ","]))
    return {
        "decimal": decimal,
        "delimiter": draw(st.sampled_from([";", "\t", "|"] if decimal == "," else [",", ";", "\t", "|"])),
        "end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])),
        "form": draw(
            st.sampled_from(
                ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y%m%d%H%M"]
            )
        ),
        "quoting": draw(st.sampled_from(["none", "header", "all"])),
        "last": draw(st.sampled_from(["ended", "open"])),
        "comment": draw(st.sampled_from(["", "# station 7, höchst genau", "\n# two\n# lines"])),
    }


numbers = st.one_of(
    st.just(float("nan")),
    st.integers(-(10**6), 10**6).map(float),
    st.floats(-1e12, 1e12, allow_subnormal=False),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dialect=dialects(),
    rows=st.lists(st.tuples(numbers, numbers), min_size=25, max_size=60),
    minutes=st.integers(1, 20_000),
    position=st.integers(0, 2),
)
def test_random_tables_come_back(
    dialect: dict[str, str], rows: list[tuple[float, float]], minutes: int, position: int, tmp_path: Path
) -> None:
    # 25 rows with the first at the end of a month, and one value that tells decimal marks apart.
    stamps = [datetime(2009, 1, 31, 23, 1) + timedelta(minutes=minutes * row) for row in range(len(rows))]
    rows = [(0.5, -1.25), *rows[1:]]

    def cell(number: float) -> str:
        return "" if number != number else f"{number!r}".replace(".", dialect["decimal"])

    table = [["T (°C)", "größe"], *([cell(a), cell(b)] for a, b in rows)]
    for row, stamp in zip(table, ["Datum", *(f"{stamp:{dialect['form']}}" for stamp in stamps)], strict=True):
        row.insert(position, stamp)
    lines = []
    for number, row in enumerate(table):
        text = io.StringIO()
        quoted = dialect["quoting"] == "all" or (dialect["quoting"] == "header" and number == 0)
        style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        csv.writer(text, delimiter=dialect["delimiter"], quoting=style, lineterminator="").writerow(row)
        lines.append(text.getvalue())
    comment = dialect["comment"].split("\n") if dialect["comment"] else []
    text_ = dialect["end"].join([*comment, *lines, *([""] if dialect["last"] == "ended" else [])])
    path = tmp_path / "table.csv"
    path.write_bytes(text_.encode(dialect["encoding"]))

    content = read(path)
    assert content.columns == ("T (°C)", "größe")
    np.testing.assert_array_equal(content.times, np.array(stamps, "datetime64[us]"))
    np.testing.assert_array_equal(content.values, rows)


def test_numbers_are_read_exactly(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    texts = [f"{number:.17g}" for number in random.normal(size=1000) * 10.0 ** random.integers(-9, 9, 1000)]
    content = read(write(tmp_path / "a.csv", "time,x", *(f"2020-01-01,{text}" for text in texts)))
    np.testing.assert_array_equal(content.values[:, 0], [float(text) for text in texts])


def test_what_counts_as_a_number_or_missing(tmp_path: Path) -> None:
    cells = ["1", "+2", " 3 ", ".5", "5.", "1e3", "-1E-3", "", "NA", " ? ", "nan", "-", "-9999"]
    content = read(write(tmp_path / "a.csv", "time,x", *(f"2020-01-01,{cell}" for cell in cells)))
    nan = np.nan
    np.testing.assert_array_equal(content.values[:, 0], [1, 2, 3, 0.5, 5, 1000, -0.001, nan, nan, nan, nan, nan, -9999])


def test_what_is_missing_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "time,x", "2020-01-01,1", "2020-01-02,off", "2020-01-03,3")
    np.testing.assert_array_equal(read(path, missing=["off"]).values[:, 0], [1, np.nan, 3])


def test_booleans_empty_columns_and_texts(tmp_path: Path) -> None:
    path = write(
        *(tmp_path / "a.csv", ",time,on,none,site,x", "0,2020-01-01,True,,Jena,1"),
        *("1,2020-01-02,false,,Jena,2", "2,2020-01-03,,,Jena,3"),
    )
    content = read(path)
    assert (content.columns, content.dropped) == (("on", "none", "x"), ("site",))
    np.testing.assert_array_equal(content.values, [[1, np.nan, 1], [0, np.nan, 2], [np.nan, np.nan, 3]])
    assert "left out, holding no numbers: 'site'" in content.notes
    assert "left out, having no name: '(unnamed 1)'" in content.notes


def test_blank_lines_and_rows_of_delimiters_are_no_rows(tmp_path: Path) -> None:
    content = read(
        write(tmp_path / "a.csv", "time;x;;", "", "2020-01-01;1,5;;", "", "2020-01-02;2;;", ";;;", ";;;", "")
    )
    np.testing.assert_array_equal(content.values, [[1.5], [2]])


def test_aligned_with_spaces(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "  day          x      y", " 2020-01-01  1.5   -20", " 2020-01-02 12.5     3 ")
    np.testing.assert_array_equal(read(path).values, [[1.5, -20], [12.5, 3]])


def test_blocks_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"01.02.2020 00:{row % 60:02d}:00;{row},5;{row}" for row in range(500)]
    path = write(tmp_path / "a.csv", "# c", "time;größe;y", *rows, end="\r\n", encoding="utf-16")
    whole = read(path)
    for size in (101, 128, 1000, 4096):
        monkeypatch.setattr(csv_file, "BLOCK_BYTES", size)
        parts = read(path)
        np.testing.assert_array_equal(parts.times, whole.times)
        np.testing.assert_array_equal(parts.values, whole.values)
    np.testing.assert_array_equal(whole.values[:, 0], np.arange(500) + 0.5)


def test_chunks_are_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "CSV_CHUNK_ROWS", 7)
    content = read(write(tmp_path / "a.csv", "time,x", *(f"2020-01-01,{row}" for row in range(20))))
    np.testing.assert_array_equal(content.values[:, 0], np.arange(20))


# Damage


@pytest.mark.parametrize(
    ("number", "cell", "value", "message"),
    [
        (2, 1, "n.a.", "column 'p (mbar)'. Received: 'n.a.' in line 3 of"),
        (3, 14, "1,5", "Received: 16 in line 4 of"),
        (3, 14, '"1,5"', "column 'wd (deg)'. Received: '1,5' in line 4 of"),
        (1, 5, "inf", "column 'rh (%)'. Received: infinity in line 2 of"),
        (1, 5, "1e999", "column 'rh (%)'. Received: infinity in line 2 of"),
        (2, 0, "2009-01-01 00:20:00", "column 'Date Time'. Received: '2009-01-01 00:20:00' in line 3 of"),
        (2, 0, "12.31.2009 00:20:00", "column 'Date Time'. Received: '12.31.2009 00:20:00' in line 3 of"),
        (2, 0, "31.02.2009 00:20:00", "column 'Date Time'. Received: '31.02.2009 00:20:00' in line 3 of"),
        (2, 0, "01.01.09 00:20:00", "column 'Date Time'. Received: '01.01.09"),
        (2, 0, "", "column 'Date Time'. Received: nothing in line 3 of"),
    ],
)
@pytest.mark.parametrize("guessed", [True, False])
def test_bad_cell_is_named(number: int, cell: int, value: str, message: str, guessed: bool, tmp_path: Path) -> None:
    rows = list(ROWS)
    cells = rows[number - 1].split(",")
    cells[cell] = value
    rows[number - 1] = ",".join(cells)
    said = {} if guessed else {"time": "Date Time", "time_format": "%d.%m.%Y %H:%M:%S"}
    text = fails(write_csv(tmp_path / "mine.csv", rows=rows), **said)
    assert text.startswith("dataset.path must ")
    assert message in text.replace(" (as most begin; another way: dataset.format.time_format)", "")
    assert "mine.csv" in text


@pytest.mark.parametrize("block", [4096, 8 << 20])
@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("-8.02", "oops", "'oops' in line 30005 of"),
        (",-8.02", "", "Received: 14 in line 30005 of"),
        ("-8.02", "inf", "infinity in line 30005 of"),
        ("01.01.2009 00:10", "01.01.2009 25:10", "Received: '01.01.2009 25:10:00' in line 30005 of"),
        ("01.01.2009", "\xff", "other bytes"),
    ],
)
def test_fault_far_down_is_named(
    good: str, bad: str, message: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", block)
    rows = [ROWS[0], "", "", *[ROWS[0]] * 30_000, ROWS[0].replace(good, bad), ROWS[0]]
    path = write_csv(tmp_path / "mine.csv", rows=rows)
    path.write_bytes(path.read_bytes().replace("\xff".encode(), b"\xff"))
    text = fails(path)
    assert message in text
    assert "line 30005 of" in text


def test_ways_out_are_named(tmp_path: Path) -> None:
    rows = [*(f"2020-01-01,{row}" for row in range(50_000)), "2020-01-01,off"]
    path = write(tmp_path / "a.csv", "time,x (m)", *rows)
    text = fails(path)
    assert "Received: 'off' in line 50002" in text
    assert "dataset.format.missing" in text
    assert "'dataset.format.drop=[\"x (m)\"]' leaves" in text
    assert np.isnan(read(path, missing=["off"]).values[-1, 0])


def test_row_cut_short_is_named(tmp_path: Path) -> None:
    text = fails(write_csv(tmp_path / "mine.csv", rows=[*ROWS, ROWS[0][:40]]))
    assert "Received: 5 in line 5 of" in text


def test_line_break_within_quotes_is_named(tmp_path: Path) -> None:
    text = fails(write(tmp_path / "a.csv", "time,x,note", "2020-01-01,1,fine", '2020-01-02,2,"two', 'lines"'))
    assert "in line 3 of" in text


def test_open_quote_swallows_no_rows(tmp_path: Path) -> None:
    rows = [f"2020-01-01,{row},fine" for row in range(1000)]
    rows[500] = '2020-01-01,500,"so it goes'
    rows[800] = '2020-01-01,800,on"'
    assert "in line 502 of" in fails(write(tmp_path / "a.csv", "time,x,note", *rows))


@pytest.mark.parametrize(("rows", "count"), [([], 0), (["", ""], 0), (["2020-01-01,1"], 1), (["2020-01-01,1", ","], 1)])
def test_fewer_than_two_rows(rows: list[str], count: int, tmp_path: Path) -> None:
    text = fails(write(tmp_path / "a.csv", "time,x", *rows))
    assert text.endswith(f"Received: {count} in {tmp_path / 'a.csv'}")


def test_endless_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 1000)
    path = write(tmp_path / "a.csv", "time,x", "2020-01-01,1", "2020-01-02,2", "2020-01-03," + "3" * 3000)
    assert "1,000 bytes. Received: line 4 of" in fails(path)


def test_thousands_that_the_beginning_has_not_are_told_with_the_key_that_reads_them(tmp_path: Path) -> None:
    stamps = np.datetime64("2020-01-01T00", "h") + np.arange(30_000)
    cells = [f'{stamp},"{(990 if row < 29_000 else 1100) + row % 7:,.2f}"' for row, stamp in enumerate(stamps)]
    (tmp_path / "a.csv").write_text("\n".join(["time,x", *cells]) + "\n")
    with pytest.raises(InputError, match=r"'1,106\.00' in line 29002 .* dataset\.format\.thousands=comma reads them"):
        read(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv", thousands="comma").values.max() == 1106
    words = {"1,106.00": "comma", "1.106,5": "point", "1'106": "apostrophe", "-1 106": "space", "12": None, "a": None}
    assert {cell: thousands_in(cell) for cell in words} == words
