"""A store of 2,000 runs, as trainings leave it, is summed up; how fast is for the benchmark to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.compare import RUNS, build_store, main
from seqexp.tracking.reading.stored_runs import read_runs
from seqexp.tracking.store.opening import find_store
from tests.conftest import Run

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    """Keep the benchmark, which hands its own environment on, to the tests' data folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SEQEXP_DATA_DIR", environment["SEQEXP_DATA_DIR"])


@pytest.mark.parametrize("unequal", [False, True])
def test_two_thousand_runs_are_summed_up(unequal: bool, tmp_path: Path, seqexp: Run) -> None:
    build_store(tmp_path, RUNS, print, unequal=unequal)
    assert len(read_runs(find_store(None, tmp_path, by_sql=True))) == RUNS
    shown = seqexp("compare", cwd=tmp_path).stdout
    assert f" | {RUNS:,} runs in " in shown
    assert "vs best" in shown
    assert ("scored anew on the" in shown) == unequal
    assert shown.count("naive (baseline") == 1


def test_the_benchmark_times_the_command_beside_its_peer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--runs", "10", "--rounds", "1", "--unequal", "--store", str(tmp_path)]) == 0
    built, *timed = capfd.readouterr().out.splitlines()
    assert built.startswith("10 runs in ")
    assert all(float(line.split()[-2]) > 0 for line in timed)
    assert [line[:14] for line in timed] == ["seqexp compare"] * 5 + ["the peer: MLfl"]
