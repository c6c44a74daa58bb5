"""What a machine must have to run a sweep's jobs, and what travels there."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

import seqexp
from seqexp.config.errors import InputError
from seqexp.config.plugins import read_plugins
from seqexp.runs.prepare import Sources
from seqexp.sweeps.cluster.setup import Setup, open_slot, setup_of, shared_environment


@pytest.fixture
def setup() -> Setup:
    return setup_of((), Sources(), None, shares_store=False)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"machine": "another"}, "can't record in a SQLite file of another machine: start an MLflow server"),
        ({"seqexp": "0.0.7"}, rf"has seqexp {seqexp.__version__}, not 0\.0\.7"),
    ],
    ids=["another machine", "another version"],
)
def test_a_machine_of_no_use_is_explained(setup: Setup, other: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        open_slot(replace(setup, **other))
    assert str(caught.value).startswith(os.uname().nodename)


@pytest.mark.parametrize(("code", "says"), [("raise ValueError('boom')", "ValueError: boom"), ("exit", "exit code 3")])
def test_a_plugin_that_is_refused_is_wrong_input(setup: Setup, tmp_path: Path, code: str, says: str) -> None:
    (tmp_path / "own.py").write_text("import os\nos._exit(3)\n" if code == "exit" else code)
    with pytest.raises(InputError, match=f"{os.uname().nodename}: .*{says}"):
        open_slot(replace(setup, plugins=read_plugins([str(tmp_path / "own.py")])))


def test_the_environment_says_where_runs_and_data_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    monkeypatch.setenv("SEQEXP_DATA_DIR", "/data")
    monkeypatch.setenv("OTHER", "1")
    found = shared_environment()
    assert found["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"
    assert found["SEQEXP_DATA_DIR"] == "/data"
    assert "OTHER" not in found


def test_a_store_that_all_share_can_be_used_from_any_machine() -> None:
    assert setup_of((), Sources(), None, shares_store=True).machine is None
