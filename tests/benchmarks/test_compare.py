"""A store of 2,000 runs, as trainings leave it, is summed up within seconds."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.compare import RUNS, build_store
from seqexp.tracking.store import find_store
from seqexp.tracking.stored_runs import read_runs
from tests.conftest import Run


@pytest.mark.slow
def test_two_thousand_runs_take_less_than_four_seconds(
    tmp_path: Path, seqexp: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SEQEXP_DATA_DIR", environment["SEQEXP_DATA_DIR"])
    build_store(tmp_path, RUNS, print)
    assert len(read_runs(find_store(None, tmp_path, by_sql=True))) == RUNS
    seqexp("compare", cwd=tmp_path)  # the first reading of a file may wait for the disk
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "seqexp", "compare"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The processor's time, start included: what the clock shows depends on what else the machine does.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 4
    assert f" | {RUNS:,} runs in " in done.stdout
    assert "vs best" in done.stdout
