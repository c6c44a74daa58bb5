"""By how much the best group of a table is flattered, from saved forecasts."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from seqexp.data.arrays import Floats
from seqexp.evaluation.intervals import over_windows
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.formats import written
from seqexp.reporting.board.leaderboard import Leaderboard, leaderboard
from seqexp.reporting.board.pairs.flattered import Flattered
from seqexp.reporting.board.words import remarks
from seqexp.tracking.reading.stored_runs import StoredRun
from tests.factories import small_windows
from tests.reporting.board.test_comparison import text_run
from tests.reporting.forecasts import NOWHERE, board_of, noisy, run_of_scores, runs_of, scores_of

STRICT = ("model=naive", "dataset.boundary=strict")
MODELS = 8


def flattered(board: Board) -> Flattered:
    assert board.flattered is not None
    return board.flattered


def lines(board: Board) -> list[str]:
    return [line for line in remarks(board) if "luck helps" in line]


@pytest.fixture(scope="module")
def equal(tmp_path_factory: pytest.TempPathFactory) -> list[StoredRun]:
    """Models that err alike, each by errors of its own."""
    folder, windows = tmp_path_factory.mktemp("equal"), small_windows(*STRICT)
    return [
        run_of_scores(folder, f"model {at}", scores_of(windows, noisy(0.5, 50 + at)), windows) for at in range(MODELS)
    ]


def standard_error(part: int) -> float:
    """Return the typical standard deviation of one model's figure, from differences of all pairs, window by window."""
    windows = small_windows(*STRICT)
    losses: list[Floats] = []
    for at in range(MODELS):
        score = scores_of(windows, noisy(0.5, 50 + at))[part]
        losses.append(np.abs(score.predictions - score.truth[:]).ravel())
    found = [over_windows(one - other, 1) for one, other in combinations(losses, 2)]
    return math.sqrt(float(np.mean([each.variance for each in found if each is not None])) / 2)


@pytest.mark.parametrize(("metric", "part"), [(None, "val"), ("test_mae", "test")])
def test_of_equal_models_it_is_what_the_least_of_so_many_is(
    equal: list[StoredRun], metric: str | None, part: str
) -> None:
    board = board_of(equal, metric=metric)
    found = flattered(board)
    drawn = np.random.default_rng(0).normal(size=(20_000, MODELS)).min(axis=1)
    most = -drawn.mean() * standard_error(0 if part == "val" else 1)
    # The blocks of such few windows know the variance no better; and figures that lie apart by chance seem to differ.
    assert 0.5 * most <= found.amount <= 1.4 * most
    assert (found.part, found.groups, found.with_seeds) == (part, MODELS, False)
    assert found.share == pytest.approx(found.amount / (board.groups[0].figure or math.nan))
    (task,) = json.loads(written("json", [board], Leaderboard((), ())))["tasks"]
    assert task["flattery"] == {
        "figure": "best_val_mae" if part == "val" else "test_mae", "groups": MODELS, "absolute": found.amount,
        "relative": found.share, "with_seeds": False,
    }  # fmt: skip


def test_it_is_said_of_the_figure_that_chose(equal: list[StoredRun]) -> None:
    (by_val,), (by_test,) = lines(board_of(equal)), lines(board_of(equal, metric="test_mae"))
    assert by_val.startswith(f"luck helps to be the best of {MODELS}: its val MAE is flattered by about 0.0")
    assert by_val.endswith(" %), its seeds' luck not counted; test MAE, which chose nothing, doesn't flatter")
    assert by_test.startswith(f"luck helps to be the best of {MODELS}: its test MAE is flattered by about 0.0")
    assert by_test.endswith(" %), its seeds' luck not counted")
    (task,) = leaderboard(equal).tasks
    chosen = compare(replace(task, chosen_on_test=True), NOWHERE, top=0, cost="seconds", intervals=True)
    assert "chose nothing" not in lines(chosen)[0]


def test_groups_that_are_not_shown_are_counted(equal: list[StoredRun]) -> None:
    whole, some = board_of(equal), board_of(equal, top=3)
    assert some.hidden == MODELS - 3
    assert flattered(some).groups == MODELS
    assert flattered(some).amount == pytest.approx(flattered(whole).amount, rel=0.5)


def test_a_clear_winner_is_not_flattered(tmp_path: Path) -> None:
    board = board_of([*runs_of(tmp_path, "gru", 0.2, (1,)), *runs_of(tmp_path, "mlp", 2.0, (2,))])
    assert flattered(board).amount == pytest.approx(0, abs=1e-9)
    assert lines(board) == []


def test_lucky_seeds_flatter_where_their_spread_is_known(tmp_path: Path) -> None:
    """Seeds that err by other amounts everywhere: more than windows alone would say."""
    windows, runs = small_windows(*STRICT), []
    for at, shift in enumerate((0.0, 0.02, 0.01)):
        for seed, size in enumerate((0.3, 0.5, 0.7), 1):
            scores = scores_of(windows, noisy(size + shift, 7 + at))
            runs.append(run_of_scores(tmp_path, f"model {at}", scores, windows, seed=seed))
    three = flattered(board_of(runs))
    two = flattered(board_of([run for run in runs if run.params["seed"] != "3"]))
    assert (three.with_seeds, two.with_seeds) == (True, False)
    spread = stats.norm.expect(abs) * 0.2 / math.sqrt(3) / math.sqrt(2)
    assert three.amount > 2 * two.amount
    assert three.amount == pytest.approx(1.5 * spread, rel=0.5)  # of three about 1.5 times that of two
    (line,) = lines(board_of(runs))
    assert "seeds' luck" not in line


def test_of_texts_the_most_right_ones_are_flattered_upwards(tmp_path: Path) -> None:
    board = board_of([text_run(tmp_path, name, at, 0.8) for at, name in enumerate(("gru", "mlp", "cnn"), 1)])
    found = flattered(board)
    assert 0 < found.amount < 0.1
    assert found.metric.label == "accuracy"


def test_nothing_is_said_where_nothing_can_be(equal: list[StoredRun]) -> None:
    assert board_of(equal[:1]).flattered is None  # it was not chosen
    assert board_of(equal, metric="train_seconds").flattered is None
    (task,) = leaderboard(equal).tasks
    board = compare(task, NOWHERE, top=0, cost="seconds", intervals=False)
    assert (board.flattered, lines(board)) == (None, [])
    (fields,) = json.loads(written("json", [board], Leaderboard((), ())))["tasks"]
    assert set(fields["flattery"].values()) == {None}
