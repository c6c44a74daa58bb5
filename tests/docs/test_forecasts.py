"""Every command of docs/forecasts.md does what the page shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from seqexp.cli.main import main
from tests import documents
from tests.conftest import Run
from tests.paths import REPO

PAGE = (REPO / "docs" / "forecasts.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
SHOP = [command for command in COMMANDS if "shop.csv" in command]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader has put the page's script, and has run it."""
    folder = tmp_path_factory.mktemp("shop")
    documents.write_files(PAGE, folder)
    subprocess.run([sys.executable, "shop.py"], cwd=folder, check=True)
    return folder


def test_the_commands_are_known() -> None:
    assert [command.split()[:2] for command in COMMANDS] == [
        ["seqexp", "train"],
        ["python", "shop.py"],
        ["seqexp", "train"],
        ["seqexp", "train"],
        ["seqexp", "data"],
    ]


def test_a_day_hour_by_hour_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--static", *shlex.split(COMMANDS[0])[2:]]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", SHOP[:2], ids=["past", "known"])
def test_what_a_training_prints(command: str, folder: Path, seqexp: Run) -> None:
    done = seqexp(*shlex.split(command)[1:], cwd=folder)
    assert done.returncode == 0, done.stderr
    assert documents.shown_after(PAGE, command) in done.stdout


def test_a_column_that_is_almost_the_target_is_found(folder: Path, seqexp: Run) -> None:
    done = seqexp(*shlex.split(SHOP[2])[1:], cwd=folder)
    assert done.returncode == 1
    assert documents.shown_after(PAGE, SHOP[2]) in done.stdout


def test_the_pages_that_it_links_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)", PAGE):
        assert (REPO / "docs" / link).exists(), link
