"""A series from the user's file, the official one or the simulated station; verified, and parsed once."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from seqexp.config.errors import InputError
from seqexp.config.schema import SeriesConfig
from seqexp.data.series.load import load_series
from seqexp.data.series.series import Series, series_digest
from tests.data.helpers import HEADER, ROWS, Server, body, dataset, status, write_csv
from tests.factories import file_format, official_config
from tests.paths import REPO

SHARED = REPO.parent / "shared" / "data" / "jena"
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
    assert series.digest == series_digest(official.times, official.values, COLUMNS)
    assert (series.name, series.interval_seconds) == ("jena", 600)


def load_fails(path: Path, **changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        load_series(dataset(path=str(path), **changes), "path", lambda line: None)
    return str(caught.value)


# A file of the user's


def test_small_file_as_python_reads_it(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv")
    series = load_series(dataset(path=str(path)), "path", lambda line: None)
    expected = [[float(cell) for cell in row.split(",")[1:]] for row in ROWS]
    np.testing.assert_array_equal(series.values, expected)
    assert [str(stamp) for stamp in series.times] == [
        "2009-01-01T00:10:00.000000",
        "2009-01-01T00:20:00.000000",
        "2009-12-31T23:50:00.000000",
    ]
    assert series.times.dtype == np.dtype("datetime64[us]")
    assert (series.columns, series.source) == (COLUMNS, "path")
    assert str(path) in series.origin


def test_missing_file(tmp_path: Path) -> None:
    assert "must be an existing file (csv, also in zip, gz, xz, bz2, zst, or parquet)" in load_fails(
        tmp_path / "none.csv"
    )


def test_cache_follows_the_content(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv")
    lines: list[str] = []
    first = load_series(dataset(path=str(path)), "path", lines.append)
    assert lines == [f"reading {path}"]
    assert load_series(dataset(path=str(path)), "path", never).digest == first.digest
    write_csv(path, rows=[ROWS[0], ROWS[1].replace("-8.41", "-8.42")])
    changed = load_series(dataset(path=str(path)), "path", lines.append)
    assert len(lines) == 2
    assert (len(changed), changed.values[1, 1]) == (2, -8.42)


def test_own_file_needs_no_writable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "mine.csv")
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(path / "under-a-file"))
    lines: list[str] = []
    assert len(load_series(dataset(path=str(path)), "path", lines.append)) == 3
    assert "without the cache" in lines[0]


@pytest.mark.skipif(not SHARED.exists(), reason="the real measurements in ../shared/data are not here")
def test_real_measurements() -> None:
    series = load_series(dataset(path=str(SHARED / "jena_2024jun_oct_10min_14cols.csv")), "path", lambda line: None)
    assert (len(series), series.columns, series.interval_seconds) == (19_132, COLUMNS, 600)
    assert series.times[0] == np.datetime64("2024-06-09T11:40:00")
    np.testing.assert_array_equal(series.values[0, [0, 1, -1]], [982.81, 18.76, 350.5])
    np.testing.assert_array_equal(np.diff(series.times), np.timedelta64(600, "s"))
    assert -5 < series.values[:, 1].min() < series.values[:, 1].max() < 40


def test_a_file_read_in_another_way_is_read_anew(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv")
    whole = load_series(dataset(path=str(path)), "path", lambda line: None)
    less = load_series(dataset(path=str(path), format=file_format(drop=["rh (%)"])), "path", lambda line: None)
    assert less.columns == tuple(name for name in COLUMNS if name != "rh (%)")
    assert less.digest != whole.digest
    assert load_series(dataset(path=str(path)), "path", never).digest == whole.digest


def test_on_disk_or_in_memory_it_is_the_same_series(tmp_path: Path) -> None:
    path = str(write_csv(tmp_path / "mine.csv"))
    mapped = load_series(dataset(path=path, memory="mapped"), "path", lambda line: None)
    array = load_series(dataset(path=path, memory="array"), "path", never)
    assert (mapped.is_mapped, array.is_mapped) == (True, False)
    assert mapped.values.tobytes() == array.values.tobytes()
    assert mapped.times.tobytes() == array.times.tobytes()
    assert (mapped.digest, mapped.columns, mapped.interval) == (array.digest, array.columns, array.interval)


@pytest.mark.parametrize("memory", ["array", "mapped"])
@pytest.mark.parametrize("rows", [0, 1])
def test_less_than_two_rows_are_no_series(memory: str, rows: int, tmp_path: Path) -> None:
    text = load_fails(write_csv(tmp_path / "mine.csv", rows=ROWS[:rows]), memory=memory)
    assert text.startswith("dataset.path must hold ")
    assert str(tmp_path / "mine.csv") in text


def test_a_file_that_cannot_be_read_leaves_nothing(tmp_path: Path, root: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", rows=[*ROWS, ROWS[0].replace("996.52", "n.a.o.k.")] * 3)
    text = load_fails(path)
    assert "n.a.o.k." in text
    assert [entry.suffix for entry in (root / "parsed").iterdir()] == [".lock"]


# The official file


def small_official(**changes: Any) -> SeriesConfig:
    """Return a configuration whose official file is the three rows of `write_csv`."""
    facts = {"file": "three.csv", "rows": 3, "last": "2009-12-31T23:50:00"}
    return dataset(official=official_config(**(facts | changes)))


def test_official_is_what_the_configuration_says(root: Path) -> None:
    root.mkdir()
    write_csv(root / "three.csv")
    series = load_series(small_official(), "official", lambda line: None)
    assert (len(series), series.columns, series.source) == (3, COLUMNS, "official")


def test_the_official_one_of_several_files_in_a_zip(root: Path, tmp_path: Path) -> None:
    root.mkdir()
    write_csv(tmp_path / "three.csv")
    write_csv(tmp_path / "two.csv", rows=ROWS[:2])
    with zipfile.ZipFile(root / "three.csv.zip", "w") as archive:
        for name in ("two.csv", "three.csv"):
            archive.write(tmp_path / name, f"folder/{name}")
    assert len(load_series(small_official(), "official", lambda line: None)) == 3
    path = str(root / "three.csv.zip")
    assert len(load_series(small_official().model_copy(update={"path": path}), "path", never)) == 3
    two = small_official(file="two.csv").model_copy(update={"path": path})
    assert len(load_series(two, "path", lambda line: None)) == 2


def test_every_fact_that_is_not_the_official_one_is_named(root: Path) -> None:
    root.mkdir()
    path = write_csv(root / "three.csv")
    columns = [name for name in COLUMNS if name != "T (degC)"]
    other = small_official(rows=4, first="2009-01-01T00:00:00", last="2010-01-01T00:00:00", columns=[*columns, "T (C)"])
    with pytest.raises(InputError) as caught:
        load_series(other, "official", lambda line: None)
    (fault,) = caught.value.faults
    assert fault.key == "the official file"
    lines = fault.text.splitlines()
    assert "'T (C)' is missing. 'T (degC)' is not one of them. Did you mean 'T (C)'?" in lines[0]
    facts = (
        ("4 rows", "3"),
        ("2009-01-01T00:00:00", "2009-01-01T00:10:00"),
        ("2010-01-01T00:00:00", "2009-12-31T23:50:00"),
    )
    for line, (due, found) in zip(lines[1:4], facts, strict=True):
        assert due in line
        assert f"Received: {found} in {path}" in line
    assert str(path) in lines[4]
    assert "dataset.path=FILE" in lines[4]


@pytest.mark.parametrize("kind", ["csv", "zip"])
def test_file_put_there_by_hand_works_offline(kind: str, official: Official, root: Path) -> None:
    root.mkdir()
    name = {"csv": "jena_climate_2009_2016.csv", "zip": "jena_climate_2009_2016.csv.zip"}[kind]
    (root / name).symlink_to(getattr(official, kind))
    series = load_series(dataset(), "official", lambda line: None)
    assert_official(series, official)
    assert series.source == "official"
    start = time.process_time()
    assert_official(load_series(dataset(), "official", never), official)
    assert time.process_time() - start < 2.0  # seconds of computing: about 0.2


def test_second_start_parses_nothing(official: Official, root: Path) -> None:
    load_series(dataset(path=str(official.csv)), "path", lambda line: None)
    code = (
        "import sys; from tests.data.helpers import dataset; from seqexp.data.series.load import load_series;"
        f"print(len(load_series(dataset(path={str(official.csv)!r}), 'path', print)));"
        "print({'pandas', 'pyarrow', 'requests'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=REPO, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["420551", "set()"]


LOAD = """
import sys
from tests.data.helpers import dataset
from seqexp.config.schema import SeriesConfig
from seqexp.data.series.load import load_series
print(load_series(dataset(url=sys.argv[1]), "official", lambda line: print(line, flush=True)).digest)
"""


def test_two_processes_download_and_parse_once(official: Official, root: Path) -> None:
    with Server(body(official.zip.read_bytes(), pause=1.0)) as server:
        command = [sys.executable, "-c", LOAD, server.url]
        repository = REPO
        both = [subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        outputs = [process.communicate(timeout=60)[0] for process in both]
        assert len(server.requests) == 1
    expected = series_digest(official.times, official.values, COLUMNS)
    assert [output.split()[-1] for output in outputs] == [expected, expected]
    assert sum(output.count("reading ") for output in outputs) == 1
    assert (root / "jena_climate_2009_2016.csv.zip").read_bytes() == official.zip.read_bytes()
    assert not list(root.glob("**/*.part"))


def test_without_a_stand_in_none_is_offered(root: Path) -> None:
    with Server(status(404)) as server, pytest.raises(InputError) as caught:
        load_series(dataset(url=server.url, stand_in=None), "official", lambda line: None)
    assert "dataset.path=FILE" in str(caught.value)
    assert "simulated" not in str(caught.value)


def assert_names_ways_out(text: str, root: Path) -> None:
    for way in (str(root), "dataset.path=", "dataset.url=", "dataset.source=simulated", "SEQEXP_DATA_DIR="):
        assert way in text


def test_unreachable_names_the_ways_out(root: Path) -> None:
    with Server(status(404)) as server, pytest.raises(InputError) as caught:
        load_series(dataset(url=server.url), "official", lambda line: None)
    (fault,) = caught.value.faults
    assert fault.key == "dataset.url"
    assert "HTTP 404 Not Found" in fault.text
    assert f"Received: '{server.url}'" in fault.text
    assert_names_ways_out(fault.text, root)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html>log in</html>", "It looks like a web page."),
        (b"PK\x03\x04 and then nothing", "must be a whole, readable zip file"),
    ],
)
def test_download_of_something_else(content: bytes, message: str, root: Path) -> None:
    with Server(body(content)) as server, pytest.raises(InputError) as caught:
        load_series(dataset(url=server.url), "official", lambda line: None)
    assert [fault.key for fault in caught.value.faults] == ["dataset.url"]
    assert f"Received: '{server.url}'" in str(caught.value)
    assert message in str(caught.value)
    assert_names_ways_out(str(caught.value), root)
    assert not (root / "jena_climate_2009_2016.csv.zip").exists()


def test_download_of_a_shorter_record(tmp_path: Path, root: Path) -> None:
    with zipfile.ZipFile(tmp_path / "short.zip", "w") as archive:
        archive.write(write_csv(tmp_path / "short.csv"), "jena_climate_2009_2016.csv")
    with Server(body((tmp_path / "short.zip").read_bytes())) as server, pytest.raises(InputError) as caught:
        load_series(dataset(url=server.url), "official", lambda line: None)
    assert "420,551 rows. Received: 3 in" in str(caught.value)
    assert "last time stamp. Received: 2009-12-31T23:50:00" in str(caught.value)
    assert "first time stamp" not in str(caught.value)
    assert not (root / "jena_climate_2009_2016.csv.zip").exists()


def test_mirror_may_serve_the_csv_itself(official: Official, root: Path) -> None:
    with Server(body(official.csv.read_bytes(), kind="text/csv")) as server:
        url = server.url.removesuffix(".zip") + "?raw=1"
        assert_official(load_series(dataset(url=url), "official", lambda line: None), official)
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
        load_series(dataset(), "official", lambda line: None)
    assert message in str(caught.value)
    assert f"Delete or replace {path}" in str(caught.value)


def test_content_cached_by_path_is_still_checked(root: Path) -> None:
    root.mkdir()
    path = write_csv(root / "jena_climate_2009_2016.csv")
    load_series(dataset(path=str(path)), "path", lambda line: None)
    with pytest.raises(InputError, match=re.escape("420,551 rows. Received: 3")):
        load_series(dataset(), "official", lambda line: None)


def test_official_needs_a_folder_to_download_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "file" / "sub"))
    with pytest.raises(InputError, match=r"^SEQEXP_DATA_DIR "):
        load_series(dataset(), "official", lambda line: None)


# The simulated station


def test_simulated_station_is_made_once() -> None:
    station = pytest.importorskip("seqexp.data.stand_ins.station", reason="the simulated station is not there")
    lines: list[str] = []
    first = load_series(dataset(), "simulated", lines.append)
    assert len(lines) == 1
    again = load_series(dataset(), "simulated", never)
    direct = station.simulate_station(0)
    assert first.digest == again.digest == direct.digest
    np.testing.assert_array_equal(again.values, direct.values)
    np.testing.assert_array_equal(again.times, direct.times)
    assert (again.columns, again.source, again.name) == (COLUMNS, "simulated", "jena")
    assert station.STATION_VERSION in again.origin
    assert again.origin == first.origin
