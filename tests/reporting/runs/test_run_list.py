"""The list of runs shows what users and other programs wrote letter by letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.reporting.console import Console
from seqexp.reporting.runs.run_list import run_table
from seqexp.reporting.text_table import print_text_table
from seqexp.tracking.store.opening import open_store
from tests.reporting.recorded import record


def test_brackets_are_no_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    run_id = record(store, "gru [red]", experiment="logs [/tmp]")
    store.client.set_tag(run_id, "seqexp.kind", "[bold]mine[/]")
    print_text_table(run_table(store, narrow=False), Console())
    _, line = capsys.readouterr().out.splitlines()
    words = ["FINISHED", "[bold]mine[/]", "logs", "[/tmp]", "gru", "[red]", "MAE"]
    assert line.split()[2 : 2 + len(words)] == words
