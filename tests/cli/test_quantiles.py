"""Networks that forecast quantiles: trained, scored by their median, checked for leaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.recorded import artifact, runs_in
from tests.conftest import Run

ASKED = ("model=mlp", "training.quantiles=[0.1,0.5,0.9]", "dataset.horizon=3", "dataset.boundary=drop_last")


def test_the_median_is_scored_and_the_audit_judges_it(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    done = seqexp("train", *small, *ASKED, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = runs_in(tmp_path)
    assert run.data.params["training.quantiles"] == "[0.1, 0.5, 0.9]"
    assert run.data.params["training.loss"] == "pinball"
    checks = {check["name"]: check for check in json.loads(artifact(run, "audit.json").read_text())["checks"]}
    assert [name for name, check in checks.items() if check["passed"] is not True] == ["every window"]
    without = float(checks["every window"]["what"].partition("the test MAE is ")[2].split()[0])
    assert without == pytest.approx(run.data.metrics["test_mae"], rel=1e-5)


def test_an_estimator_ignores_them(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    for asked in ((), ("training.quantiles=auto",)):
        assert seqexp("train", *small, "model=ridge", *asked, cwd=tmp_path).returncode == 0
    one, other = runs_in(tmp_path)
    assert one.data.metrics["test_mae"] == other.data.metrics["test_mae"]
    assert one.data.tags["seqexp.task_digest"] == other.data.tags["seqexp.task_digest"]
