"""Standard streams whose reader has ended, that are full, or that are closed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.background import read_until
from tests.conftest import Run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no such pipes, nor a sh")
WRONG = ["validate", "--static", "model=gruu"]


def run(arguments: list[str], cwd: Path, buffered: bool = True, **streams: int) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment |= {} if buffered else {"PYTHONUNBUFFERED": "1"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    command = [sys.executable, "-m", "seqexp", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, text=True, timeout=60, check=False, **streams)


@pytest.fixture
def unread() -> Iterator[int]:
    """The end to write into of a pipe that nobody reads any more."""
    theirs, ours = os.pipe()
    os.close(theirs)
    yield ours
    os.close(ours)


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["ls", "models"], ["validate", "--static"]], ids=" ".join
)
def test_a_command_ends_as_pipes_do_once_nobody_reads_it(
    tmp_path: Path, unread: int, arguments: list[str], buffered: bool
) -> None:
    done = run(arguments, tmp_path, buffered, stdout=unread)
    assert (done.returncode, done.stderr) == (141, "")


def test_so_it_does_where_nobody_reads_its_messages(tmp_path: Path, unread: int) -> None:
    done = run(WRONG, tmp_path, stderr=unread)
    assert (done.returncode, done.stdout) == (141, "")


def test_what_prints_nothing_does_not_mind(tmp_path: Path, unread: int) -> None:
    done = run(WRONG, tmp_path, stdout=unread)
    assert done.returncode == 2
    assert "model" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "awaited"),
    [(["training.epochs=100000"], "2/100000"), (["-m", "seed=1,2,3,4", "hydra/launcher=parallel"], "begins")],
    ids=["a run", "a sweep"],
)
def test_a_training_that_nobody_reads_is_cut_short_as_by_ctrl_c(
    environment: dict[str, str], small: list[str], tmp_path: Path, more: list[str], awaited: str
) -> None:
    from mlflow import MlflowClient

    command = [sys.executable, "-m", "seqexp", "train", "model=mlp", *small, *more]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    read_until(process, awaited)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, told = process.communicate(timeout=60)
    assert process.returncode == 141, told
    assert "--resume" in told
    assert "Traceback" not in told
    runs = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db").search_runs(["1"])
    assert "KILLED" in {run.info.status for run in runs} <= {"KILLED", "FINISHED"}
    assert not any("seqexp.failure" in run.data.tags for run in runs)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("arguments", [["--help"], ["ls", "models"]], ids=" ".join)
def test_a_full_disk_is_told(tmp_path: Path, arguments: list[str], buffered: bool) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(arguments, tmp_path, buffered, stdout=full.fileno())
    assert done.returncode == 1
    assert done.stderr.startswith("failed: ")
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_closed_streams_take_no_file_and_no_message_goes_astray(tmp_path: Path) -> None:
    """Closed by a shell, as Python's own pipes always are open: nothing of what is opened later has such a number."""
    (tmp_path / "shown.txt").write_text("")
    script = f'"$0" -c "$1" "$2" >&- 2>&- <&-; echo $?; "$0" -m seqexp {" ".join(WRONG)} 2>&-; echo $?'
    checked = "import os, sys; from seqexp.cli.main import main; main(['--nope']); "
    checked += "sys.exit(3 if os.open(sys.argv[1], os.O_RDONLY) > 2 else 4)"
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, checked, str(tmp_path / "shown.txt")],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["3", "2"]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("0.5±0.1 ≈ best…", "0.5+-0.1 ~ best..."), ("──", "--"), ("▪▪", "##"), ("21 °C", "21 degC"), ("naïve", "naive")],
)
def test_each_character_that_tables_use_has_a_nearest_in_ascii(text: str, nearest: str) -> None:
    program = "import sys; from seqexp.cli.streams import print_in_any_encoding as begin; begin(); print(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, text],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert done.stdout.decode().strip() == nearest


def test_what_ascii_lacks_is_printed_as_the_nearest_that_it_has(seqexp_process: Run, tmp_path: Path) -> None:
    only_ascii = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = seqexp_process("train", "--help", cwd=tmp_path, **only_ascii)
    assert (done.returncode, done.stderr) == (0, "")
    assert "KEY=VALUE..." in done.stdout
    wrong = seqexp_process("validate", "--static", "dataset.source='é☀'", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert wrong.returncode == 2
    assert "Received: 'e?'" in wrong.stderr
