"""Every command of docs/training.md is valid, and its table has the defaults."""

from __future__ import annotations

import re
import shlex

import pytest

from seqexp.cli.main import main
from tests import documents
from tests.config.oracle import hydra_values
from tests.paths import REPO

PAGE = (REPO / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_commands_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    found = documents.commands(PAGE)
    assert len(found) == 5
    for command in found:
        assert main(["validate", "--static", *shlex.split(command)[2:]]) == 0, command
    assert capsys.readouterr().err == ""


def test_the_table_has_the_defaults() -> None:
    values = hydra_values([])["training"]
    rows = re.findall(r"^\| `training\.(\w+)=(\S+)` \|", PAGE, re.MULTILINE)
    assert len(rows) == 11
    assert {key: "null" if values[key] is None else str(values[key]) for key, _ in rows} == dict(rows)


def test_the_pages_that_it_links_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (REPO / "docs" / link).exists(), link
