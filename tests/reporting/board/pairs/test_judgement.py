"""What the test part says of the groups of a table, from saved forecasts."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from seqexp.data.arrays import Floats
from seqexp.evaluation.intervals import over_windows
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.formats import written
from seqexp.reporting.board.leaderboard import Leaderboard
from seqexp.reporting.board.pairs.judgement import Judgement
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.board.words import remarks
from seqexp.tasks.metric import METRICS
from seqexp.tasks.score import Score
from seqexp.tracking.reading.stored_runs import StoredRun
from tests.factories import small_windows
from tests.reporting.board.test_comparison import text_run
from tests.reporting.forecasts import Forecast, board_of, noisy, run_of_scores, runs_of, scores_of

STRICT = ("model=naive", "dataset.boundary=strict")


def of_parts(val: float, test: float, seed: int) -> Forecast:
    """Return forecasts that err by so much in each part."""
    by_part = {"val": noisy(val, seed), "test": noisy(test, seed)}
    return lambda part: by_part[part.part](part)


def judged(board: Board) -> Judgement:
    assert board.judgement is not None
    return board.judgement


def said(board: Board, what: str) -> str:
    (line,) = [line for line in remarks(board) if what in line]
    return line


@pytest.fixture(scope="module")
def clear(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """Two models that are alike, and one that is far worse than both."""
    folder = tmp_path_factory.mktemp("clear")
    near = [*runs_of(folder, "gru", 0.5, (1,)), *runs_of(folder, "lstm", 0.5, (2,))]
    return board_of([*near, *runs_of(folder, "odd", 2.0, (3,))])


def test_the_set_holds_those_that_may_be_the_best(clear: Board) -> None:
    names = [standing.group.name for standing in clear.standings]
    assert names[2] == "odd seed=3"
    assert [standing.in_best_set for standing in clear.standings] == [True, True, False]
    assert [standing.letters for standing in clear.standings] == ["a", "a", "b"]
    line = said(clear, "with 95 % confidence")
    assert line == f"✓ with 95 % confidence the best by test MAE is among: {names[0]}, {names[1]}; 1 other is out"
    table = as_texts(clear)
    place = [column.header for column in table.columns].index("alike")
    assert [cells[place] for cells in table.rows if "baseline" not in cells[1]] == ["a ✓", "a ✓", "b"]
    (task,) = json.loads(written("json", [clear], Leaderboard((), ())))["tasks"]
    assert [(group["in_best_set"], group["letters"]) for group in task["groups"]] == [
        (True, "a"), (True, "a"), (False, "b"),
    ]  # fmt: skip


def test_the_test_part_judges_what_validation_ranks(tmp_path: Path) -> None:
    """The first of the table is out of the set: that it is the best of validation was luck."""
    windows = small_windows(*STRICT)
    errors = {"lucky": (0.4, 1.5, 1), "steady": (0.5, 0.5, 2)}
    runs = [
        run_of_scores(tmp_path, name, scores_of(windows, of_parts(*sizes)), windows, seed=sizes[2])
        for name, sizes in errors.items()
    ]
    board = board_of(runs)
    assert [(each.group.name, each.in_best_set, each.letters) for each in board.standings] == [
        ("lucky seed=1", False, "b"), ("steady seed=2", True, "a"),
    ]  # fmt: skip
    assert "the best by test MAE is steady seed=2; 1 other is out" in said(board, "with 95 % confidence")


def test_the_resolution_is_the_width_of_the_median_pair(clear: Board) -> None:
    """Of those in the set there is one pair; the oracle reads its losses window by window."""
    windows, judgement = small_windows(*STRICT), judged(clear)
    errors = {}
    for name, size, seed in (("gru", 0.5, 301), ("lstm", 0.5, 402)):
        _, test = scores_of(windows, noisy(size, seed))
        errors[name] = np.abs(test.predictions - test.truth[:]).ravel()
    over = over_windows(errors["gru"] - errors["lstm"], judgement.pairs.block)
    assert over is not None
    half = stats.t.ppf(0.975, over.freedom) * math.sqrt(over.variance)
    best = min(errors["gru"].mean(), errors["lstm"].mean())
    share = judgement.resolution(with_seeds=False)
    assert share == pytest.approx(half / best, rel=1e-4)  # forecasts are kept as float32
    assert judgement.resolution(with_seeds=True) == share
    assert judgement.independent == clear.independent["test"]
    line = f"this test part tells differences of about {100 * half / best:.0f} % between models like these; "
    assert said(clear, "this test part") == f"{line}{judgement.independent:.0f} independent windows"
    (task,) = json.loads(written("json", [clear], Leaderboard((), ())))["tasks"]
    assert task["resolution"] == {
        "figure": "test_mae", "relative": share, "relative_with_seeds": share,
        "independent_windows": judgement.independent,
    }  # fmt: skip
    assert task["independent_windows"] == clear.independent


def test_the_spread_over_seeds_is_in_what_is_told(tmp_path: Path) -> None:
    """Seeds that err by other amounts: what the windows tell, they hide."""
    windows = small_windows(*STRICT)
    runs = []
    for name, sizes in {"gru": (0.3, 0.5, 0.7), "lstm": (0.4, 0.6, 0.8)}.items():
        for seed, size in enumerate(sizes, 1):
            scores = scores_of(windows, noisy(size, 7))
            runs.append(run_of_scores(tmp_path, name, scores, windows, seed=seed))
    three = board_of(runs)
    two = board_of([run for run in runs if run.params["seed"] != "3"])
    judgement = judged(three)
    alone, whole = judgement.resolution(with_seeds=False), judgement.resolution(with_seeds=True)
    assert alone is not None
    assert whole is not None
    assert whole > 2 * alone
    assert f"({100 * whole:.0f} % with the spread over their seeds)" in said(three, "this test part")
    assert [each.in_best_set for each in three.standings] == [True, True]
    assert [each.in_best_set for each in two.standings] == [True, False]  # of two seeds no spread is known
    assert judged(two).resolution(with_seeds=True) == judged(two).resolution(with_seeds=False)
    assert said(three, "with 95 % confidence").startswith("any of gru, lstm may be the best by test MAE")
    assert "alike" not in [column.header for column in as_texts(three).columns]  # all have the same letter


def test_of_too_few_independent_windows_no_set_is_claimed(tmp_path: Path) -> None:
    windows = small_windows(*STRICT)
    alike = np.repeat(np.random.default_rng(0).normal(0, 1, 1_000), 20)

    def in_a_row(size: float) -> Forecast:
        def forecast(part: Score) -> Floats:
            forecasts: Floats = part.truth[:][:, 0, 0] + size * alike[part.rows]
            return forecasts

        return forecast

    sizes = {"one": 0.2, "other": 5.0}
    board = board_of(
        [run_of_scores(tmp_path, name, scores_of(windows, in_a_row(size)), windows) for name, size in sizes.items()]
    )
    assert [(each.in_best_set, each.letters) for each in board.standings] == [(None, ""), (None, "")]
    assert not any("95 % confidence" in line for line in remarks(board))
    line = said(board, "this test part tells, at best, differences of about")
    assert line.endswith(f"; {board.independent['test']:.0f} independent windows: too few to say which may be the best")
    (task,) = json.loads(written("json", [board], Leaderboard((), ())))["tasks"]
    assert {group["in_best_set"] for group in task["groups"]} == {None}


def test_groups_that_cannot_be_judged_are_named(tmp_path: Path, clear: Board) -> None:
    windows = small_windows(*STRICT)
    runs = [*runs_of(tmp_path, "gru", 0.5, (1,)), *runs_of(tmp_path, "mlp", 2.0, (1,))]
    silent = run_of_scores(tmp_path, "silent", scores_of(windows, noisy(0.6, 5)), windows)
    lost = run_of_scores(tmp_path, "lost", scores_of(windows, noisy(0.7, 6)), windows)
    lost = replace(lost, metrics={**lost.metrics, "test_mae": math.nan})
    board = board_of([*runs, replace(silent, artifacts=(tmp_path / "nowhere").as_uri()), lost])
    assert said(board, "with 95 % confidence").endswith(
        "is gru seed=1; 1 other is out; not judged: silent seed=1, lost seed=1"
    )
    assert {each.group.name: each.in_best_set for each in board.standings} == {
        "gru seed=1": True, "mlp seed=1": False, "silent seed=1": None, "lost seed=1": None,
    }  # fmt: skip
    hidden = replace(clear, hidden=3)
    assert said(hidden, "with 95 % confidence").endswith("; of the groups that are shown")


def test_one_group_has_no_pair(tmp_path: Path) -> None:
    board = board_of(runs_of(tmp_path, "gru", 0.5, (1,)))
    assert said(board, "this test part") == (
        f"this test part is worth about {board.independent['test']:.0f} independent windows"
    )
    assert board.standings[0].in_best_set is True
    assert not any("95 % confidence the best" in line for line in remarks(board))


def test_what_ranks_is_what_is_judged(tmp_path: Path) -> None:
    """MSE counts one large error for more than many small ones: the order is the other way round."""
    windows = small_windows(*STRICT)

    def rarely(part: Score) -> Floats:
        forecasts: Floats = part.truth[:][:, 0, 0] + np.where(part.rows % 20 == 0, 4.0, 0.0)
        return forecasts

    def always(part: Score) -> Floats:
        forecasts: Floats = part.truth[:][:, 0, 0] + np.where(part.rows % 2 == 0, 0.4, -0.4)
        return forecasts

    runs = []
    for name, forecast in (("rarely", rarely), ("always", always)):
        scores = scores_of(windows, forecast)
        run = run_of_scores(tmp_path, name, scores, windows)
        runs.append(replace(run, metrics={**run.metrics, "test_mse": scores[1].figure(METRICS["mse"])}))
    for metric, label, best in (
        (None, "MAE", "rarely"),
        ("test_mse", "MSE", "always"),
        ("train_seconds", "MAE", "rarely"),
    ):
        judgement = judged(board_of(runs, metric=metric))
        assert judgement.metric.label == label
        figures = {group.name: group.mean(judgement.metric.name("test")) for group in judgement.groups}
        assert judgement.figures.tolist() == list(figures.values())
        assert min(figures, key=lambda name: figures[name] or math.inf) == f"{best} seed=1"


def test_texts_are_judged_one_by_one_and_more_right_ones_are_better(tmp_path: Path) -> None:
    runs = [text_run(tmp_path, "gru", 1, 0.9), text_run(tmp_path, "mlp", 2, 0.7), text_run(tmp_path, "cnn", 3, 0.9)]
    board = board_of(runs)
    judgement = judged(board)
    assert {each.group.name: each.in_best_set for each in board.standings} == {"gru": True, "cnn": True, "mlp": False}
    assert {each.group.name: each.letters for each in board.standings} == {"gru": "a", "cnn": "a", "mlp": "b"}
    assert judgement.pairs.block == 1
    assert judgement.independent == judgement.pairs.freedom + 1
    assert said(board, "this test part").endswith(f"{judgement.independent:.0f} independent texts")


def test_nothing_is_said_of_runs_that_were_scored_on_different_windows(tmp_path: Path) -> None:
    runs = [*runs_of(tmp_path, "gru", 0.5, (1,)), *runs_of(tmp_path, "mlp", 2.0, (1,))]
    other: StoredRun = replace(runs[1], params={**runs[1].params, "dataset.lookback": "9"}, artifacts="")
    board = board_of([runs[0], other])
    assert board.judgement is None
    assert [each.in_best_set for each in board.standings] == [None, None]
    (task,) = json.loads(written("json", [board], Leaderboard((), ())))["tasks"]
    assert set(task["resolution"].values()) == {None}


def test_models_like_these_are_those_of_the_set_even_where_none_is_claimed(clear: Board) -> None:
    """A model that is far worse says nothing of how near the others may be to each other."""
    judgement = judged(clear)
    few = replace(judgement, independent=29.0)
    assert few.in_best_set is None
    assert few.resolution(with_seeds=False) == judgement.resolution(with_seeds=False)
    share = judgement.resolution(with_seeds=False)
    widths = judgement.pairs.halves(with_seeds=False)
    assert share == pytest.approx(widths[0, 1] / judgement.figures.min())
    assert widths[0, 1] < min(widths[0, 2], widths[1, 2])


def test_of_very_many_groups_there_is_a_set_and_no_letters(clear: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqexp.reporting.board.pairs.judgement.letters_of", lambda *_: None)
    many = replace(judged(clear), independent=100.0)  # another one: what was found before is kept with it
    assert many.letters is None
    assert many.tells_anything
    board = replace(clear, judgement=many, standings=tuple(replace(each, letters="") for each in clear.standings))
    assert (
        said(board, "alike: ")
        == "alike: of so many groups there are no letters; --pairs shows which can't be told apart"
    )
    place = [column.header for column in as_texts(board).columns].index("alike")
    assert [cells[place] for cells in as_texts(board).rows if "baseline" not in cells[1]] == ["✓", "✓", "-"]
    (task,) = json.loads(written("json", [board], Leaderboard((), ())))["tasks"]
    assert [group["letters"] for group in task["groups"]] == [None] * 3
