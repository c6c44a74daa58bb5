"""`seqexp compare RUN RUN…` as a user runs it: what differs between runs, and their curves."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests.cli.recorded import runs_in
from tests.conftest import Run
from tests.faults import assert_faults
from tests.reporting.page.study import forecaster
from tests.reporting.recorded import STAND_IN, record, record_texts


@pytest.fixture(scope="module")
def trained(seqexp: Run, small: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two trained runs that differ in units, name and epochs."""
    folder = tmp_path_factory.mktemp("study")
    done = seqexp("train", "-m", "model=gru", "model.units=4,8", *small, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def compared(trained: Path, seqexp: Run) -> subprocess.CompletedProcess[str]:
    """What the command says about the two runs."""
    return seqexp("compare", "units=4", "units=8", cwd=trained)


def section(text: str, name: str) -> list[str]:
    """Return the lines below a heading, up to the next empty one."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{name}: "))
    end = next((number for number in range(start, len(lines)) if not lines[number]), len(lines))
    return lines[start:end]


@pytest.mark.slow
def test_it_says_what_differs_and_what_does_not(compared: subprocess.CompletedProcess[str]) -> None:
    assert compared.returncode == 0, compared.stderr
    assert compared.stderr == ""
    assert "\x1b" not in compared.stdout
    config = section(compared.stdout, "config")
    assert config[0] == "config: 2 differences"
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in config[2:]}
    assert rows["model.units"].split() == ["4", "8"]
    assert rows["model.layers"] == "[{'GRU': {'units': 4}}]  [{'GRU': {'units': 8}}]"
    assert section(compared.stdout, "data")[0].startswith("data: the same: ")
    assert section(compared.stdout, "code") == ["code: the same"]
    assert section(compared.stdout, "environment") == ["environment: the same machine, Python and packages"]


@pytest.mark.slow
def test_figures_are_those_of_the_store_and_their_differences(
    compared: subprocess.CompletedProcess[str], trained: Path
) -> None:
    runs = {run.info.run_name: run.data.metrics for run in runs_in(trained)}
    rows = {line.split()[0]: line.split()[1:] for line in section(compared.stdout, "figures")[2:]}
    for name in ("best_val_mae", "test_mae", "skill_test"):
        a, b = runs["units=4"][name], runs["units=8"][name]
        assert rows[name][:2] == [f"{a:.4f}", f"{b:.4f}"]
        assert float(rows[name][2]) == pytest.approx(b - a, abs=6e-5)
        assert rows[name][3] == ("B" if (b > a) == (name == "skill_test") else "A")
    assert rows["parameters"][:2] == [f"{round(runs[name]['parameters']):,}" for name in ("units=4", "units=8")]
    assert len(rows["parameters"]) == 3  # neither is better
    assert set(rows) == set(runs["units=4"])


@pytest.mark.slow
def test_curves_are_a_picture_in_a_file_that_it_names(
    compared: subprocess.CompletedProcess[str], trained: Path
) -> None:
    assert compared.stdout.splitlines()[-1] == "curves: compare.png"
    assert imread(trained / "compare.png").shape[1] > 800


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of runs of four tasks; two of them have curves and environments."""
    folder = tmp_path_factory.mktemp("recorded")
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    record(store, "gru [bold]", 0.262)
    record(store, "near", 0.25, lead=24.5)
    record(store, "stand-in", 0.27, task=STAND_IN)
    record_texts(store, "texts")
    random = np.random.default_rng(0)
    forecaster(store, folder, "small", 0.25, random, units=8)
    forecaster(store, folder, "large", 0.24, random, units=16)
    return folder


@pytest.fixture
def store_folder(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as the current folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(recorded)
    return recorded


def test_two_runs_side_by_side(store_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "small", "large"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    config = section(said.out, "config")
    assert config[0] == "config: 1 difference"
    assert config[2].split() == ["model.units", "8", "16"]
    assert section(said.out, "data")[0] == "data: the same: the file /home/me/of this test/station.csv"
    assert section(said.out, "code") == ["code: the same"]
    assert section(said.out, "environment") == ["environment: the same machine, Python and packages"]
    runs = {run.info.run_name: run.data.metrics for run in runs_in(store_folder)}
    rows = {line.split()[0]: line.split()[1:] for line in section(said.out, "figures")[2:]}
    a, b = runs["small"]["test_mae"], runs["large"]["test_mae"]
    assert rows["test_mae"][:2] == [f"{a:.4f}", f"{b:.4f}"]
    assert float(rows["test_mae"][2]) == pytest.approx(b - a, abs=6e-5)
    assert rows["test_mae"][3] == ("B" if b < a else "A")
    assert rows["parameters"] == ["800", "1,600", "+800"]  # neither is better
    assert said.out.splitlines()[-1] == "curves: compare.png"
    assert imread(store_folder / "compare.png").shape[1] > 800


def test_of_different_tasks_none_is_better(store_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "gru [bold]", "stand-in", "texts", "-o", "curves.png"]) == 0
    out = capsys.readouterr().out
    figures = section(out, "figures")
    assert figures[0] == "figures: the last value of each metric"
    assert figures[1].startswith("The runs did different tasks")
    assert figures[2].split() == ["A", "B", "C"]
    assert re.search(r"^name +gru \[bold\] +stand-in +texts$", out, re.MULTILINE)
    assert "simulated stand-in" in out
    assert section(out, "environment") == ["environment: not recorded"]
    assert (store_folder / "curves.png").is_file()


def test_different_leads_are_told(store_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "near", "gru [bold]"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^true lead +24.5 h +25 h$", out, re.MULTILINE)
    assert "true leads differ" in out


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        (["near"], [("RUN", "12", "Received: 1.")]),
        (
            ["nea", "near", "textss"],
            [("RUN", "Received: 'nea'", "mean 'near'?"), ("RUN", "Received: 'textss'", "mean 'texts'?")],
        ),
        (["near", "near"], [("RUN", "Received: 'near'")]),
        (["near", "texts", "-o", "a.jpg"], [("--plot", ".png", "Received: 'a.jpg'")]),
        (["near", "texts", "-o", "no/a.png"], [("--plot", "folder", "Received: 'no/a.png'")]),
        (
            ["near", "texts", "--format", "json", "--top", "3", "--no-intervals"],
            [("--format", "RUN", "Received: 'json'"), ("--top", "RUN", "Received: '3'"), ("--no-intervals", "RUN")],
        ),
        (
            ["near", "texts", "--where", "seed > 1", "--metric", "test_mae"],
            [("--where", "RUN", "Received: 'seed > 1'"), ("--metric", "RUN", "Received: 'test_mae'")],
        ),
        (["-o", "a.png"], [("--plot", "RUN RUN", "Received: 'a.png'")]),
    ],
    ids=["one run", "not there", "twice", "no PNG", "no folder", "a format", "other flags", "no runs"],
)
def test_wrong_input_is_told_and_nothing_written(
    store_folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], faults: list[tuple[str, ...]]
) -> None:
    before = sorted(store_folder.iterdir())
    assert main(["compare", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert_faults(said.err, faults)
    assert sorted(store_folder.iterdir()) == before
