"""Every command of docs/sweeps.md is valid, and does what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from seqexp.cli.main import main
from tests import documents
from tests.cli.recorded import runs_in
from tests.conftest import Run
from tests.paths import REPO

PAGE = (REPO / "docs" / "sweeps.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
SHORT = ["training.epochs=1", "training.steps_per_epoch=3", "training.score_every=64"]
NOT_VALIDATED = ("--dry-run", "--resume")


def test_the_commands_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        words = [word for word in shlex.split(command)[2:] if word not in NOT_VALIDATED]
        assert main(["validate", "--static", *words]) == 0, command
    assert capsys.readouterr().err == ""


def test_the_pages_that_it_links_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", PAGE):
        assert (REPO / "docs" / link).exists(), link


@pytest.mark.slow
def test_the_commands_run_in_their_order(tmp_path: Path, seqexp_process: Run) -> None:
    printed = {}
    for command in COMMANDS:
        done = seqexp_process(*shlex.split(command)[1:], *SHORT, cwd=tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        printed[command] = done.stdout
    (resumed,) = [command for command in COMMANDS if "--resume" in command]
    assert "all 4 jobs are done" in printed[resumed]
    dry, parallel = (
        next(command for command in COMMANDS if flag in command) for flag in ("--dry-run", "hydra/launcher=parallel")
    )
    assert jobs_and_ends(documents.shown_after(PAGE, parallel)) == jobs_and_ends(printed[parallel])
    assert [name for name, _ in jobs_and_ends(documents.shown_after(PAGE, dry))] == [
        name for name, _ in jobs_and_ends(printed[dry])
    ]
    assert len([run for run in runs_in(tmp_path) if run.data.tags["seqexp.kind"] == "sweep"]) == 3


def jobs_and_ends(text: str) -> list[tuple[str, str]]:
    """Return the rows of a table of jobs without what was measured: each job's name, and its last word."""
    rows = [line for line in text.splitlines() if line.startswith(("gru units", "mlp units"))]
    return sorted((" ".join(line.split()[:2]), line.split()[-1].replace("best", "finished")) for line in rows)
