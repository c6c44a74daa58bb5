"""`seqexp report` as a user runs it: what it writes and says, and what it refuses."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests.conftest import Run
from tests.faults import assert_faults
from tests.reporting.page.parsed import parse
from tests.reporting.page.study import forecaster
from tests.reporting.recorded import Failed, record


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of runs that have figures and no files."""
    folder = tmp_path_factory.mktemp("recorded")
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    record(store, "gru seed=1", 0.262, seed=1)
    record(store, "gru seed=2", 0.264, seed=2)
    record(store, "lstm", 0.27, model="lstm", experiment="other")
    record(store, "broken", model="mlp", ends=Failed(f"no memory left for '{folder}/x.npy'"))
    return folder


@pytest.fixture
def folder(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as the current folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(recorded)
    return recorded


def test_it_says_where_the_page_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith("report   report.html, ")
    assert lines[0].endswith(" MB: 3 runs, 1 task")
    assert lines[1] == f"open     {(folder / 'report.html').as_uri()}"
    page = parse((folder / "report.html").read_text(encoding="utf-8"))
    assert list(page.lines) == ["t0g0", "t0g1", "t0b0"]
    assert "no memory left" in page.text  # runs without a rank are told, too


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", None])
def test_the_page_tells_its_store_but_no_folder(folder: Path, uri: str | None) -> None:
    assert main(["report", "--uri", uri or f"sqlite:///{folder}/mlflow.db", "-o", "uri.html"]) == 0
    page = parse((folder / "uri.html").read_text(encoding="utf-8"))
    assert "seqexp report --uri sqlite:///mlflow.db -o uri.html" in page.text
    assert str(folder) not in page.text
    assert "no memory left for 'x.npy'" in page.text


def test_filters_choose_and_are_told_on_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["report", "--experiment", "ladder", "--where", "seed > 1", "--by", "model.name", "--metric", "test_mae"]
    assert main([*command, "--top", "5", "--title", "Two <seeds>", "-o", "two.html"]) == 0
    page = parse((folder / "two.html").read_text(encoding="utf-8"))
    assert [rows[0][0] for rows in page.lines.values()] == ["gru", "naive baseline"]
    again = "--experiment ladder --where 'seed > 1' --by model.name --metric test_mae --top 5 --title 'Two <seeds>'"
    assert f"seqexp report {again} -o two.html" in page.text
    assert ("title", {}) in page.tags
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        (
            ["--top", "x", "-o", "page.txt", "--by", "a,,b"],
            [
                ("--top", ">= 0", "Received: 'x'"),
                ("--by", "model.name,dataset.step", "Received: 'a,,b'"),
                ("--output", ".html", "Received: 'page.txt'"),
            ],
        ),
        (["-o", "no/page.html"], [("--output", "folder", "Received: 'no/page.html'")]),
        (["--experiment", "lader"], [("experiment", "'lader'", "mean 'ladder'?")]),
        (["--where", "seed >"], [("--where", "Received: 'seed >'")]),
        (["--metric", "test_mea"], [("--metric", "Received: 'test_mea'", "mean 'test_mae'?")]),
        (["--by", "model.nam"], [("--by", "Received: 'model.nam'", "mean 'model.name'?")]),
        (["--where", "seed > 5"], [("there", "no finished run", "--where 'seed > 5'")]),
    ],
    ids=["flags", "folder", "experiment", "condition", "metric", "key", "nothing"],
)
def test_wrong_input_is_told_and_nothing_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], faults: list[tuple[str, ...]]
) -> None:
    before = sorted(folder.iterdir())
    assert main(["report", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert_faults(said.err, faults)
    assert sorted(folder.iterdir()) == before


def test_a_page_that_is_there_is_replaced_whole(folder: Path) -> None:
    (folder / "report.html").write_text("an older one")
    assert main(["report"]) == 0
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("given", [[], ["--where", "seed = 1 or seed = 2"]], ids=["all", "some"])
@pytest.mark.parametrize("part", ["val", "test"])
def test_damaged_forecasts_are_told_with_how_to_do_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], part: str
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    random = np.random.default_rng(0)
    _, damaged = (forecaster(store, tmp_path, f"gru seed={seed}", 0.25, random, seed=seed) for seed in (1, 2))
    (kept,) = [path for path in tmp_path.rglob(f"predictions/{part}.parquet") if damaged in path.parts]
    kept.write_bytes(b"no parquet")
    command = ["report", "--uri", store.uri, "-o", str(tmp_path / "page.html")]
    assert main([*command, *given]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"failed: the forecasts of the run 'gru seed=2' ({damaged}) can't be read: ")
    note = said[-1].strip()
    assert "--no-intervals" not in note
    assert note.startswith("leave the run out with --where ")
    assert main([*command, *shlex.split(note.removeprefix("leave the run out with "))]) == 0
    page = parse((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert [rows[0][0] for line, rows in page.lines.items() if "g" in line] == ["gru seed=1"]


@pytest.mark.slow
def test_trained_runs_have_every_section(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    done = seqexp("train", "-m", "model=gru,linear", "seed=1,2", *small, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = seqexp("report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    page = parse((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert {"t0-curves", "t0-sweep0", "t0-first", "t0-hardest", "t0-hours"} <= set(page.json("figures"))
    assert "lookback: 48" in page.text  # config.yaml
    assert [len(page.lines[line]) for line in ("t0g0", "t0g1")] == [3, 3]
