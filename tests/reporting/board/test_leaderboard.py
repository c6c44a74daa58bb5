"""The figures of the leaderboard, read from a real store."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.reporting.board.groups import Spread
from seqexp.reporting.board.leaderboard import Baseline, Leaderboard, baselines, leaderboard
from seqexp.tasks.kinds import SERIES, TEXT
from seqexp.tasks.lead import Lead
from seqexp.tasks.metric import ACCURACY, MAE
from seqexp.tracking.reading.stored_runs import read_runs
from seqexp.tracking.reading.where import parse_condition
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store
from tests.reporting.recorded import OFFICIAL, STAND_IN, Failed, record, record_texts, stored


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('board')}/mlflow.db", Path("/nowhere"))
    record(store, "stand-in", 0.2, task=STAND_IN, score_every=1)
    parent = record(store, "sweep", kind="sweep")
    for seed, val_mae in ((1, 0.262), (2, 0.264), (3, 0.266)):
        record(store, f"gru seed={seed}", val_mae, seed=seed, kind="trial", parent=parent)
    record(store, "lstm", 0.25, model="lstm", lead=24, naive=(0.28, 0.29))
    record(store, "diverged", math.nan, model="mlp")
    record(store, "exploded", math.inf, model="mlp", seed=2)
    record(store, "worse", 0.31, model="conv1d", experiment="other")
    record(store, "failed", ends=Failed("no memory\nleft"))
    record(store, "killed", ends=KeyboardInterrupt())
    foreign = store.client.create_run(store.experiment_id("ladder"), run_name="by hand")
    store.client.set_terminated(foreign.info.run_id)
    return store


@pytest.fixture(scope="module")
def board(store: Store) -> Leaderboard:
    return leaderboard(read_runs(store))


def test_runs_are_ranked_within_their_task_by_validation(board: Leaderboard) -> None:
    assert [task.digest for task in board.tasks] == [OFFICIAL, STAND_IN]  # the newest first
    official, stand_in = board.tasks
    names = [row.name for row in official.rows]
    assert names[:-2] == ["lstm", "gru seed=1", "gru seed=2", "gru seed=3", "worse"]
    assert set(names[-2:]) == {"diverged", "exploded"}
    assert [row.name for row in stand_in.rows] == ["stand-in"]
    assert (official.simulated, stand_in.simulated) == (False, True)
    assert (official.score_every, stand_in.score_every) == (8, 1)
    assert (official.dataset, official.target, official.delay) == ("jena", "T (degC)", 144)


def test_a_row_holds_what_was_recorded(board: Leaderboard) -> None:
    row = board.tasks[0].rows[0]
    assert (row.name, row.model, row.seed, row.lead) == ("lstm", "lstm", "1", Lead(24))
    assert (row.val, row.figure("test_mae"), row.figure("test_mae_units")) == (0.25, 0.26, pytest.approx(2.08))
    assert row.figure("skill_val") == pytest.approx(1 - 0.25 / 0.28)
    assert (row.figure("parameters"), row.figure("train_seconds")) == (12345, 1234.5)


def test_infinities_survive_the_store(board: Leaderboard) -> None:
    by_name = {row.name: row for row in board.tasks[0].rows}
    assert math.isnan(by_name["diverged"].val)
    assert by_name["exploded"].val == math.inf


def test_a_baseline_for_each_set_of_windows(board: Leaderboard) -> None:
    found = baselines(board.tasks[0].rows, board.tasks[0].ranking)
    names = ("best_val_mae", "test_mae", "test_mae_units")
    assert [(*(each.figures[name] for name in names), each.lead) for each in found] == [
        (0.28, 0.29, pytest.approx(2.32), Lead(24)),
        (0.29, 0.30, pytest.approx(2.40), Lead(25)),
    ]


def test_seeds_of_one_configuration_are_one_group(board: Leaderboard) -> None:
    task = board.tasks[0]
    assert [(group.name, group.n) for group in task.groups] == [("lstm", 1), ("gru", 3), ("worse", 1), ("mlp", 2)]
    gru = task.groups[1]
    assert gru.val == Spread(3, pytest.approx(0.264), pytest.approx(0.002), 0.262)
    assert gru.spread("test_mae") == Spread(3, pytest.approx(0.274), pytest.approx(0.002), pytest.approx(0.272))
    assert (gru.figure, gru.mean("skill_val")) == (pytest.approx(0.264), pytest.approx(1 - 0.264 / 0.29))
    assert [row.seed for row in gru.rows] == ["1", "2", "3"]


def test_a_mean_with_a_diverged_run_is_not_finite(board: Leaderboard) -> None:
    mlp = board.tasks[0].groups[-1]
    assert math.isnan(mlp.val.mean)
    assert mlp.val.sd is None


def test_what_did_not_finish_is_counted_not_ranked(board: Leaderboard) -> None:
    assert sorted(board.unranked_counts()) == [("failed", 1), ("killed", 1)]
    failed = next(run for run in board.unranked if run.status == "failed")
    assert (failed.name, failed.reason) == ("failed", "Failed: no memory")


def test_a_run_without_a_task_has_no_rank(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    run = store.client.create_run(store.experiment_id("e"), tags={"seqexp.kind": "run"}, run_name="old")
    store.client.set_terminated(run.info.run_id)
    board = leaderboard(read_runs(store))
    assert board.tasks == ()
    assert board.unranked_counts() == [("finished without a task digest", 1)]


def test_one_experiment_only(store: Store) -> None:
    (task,) = leaderboard(read_runs(store, "other")).tasks
    assert [row.name for row in task.rows] == ["worse"]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Leaderboard:
    """Runs of texts beside those of a series."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('texts')}/mlflow.db", Path("/nowhere"))
    for seed, accuracy in ((1, 0.86), (2, 0.88)):
        record_texts(store, f"gru seed={seed}", accuracy, seed=seed)
    record_texts(store, "majority", 0.5, model="majority")
    record_texts(store, "lstm", 0.89, model="lstm")
    record_texts(store, "worse than chance", 0.31, model="mlp")
    record_texts(store, "diverged", math.nan, model="lstm_stacked")
    record(store, "forecast", 0.27)
    return leaderboard(read_runs(store))


def test_texts_are_ranked_by_accuracy_the_higher_the_better(mixed: Leaderboard) -> None:
    (series,) = [task for task in mixed.tasks if task.digest == OFFICIAL]
    (texts,) = [task for task in mixed.tasks if task.digest != OFFICIAL]
    assert (texts.metric, series.metric) == (ACCURACY, MAE)
    assert (texts.kind, series.kind) == (TEXT, SERIES)
    assert [row.name for row in texts.rows] == [
        "lstm", "gru seed=2", "gru seed=1", "majority", "worse than chance", "diverged",
    ]  # fmt: skip
    assert [row.name for row in series.rows] == ["forecast"]
    assert (texts.dataset, texts.target, texts.delay, texts.unit) == ("imdb", "neg, pos", None, "")
    best = texts.rows[0]
    assert (best.val, best.figure("test_accuracy"), best.scale, best.lead) == (
        0.89, pytest.approx(0.88), None, None,
    )  # fmt: skip
    assert best.figure("skill_val") == pytest.approx(1 - 0.11 / 0.5)
    assert (best.baseline("val"), best.baseline("test")) == (0.5, 0.51)


def test_a_baseline_has_the_figures_of_all_runs_that_share_it() -> None:
    runs = []
    for minute, (name, more) in enumerate({"old": {}, "new": {"naive_test_rmse": 0.4}, "late": {}}.items()):
        run = stored(name, minute, model__name=name)
        runs.append(replace(run, metrics={**run.metrics, "naive_val_mae": 0.3, "naive_test_mae": 0.31, **more}))
    (task,) = leaderboard(runs).tasks
    (naive,) = baselines(task.rows, task.ranking)
    assert naive.figures["test_rmse"] == 0.4


def test_texts_have_the_majority_as_their_baseline(mixed: Leaderboard) -> None:
    (texts,) = [task for task in mixed.tasks if task.digest != OFFICIAL]
    figures = {"best_val_accuracy": 0.5, "test_accuracy": 0.51, "skill_val": 0.0, "skill_test": 0.0}
    assert baselines(texts.rows, texts.ranking) == [Baseline("majority", figures, None)]
    gru = texts.groups[1]
    assert (gru.name, gru.n, gru.val.mean, gru.val.best) == ("gru", 2, pytest.approx(0.87), 0.88)
    assert texts.ranking.order(0.9) < texts.ranking.order(0.8) < texts.ranking.order(math.nan)


def test_a_group_can_be_what_is_asked_for(store: Store) -> None:
    runs = [run for run in read_runs(store) if run.name not in ("diverged", "exploded")]
    (task, _) = leaderboard(runs, ["model.units", "dataset.target"]).tasks
    assert [(group.name, group.n, dict(group.by)) for group in task.groups] == [
        ("units=32 target=T (degC)", 5, {"model.units": "32", "dataset.target": "T (degC)"})
    ]
    (task, _) = leaderboard(runs, ["model.name"]).tasks
    assert [group.name for group in task.groups] == ["lstm", "gru", "conv1d"]


def test_keys_that_no_run_has_are_told_all_at_once(store: Store) -> None:
    with pytest.raises(InputError) as raised:
        leaderboard(read_runs(store), ["model.unit", "seed", "dataset.nme"])
    assert raised.value.texts == (
        "--by must name configuration keys or tags that a run has. Received: 'model.unit'. Did you mean 'model.units'?",
        "--by must name configuration keys or tags that a run has. Received: 'dataset.nme'. Did you mean "
        "'dataset.name'?",
    )


@pytest.mark.parametrize(
    ("condition", "on_test"),
    [
        ("test_mae < 0.4", True),
        ("metrics.skill_test > 0", True),
        ("best_val_mae < 0.4", False),
        ("tags.smoke_test = no", False),  # a tag that is called so
        ("smoke_test = no", False),
    ],
)
def test_a_choice_by_the_test_part_is_known(store: Store, condition: str, on_test: bool) -> None:
    runs = [replace(run, tags={**run.tags, "smoke_test": "no"}) for run in read_runs(store, "ladder")]
    (task, *_) = leaderboard(runs, where=parse_condition(condition)).tasks
    assert (task.selects_on_test, task.where and task.where.text) == (on_test, condition)


def test_another_metric_decides_which_way_round_too(store: Store) -> None:
    runs = read_runs(store, "ladder")
    (task, _) = leaderboard(runs, metric="skill_test").tasks
    assert [group.name for group in task.groups] == ["lstm", "gru", "mlp"]
    assert (task.ranking.better, task.ranking.selects_on_test, task.ranking.part) == ("higher", True, None)
    assert task.groups[1].figure == pytest.approx(1 - 0.274 / 0.30)
    assert leaderboard(runs, metric="test_mae").tasks[0].ranking.part == "test"
    with pytest.raises(InputError, match=r"--metric must be one of .*Received: 'test_mea'\. Did you mean 'test_mae'\?"):
        leaderboard(runs, metric="test_mea")


def test_a_run_that_a_search_gave_up_is_told_from_one_that_was_killed() -> None:
    pruned = stored("weak", 1, status="KILLED")
    pruned = replace(pruned, tags={**pruned.tags, "seqexp.pruned": "2"})
    board = leaderboard([pruned, stored("stopped", 2, status="KILLED")])
    assert board.unranked_counts() == [("killed", 1), ("pruned", 1)]
    assert board.unranked[1].reason == "given up by the search after epoch 2"


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        ("vectors_coverage", ["much", "some", "little"]),  # the more words have vectors the better
        ("best_val_f1", ["much", "some", "little"]),
        ("test_ece", ["little", "some", "much"]),
        ("train_seconds", ["little", "some", "much"]),
    ],
)
def test_a_figure_ranks_the_way_round_that_the_table_of_metrics_says(figure: str, names: list[str]) -> None:
    values = {"some": 0.5, "much": 0.9, "little": 0.1}
    runs = [
        replace(stored(name, minute, model__name=name), metrics={"best_val_mae": 0.2, figure: value})
        for minute, (name, value) in enumerate(values.items())
    ]
    (task,) = leaderboard(runs, metric=figure).tasks
    assert [group.name for group in task.groups] == names


@pytest.mark.parametrize("figure", ["learning_rate", "gradient_norm"])
def test_a_figure_that_is_neither_better_nor_worse_cannot_rank(figure: str) -> None:
    run = stored("gru", 1)
    with pytest.raises(InputError) as raised:
        leaderboard([replace(run, metrics={**run.metrics, figure: 0.1})], metric=figure)
    (fault,) = raised.value.faults
    assert fault.key == "--metric"
    assert f"must be one of best_val_mae. Received: '{figure}', which is neither better nor worse" in fault.text


def test_what_a_run_says_of_its_metric_and_samples_goes_before_what_its_figures_look_like() -> None:
    run = stored("gru", 1)
    tags = {**run.tags, "seqexp.samples": "text", "seqexp.metric": "f1"}
    run = replace(run, tags=tags, metrics={"best_val_f1": 0.5, "test_f1": 0.4, "best_val_mae": 0.1})
    (task,) = leaderboard([run]).tasks
    assert (task.kind, task.metric.key, task.ranking.by, task.ranking.better) == (TEXT, "f1", "best_val_f1", "higher")
    assert task.rows[0].val == 0.5


def test_a_run_without_the_figure_that_ranks_it_has_no_rank() -> None:
    board = leaderboard([replace(stored("gru", 1), metrics={"test_mae": 0.2})])
    assert (board.tasks, board.unranked_counts()) == ((), [("finished without best_val_mae", 1)])


def test_what_was_scored_on_too_few_samples_is_not_ranked_unless_asked_for() -> None:
    counts = {"enough": "train=90 val=30 test=30", "few": "train=90 val=29 test=40", "one": "train=90 val=50 test=1"}
    runs = []
    for minute, (name, count) in enumerate(counts.items()):
        run = stored(name, minute, model__name=name)
        runs.append(replace(run, tags={**run.tags, "seqexp.windows": count}))
    board = leaderboard(runs)
    assert [row.name for row in board.tasks[0].rows] == ["enough"]
    assert board.unranked_counts() == [("scored on too few", 2)]
    assert {run.name: run.reason.split()[0:3] for run in board.unranked} == {
        "few": ["29", "of", "val,"], "one": ["1", "of", "test,"],
    }  # fmt: skip
    assert len(leaderboard(runs, few=True).tasks[0].rows) == 3
