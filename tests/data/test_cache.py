from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.cache import Table, cached_table, data_dir, file_digest
from seqexp.data.series import content_digest


def a_table(first: float = 1.0) -> Table:
    times = np.array(["2009-01-01T00:10:00", "2009-01-01T00:20:00"], dtype="datetime64[s]")
    values = np.array([[first, np.nan], [-9999.0, 4.5]])
    columns = ("p (mbar)", "Größe (µm)")
    return Table(times, values, columns, content_digest(times, values, columns))


def never() -> Table:
    raise AssertionError("built although it was cached")


def assert_same(left: Table, right: Table) -> None:
    np.testing.assert_array_equal(left.times, right.times)
    np.testing.assert_array_equal(left.values, right.values)
    assert (left.values.dtype, left.times.dtype) == (np.dtype("float64"), np.dtype("datetime64[s]"))
    assert (left.columns, left.digest) == (right.columns, right.digest)


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


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")  # the example of FIPS 180
    assert file_digest(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_second_time_nothing_is_built(tmp_path: Path) -> None:
    lines: list[str] = []
    assert_same(cached_table(tmp_path, "k", a_table, lines.append), a_table())
    assert_same(cached_table(tmp_path, "k", never, lines.append), a_table())
    assert lines == []


def test_keys_are_apart(tmp_path: Path) -> None:
    cached_table(tmp_path, "one", a_table, print)
    assert_same(cached_table(tmp_path, "two", lambda: a_table(7.0), print), a_table(7.0))
    assert_same(cached_table(tmp_path, "one", never, print), a_table())


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


@pytest.mark.parametrize("name", ["values.npy", "times.npy", "meta.json"])
@pytest.mark.parametrize("damage", [flip_a_byte, cut, empty, remove])
def test_damage_is_found_said_and_mended(name: str, damage: object, tmp_path: Path) -> None:
    cached_table(tmp_path, "k", a_table, print)
    assert callable(damage)
    damage(tmp_path / "parsed" / "k" / name)
    lines: list[str] = []
    assert_same(cached_table(tmp_path, "k", a_table, lines.append), a_table())
    assert len(lines) == 1
    assert "damaged" in lines[0]
    assert_same(cached_table(tmp_path, "k", never, lines.append), a_table())


def test_entry_of_another_version_is_rebuilt(tmp_path: Path) -> None:
    cached_table(tmp_path, "k", a_table, print)
    meta = tmp_path / "parsed" / "k" / "meta.json"
    meta.write_text(meta.read_text().replace('"format": 1', '"format": 0'))
    lines: list[str] = []
    assert_same(cached_table(tmp_path, "k", lambda: a_table(7.0), lines.append), a_table(7.0))
    assert "format 0, not 1" in lines[0]


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> Table:
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        cached_table(tmp_path, "k", fail, print)
    assert [path.name for path in (tmp_path / "parsed").iterdir()] == ["k.lock"]


def test_rest_of_a_killed_write_is_no_obstacle(tmp_path: Path) -> None:
    rest = tmp_path / "parsed" / "k.tmp"
    rest.mkdir(parents=True)
    (rest / "values.npy").write_bytes(b"half")
    cached_table(tmp_path, "k", a_table, print)
    assert_same(cached_table(tmp_path, "k", never, print), a_table())
    assert not rest.exists()


def test_without_a_writable_folder_it_goes_on_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    lines: list[str] = []
    assert_same(cached_table(tmp_path / "file" / "sub", "k", a_table, lines.append), a_table())
    assert len(lines) == 1
    assert "without the cache" in lines[0]
    assert "SEQEXP_DATA_DIR" in lines[0]


def test_a_write_that_fails_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "parsed").mkdir()
    (tmp_path / "parsed" / "k.tmp").write_text("in the way")
    lines: list[str] = []
    assert_same(cached_table(tmp_path, "k", a_table, lines.append), a_table())
    assert "without the cache: File exists" in lines[0]


SLOW_BUILD = """
import sys, time
from pathlib import Path
from tests.data.test_cache import a_table
from seqexp.data.cache import cached_table
root = Path(sys.argv[1])
def build():
    with (root / "builds").open("a") as f:
        f.write("x")
    (root / "building").touch()
    time.sleep(1.0)
    return a_table()
print(cached_table(root, "k", build, print).digest)
"""


def test_two_processes_build_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW_BUILD, str(tmp_path)]
    root = Path(__file__).parents[2]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=30)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(a_table().digest in output for output in outputs)
    assert (tmp_path / "builds").read_text() == "x"


def test_importing_stays_light() -> None:
    heavy = "pandas pyarrow pooch requests filelock platformdirs tensorflow keras mlflow scipy"
    code = (
        "import sys, seqexp.data.source, seqexp.data.jena, seqexp.data.download;"
        f"print(sorted(set('{heavy}'.split()) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
