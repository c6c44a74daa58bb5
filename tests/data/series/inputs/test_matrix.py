"""Inputs in memory, or in a file without a name; a full disk is reported before anything is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqexp.data.series.inputs.matrix import new_matrix


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_in_memory_no_file_is_written(folder: Path) -> None:
    matrix = new_matrix(5, 3, mapped=False)
    assert matrix.shape == (5, 3)
    assert matrix.dtype == np.float32
    assert not isinstance(matrix, np.memmap)
    assert not folder.exists()


def test_on_disk_it_keeps_what_is_written_and_leaves_nothing(folder: Path) -> None:
    values = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    matrix = new_matrix(1000, 3, mapped=True)
    assert matrix.shape == (1000, 3)
    assert matrix.dtype == np.float32
    assert isinstance(matrix, np.memmap)
    matrix[:500], matrix[500:] = values[:500], values[500:]
    assert list(folder.iterdir()) == []
    np.testing.assert_array_equal(matrix, values)
    assert new_matrix(2, 2, mapped=True)[0, 0] != values[0, 0]  # each has a file of its own
    np.testing.assert_array_equal(matrix, values)


KILLED = """
import os, signal
from seqexp.data.series.inputs.matrix import new_matrix
new_matrix(100_000, 3, mapped=True)[:] = 1
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a temporary file has a name while it is open")
def test_a_killed_process_leaves_nothing(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert done.returncode == -9
    assert list(folder.iterdir()) == []


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
from seqexp.data.series.inputs.matrix import new_matrix
new_matrix(20_000, 10, mapped=True)[:] = 1
try:
    new_matrix(30_000, 10, mapped=True)
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs limits on the size of a file")
def test_a_disk_that_is_too_small_is_reported_before_anything_is_computed(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"[Errno 27] File too large: 0.001 GB are needed: {str(folder)!r}"
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(OSError, match=str(tmp_path / "file")):
        new_matrix(2, 2, mapped=True)
