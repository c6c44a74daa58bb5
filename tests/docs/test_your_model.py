"""Every file and every command of docs/your-model.md does what the page says."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from seqexp.cli.main import main
from tests import documents
from tests.conftest import Run
from tests.paths import REPO

PAGE = (REPO / "docs" / "your-model.md").read_text()
COMMANDS = documents.commands(PAGE)


def test_every_block_is_a_file_or_commands() -> None:
    untitled = [text for language, text in documents.blocks(PAGE) if language not in ("console",)]
    assert untitled == list(documents.files(PAGE).values())
    assert {command.split()[0] for command in COMMANDS} == {"seqexp", "python"}


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("seqexp ")])
def test_its_commands_are_valid(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    documents.write_files(PAGE, tmp_path)
    monkeypatch.chdir(tmp_path)
    words = [word for word in shlex.split(command)[2:] if word != "--static"]
    assert (main(["validate", "--static", *words]), capsys.readouterr().err) == (0, "")


@pytest.mark.slow
def test_its_commands_run_in_their_order(
    tmp_path: Path, seqexp_process: Run, small: list[str], environment: dict[str, str]
) -> None:
    """As written, but for the data: the small series stands in for eight years of weather."""
    documents.write_files(PAGE, tmp_path)
    printed = {}
    for command in COMMANDS:
        words = shlex.split(command)
        if words[0] == "seqexp":
            done = seqexp_process(*words[1:], *small, cwd=tmp_path)
        else:
            done = subprocess.run(
                [sys.executable, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        printed[command] = done.stdout
    layers = printed["seqexp show --config-dir my model=deep model.depth=3"].partition("\nlayers\n")[2]
    assert [line.split()[0] for line in layers.splitlines()[1:7]] == ["InputLayer", *["GRU"] * 3, "Dropout", "GRU"]
    assert "Gated" in printed["python load.py"]
