"""The figures of the leaderboard, read from a real store."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.evaluation.measure import ACCURACY, MAE
from seqexp.reporting.leaderboard import Baseline, Leaderboard, read_leaderboard
from seqexp.tracking.store import Store, open_store
from tests.reporting.recorded import OFFICIAL, STAND_IN, Failed, record, record_texts


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('board')}/mlflow.db", Path("/nowhere"))
    record(store, "stand-in", 0.2, task=STAND_IN, score_every=1)
    parent = record(store, "sweep", kind="sweep")
    for seed, val_mae in ((1, 0.262), (2, 0.264), (3, 0.266)):
        record(store, f"gru seed={seed}", val_mae, seed=seed, kind="trial", parent=parent)
    record(store, "lstm", 0.25, model="lstm", lead=24, naive=(0.28, 0.29))
    record(store, "diverged", math.nan, model="mlp")
    record(store, "exploded", math.inf, model="mlp")
    record(store, "worse", 0.31, model="conv1d", experiment="other")
    record(store, "failed", ends=Failed("no memory\nleft"))
    record(store, "killed", ends=KeyboardInterrupt())
    foreign = store.client.create_run(store.experiment_id("ladder"), run_name="by hand")
    store.client.set_terminated(foreign.info.run_id)
    return store


@pytest.fixture(scope="module")
def board(store: Store) -> Leaderboard:
    return read_leaderboard(store, None)


def test_runs_are_ranked_within_their_task_by_validation(board: Leaderboard) -> None:
    assert [task.digest for task in board.tasks] == [OFFICIAL, STAND_IN]  # the newest first
    official, stand_in = board.tasks
    names = [row.name for row in official.rows]
    assert names[:-2] == ["lstm", "gru seed=1", "gru seed=2", "gru seed=3", "worse"]
    assert set(names[-2:]) == {"diverged", "exploded"}
    assert [row.name for row in stand_in.rows] == ["stand-in"]
    assert (official.simulated, stand_in.simulated) == (False, True)
    assert (official.score_every, stand_in.score_every) == ("8", "1")
    assert (official.dataset, official.target, official.delay) == ("jena", "T (degC)", "144")


def test_a_row_holds_what_was_recorded(board: Leaderboard) -> None:
    row = board.tasks[0].rows[0]
    assert (row.name, row.model, row.seed, row.lead_hours) == ("lstm", "lstm", "1", 24)
    assert (row.val, row.test, row.test_units) == (0.25, 0.26, pytest.approx(2.08))
    assert row.skill_val == pytest.approx(1 - 0.25 / 0.28)
    assert (row.parameters, row.seconds) == (12345, 1234.5)


def test_infinities_survive_the_store(board: Leaderboard) -> None:
    by_name = {row.name: row for row in board.tasks[0].rows}
    assert math.isnan(by_name["diverged"].val)
    assert by_name["exploded"].val == math.inf


def test_a_baseline_for_each_set_of_windows(board: Leaderboard) -> None:
    assert board.tasks[0].baselines() == [
        Baseline(0.28, 0.29, pytest.approx(2.32), 24),
        Baseline(0.29, 0.30, pytest.approx(2.40), 25),
    ]


def test_seeds_of_one_configuration_are_summed_up(board: Leaderboard) -> None:
    (repeated,) = board.tasks[0].repeated()
    assert (repeated.name, repeated.model, repeated.seeds) == ("gru", "gru", 3)
    assert (repeated.val_mean, repeated.val_sd) == (pytest.approx(0.264), pytest.approx(0.002))
    assert (repeated.test_mean, repeated.test_sd) == (pytest.approx(0.274), pytest.approx(0.002))


def test_what_did_not_finish_is_counted_not_ranked(board: Leaderboard) -> None:
    assert sorted(board.unranked_counts()) == [("failed", 1), ("killed", 1)]
    failed = next(run for run in board.unranked if run.status == "failed")
    assert (failed.name, failed.reason) == ("failed", "Failed: no memory")


def test_a_run_without_a_task_has_no_rank(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    run = store.client.create_run(store.experiment_id("e"), tags={"seqexp.kind": "run"}, run_name="old")
    store.client.set_terminated(run.info.run_id)
    board = read_leaderboard(store, None)
    assert board.tasks == ()
    assert board.unranked_counts() == [("finished without a task digest", 1)]


def test_one_experiment_only(store: Store) -> None:
    (task,) = read_leaderboard(store, "other").tasks
    assert [row.name for row in task.rows] == ["worse"]
    with pytest.raises(InputError, match=r"experiment 'lader' .*Did you mean 'ladder'\?"):
        read_leaderboard(store, "lader")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Leaderboard:
    """Runs of texts beside those of a series."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('texts')}/mlflow.db", Path("/nowhere"))
    for seed, accuracy in ((1, 0.86), (2, 0.88)):
        record_texts(store, f"gru seed={seed}", accuracy, seed=seed)
    record_texts(store, "majority", 0.5, model="majority")
    record_texts(store, "lstm", 0.89, model="lstm")
    record_texts(store, "worse than chance", 0.31, model="mlp")
    record_texts(store, "diverged", math.nan, model="mlp")
    record(store, "forecast", 0.27)
    return read_leaderboard(store, None)


def test_texts_are_ranked_by_accuracy_the_higher_the_better(mixed: Leaderboard) -> None:
    (series,) = [task for task in mixed.tasks if task.digest == OFFICIAL]
    (texts,) = [task for task in mixed.tasks if task.digest != OFFICIAL]
    assert (texts.measure, series.measure) == (ACCURACY, MAE)
    assert [row.name for row in texts.rows] == [
        "lstm", "gru seed=2", "gru seed=1", "majority", "worse than chance", "diverged",
    ]  # fmt: skip
    assert [row.name for row in series.rows] == ["forecast"]
    assert (texts.dataset, texts.target, texts.delay, texts.unit) == ("imdb", "neg, pos", "", "")
    best = texts.rows[0]
    assert (best.val, best.test, best.test_units, best.lead_hours) == (0.89, pytest.approx(0.88), None, None)
    assert best.skill_val == pytest.approx(1 - 0.11 / 0.5)
    assert (best.baseline_val, best.baseline_test) == (0.5, 0.51)


def test_texts_have_the_majority_as_their_baseline(mixed: Leaderboard) -> None:
    (texts,) = [task for task in mixed.tasks if task.digest != OFFICIAL]
    assert texts.baselines() == [Baseline(0.5, 0.51, None, None)]
    (repeated,) = texts.repeated()
    assert (repeated.name, repeated.seeds, repeated.val_mean) == ("gru", 2, pytest.approx(0.87))
    assert texts.order(0.9) < texts.order(0.8) < texts.order(math.nan)
