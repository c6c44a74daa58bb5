"""A disk that is full: one line with the file or folder and the cause, and nothing half done."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqexp.tracking.store.opening import open_store
from tests.conftest import Run
from tests.disks import fill, small_disk
from tests.reporting.recorded import record
from tests.stores import copied

CAUSE = "No space left on device"

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    with small_disk(tmp_path / "disk", 4_000) as folder:
        yield folder


def check(done: subprocess.CompletedProcess[str], code: int, names: str) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert CAUSE in done.stderr
    assert names in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith(("error: ", "failed: "))]) == 1, (
        done.stderr
    )
    assert "None" not in done.stderr


def test_no_store_is_begun_where_there_is_no_room_for_one(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 512) as disk:
        for command in (["train"], ["train", "-m", "seed=1,2"], ["train", "-m", "seed=1,2", "--dry-run"]):
            check(seqexp(*command, *small, "model=naive", cwd=disk), 2, str(disk))
            assert list(disk.iterdir()) == []


def test_a_run_that_fills_the_disk_fails_and_says_where(seqexp: Run, small: list[str], disk: Path) -> None:
    (disk / "mlflow.db").write_bytes(copied((disk / "mlartifacts").as_uri()))
    fill(disk, left=2_000_000)
    done = seqexp("train", *small, "model=gru", "model.units=160", "--name", "wide", cwd=disk)
    check(done, 1, str(disk / ".seqexp" / "runs"))
    assert not list(disk.rglob("*.draft"))


def test_a_cache_that_finds_no_room_is_done_without(seqexp: Run, small: list[str], disk: Path, tmp_path: Path) -> None:
    fill(disk)
    done = seqexp("train", *small, "model=naive", cwd=tmp_path, SEQEXP_DATA_DIR=str(disk / "cache"))
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [line for line in done.stdout.splitlines() if "without the cache" in line]
    assert CAUSE in line
    assert str(disk / "cache") in line
    assert "None" not in done.stdout


def test_what_a_command_writes_is_named(seqexp: Run, small: list[str], disk: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    for seed in (1, 2):
        record(store, f"gru seed={seed}", 0.26, seed=seed)
    fill(disk)
    for command in (
        ["report", "-o", f"{disk}/page.html"],
        ["compare", "gru seed=1", "gru seed=2", "-o", f"{disk}/curves.png"],
        ["data", "plot", "csv", *small, "dataset.target=T", "--output", f"{disk}/pictures"],
    ):
        check(seqexp(*command, cwd=tmp_path), 2, command[-1])
    assert [path.name for path in disk.iterdir() if path.is_file()] == ["filler"]
