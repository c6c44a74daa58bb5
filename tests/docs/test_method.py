"""The commands of docs/method.md do what the page says of them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests import documents
from tests.conftest import Run

PAGE = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
SWEEP, *TABLES = documents.commands(PAGE)


@pytest.mark.slow
def test_the_commands_run_in_their_order(seqexp: Run, tmp_path: Path) -> None:
    """The training is cut; its table is the page's but for the numbers."""
    short = ["training.epochs=1", "training.steps_per_epoch=3", "training.score_every=64"]
    done = seqexp(*shlex.split(SWEEP)[1:], *short, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for command in TABLES:
        done = seqexp(*shlex.split(command)[1:], cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        shown = documents.shown_after(PAGE, command).splitlines()
        printed = done.stdout.splitlines()
        header = next(place for place, line in enumerate(shown) if line.startswith("rank "))
        assert next(line for line in printed if line.startswith("rank ")).split() == shown[header].split()
        assert {line.split()[1] for line in printed if line.startswith(("   1", "   2"))} == {
            line.split()[1] for line in shown if line.startswith(("   1", "   2"))
        }
