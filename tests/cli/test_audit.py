"""`seqexp audit`, and the part of it that every training does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.recorded import artifact, runs_in
from tests.conftest import Run

SERIES = ["parts apart", "fit rows", "every window", "batch size", "future rows"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, seqexp: Run, small: list[str]) -> tuple[Path, str]:
    """A folder with a run, and what its training printed."""
    folder = tmp_path_factory.mktemp("audit")
    done = seqexp("train", *small, "model=linear", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder, done.stdout


def test_every_training_records_and_says_that_nothing_leaks(trained: tuple[Path, str]) -> None:
    folder, said = trained
    (run,) = runs_in(folder)
    content = json.loads(artifact(run, "audit.json").read_text())
    assert [(check["name"], check["passed"]) for check in content["checks"]] == [(name, True) for name in SERIES]
    assert all(set(check) == {"name", "passed", "what"} and check["what"] for check in content["checks"])
    assert run.data.tags["seqexp.audit"] == "passed"
    assert f"audit    passed: {', '.join(SERIES)}\n" in said


def test_a_training_leaves_it_out_where_it_is_told_to(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    done = seqexp("train", *small, "model=naive", "tracking.audit=false", cwd=tmp_path)
    (run,) = runs_in(tmp_path)
    assert (done.returncode, "audit" in done.stdout) == (0, False)
    assert "seqexp.audit" not in run.data.tags
    assert not artifact(run, "audit.json").exists()
