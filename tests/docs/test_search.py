"""Every file, every command and every default of docs/search.md is what a reader gets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from seqexp.cli.main import main
from tests import documents
from tests.conftest import SMALL, Run
from tests.paths import REPO
from tests.postgres import Postgres

PAGE = (REPO / "docs" / "search.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
ON_SERVER = "postgresql://me:secret@db.example/studies"
TINY = [*(text for text in SMALL if not text.startswith("dataset.step=")), "hydra.sweeper.trials=2"]


def test_what_the_page_searches_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    documents.write_files(PAGE, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert len(COMMANDS) >= 8
    for command in COMMANDS:
        words = [word for word in shlex.split(command) if word != "--resume"]
        assert words[:2] == ["seqexp", "train"]
        assert main(["validate", "--static", *words[2:]]) == 0, command
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.count("valid: a search of ") == len(COMMANDS)


def test_what_the_page_says_is_drawn_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    overrides = re.findall(r"^\| `([a-z_.]+='?[^`]+)`", PAGE, re.MULTILINE)
    assert len(overrides) == 6
    for override in overrides:
        text = override.replace("'", "")
        assert main(["validate", "--static", "-m", "hydra/sweeper=optuna", text]) == 0, text
    assert capsys.readouterr().err == ""


def test_the_settings_are_those_there_are() -> None:
    section = yaml.safe_load((REPO / "conf" / "hydra" / "sweeper" / "optuna.yaml").read_text())
    assert dict(re.findall(r"^\| `([a-z_.]+)` \| (\w+) \|", PAGE, re.MULTILINE)) == dict(_flat(section))


def _flat(section: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in section.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(yaml.safe_dump(value)).splitlines()[0]


@pytest.mark.slow
def test_every_command_runs(tmp_path: Path, seqexp_process: Run, series_csv: Path, postgres: Postgres) -> None:
    """On a small series, with two trials where the command says a number, and three where it asks for more."""
    documents.write_files(PAGE, tmp_path)
    uri = postgres.create("studies")
    for command in COMMANDS:
        words = [word.replace(ON_SERVER, uri) for word in shlex.split(command)[1:]]
        more = ["hydra.sweeper.trials=3"] if "hydra.sweeper.trials=30" in words else []
        path = f"dataset.path={series_csv}"
        done = seqexp_process(*words, path, *TINY, *more, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert "not-to-be-shown" not in done.stdout
    assert postgres.sql("SELECT count(*) FROM trials", "studies") == "2"
