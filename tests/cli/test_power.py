"""`seqexp power` as a user runs it; what it says of saved forecasts: tests/reporting/board/power."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests.reporting.recorded import record


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    for seed in (1, 2, 3):
        record(store, f"gru seed={seed}", 0.26 + 0.001 * seed, seed=seed)
    record(store, "mlp", 0.3, model="mlp")
    return tmp_path


def test_runs_without_forecasts_can_not_be_told_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power"]) == 0
    assert "nothing to tell apart" in capsys.readouterr().out
    assert main(["power", "--format", "json", "--where", "model.name = gru", "--difference", "1.5%"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["differences"] == []
    assert content["tasks"][0]["pairs"] == []
    assert main(["power", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("task,pair,figure,relative,absolute,can_be_told,seeds,")
    assert main(["power", "--where", "model.name = cnn"]) == 0
    assert capsys.readouterr().out == "No finished runs yet.\n"


def test_all_that_is_wrong_is_said_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", "--where", "seed >", "--difference", "1,2%,0%,200%"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split()[1] for line in err.splitlines()] == ["--where", *["--difference"] * 3]
    assert main(["power", "--experiment", "nowhere"]) == 2
