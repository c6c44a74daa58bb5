"""Every file, every command and every output of docs/your-data.md is what a reader gets."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import documents
from tests.conftest import Run
from tests.paths import REPO

PAGE = (REPO / "docs" / "your-data.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
# The one that shows what a wrong command line prints.
(WRONG,) = [command for command in COMMANDS if "20min" in command]
# Two series in one file.
(STACKED,) = [command for command in COMMANDS if "validate" in command]
# Long trainings are cut: what they print is not compared.
SHORT = ["training.epochs=1", "training.steps_per_epoch=3", "training.score_every=64"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader has put the page's files, and has run its script."""
    folder = tmp_path_factory.mktemp("greenhouse")
    documents.write_files(PAGE, folder)
    for script in ("greenhouse.py", "houses.py"):
        subprocess.run([sys.executable, script], cwd=folder, check=True)
    return folder


def test_the_log_is_the_one_that_is_shown(folder: Path) -> None:
    begin = (folder / "greenhouse.csv").read_bytes().decode("latin-1").replace("\r\n", "\n")
    lines = "".join(f"{line}\n" for line in begin.splitlines()[:3])
    assert f"```text\n{lines}```" in PAGE


@pytest.mark.parametrize("what", ["describe", "check"])
def test_what_is_printed_about_the_data(what: str, folder: Path, seqexp: Run) -> None:
    (command,) = [c for c in COMMANDS if c.startswith(f"seqexp data {what} csv")]
    done = seqexp(*shlex.split(command)[1:], cwd=folder)
    assert (done.returncode, done.stdout.replace(f"{folder}/", "…/").strip()) == (
        0,
        documents.shown_after(PAGE, command).strip(),
    )


def test_what_a_wrong_command_line_prints(folder: Path, seqexp: Run) -> None:
    done = seqexp(*shlex.split(WRONG)[1:], cwd=folder)
    assert (done.returncode, done.stderr) == (2, documents.shown_after(PAGE, WRONG))


def test_two_series_in_one_file_are_refused(folder: Path, seqexp: Run) -> None:
    done = seqexp(*shlex.split(STACKED)[1:], cwd=folder)
    printed = done.stderr.replace(f"{folder}/", "…/")
    assert (done.returncode, printed) == (2, documents.shown_after(PAGE, STACKED))


@pytest.mark.slow
def test_the_other_commands_run_in_their_order(folder: Path, seqexp: Run, seqexp_process: Run) -> None:
    ran = []
    for command in COMMANDS:
        words = shlex.split(command)
        if words[0] != "seqexp" or command in (WRONG, STACKED):
            continue
        more = SHORT if words[1] == "train" else []
        done = seqexp_process(*words[1:], *more, cwd=folder)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        ran.append(words[1])
    assert ran == ["data", "data", "data", "train", "data", "train", "compare", "train", "data"]
    shown = documents.shown_after(PAGE, "seqexp compare").splitlines()
    table = seqexp("compare", cwd=folder).stdout  # of the houses, then of the greenhouse
    printed = table[table.index("greenhouse: ") :].splitlines()
    headings = [next(line.split() for line in lines if line.startswith("rank ")) for lines in (printed, shown)]
    assert headings[0] == headings[1]  # the columns of the leaderboard
    names = {word for line in printed[3:] for word in line.split()[1:3]}  # a rank may have a mark
    assert names >= {"naive", "seasonal_naive", "linear", "gru"}


@pytest.mark.slow
def test_a_greenhouse_of_its_own_is_the_same_task_as_the_long_command(folder: Path, seqexp: Run) -> None:
    """The page ranks both together: a preset, and overrides that say the same."""
    table = seqexp("compare", cwd=folder).stdout
    assert table.count("greenhouse: ") + table.count("csv: ") == 1
