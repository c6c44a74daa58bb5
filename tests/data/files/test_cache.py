from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqexp.config.errors import Fault, InputError
from seqexp.data.arrays import Codes
from seqexp.data.files import table_cache
from seqexp.data.files.cache import Progress, data_dir
from seqexp.data.files.table_cache import Memory, cached_table, machine_memory, stays_on_disk
from seqexp.data.series.series import Chunk, Series, series_digest
from tests.paths import REPO


def no_codes(rows: int) -> Codes:
    return np.empty((rows, 0), np.int32)


@dataclass(frozen=True)
class SomeRows:
    """Rows as a reader gives them: one after the other."""

    first: float = 1.0
    columns: tuple[str, ...] = ("p (mbar)", "Größe (µm)")
    dropped: tuple[str, ...] = ("Straße",)
    notes: tuple[str, ...] = ("a comma is the decimal mark",)
    units: dict[str, str] = field(default_factory=lambda: {"p (mbar)": "hPa"})
    fails: Exception | None = None

    def chunks(self) -> Iterator[Chunk]:
        for row, cells in enumerate([[self.first, np.nan], [-9999.0, 4.5], [0.5, -0.0]]):
            if row == 2 and self.fails:
                raise self.fails
            yield Chunk(np.array([1_230_768_600 + 600 * row], dtype="datetime64[s]"), np.array([cells]), no_codes(1))


def cached(
    root: Path,
    build: Callable[[], SomeRows] = SomeRows,
    progress: Progress = print,
    memory: Memory = "auto",
    key: str = "k",
) -> Series:
    return cached_table(root, key, build, progress, memory)


def never() -> SomeRows:
    raise AssertionError("built although it was cached")


def quiet(line: str) -> None:
    raise AssertionError(f"nothing was to be said: {line}")


def a_table(first: float = 1.0) -> Series:
    times = np.array(["2009-01-01T00:10:00", "2009-01-01T00:20:00", "2009-01-01T00:30:00"], dtype="datetime64[us]")
    values = np.array([[first, np.nan], [-9999.0, 4.5], [0.5, -0.0]])
    columns = ("p (mbar)", "Größe (µm)")
    digest = series_digest(times, values, columns)
    return Series("", times, values, columns, "", "", digest, ("Straße",), ("a comma is the decimal mark",))


def assert_same(left: Series, right: Series) -> None:
    assert np.asarray(left.times).tobytes() == right.times.tobytes()
    assert np.asarray(left.values).tobytes() == right.values.tobytes()
    assert (left.values.dtype, left.times.dtype) == (np.dtype("float64"), np.dtype("datetime64[us]"))
    assert left.values.shape == right.values.shape
    assert (left.columns, left.digest) == (right.columns, right.digest)
    assert (left.dropped, left.notes) == (right.dropped, right.notes)


def test_data_dir_is_the_environments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "new"))
    assert data_dir() == tmp_path / "new"
    assert not data_dir().exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the convention tested is that of Linux")
@pytest.mark.parametrize("unset", ["absent", "empty"])
def test_data_dir_follows_the_platform(unset: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if unset == "absent":
        monkeypatch.delenv("SEQEXP_DATA_DIR", raising=False)
    else:
        monkeypatch.setenv("SEQEXP_DATA_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data_dir() == tmp_path / "seqexp"


MEMORY = pytest.mark.parametrize("memory", ["auto", "array", "mapped"])


@MEMORY
def test_second_time_nothing_is_built(memory: Memory, tmp_path: Path) -> None:
    assert_same(cached(tmp_path, SomeRows, quiet, memory), a_table())
    again = cached(tmp_path, never, quiet, memory)
    assert_same(again, a_table())
    assert isinstance(again.values, np.memmap) == (memory == "mapped")


@MEMORY
def test_an_entry_does_not_know_how_it_is_read(memory: Memory, tmp_path: Path) -> None:
    for first in ("array", "mapped"):
        cached(tmp_path / first, memory=first)
        assert_same(cached(tmp_path / first, never, quiet, memory), a_table())


def test_auto_leaves_on_disk_what_takes_a_quarter_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_cache, "machine_memory", lambda: 4000)
    assert [stays_on_disk(size, "auto") for size in (1000, 1001)] == [False, True]
    assert not stays_on_disk(10**15, "array")
    assert stays_on_disk(8, "mapped")


def test_the_machines_memory_is_that_of_this_machine() -> None:
    import psutil

    assert 2**26 < (machine_memory() or 0) <= psutil.virtual_memory().total


@dataclass(frozen=True)
class NoRows(SomeRows):
    """A file with a header and nothing else; its reader may give an empty piece, or none."""

    pieces: int = 0

    def chunks(self) -> Iterator[Chunk]:
        for _ in range(self.pieces):
            yield Chunk(np.empty(0, dtype="datetime64[us]"), np.empty((0, 2)), no_codes(0))


@pytest.mark.parametrize("pieces", [0, 1])
@MEMORY
def test_a_table_without_rows_is_kept_too(memory: Memory, pieces: int, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root, build in ((tmp_path, NoRows), (tmp_path, never), (tmp_path / "file", NoRows)):
        table = cached(root, build if build is never else lambda: NoRows(pieces=pieces), lambda line: None, memory)
        assert (table.times.shape, table.values.shape) == ((0,), (0, 2))


def test_a_mapped_table_cant_be_changed_by_mistake(tmp_path: Path) -> None:
    table = cached(tmp_path, memory="mapped")
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0] = 7.0


def test_keys_are_apart(tmp_path: Path) -> None:
    cached(tmp_path, key="one")
    assert_same(cached(tmp_path, lambda: SomeRows(7.0), key="two"), a_table(7.0))
    assert_same(cached(tmp_path, never, key="one"), a_table())


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("name", ["values.f8", "times.i8", "meta.json"])
@pytest.mark.parametrize("damage", [flip_a_byte, cut, empty, remove])
@pytest.mark.parametrize("memory", ["array", "mapped"])
def test_damage_is_found_said_and_mended(name: str, damage: object, memory: Memory, tmp_path: Path) -> None:
    cached(tmp_path)
    assert callable(damage)
    damage(tmp_path / "parsed" / "k" / name)
    lines: list[str] = []
    assert_same(cached(tmp_path, SomeRows, lines.append, memory), a_table())
    assert len(lines) == 1
    assert "damaged" in lines[0]
    assert_same(cached(tmp_path, never, quiet, memory), a_table())


@pytest.mark.parametrize("meta", ["[]", "null", "{", '{"format": 3}', '{"format": 3, "rows": "x"}', "\udc80"])
def test_any_other_text_in_place_of_the_description_is_damage(meta: str, tmp_path: Path) -> None:
    cached(tmp_path)
    (tmp_path / "parsed" / "k" / "meta.json").write_bytes(meta.encode("utf-8", "surrogateescape"))
    lines: list[str] = []
    assert_same(cached(tmp_path, SomeRows, lines.append), a_table())
    assert "damaged" in lines[0]


def test_entry_of_another_version_is_rebuilt(tmp_path: Path) -> None:
    cached(tmp_path)
    meta = tmp_path / "parsed" / "k" / "meta.json"
    content = meta.read_text()
    meta.write_text(re.sub(r'(?<="format": )\d+', "1", content))
    assert meta.read_text() != content
    lines: list[str] = []
    assert_same(cached(tmp_path, lambda: SomeRows(7.0), lines.append), a_table(7.0))
    assert "format 1, not " in lines[0]


FAULT = InputError(Fault("dataset.path", "no"))


def begins_with_a_fault() -> SomeRows:
    raise FAULT


@pytest.mark.parametrize("build", [begins_with_a_fault, lambda: SomeRows(fails=FAULT)])
@pytest.mark.parametrize("there", [False, True])
@MEMORY
def test_a_failed_build_leaves_nothing(
    build: Callable[[], SomeRows], there: bool, memory: Memory, tmp_path: Path
) -> None:
    if there:  # damaged, so that it is built again
        cached(tmp_path)
        cut(tmp_path / "parsed" / "k" / "values.f8")
    with pytest.raises(InputError, match="no") as caught:
        cached(tmp_path, build, lambda line: None, memory)
    assert caught.value is FAULT
    assert {path.name for path in (tmp_path / "parsed").iterdir()} - {"k"} == {"k.lock"}
    assert_same(cached(tmp_path, SomeRows, lambda line: None, memory), a_table())


@pytest.mark.parametrize("fault", [OSError("the file went away"), KeyboardInterrupt(), ValueError("odd")])
def test_a_readers_own_error_is_no_fault_of_the_cache(fault: Any, tmp_path: Path) -> None:
    with pytest.raises(type(fault)) as caught:
        cached(tmp_path, lambda: SomeRows(fails=fault), quiet)
    assert caught.value is fault
    assert [path.name for path in (tmp_path / "parsed").iterdir()] == ["k.lock"]


def test_rest_of_a_killed_write_is_no_obstacle(tmp_path: Path) -> None:
    rest = tmp_path / "parsed" / "k.tmp"
    rest.mkdir(parents=True)
    (rest / "values.f8").write_bytes(b"half")
    cached(tmp_path)
    assert_same(cached(tmp_path, never), a_table())
    assert not rest.exists()


def test_a_file_in_place_of_the_entry_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "parsed").mkdir()
    (tmp_path / "parsed" / "k").write_text("in the way")
    assert_same(cached(tmp_path), a_table())
    assert_same(cached(tmp_path, never), a_table())


@MEMORY
def test_without_a_writable_folder_it_goes_on_and_says_so(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    lines: list[str] = []
    assert_same(cached(tmp_path / "file" / "sub", SomeRows, lines.append, memory), a_table())
    assert len(lines) == 1
    assert "without the cache" in lines[0]
    assert "SEQEXP_DATA_DIR" in lines[0]


def test_a_write_that_fails_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "parsed").mkdir()
    (tmp_path / "parsed" / "k.tmp").write_text("in the way")
    lines: list[str] = []
    assert_same(cached(tmp_path, SomeRows, lines.append), a_table())
    assert "without the cache: File exists" in lines[0]


FULL_DISK = """
import resource, sys
from pathlib import Path
from tests.data.files.test_cache import cached
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
print(cached(Path(sys.argv[1]), memory=sys.argv[3]).digest)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs limits on the size of a file")
@pytest.mark.parametrize("memory", ["array", "mapped"])
@pytest.mark.parametrize("room", [0, 20, 40, 100])  # bytes: for nothing, and for less than times, values, meta.json
def test_a_full_disk_costs_nothing(memory: Memory, room: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), str(room), memory]
    root = REPO
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    said, digest = done.stdout.splitlines()
    assert "without the cache: File too large" in said
    assert digest == a_table().digest
    assert [path.name for path in (tmp_path / "parsed").iterdir()] == ["k.lock"]


SLOW_BUILD = """
import sys, time
from pathlib import Path
from tests.data.files.test_cache import SomeRows
from seqexp.data.files.table_cache import cached_table
root = Path(sys.argv[1])
def build():
    with (root / "builds").open("a") as f:
        f.write("x")
    (root / "building").touch()
    time.sleep(1.0)
    return SomeRows()
print(cached_table(root, "k", build, print, sys.argv[2]).digest)
"""


@pytest.mark.parametrize("memory", ["array", "mapped"])
def test_two_processes_build_once(memory: Memory, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW_BUILD, str(tmp_path), memory]
    root = REPO
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=30)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(a_table().digest in output for output in outputs)
    assert (tmp_path / "builds").read_text() == "x"


def test_importing_stays_light() -> None:
    heavy = "pandas pyarrow pooch requests filelock platformdirs tensorflow keras mlflow scipy"
    code = (
        "import sys, seqexp.data.sources, seqexp.data.series.load, seqexp.data.series.windows;"
        "import seqexp.data.files.download;"
        f"print(sorted(set('{heavy}'.split()) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_of_an_entry_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut could leave an entry whose description is empty."""
    really, synced = os.fsync, set[int]()

    def fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    cached(tmp_path)
    files = list((tmp_path / "parsed" / "k").iterdir())
    assert {file.name for file in files if file.stat().st_ino not in synced} == set()
    assert "meta.json" in {file.name for file in files}
