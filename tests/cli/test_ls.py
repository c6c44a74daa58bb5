"""`seqexp ls` as a user runs it, with files and names of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests.reporting.recorded import record


def test_a_summary_is_shown_letter_by_letter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("# A model for [batch, time] and logs [/tmp].\nname: mine\n")
    assert main(["ls", "models", "--config-dir", str(tmp_path)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mine")]
    assert "A model for [batch, time] and logs [/tmp]" in line


def test_an_experiment_may_have_brackets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    record(store, "gru", experiment="logs [/tmp]")
    assert main(["ls", "runs", "--uri", store.uri]) == 0
    assert "logs [/tmp]" in capsys.readouterr().out
