"""The leaderboard's words, all of them: other tests ask for facts."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seqexp.reporting.board.comparison import compare
from seqexp.reporting.board.leaderboard import leaderboard
from seqexp.reporting.board.ranking import Ranking
from seqexp.reporting.board.rows import Row
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.board.words import remarks, title, unranked_line, warnings
from seqexp.reporting.console import Console
from seqexp.reporting.runs.differences import Compared, differences
from seqexp.reporting.runs.differences_table import print_differences
from seqexp.tasks.kinds import SERIES
from seqexp.tasks.metric import MAE
from seqexp.tracking.reading.stored_runs import StoredRun
from tests.reporting import forecasts
from tests.reporting.board.written_down import board_of, board_with_intervals, group_of, row, task_of
from tests.reporting.forecasts import NOWHERE, runs_of
from tests.reporting.runs.test_differences import a_run

SKILL = "skill: the share of the error of naive, the best baseline by validation, that is taken away"


def with_metrics(run: StoredRun, **metrics: float) -> StoredRun:
    return replace(run, metrics={**run.metrics, **metrics})


@pytest.fixture
def on_other_windows(tmp_path: Path) -> list[StoredRun]:
    """Two runs that were scored on different windows."""
    runs = runs_of(tmp_path, "gru", 0.5, (1,)) + runs_of(tmp_path, "lstm", 0.6, (1,), "dataset.lookback=40")
    return [with_metrics(run, val_loss=0.3, gradient_loss=0.1, memory_mb=900.0, best_epoch=2.0) for run in runs]


@pytest.mark.parametrize(
    ("metric", "is_said"),
    [
        ("val_loss", True),
        ("gradient_loss", True),
        ("naive_val_mae", False),
        ("skill_test", False),
        ("test_mae_units", False),
        ("test_mae", False),
        ("train_seconds", False),
        ("memory_mb", False),
        ("best_epoch", False),
    ],
)
def test_what_is_not_scored_anew_is_said_where_all_else_is(
    on_other_windows: list[StoredRun], metric: str, is_said: bool
) -> None:
    said = warnings(forecasts.board_of(on_other_windows, metric=metric))
    assert any(line.startswith("scored anew on the ") for line in said)
    assert (f"{metric} is as recorded, each run on its own windows" in said) == is_said


def test_on_equal_windows_all_is_as_recorded(on_other_windows: list[StoredRun]) -> None:
    assert warnings(forecasts.board_of(on_other_windows[:1], metric="val_loss")) == ["ranked by val_loss"]


@pytest.mark.parametrize(
    ("held", "line"),
    [
        ({}, "no run of this task has test_f1: not ranked"),
        ({"test_f1": math.nan}, "test_f1 is finite in no group of this task: not ranked"),
    ],
)
def test_a_task_without_the_metric_has_no_best(tmp_path: Path, held: dict[str, float], line: str) -> None:
    runs = runs_of(tmp_path, "gru", 0.5, (1,)) + runs_of(tmp_path, "lstm", 0.6, (1,))
    other = replace(runs[0], run_id="other", tags={**runs[0].tags, "seqexp.task_digest": "b" * 16})
    both = [with_metrics(run, **held) for run in runs]
    tasks = leaderboard([with_metrics(other, test_f1=0.5), *both], metric="test_f1").tasks
    (task,) = [task for task in tasks if len(task.groups) == 2]
    board = compare(task, NOWHERE, top=1, cost="seconds", intervals=True)
    assert not board.is_ranked
    assert warnings(board) == [line]
    table = as_texts(board)
    assert "best" not in [column.header for column in table.columns]
    assert not any("best" in cells for cells in table.rows)


@pytest.mark.parametrize(
    ("distance", "ahead"),
    [
        ({"delay": 144}, "144 rows after the window"),
        ({"delay": 0}, "0 rows after the window"),
        ({"lead": 150}, "150 rows ahead"),
        ({"lead": 1}, "1 row ahead"),
    ],
)
def test_the_title_states_the_task(distance: dict[str, int], ahead: str) -> None:
    task = replace(task_of(group_of(row())), **{"lead": None, "delay": None, **distance})
    assert title(task) == f"jena: T (degC), {ahead} | 1 run | task 3fa91c2b"
    two = replace(task, groups=(group_of(row(), row(seed="2")),))
    assert title(two) == f"jena: T (degC), {ahead} | 2 runs in 1 group | task 3fa91c2b"


def test_counts_of_windows_are_not_those_that_the_figures_are_of_no_more() -> None:
    run = row()
    scored = replace(run.stored, tags={**run.stored.tags, "seqexp.windows": "train=90 val=1234 test=4321"})
    task = task_of(group_of(replace(run, stored=scored)))
    assert ["1,234" in title(task, anew=anew) for anew in (False, True)] == [True, False]


def test_of_runs_that_were_scored_on_too_few_it_is_said_what_and_how_to_see_them() -> None:
    stored = replace(row().stored, tags={"seqexp.task_digest": "t", "seqexp.windows": "train=90 val=29 test=29"})
    line = unranked_line(leaderboard([replace(stored, tags={**stored.tags, "seqexp.kind": "run"})]))
    assert line.startswith("Not ranked: 1 scored on too few")
    assert all(word in line for word in ("windows", "texts", "--few"))


def test_what_must_be_known_stands_above() -> None:
    board = board_of(group_of(row()))
    assert warnings(board) == []
    task = replace(board.task, simulated=True, ranking=Ranking.of(SERIES, MAE, "test_mae"))
    said = warnings(replace(board, task=task, common={"val": 1200, "test": 1400}, notes=("a note",)))
    assert said == [
        "simulated stand-in, not the official record",
        "ranked by test_mae, that is SELECTED ON THE TEST PART: the best one's test figure is better than it would be "
        "on new data",
        "scored anew on the 1,200 validation and 1,400 test windows that all runs have in common",
        "a note",
    ]
    assert warnings(replace(board, task=replace(board.task, ranking=Ranking.of(SERIES, MAE, "train_seconds")))) == [
        "ranked by train_seconds"
    ]


def test_what_explains_the_figures_stands_below() -> None:
    assert remarks(board_of(group_of(row()))) == [
        SKILL,
        "* no group is both better and cheaper in seconds",
    ]
    board = board_of(group_of(row(), row(seed="2")))
    several = replace(board, task=replace(board.task, older=2), hidden=1, cost="parameters")
    assert remarks(several) == [
        "val, test: mean ± standard deviation over the runs of a group",
        SKILL,
        "* no group is both better and cheaper in parameters",
        "2 older runs of the same configuration and seed left out",
        "1 more group: --top 0 shows all",
    ]
    assert [line for line in remarks(board_with_intervals()) if line != SKILL][:3] == [
        "skill, vs best: ± half the 95 % interval: paired over seeds where 3 or more match; circular block bootstrap "
        "over windows, 31 to 70 per block (Politis and White 2004)",
        "≈ can't be told from the best: b",
        "1 seed: too few to know their spread; such intervals are over windows alone",
    ]


def test_what_a_mean_error_does_not_show_is_remarked_on() -> None:
    figures = {"flat": (0.20, 0.90, 0.03), "linear": (0.25, 0.80, 0.498), "naive": (0.30, 1.10, 1.0)}
    rows = [
        row(name, best_val_mae=mae, best_val_rmse=rmse, best_val_sd_ratio=moves)
        for name, (mae, rmse, moves) in figures.items()
    ]
    said = remarks(board_of(*map(group_of, rows)))
    move = "forecasts move less than half as much as the target (standard deviations in validation)"
    assert said[1:3] == [
        f"val sd ratio of flat (0.0300), linear (0.4980): {move}",
        "RMSE orders the lines differently: by val RMSE linear is better than flat: 0.8000 against 0.9000",
    ]
    assert len(said) == 4  # and the front
    many = remarks(board_of(*(group_of(row(f"g{n}", best_val_mae=0.2, best_val_sd_ratio=0.1)) for n in range(5))))
    assert many[1] == f"val sd ratio of g0 (0.1000), g1 (0.1000), g2 (0.1000) and 2 more groups: {move}"


def test_a_baseline_that_never_errs_is_named() -> None:
    figures = {"naive_val_mae": 1e-12, "naive_test_mae": 0.0, "skill_val": None, "skill_test": None}
    board = board_of(group_of(row(**figures)))
    assert any("naive never errs in validation and test" in line for line in remarks(board))
    cells = dict(zip([column.header for column in as_texts(board).columns], as_texts(board).rows[-1], strict=True))
    assert (cells["skill val %"], cells["skill test %"]) == ("-", "-")


def test_a_baseline_that_another_error_puts_first_is_named() -> None:
    rows = [
        row(name, best_val_mae=mae, best_val_rmse=rmse, naive_val_rmse=0.7)
        for name, mae, rmse in (("a", 0.2, 0.8), ("b", 0.3, 0.9))
    ]
    assert remarks(board_of(*map(group_of, rows)))[1:2] == [
        "RMSE orders the lines differently: by val RMSE naive (baseline) is better than a: 0.7000 against 0.8000"
    ]


def test_a_group_that_another_error_puts_before_a_baseline_is_named() -> None:
    board = board_of(group_of(row("a", best_val_mae=0.4, best_val_rmse=0.6, naive_val_mae=0.3, naive_val_rmse=0.7)))
    assert any("a is better than naive (baseline): 0.6000 against 0.7000" in line for line in remarks(board))


def test_what_rounding_orders_otherwise_is_not_remarked_on() -> None:
    rows = [row(name, best_val_mae=mae, best_val_rmse=rmse) for name, mae, rmse in (("a", 0.2, 0.8), ("b", 0.3, 0.793))]
    assert not any("otherwise" in line for line in remarks(board_of(*map(group_of, rows))))


def against(name: str, baseline: str, seed: str = "1") -> Row:
    found = row(name, seed=seed, **{f"{baseline}_val_mae": 0.3, f"{baseline}_test_mae": 0.3})
    return replace(found, stored=replace(found.stored, tags={**found.stored.tags, "seqexp.baselines": baseline}))


def test_skills_against_unlike_baselines_are_not_averaged_and_say_what_they_are_against() -> None:
    board = board_of(
        group_of(against("a", "naive"), against("a", "phase_mean_1d", "2")), group_of(against("b", "naive"))
    )
    table = as_texts(board)
    cells = {line[1]: dict(zip([column.header for column in table.columns], line, strict=True)) for line in table.rows}
    assert (cells["a"]["skill val %"], cells["a"]["skill against"]) == ("-", "naive or phase mean 1d")
    assert (cells["b"]["skill val %"], cells["b"]["skill against"]) == ("+10.3", "naive")
    assert any(line.startswith("no mean skill of a:") for line in remarks(board))
    (explained,) = [line for line in remarks(board) if line.startswith("skill: the share")]
    assert "the best baseline" not in explained  # an old run knew one alone
    same = as_texts(board_of(group_of(against("b", "naive"))))
    assert "skill against" not in [column.header for column in same.columns]


def test_nothing_is_remarked_on_of_errors_that_agree() -> None:
    rows = [row(name, best_val_mae=n, best_val_rmse=2 * n, best_val_bias=-n) for name, n in (("a", 0.2), ("b", 0.3))]
    assert remarks(board_of(*map(group_of, rows))) == [SKILL, "* no group is both better and cheaper in seconds"]


def test_notes_on_windows_that_differ(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "gru", 0.5, (1,)) + runs_of(tmp_path, "lstm", 0.6, (1,), "dataset.lookback=40")
    few = runs_of(tmp_path, "short", 0.5, (1,)) + runs_of(tmp_path, "long", 0.4, (1,), "dataset.lookback=134")
    bare = [replace(runs[0], artifacts=(tmp_path / "none").as_uri()), runs[1]]
    left_out = [
        *runs,
        replace(runs[1], run_id="x", params={**runs[1].params, "seed": "2"}, artifacts=bare[0].artifacts),
    ]
    (task,) = leaderboard(runs).tasks
    as_recorded = compare(task, NOWHERE, top=0, cost="seconds", intervals=False)
    boards = [as_recorded, *map(forecasts.board_of, (few, bare, left_out))]
    assert [list(board.notes) for board in boards] == [
        ["the runs were scored on different windows: without intervals, figures are as recorded, each on its own"],
        [
            "the runs were scored on different windows, of which 13 of validation and 13 of test are common to all: "
            "too few, so figures are as recorded, each on its own"
        ],
        [
            "the runs were scored on different windows, and some saved no forecasts (gru seed=1): figures are as "
            "recorded, each on its own"
        ],
        ["left out, since they saved no forecasts that could be scored again: 1 of the runs"],
    ]


def lines_of(capsys: pytest.CaptureFixture[str], *runs: Compared) -> list[str]:
    print_differences(differences(runs), Console())
    return capsys.readouterr().out.splitlines()


def test_what_is_said_of_runs_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    alike = lines_of(capsys, a_run("A"), a_run("B"))
    assert [line for line in alike if line.startswith(("config", "data", "code", "environment", "figures"))] == [
        "config: every key is the same",
        "data: not recorded",
        "code: the same",
        "environment: the same machine, Python and packages",
        "figures: the last value of each metric, and its difference from A",
    ]
    bare = lines_of(capsys, *(a_run(label, params={}, tags={}, environment={}) for label in "AB"))
    assert [line for line in bare if line.startswith(("config", "data", "code", "environment"))] == [
        f"{name}: not recorded" for name in ("config", "data", "code", "environment")
    ]
    assert "Not known to be of one task, so none is called better: A, B recorded none." in bare
    half = lines_of(capsys, *(a_run(label, environment={}) for label in "AB"))
    assert "environment: the same device, XLA and threads, as far as they were recorded" in half
    assert "not recorded: A, B" in half


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"environment": {"cpu": "y"}},
            "They ran on different machines or with different threads, so times are not compared.",
        ),
        (
            {"params": {"dataset.lookback": "240"}},
            "The runs were scored on different windows, so no error or skill is called better: seqexp compare without "
            "RUN, the leaderboard, scores them anew on common ones.",
        ),
        (
            {"tags": {"seqexp.task_digest": "u" * 16}},
            "The runs did different tasks: other data, target, lead or delay, season, splits or windows. Their figures "
            "stand side by side, but none is better.",
        ),
        (
            {"tags": {"seqexp.task_digest": "t" * 16, "seqexp.true_lead_hours": "24.5"}},
            "The true leads differ, and so do the windows: each skill is against a baseline of its own.",
        ),
    ],
    ids=["machines", "windows", "tasks", "leads"],
)
def test_why_runs_side_by_side_are_not_judged(
    changed: dict[str, Any], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert line in lines_of(capsys, a_run("A"), a_run("B", **changed))
    assert line not in lines_of(capsys, a_run("A"), a_run("B"))
