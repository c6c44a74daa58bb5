"""The commands of docs/method.md do what the page says of them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests import documents
from tests.conftest import Run
from tests.paths import REPO

PAGE = (REPO / "docs" / "method.md").read_text(encoding="utf-8")
SWEEP, TABLE = documents.commands(PAGE)


@pytest.mark.slow
def test_the_leaderboard_is_the_pages_but_for_its_numbers(seqexp_process: Run, tmp_path: Path) -> None:
    # Training and data are cut.
    parts = "train:{first:0,end:20000},val:{first:20000,end:26000},test:{first:26000,end:32000}"
    short = ["training.epochs=1", "training.steps_per_epoch=3", f"dataset.split={{{parts}}}"]
    done = seqexp_process(*shlex.split(SWEEP)[1:], *short, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shown, printed = documents.shown_after(PAGE, TABLE), seqexp_process(*shlex.split(TABLE)[1:], cwd=tmp_path).stdout
    assert columns(printed) == columns(shown)
    assert ranked(printed) == ranked(shown)


def columns(table: str) -> list[str]:
    """Return the words of the line that names a leaderboard's columns."""
    (line,) = [line for line in table.splitlines() if line.startswith("rank ")]
    return line.split()


def ranked(table: str) -> set[str]:
    """Return the names that have a rank."""
    return {line[6:].split()[0] for line in table.splitlines() if line[:5].strip(" *").isdecimal()}
