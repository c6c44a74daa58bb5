"""The catalogue of what wrong command lines print: the one test that compares whole sentences.

Other tests compare a fault's key and the values and names in its sentence, so that a wording is changed in one place.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from seqexp.cli.main import WRONG_INPUT, main
from tests.faults import read_catalogue

# After "$ " what stands behind `seqexp validate --static`, then what it prints.
CATALOGUE = read_catalogue(Path(__file__).with_name("messages_catalogue.txt"))


@pytest.mark.parametrize("line", CATALOGUE)
def test_every_fault_is_printed_in_these_words(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "--static", *shlex.split(line)]) == WRONG_INPUT
    printed = capsys.readouterr()
    assert printed.err.splitlines() == CATALOGUE[line]
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == []
