from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pyarrow import csv, parquet

from tests.data.helpers import HEADER, ROWS, write_csv
from tests.data.tables import fails, read
from tests.paths import REPO

SHARED = REPO.parent / "shared" / "data" / "jena"
COLUMNS = tuple(name.strip('"') for name in HEADER.split(",")[1:])

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the real measurements in ../shared/data are not here")


def test_all_containers_say_the_same(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv")
    with zipfile.ZipFile(tmp_path / "mine.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "mine.csv")
    (tmp_path / "mine.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    parquet.write_table(csv.read_csv(path), tmp_path / "mine.parquet")
    plain = read(path)
    for other in ("mine.zip", "mine.csv.gz", "mine.parquet"):
        content = read(tmp_path / other)
        assert content.columns == plain.columns == COLUMNS
        np.testing.assert_array_equal(content.times, plain.times)
        np.testing.assert_array_equal(content.values, plain.values)


def test_member_of_a_zip_file_is_chosen(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "time,x\n2020-01-01,1\n2020-01-02,2\n")
        archive.writestr("b.csv", "time,y\n2020-01-01,3\n2020-01-02,4\n")
    assert read(tmp_path / "two.zip", member="b.csv").columns == ("y",)
    assert "which holds a.csv, b.csv" in fails(tmp_path / "two.zip")


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_file_damaged_behind_what_is_looked_at(kind: str, tmp_path: Path) -> None:
    content = (HEADER + "\n" + (ROWS[0] + "\n") * 40_000).encode()
    path = tmp_path / f"mine.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", content)
        damaged = bytearray(path.read_bytes())
        damaged[3_000_000] ^= 1
        path.write_bytes(damaged)
    else:
        path.write_bytes(gzip.compress(content)[:-100])
    assert f"must be a whole, readable {'gzip' if kind == 'gz' else kind} file" in fails(path)


@needs_shared
def test_real_measurements() -> None:
    content = read(SHARED / "jena_2024jun_oct_10min_14cols.csv")
    assert (len(content.times), content.columns, content.dropped) == (19_132, COLUMNS, ())
    assert str(content.times[0]) == "2024-06-09T11:40:00.000000"
    np.testing.assert_array_equal(content.values[0, [0, 1, -1]], [982.81, 18.76, 350.5])
    np.testing.assert_array_equal(np.diff(content.times), np.timedelta64(600, "s"))
    assert content.notes.split("\n") == [
        "delimiter ',', decimal '.', encoding utf-8",
        "time 'Date Time' like %d.%m.%Y %H:%M:%S",
    ]


@needs_shared
def test_beginning_of_the_official_file() -> None:
    content = read(SHARED / "jena_first20002_10min_13cols.csv")
    assert (len(content.times), len(content.columns), content.dropped) == (20_002, 13, ())
    assert [str(time) for time in content.times[[0, -1]]] == [
        "2009-01-01T00:10:00.000000",
        "2009-05-19T21:40:00.000000",
    ]


@needs_shared
def test_the_stations_own_file_in_latin_1() -> None:
    content = read(SHARED / "mpi_roof_2024jun_oct_raw.csv")
    assert (len(content.times), len(content.columns)) == (19_132, 21)
    assert "PAR (µmol/m²/s)" in content.columns
    assert (content.values[:, content.columns.index("max. PAR (µmol/m²/s)")] == -9999).any()
    said = read(SHARED / "mpi_roof_2024jun_oct_raw.csv", encoding="latin-1", delimiter=",", decimal=".")
    assert said.columns == content.columns


GROWTH = """
import sys
from pathlib import Path
import psutil
from seqexp.data.files.byte_files import InputFile
from seqexp.data.series.load import open_table
from tests.data.tables import file_format, read
small, large = map(Path, sys.argv[1:])
read(small)  # all that is imported
process = psutil.Process()
before, most, rows = process.memory_info().rss, 0, 0
for times, _, _ in open_table(InputFile(large, "it"), file_format()).chunks():
    rows += len(times)
    most = max(most, process.memory_info().rss - before)
print(rows, most // 2**20)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "gz", "latin", "parquet"])
def test_memory_stays_small(kind: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    lines = [f"{{}},{','.join(map(str, row))}\n" for row in random.normal(500, 300, (1000, 14)).round(2).tolist()]
    names = ",".join(f"c{number}" for number in range(14)).replace("c7", "c7 (°C)")
    small, large = tmp_path / "small.csv", tmp_path / f"large.{kind}"
    rows = 2_000_000  # about 210 MB
    stamps = np.datetime_as_string(np.datetime64("2009-01-01", "s") + np.arange(rows) * np.timedelta64(60, "s"))
    encoding = "latin-1" if kind == "latin" else "utf-8"
    with gzip.open(large, "wb", compresslevel=1) if kind == "gz" else large.open("wb") as stream:
        stream.write(f"time,{names}\n".encode(encoding))
        for row, stamp in enumerate(stamps):
            stream.write(lines[row % 1000].format(stamp).encode(encoding))
    write_csv(small)
    if kind == "parquet":
        parquet.write_table(csv.read_csv(large), tmp_path / "t.parquet", row_group_size=100_000)
        large = tmp_path / "t.parquet"
    elif kind != "gz":
        assert large.stat().st_size > 190e6
    command = [sys.executable, "-c", GROWTH, str(small), str(large)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True)
    read_rows, growth = map(int, done.stdout.split())
    assert read_rows == rows
    assert growth < 100
