"""A run's own folder: who holds it, for how long, and where it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.tracking import run_folder
from seqexp.tracking.run_folder import RunFolder, check_writable, checkpoints_folder, size_of
from tests.faults import is_about, only_fault_of

HOLDS = """
import sys
from pathlib import Path
from seqexp.tracking.run_folder import RunFolder
folder = RunFolder(Path(sys.argv[1]))
folder.lock("sqlite:////x.db")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder `run` until its stdin is closed or it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path / "run")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_lock_is_held_as_long_as_its_process_lives(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    folder = RunFolder(tmp_path / "run")
    assert folder.is_locked
    assert folder.store == "sqlite:////x.db"
    process = folder.process
    assert process is not None
    assert process.pid == holder.pid
    assert str(process).startswith(f"process {holder.pid} on {process.host}, since 2")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert not folder.is_locked
    assert folder.process == process  # it released nothing: it crashed


def test_what_is_held_by_another_process_is_not_taken(
    tmp_path: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_folder, "_PATIENCE_SECONDS", 0.1)
    with pytest.raises(InputError, match=f"the run run is still running: process {holder.pid} on "):
        RunFolder(tmp_path / "run").lock("s")
    with RunFolder(tmp_path / "run").try_lock() as is_free:
        assert not is_free


def test_a_released_folder_names_no_process_and_can_be_locked_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    for _ in range(2):
        folder.lock("s")
        assert folder.process is not None
        assert folder.process.pid == os.getpid()
        assert RunFolder(folder.path).is_locked
        folder.release()
        assert RunFolder(folder.path).process is None
        assert not RunFolder(folder.path).is_locked


def test_removing_says_how_much_it_frees(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert (size_of(folder.path), folder.remove(), folder.is_locked, folder.store) == (0, 0, False, None)
    (folder.path / "deep").mkdir(parents=True)
    (folder.path / "a").write_bytes(bytes(1000))
    (folder.path / "deep" / "b").write_bytes(bytes(234))
    assert size_of(folder.path) == 1234
    assert folder.remove() == 1234
    assert not folder.path.exists()


@pytest.mark.parametrize(
    ("uri", "given", "expected"),
    [
        (None, None, "here/.seqexp/runs"),
        ("sqlite:///sub/x.db", None, "here/sub/.seqexp/runs"),
        ("http://127.0.0.1:5000", None, "here/.seqexp/runs"),
        ("sqlite:///sub/x.db", "kept", "here/kept"),
        (None, "/abs/kept", "/abs/kept"),
    ],
)
def test_where_the_folders_are(
    tmp_path: Path, uri: str | None, given: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert checkpoints_folder(uri, given, tmp_path / "here") == tmp_path / expected


@pytest.mark.parametrize("given", ["file", "file/runs", "x" * 300])
def test_what_can_be_no_folder_is_wrong_input_for_those_who_read(tmp_path: Path, given: str) -> None:
    (tmp_path / "file").write_text("")
    fault = only_fault_of(checkpoints_folder, None, given, tmp_path)
    assert is_about(fault, "tracking.checkpoints", repr(given)[:100])


def test_a_place_that_can_not_be_made_is_wrong_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"tracking.checkpoints must be a folder that can be written \("):
        check_writable(tmp_path / "file" / "runs", "file/runs")
    with pytest.raises(InputError) as caught:
        check_writable(tmp_path / "file" / "runs", None)
    assert str(caught.value).startswith(f"checkpoints can't be written in {tmp_path}/file/runs")  # no key was set
    check_writable(tmp_path / "a" / "b", None)
    assert (tmp_path / "a" / "b").is_dir()
