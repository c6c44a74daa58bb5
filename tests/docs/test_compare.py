"""Every command of docs/compare.md runs on a store that has what it names."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.evaluation.predictions import write_predictions
from seqexp.tracking.store.opening import open_store
from tests import documents
from tests.factories import small_windows
from tests.paths import REPO
from tests.reporting.forecasts import noisy, scores_of
from tests.reporting.recorded import record

PAGE = (REPO / "docs" / "compare.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    windows = small_windows("model=naive", "dataset.boundary=strict")
    for step in ("3", "6"):
        run_id = record(store, f"gru step={step}", experiment="ladder")
        store.client.log_param(run_id, "dataset.step", step)
        for score in scores_of(windows, noisy(0.5, seed=int(step))):
            written = folder / f"{score.part}.parquet"
            write_predictions(score, windows, written)
            store.client.log_artifact(run_id, str(written), "predictions")
    return folder


# Those of tasks with many leads and columns: tests/reporting/board/test_at_lead.py has such runs.
OF_MANY = [command for command in COMMANDS if "--lead" in command or "test_mse" in command]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in OF_MANY])
def test_a_command_of_the_page_shows_both_runs(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(folder)
    program, *words = shlex.split(command)
    assert (program, main(words)) == ("seqexp", 0)
    out = capsys.readouterr().out
    assert "gru step=3" in out
    assert "gru step=6" in out


def test_commands_of_many_leads_ask_for_what_there_can_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(folder)
    assert len(OF_MANY) == 2
    for command in OF_MANY:
        assert main(shlex.split(command)[1:]) == 2, "these runs have no such figures"


def test_the_page_shows_every_format_and_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    said = capsys.readouterr().out
    for form in ("md", "csv", "json", "html"):
        assert f"seqexp compare --format {form}" in COMMANDS
    for flag in ("--where", "--by", "--metric", "--top", "--cost", "--no-intervals"):
        assert flag in said
        assert flag in PAGE
