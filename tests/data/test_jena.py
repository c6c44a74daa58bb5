from __future__ import annotations

import re
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv
from seqexp.data.jena import load

from seqexp.config.errors import InputError
from seqexp.data.series import Series, content_digest
from tests.data.helpers import HEADER, ROWS, Server, body, dataset, status, write_csv

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "jena"
COLUMNS = tuple(name.strip('"') for name in HEADER.split(",")[1:])


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "data"


@dataclass(frozen=True)
class Official:
    """Files with the official header, number of rows and stamps, and what stands in them."""

    csv: Path
    zip: Path
    times: NDArray[np.datetime64]
    values: NDArray[np.float64]


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Official:
    folder = tmp_path_factory.mktemp("official")
    first, end = np.datetime64("2009-01-01T00:10:00", "s"), np.datetime64("2017-01-01T00:10:00", "s")
    times = np.arange(first, end, np.timedelta64(600, "s"))
    times = np.delete(times, np.s_[200_000 : 200_000 + len(times) - 420_551])  # one gap, as long as all the real ones
    values = np.random.default_rng(0).normal(500.0, 300.0, (len(times), 14)).round(2)
    stamps = pa.array(times).cast(pa.string())
    parts = [pa.compute.utf8_slice_codeunits(stamps, a, b) for a, b in ((8, 10), (5, 7), (0, 4), (11, 19))]
    dates = pa.compute.binary_join_element_wise(*parts[:3], ".")
    columns = [pa.compute.binary_join_element_wise(dates, parts[3], " "), *values.T]
    table = pa.table([pa.array(column) for column in columns], names=["Date Time", *COLUMNS])
    arrow_csv.write_csv(table, folder / "official.csv")
    with zipfile.ZipFile(folder / "official.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(folder / "official.csv", "jena_climate_2009_2016.csv")
    return Official(folder / "official.csv", folder / "official.zip", times, values)


def never(line: str) -> None:
    raise AssertionError(f"nothing was to be said: {line}")


def assert_official(series: Series, official: Official) -> None:
    np.testing.assert_array_equal(series.times, official.times)
    np.testing.assert_array_equal(series.values, official.values)
    assert series.columns == COLUMNS
    assert series.digest == content_digest(official.times, official.values, COLUMNS)
    assert (series.name, series.interval_seconds) == ("jena", 600)


def load_fails(path: Path, **changes: str) -> str:
    with pytest.raises(InputError) as caught:
        load(dataset(path=str(path), **changes), "path", lambda line: None)
    return str(caught.value)


# A file of the user's


def test_small_file_as_python_reads_it(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv")
    series = load(dataset(path=str(path)), "path", lambda line: None)
    expected = [[float(cell) for cell in row.split(",")[1:]] for row in ROWS]
    np.testing.assert_array_equal(series.values, expected)
    assert [str(stamp) for stamp in series.times] == [
        "2009-01-01T00:10:00",
        "2009-01-01T00:20:00",
        "2009-12-31T23:50:00",
    ]
    assert series.times.dtype == np.dtype("datetime64[s]")
    assert (series.columns, series.source) == (COLUMNS, "path")
    assert str(path) in series.origin


@pytest.mark.parametrize(
    ("header", "end"),
    [(HEADER.replace('"', ""), "\n"), (HEADER, "\r\n"), ("\ufeff" + HEADER, "\r\n"), ("\ufeff" + HEADER, "\n")],
)
def test_other_spellings_say_the_same(header: str, end: str, tmp_path: Path) -> None:
    plain = load(dataset(path=str(write_csv(tmp_path / "a.csv"))), "path", lambda line: None)
    other = write_csv(tmp_path / "b.csv", header=header, end=end)
    assert load(dataset(path=str(other)), "path", lambda line: None).digest == plain.digest


def test_zip_and_csv_say_the_same(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv")
    with zipfile.ZipFile(tmp_path / "mine.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "mine.csv")
    series = [load(dataset(path=str(p)), "path", lambda line: None) for p in (path, tmp_path / "mine.zip")]
    assert series[0].digest == series[1].digest


def test_any_columns_any_order_and_empty_cells(tmp_path: Path) -> None:
    rows = ["1,01.01.2020 00:00:00,2.5", ",01.01.2020 01:00:00,NaN", "3,01.01.2020 02:00:00,-1e3"]
    path = write_csv(tmp_path / "mine.csv", header="Größe,Date Time,T (degC)", rows=rows)
    series = load(dataset(path=str(path)), "path", lambda line: None)
    assert series.columns == ("Größe", "T (degC)")
    np.testing.assert_array_equal(series.values, [[1, 2.5], [np.nan, np.nan], [3, -1000]])
    assert series.interval_seconds == 3600


def test_numbers_are_read_exactly(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).normal(size=1000) * 10.0 ** np.random.default_rng(2).integers(-9, 9, 1000)
    texts = [f"{number:.17g}" for number in numbers]
    rows = [f"01.01.2020 00:00:00,{text}" for text in texts]
    path = write_csv(tmp_path / "mine.csv", header="Date Time,T (degC)", rows=rows)
    series = load(dataset(path=str(path)), "path", lambda line: None)
    np.testing.assert_array_equal(series.values[:, 0], [float(text) for text in texts])


@pytest.mark.parametrize(
    ("number", "cell", "value", "message"),
    [
        (2, 1, "n.a.", "must hold a number in column 'p (mbar)'. Received: 'n.a.' in line 3 of"),
        (3, 14, "1,5", "must be a whole csv file. Received: line 4 of"),
        (3, 14, '"1,5"', "must hold a number in column 'wd (deg)'. Received: '1,5' in line 4 of"),
        (1, 5, "inf", "must hold finite numbers in column 'rh (%)'. Received: infinity in line 2 of"),
        (1, 5, "1e999", "must hold finite numbers in column 'rh (%)'. Received: infinity in line 2 of"),
        (2, 0, "2009-01-01 00:20:00", "in column 'Date Time'. Received: '2009-01-01 00:20:00' in line 3 of"),
        (2, 0, "12.31.2009 00:20:00", "in column 'Date Time'. Received: '12.31.2009 00:20:00' in line 3 of"),
        (2, 0, "01.01.09 00:20:00", "like '31.12.2016 23:50:00' in every row. Received: line 3 of"),
        (2, 0, "", "like '31.12.2016 23:50:00' in every row. Received: line 3 of"),
    ],
)
def test_bad_cell_is_named(number: int, cell: int, value: str, message: str, tmp_path: Path) -> None:
    rows = list(ROWS)
    cells = rows[number - 1].split(",")
    cells[cell] = value
    rows[number - 1] = ",".join(cells)
    text = load_fails(write_csv(tmp_path / "mine.csv", rows=rows))
    assert text.startswith("dataset.path must ")
    assert message in text
    assert "mine.csv" in text


def test_bad_cell_far_down_is_named(tmp_path: Path) -> None:
    rows = [ROWS[0]] * 30_000 + [ROWS[0].replace("-8.02", "?")]
    assert "'?' in line 30002 of" in load_fails(write_csv(tmp_path / "mine.csv", rows=rows))


def test_row_cut_short_is_named(tmp_path: Path) -> None:
    text = load_fails(write_csv(tmp_path / "mine.csv", rows=[*ROWS, ROWS[0][:40]]))
    assert "line 5 of" in text
    assert "expected 15 columns, got 5" in text.lower()


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("", [], "one of them 'Date Time'. Received: ''"),
        (HEADER, [], "Empty CSV file"),
        (HEADER, ROWS[:1], "must hold 2 rows or more. Received: 1 in"),
        ("date time,T (degC)", [], "Did you mean 'date time'?"),
        ("Date Time;T (degC)", [], "comma-separated names, one of them 'Date Time'"),
        ("Date Time", ["01.01.2020 00:00:00"], "at least 2, each once"),
        ("Date Time,T (degC),T (degC)", [], "each once. Received: 'T (degC)'"),
        ("<!DOCTYPE html>", [], "It looks like a web page."),
    ],
)
def test_file_in_another_format(header: str, rows: list[str], message: str, tmp_path: Path) -> None:
    text = load_fails(write_csv(tmp_path / "mine.csv", header=header, rows=rows))
    assert text.startswith("dataset.path must ")
    assert message in text


def test_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(np.random.default_rng(0).bytes(300_000))
    assert "'Date Time'" in load_fails(tmp_path / "mine.csv")


def test_missing_file(tmp_path: Path) -> None:
    assert "must be an existing csv or zip file" in load_fails(tmp_path / "none.csv")


def test_cache_follows_the_content(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv")
    lines: list[str] = []
    first = load(dataset(path=str(path)), "path", lines.append)
    assert lines == [f"reading {path}"]
    assert load(dataset(path=str(path)), "path", never).digest == first.digest
    write_csv(path, rows=[ROWS[0], ROWS[1].replace("-8.41", "-8.42")])
    changed = load(dataset(path=str(path)), "path", lines.append)
    assert len(lines) == 2
    assert (len(changed), changed.values[1, 1]) == (2, -8.42)


def test_own_file_needs_no_writable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "mine.csv")
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(path / "under-a-file"))
    lines: list[str] = []
    assert len(load(dataset(path=str(path)), "path", lines.append)) == 3
    assert "without the cache" in lines[0]


@pytest.mark.skipif(not SHARED.exists(), reason="the real measurements in ../shared/data are not here")
def test_real_measurements() -> None:
    series = load(dataset(path=str(SHARED / "jena_2024jun_oct_10min_14cols.csv")), "path", lambda line: None)
    assert (len(series), series.columns, series.interval_seconds) == (19_132, COLUMNS, 600)
    assert str(series.times[0]) == "2024-06-09T11:40:00"
    np.testing.assert_array_equal(series.values[0, [0, 1, -1]], [982.81, 18.76, 350.5])
    np.testing.assert_array_equal(np.diff(series.times), np.timedelta64(600, "s"))
    assert -5 < series.values[:, 1].min() < series.values[:, 1].max() < 40


@pytest.mark.skipif(not SHARED.exists(), reason="the real measurements in ../shared/data are not here")
def test_the_stations_own_file_in_latin_1() -> None:
    series = load(dataset(path=str(SHARED / "mpi_roof_2024jun_oct_raw.csv")), "path", lambda line: None)
    assert len(series.columns) == 21
    assert "PAR (µmol/m²/s)" in series.columns
    assert (series.values[:, series.columns.index("max. PAR (µmol/m²/s)")] == -9999).any()


# The official file


@pytest.mark.parametrize("kind", ["csv", "zip"])
def test_file_put_there_by_hand_works_offline(kind: str, official: Official, root: Path) -> None:
    root.mkdir()
    name = {"csv": "jena_climate_2009_2016.csv", "zip": "jena_climate_2009_2016.csv.zip"}[kind]
    (root / name).symlink_to(getattr(official, kind))
    series = load(dataset(), "official", lambda line: None)
    assert_official(series, official)
    assert series.source == "official"
    start = time.monotonic()
    assert_official(load(dataset(), "official", never), official)
    assert time.monotonic() - start < 2.0  # about 0.2 s on an idle machine


def test_second_start_parses_nothing(official: Official, root: Path) -> None:
    load(dataset(path=str(official.csv)), "path", lambda line: None)
    code = (
        "import sys; from tests.data.helpers import dataset; from seqexp.data.jena import load;"
        f"print(len(load(dataset(path={str(official.csv)!r}), 'path', print)));"
        "print({'pandas', 'pyarrow', 'requests'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, check=True)
    assert done.stdout.decode().split() == ["420551", "set()"]


LOAD = """
import sys
from tests.data.helpers import dataset
from seqexp.data.jena import load
print(load(dataset(url=sys.argv[1]), "official", lambda line: print(line, flush=True)).digest)
"""


def test_two_processes_download_and_parse_once(official: Official, root: Path) -> None:
    with Server(body(official.zip.read_bytes(), pause=1.0)) as server:
        command = [sys.executable, "-c", LOAD, server.url]
        repository = Path(__file__).parents[2]
        both = [subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        outputs = [process.communicate(timeout=60)[0] for process in both]
        assert len(server.requests) == 1
    expected = content_digest(official.times, official.values, COLUMNS)
    assert [output.split()[-1] for output in outputs] == [expected, expected]
    assert sum(output.count("reading ") for output in outputs) == 1
    assert (root / "jena_climate_2009_2016.csv.zip").read_bytes() == official.zip.read_bytes()
    assert not list(root.glob("**/*.part"))


def assert_names_ways_out(text: str, root: Path) -> None:
    for way in (str(root), "dataset.path=", "dataset.url=", "dataset.source=simulated", "SEQEXP_DATA_DIR="):
        assert way in text


def test_unreachable_names_the_ways_out(root: Path) -> None:
    with Server(status(404)) as server, pytest.raises(InputError) as caught:
        load(dataset(url=server.url), "official", lambda line: None)
    text = str(caught.value)
    assert len(caught.value.faults) == 1
    assert text.startswith(f"dataset.url gives no file: HTTP 404 Not Found. Received: '{server.url}'")
    assert_names_ways_out(text, root)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html>log in</html>", "must be a zip file"),
        (b"PK\x03\x04 and then nothing", "must be a whole, readable zip file"),
    ],
)
def test_download_of_something_else(content: bytes, message: str, root: Path) -> None:
    with Server(body(content)) as server, pytest.raises(InputError) as caught:
        load(dataset(url=server.url), "official", lambda line: None)
    assert f"dataset.url must give the official file. Received: '{server.url}'" in str(caught.value)
    assert message in str(caught.value)
    assert_names_ways_out(str(caught.value), root)
    assert not (root / "jena_climate_2009_2016.csv.zip").exists()


def test_download_of_a_shorter_record(tmp_path: Path, root: Path) -> None:
    with zipfile.ZipFile(tmp_path / "short.zip", "w") as archive:
        archive.write(write_csv(tmp_path / "short.csv"), "jena_climate_2009_2016.csv")
    with Server(body((tmp_path / "short.zip").read_bytes())) as server, pytest.raises(InputError) as caught:
        load(dataset(url=server.url), "official", lambda line: None)
    assert "must have 420,551 rows. Received: 3 in" in str(caught.value)
    assert "must have 2017-01-01T00:00:00 as its last time stamp. Received: 2009-12-31T23:50:00" in str(caught.value)
    assert "first time stamp" not in str(caught.value)
    assert not (root / "jena_climate_2009_2016.csv.zip").exists()


def test_mirror_may_serve_the_csv_itself(official: Official, root: Path) -> None:
    with Server(body(official.csv.read_bytes(), kind="text/csv")) as server:
        url = server.url.removesuffix(".zip") + "?raw=1"
        assert_official(load(dataset(url=url), "official", lambda line: None), official)
    assert (root / "jena_climate_2009_2016.csv").is_file()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"T (degC)"', '"T (C)"', "'T (degC)' is missing. 'T (C)' is not one of them. Did you mean 'T (degC)'?"),
        ('"p (mbar)","T (degC)"', '"T (degC)","p (mbar)"', "They are in another order."),
    ],
)
def test_wrong_header_names_the_columns(old: str, new: str, message: str, root: Path) -> None:
    root.mkdir()
    path = write_csv(root / "jena_climate_2009_2016.csv", header=HEADER.replace(old, new))
    with pytest.raises(InputError) as caught:
        load(dataset(), "official", lambda line: None)
    assert message in str(caught.value)
    assert f"Delete or replace {path}" in str(caught.value)


def test_content_cached_by_path_is_still_checked(root: Path) -> None:
    root.mkdir()
    path = write_csv(root / "jena_climate_2009_2016.csv")
    load(dataset(path=str(path)), "path", lambda line: None)
    with pytest.raises(InputError, match=re.escape("must have 420,551 rows. Received: 3")):
        load(dataset(), "official", lambda line: None)


def test_official_needs_a_folder_to_download_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "file" / "sub"))
    with pytest.raises(InputError, match="SEQEXP_DATA_DIR must name a folder that can be written"):
        load(dataset(), "official", lambda line: None)


# The simulated station


def test_simulated_station_is_made_once() -> None:
    station = pytest.importorskip("seqexp.data.station", reason="the simulated station is not there")
    lines: list[str] = []
    first = load(dataset(), "simulated", lines.append)
    assert len(lines) == 1
    again = load(dataset(), "simulated", never)
    direct = station.simulate(0)
    assert first.digest == again.digest == direct.digest
    np.testing.assert_array_equal(again.values, direct.values)
    np.testing.assert_array_equal(again.times, direct.times)
    assert (again.columns, again.source, again.name) == (COLUMNS, "simulated", "jena")
    assert station.VERSION in again.origin
    assert again.origin == first.origin
