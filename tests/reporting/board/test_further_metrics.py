"""A metric that METRICS has and runs record is in every form of the leaderboard; reporting knows none by its name."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seqexp.data.series.windows import Windows
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.formats import written
from seqexp.reporting.board.leaderboard import Leaderboard, leaderboard
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.page.collect import collect
from seqexp.reporting.page.page import render
from seqexp.tasks.kinds import baseline_figure
from seqexp.tasks.metric import METRICS
from seqexp.tracking.reading.stored_runs import StoredRun, read_runs
from seqexp.tracking.store.opening import open_store
from tests.factories import small_windows
from tests.reporting.forecasts import NOWHERE, board_of, noisy, run_of_scores, scores_of
from tests.reporting.page.parsed import parse
from tests.reporting.recorded import record_texts

RMSE = METRICS["rmse"]


def run_of(folder: Path, name: str, size: float, *overrides: str) -> StoredRun:
    """Return a run that has recorded the new metric of both parts, and its baseline's."""
    windows = small_windows("model=naive", "dataset.boundary=strict", *overrides)
    scores = scores_of(windows, noisy(size, len(name)))
    run = run_of_scores(folder, name, scores, windows)
    figures = {}
    for part in scores:
        figures[RMSE.name(part.part)] = part.figure(RMSE)
        for name in part.baselines:
            figures[baseline_figure(name, RMSE, part.part)] = part.figure(RMSE, name)
    return replace(run, metrics={**run.metrics, **figures})


@pytest.fixture
def runs(tmp_path: Path) -> list[StoredRun]:
    return [run_of(tmp_path, "gru", 0.5), run_of(tmp_path, "lstm", 0.6)]


def windows_of(lookback: object) -> Windows:
    return small_windows("model=naive", "dataset.boundary=strict", f"dataset.lookback={lookback}")


def boards(runs: list[StoredRun]) -> tuple[list[Board], Leaderboard]:
    found = leaderboard(runs)
    return [compare(task, NOWHERE, top=0, cost="seconds", intervals=True) for task in found.tasks], found


def test_every_form_has_its_column(runs: list[StoredRun]) -> None:
    (board,), found = boards(runs)
    expected = [f"{run.metrics['test_rmse']:.4f}" for run in runs]
    table = as_texts(board)
    position = [column.header for column in table.columns].index("test RMSE")
    baselines = [f"{runs[0].metrics[f'{name}_test_rmse']:.4f}" for name in ("median", "naive")]
    assert [cells[position] for cells in table.rows] == [*expected, *baselines]
    for form in ("md", "html"):
        text = written(form, [board], found)
        assert all(figure in text for figure in ("test RMSE", *expected)), form
    (task,) = json.loads(written("json", [board], found))["tasks"]
    assert [group["test_rmse"]["mean"] for group in task["groups"]] == [run.metrics["test_rmse"] for run in runs]
    assert task["groups"][0]["runs"][0]["test_rmse"] == runs[0].metrics["test_rmse"]
    assert task["baselines"][0]["test_rmse"] == runs[0].metrics["median_test_rmse"]
    lines = list(csv.DictReader(written("csv", [board], found).splitlines()))
    assert [float(line["test_rmse.mean"]) for line in lines] == [run.metrics["test_rmse"] for run in runs]


def test_on_common_windows_it_is_scored_anew(tmp_path: Path) -> None:
    board = board_of([run_of(tmp_path, "gru", 0.5), run_of(tmp_path, "lstm", 0.6, "dataset.lookback=40")])
    assert board.common is not None
    for standing in board.standings:
        (row,) = standing.group.rows
        lookback = row.stored.params["dataset.lookback"]
        size = {"gru": 0.5, "lstm": 0.6}[row.stored.params["model.variant"]]
        name = row.stored.params["model.variant"]
        _, test = scores_of(
            small_windows("model=naive", "dataset.boundary=strict", f"dataset.lookback={lookback}"),
            noisy(size, len(name)),
        )
        long = set(scores_of(windows_of(40), noisy(0, 0))[1].rows.tolist())
        pairs = zip(test.rows.tolist(), test.predictions[:, 0, 0], test.truth[:][:, 0, 0], strict=True)
        squares = [float(said - true) ** 2 for at, said, true in pairs if at in long]
        assert row.figure("test_rmse") == pytest.approx(math.sqrt(sum(squares) / len(squares)), rel=1e-5)


def test_it_ranks_the_runs_that_say_so(runs: list[StoredRun]) -> None:
    tagged = [replace(run, tags={**run.tags, "seqexp.metric": "rmse", "seqexp.samples": "series"}) for run in runs]
    (board,), _ = boards(tagged)
    assert (board.task.ranking.by, [standing.group.figure for standing in board.standings]) == (
        "best_val_rmse", [run.metrics["best_val_rmse"] for run in runs],
    )  # fmt: skip
    other = board.standings[1]
    assert other.versus is not None
    assert other.versus.windows is not None
    assert other.versus.windows.estimate == pytest.approx(
        board.standings[1].group.val.mean - board.standings[0].group.val.mean
    )
    assert [column.header for column in as_texts(board).columns][-1] == "test MAE"


def test_an_order_by_it_has_intervals_and_places_for_the_baselines(runs: list[StoredRun]) -> None:
    one, two = runs
    runs = [one, replace(two, metrics={**two.metrics, "best_val_rmse": 9.0})]
    board = board_of(runs, metric="best_val_rmse")
    held = {"gru seed=1": one.metrics["best_val_rmse"], "lstm seed=1": 9.0}
    held |= {f"{name} (baseline)": one.metrics[f"{name}_val_rmse"] for name in ("median", "naive")}
    table = as_texts(board)
    name, figure = ([column.header for column in table.columns].index(each) for each in ("name", "best_val_rmse"))
    assert [cells[name] for cells in table.rows] == sorted(held, key=lambda line: held[line])
    assert [cells[figure] for cells in table.rows] == [f"{value:.4f}" for value in sorted(held.values())]
    last = board.standings[1]
    assert last.versus is not None
    assert last.versus.windows is not None
    assert last.versus.difference == pytest.approx(9 - one.metrics["best_val_rmse"])


def test_an_order_by_it_leaves_the_skills_as_they_are(runs: list[StoredRun]) -> None:
    usual, other = board_of(runs), board_of(runs, metric="test_rmse")
    assert [standing.skill_val for standing in usual.standings] == [standing.skill_val for standing in other.standings]
    a, b = usual.standings[1].versus, other.standings[1].versus
    assert a is not None
    assert b is not None
    assert a.windows is not None
    assert b.windows is not None
    assert b.windows.half != pytest.approx(a.windows.half, rel=0.01)


def test_the_reports_table_has_the_further_metrics_of_texts(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    store.client.log_metric(record_texts(store, "gru"), "test_f1", 0.123456)
    found = read_runs(store)
    now = datetime(2026, 1, 31, tzinfo=UTC)
    report = collect(store, found, leaderboard(found), heading="A study", command="seqexp report", filters=[], now=now)
    page = parse(render(report))
    assert page.lines["t0g0"][0][-1] == "0.1235"
    assert "test F1" in page.text
    assert "test AUC" not in page.text  # which no run has
