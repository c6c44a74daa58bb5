"""Every command of docs/power.md runs, and the fields of its JSON are all there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests import documents
from tests.conftest import Run
from tests.paths import REPO
from tests.reporting.recorded import record

PAGE = (REPO / "docs" / "power.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
TRAINS, *READ = COMMANDS
SHORT = ["training.epochs=1", "training.steps_per_epoch=3", "training.score_every=64"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store of two runs, of which no forecasts are saved."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    for model in ("gru", "gru_dropout"):
        record(store, model, model=model)
    return tmp_path


def names(content: object) -> set[str]:
    """Return the names of all fields, but those that are numbers."""
    if isinstance(content, list):
        return set().union(*map(names, content))
    if isinstance(content, dict):
        return {name for name in content if not name.isdecimal()} | set().union(*map(names, content.values()))
    return set()


@pytest.mark.parametrize("command", READ)
def test_a_command_of_the_page_reads_the_runs(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, *words = shlex.split(command)
    assert (program, main(words)) == ("seqexp", 0)
    assert capsys.readouterr().out != "No finished runs yet.\n"


def test_what_the_page_trains_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--static", *shlex.split(TRAINS)[2:]]) == 0
    shown = documents.shown_after(PAGE, READ[0])
    commands = re.findall(r"^  (seqexp train .+)$", shown, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert main(["validate", "--static", *shlex.split(command)[2:]]) == 0, command
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_the_first_command_makes_what_the_others_read(tmp_path: Path, seqexp_process: Run) -> None:
    done = seqexp_process(*shlex.split(TRAINS)[1:], *SHORT, cwd=tmp_path)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    printed = seqexp_process(*shlex.split(READ[0])[1:], cwd=tmp_path).stdout
    shown = documents.shown_after(PAGE, READ[0])
    assert shares(printed) == shares(shown)
    first, below = "seeds: how many of each group", "folds: how many test parts"
    assert all(line in printed and line in shown for line in (first, below))
    content = json.loads(seqexp_process("power", "--format", "json", cwd=tmp_path).stdout)
    assert content["differences"]
    assert [name for name in sorted(names(content)) if f"`{name}`" not in PAGE] == []
    two = json.loads(seqexp_process("power", "--where", "seed < 2", "--format", "json", cwd=tmp_path).stdout)
    step = two["tasks"][0]["next"]
    assert [name for name in step if f"`{name}`" not in PAGE] == []
    assert len(step["commands"]) == 2
    for command in step["commands"]:
        assert command.endswith(" seed=2"), "the third seed"
        assert main(["validate", "--static", *shlex.split(command)[2:]]) == 0, command


def shares(text: str) -> list[str]:
    """Return the differences of a table."""
    return re.findall(r"^ *([\d.]+ %) +\d", text, re.MULTILINE)
