"""`seqexp show` and `seqexp ls`, as a user runs them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from seqexp.tracking.store.opening import open_store
from tests.conftest import Run
from tests.reporting.recorded import record
from tests.terminal import on_terminal


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, seqexp: Run, small: list[str]) -> str:
    folder = tmp_path_factory.mktemp("show")
    done = seqexp("show", "model=gru_bidirectional", "model.units=4", *small, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return done.stdout


def test_prints_the_resolved_configuration(shown: str) -> None:
    assert "  units: 4\n" in shown
    assert "          units: 4\n" in shown
    assert "${" not in shown


def test_prints_layers_with_shapes_and_parameters(shown: str) -> None:
    (line,) = [line for line in shown.splitlines() if line.startswith("Bidirectional(GRU)")]
    # Two GRU(4) on 3 columns: 2 x 3 x (3 x 4 + 4 x 4 + 2 x 4).
    assert line.split() == ["Bidirectional(GRU)", "(batch,", "8)", "216"]
    (total,) = [line for line in shown.splitlines() if line.startswith("total")]
    assert total.split()[-1] == "225"


def test_prints_counts_and_bounds_of_the_windows(shown: str) -> None:
    part = {
        line.split()[0]: line.split()[1:4]
        for line in shown.splitlines()
        if line.startswith(("train ", "val ", "test "))
    }
    # [0, 800): rows 48 to 787, whose target is row 799.
    assert part["train"] == ["740", "48", "787"]
    assert part["val"] == ["300", "788", "1,087"]
    assert part["test"] == ["400", "1,088", "1,487"]
    assert "each 8 timesteps x 3 columns" in shown
    assert "true lead 3 h" in shown


def test_show_takes_one_experiment(tmp_path: Path, seqexp: Run) -> None:
    done = seqexp("show", "-m", "model=gru,mlp", cwd=tmp_path)
    assert done.returncode == 2
    assert "one experiment" in done.stderr


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("models", ["naive", "mlp", "gru", "gru_dropout", "gru_stacked", "gru_bidirectional", "conv1d", "conv_gru"]),
        ("datasets", ["jena"]),
        ("experiments", ["jena_ladder", "jena_step_units", "jena_long_window"]),
    ],
)
def test_ls_gives_each_choice_a_line(tmp_path: Path, seqexp: Run, what: str, names: list[str]) -> None:
    done = seqexp("ls", what, cwd=tmp_path)
    assert done.returncode == 0
    listed = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert set(names) <= set(listed)
    assert all(len(line.split()) > 4 for line in listed.values())


def test_ls_runs_where_there_are_none_says_what_to_do(tmp_path: Path, seqexp: Run) -> None:
    done = seqexp("ls", "runs", cwd=tmp_path)
    assert done.returncode == 2
    assert "no MLflow store" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ls_runs_lists_every_run_newest_first(tmp_path: Path, seqexp: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    store = open_store(None, tmp_path)
    for name in ("one", "two"):
        record(store, name)
    lines = seqexp("ls", "runs", cwd=tmp_path).stdout.splitlines()[1:]
    assert [line.split()[5] for line in lines] == ["two", "one"]
    assert all("FINISHED" in line for line in lines)


@pytest.mark.slow
def test_ls_runs_keeps_every_column_on_a_narrow_terminal(
    tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    name = "a name [bold] that is far too long for a line of a terminal"
    assert seqexp("train", "model=naive", *small, "--name", name, cwd=tmp_path).returncode == 0
    (whole,) = seqexp("ls", "runs", cwd=tmp_path).stdout.splitlines()[1:]
    listing = [sys.executable, "-m", "seqexp", "ls", "runs"]
    shown = on_terminal(listing, {**environment, "NO_COLOR": "1", "TERM": "xterm"}, 100, tmp_path)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(len, lines)) <= 100
    assert "…" not in shown
    *_, val, test, run_id = whole.split()
    assert lines[1].split()[-3:] == [val, test, run_id[:8]]
    name_at = lines[0].index("name")
    assert "".join(line[name_at : lines[0].index("measure")].strip() for line in lines[1:]).replace(" ", "") == (
        name.replace(" ", "")
    )
