"""What a run says first: a job of a sweep doesn't repeat why the data is another than was hoped for."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.data.sources import ResolvedSource
from seqexp.reporting.console import Console
from seqexp.runs import prepare
from seqexp.runs.experiment import run_experiment
from seqexp.runs.jobs import Request
from seqexp.runs.prepare import Sources
from tests.factories import make_plan


@pytest.mark.parametrize("parent", [None, "0123456789abcdef0123456789abcdef"])
def test_why_data_stands_in_is_said_once(
    parent: str | None,
    small: list[str],
    tmp_path: Path,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SEQEXP_DATA_DIR", environment["SEQEXP_DATA_DIR"])
    found = ResolvedSource("path", "official file not reachable (why): it stands in", "it stands in")
    monkeypatch.setattr(prepare, "resolve", lambda _: found)
    experiment = make_plan([*small, "model=naive"]).experiments[0]
    console = Console(quiet=True)
    run_experiment(experiment, Request(tmp_path, [], "it", parent), Sources(), console)
    said = console.transcript.splitlines()[0].split(maxsplit=1)
    assert said == ["data", found.reason if parent is None else found.brief]
