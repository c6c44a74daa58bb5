"""Files of any bytes where a series, texts, a model or a checkpoint is expected: read, or refused with the file."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from seqexp.training.checkpoint import CheckpointError, decode
from tests.fuzz.harness import attempt, complaint, drawn

FUZZ = drawn(120)
CELL = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.datetimes().map(lambda time: time.isoformat(" ")),
    st.text(max_size=6),
    st.sampled_from(["", "NA", "1.234,5", "24:00", '"', "2020-13-45", "99999-01-01", "1e400", "-", "\0", "0x1F", "٣"]),
)
LINES = st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=12)
TABLES = st.builds(
    lambda lines, mark, end: end.join(mark.join(cells) for cells in lines).encode("utf-8", "surrogatepass"),
    LINES,
    st.sampled_from([",", ";", "\t", " "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
_TIMES = np.datetime64("2020-01-01", "us") + np.timedelta64(3600, "s") * np.arange(400)


def _parquet() -> bytes:
    table = pa.table({"time": _TIMES, "a": np.sin(np.arange(400) / 5), "text": ["x", "y"] * 200})
    written = io.BytesIO()
    parquet.write_table(table, written)
    return written.getvalue()


def _csv() -> bytes:
    lines = [f"{time},{np.sin(row):.3f},{row}" for row, time in enumerate(_TIMES.tolist())]
    return "\n".join(["time,a,b", *lines]).encode()


def _zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", _csv())
    return written.getvalue()


WHOLE = {"a.parquet": _parquet(), "a.csv": _csv(), "a.zip": _zip(), "a.csv.gz": gzip.compress(_csv(), mtime=0)}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file that is cut, or of which some bytes are others."""
    name = draw(st.sampled_from(sorted(WHOLE)))
    content = bytearray(WHOLE[name])
    for _ in range(draw(st.integers(0, 4))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return name, bytes(content[: draw(st.integers(0, len(content)))])


def _try(commands: Sequence[Sequence[str]], folder: Path, environment: dict[str, str]) -> None:
    for command in commands:
        ends = (0, 1, 2) if "check" in command else (0, 2)
        done = attempt(command, folder, environment, seconds=30)
        said = complaint(done, folder, set(folder.iterdir()), ends)
        assert said is None, (command, said)
        assert "failed:" not in done.stderr, (command, done.stderr[-500:])


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.slow
@FUZZ
@given(content=st.binary(max_size=300) | TABLES)
def test_any_bytes_as_a_csv_file(content: bytes, tmp_path: Path, environment: dict[str, str]) -> None:
    path = _write(tmp_path / "files" / "a.csv", content)
    _try([["data", "check", "csv", f"dataset.path={path}", "dataset.target=a"]], tmp_path, environment)
    _try([["data", "describe", "text", f"dataset.path={path}"]], tmp_path, environment)


@pytest.mark.slow
@FUZZ
@given(file=damaged())
def test_damaged_files(file: tuple[str, bytes], tmp_path: Path, environment: dict[str, str]) -> None:
    path = _write(tmp_path / "files" / file[0], file[1])
    small = ["dataset.lookback=24", "dataset.delay=2", "dataset.target=a"]
    _try([["data", "describe", "csv", f"dataset.path={path}", *small]], tmp_path, environment)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_the_whole_files_are_read(name: str, tmp_path: Path, environment: dict[str, str]) -> None:
    path = _write(tmp_path / "files" / name, WHOLE[name])
    line = ["data", "describe", "csv", f"dataset.path={path}", "dataset.target=a", "dataset.lookback=24"]
    assert attempt([*line, "dataset.delay=2"], tmp_path, environment).returncode == 0


_LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
YAML = st.recursive(
    _LEAF | st.sampled_from(["GRU", "${seed}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@FUZZ
@given(group=st.sampled_from(["model", "dataset", "training", "experiment"]), content=YAML | st.binary(max_size=60))
def test_any_yaml(group: str, content: object, tmp_path: Path, environment: dict[str, str]) -> None:
    import yaml

    text = content if isinstance(content, bytes) else yaml.safe_dump(content, allow_unicode=True).encode()
    _write(tmp_path / "own" / "x", b"")
    _write(tmp_path / "own" / group / "odd.yaml", text)
    line = ["validate", "--static", "--config-dir", str(tmp_path / "own"), f"{group}=odd"]
    _try([line], tmp_path, environment)


@FUZZ
@given(st.binary(max_size=200), st.sampled_from([b"", b"seqexp checkpoint 1 ", b"seqexp checkpoint 2 "]))
def test_any_bytes_as_a_checkpoint(content: bytes, begin: bytes) -> None:
    with pytest.raises(CheckpointError):
        decode(begin + content)
