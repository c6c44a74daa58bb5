"""The leaderboard's cells; how it looks on a terminal and in a pipe stands in tests/cli/test_compare.py."""

from __future__ import annotations

import math
from dataclasses import replace

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.ranking import Ranking
from seqexp.reporting.board.rows import Row
from seqexp.reporting.board.standing import Standing, Versus
from seqexp.reporting.board.tables import as_texts
from seqexp.tasks.kinds import SERIES
from seqexp.tasks.metric import MAE
from tests.reporting.board.written_down import (
    FIGURES,
    NOWHERE,
    board_of,
    board_with_intervals,
    group_of,
    row,
    task_of,
)


def cells(board: Board) -> dict[str, list[str]]:
    table = as_texts(board)
    return {column.header: [cells[place] for cells in table.rows] for place, column in enumerate(table.columns)}


def test_the_baseline_is_a_line_between_better_and_worse_groups() -> None:
    worse = row("mlp", best_val_mae=0.31, skill_val=-0.069, train_seconds=1234.5)
    lost = row("lost", best_val_mae=math.nan, skill_val=math.nan, train_seconds=None)
    board = board_of(group_of(row()), group_of(worse), group_of(lost))
    found = cells(board)
    assert found["rank"] == ["1 *", "-  ", "2  ", "-  "]
    assert found["name"] == ["gru", "naive (baseline)", "mlp", "lost"]
    assert found["val MAE"] == ["0.2600", "0.2900", "0.3100", "nan"]
    assert found["vs best"] == ["best", "-", "-", "-"]  # no forecasts were saved
    assert found["deg C"] == ["2.345", "2.606", "2.345", "2.345"]
    assert found["skill val %"] == ["+10.3", "0.0", "-6.9", "-"]
    assert found["true lead"] == ["24.17 h"] * 4
    assert found["parameters"] == ["12,345", "0", "12,345", "12,345"]
    assert found["seconds"] == ["63.2", "-", "1,234", "-"]
    assert as_texts(board).faint == {1}
    assert not {"n", "best"} & set(found)  # one run each


def test_seeds_are_summed_up_and_failures_counted() -> None:
    second = row(seed="2", lead=25.0, best_val_mae=0.264, test_mae=0.28, skill_test=0.12, train_seconds=70.0)
    board = board_of(group_of(row(), second, failed=1), group_of(row("mlp", best_val_mae=0.31)))
    found = cells(board)
    assert found["n"] == ["2 of 3", "-", "1"]
    assert found["val MAE"][0] == "0.2620±0.0028"
    assert found["test MAE"][0] == "0.2750±0.0071"
    assert found["best"] == ["0.2600", "-", "0.3100"]
    assert found["skill test %"][0] == "+11.0"
    assert found["true lead"][0] == "24.17 to 25 h"
    assert found["seconds"][0] == "66.6"


def test_a_lead_of_months_is_in_months() -> None:
    month = 365.2425 / 12 * 24
    runs = [row(lead=13 * month, months=13), row("step", lead=15 * month, months=15, naive_val_mae=0.3)]
    found = cells(board_of(*(group_of(run) for run in runs)))
    leads = dict(zip(found["name"], found["true lead"], strict=True))
    assert (leads["gru"], leads["step"]) == ("13 months", "15 months")
    assert leads["naive (baseline, 13 months)"] == "13 months"


def test_missing_figures_leave_a_mark() -> None:
    missing: dict[str, float | None] = dict.fromkeys(name for name in FIGURES if name != "best_val_mae")
    found = cells(board_of(*(group_of(row(name, lead=None, **missing)) for name in ("gru", "other"))))
    assert found["name"] == ["gru", "other"]
    assert "deg C" not in found
    for header in ("test MAE", "skill val %", "skill test %", "true lead", "parameters", "seconds"):
        assert found[header] == ["-", "-"]


def estimator_run(name: str, estimator: str, **figures: float) -> Row:
    made = row(name, **figures)
    params = made.stored.params | {f"model.estimator.{estimator}": "null"}
    tags = made.stored.tags | {"seqexp.baselines": "naive seasonal_naive_1d"}
    return replace(made, stored=replace(made.stored, params=params, tags=tags))


def test_a_baseline_that_was_run_as_a_model_is_one_line() -> None:
    both = {"naive_val_mae": 0.29, "naive_test_mae": 0.3, "seasonal_naive_1d_val_mae": 0.31}
    both |= {"seasonal_naive_1d_test_mae": 0.33}
    naive = estimator_run("naive", "Naive", best_val_mae=0.29, test_mae=0.3, **both)
    seasonal = estimator_run("daily", "SeasonalNaive.season", best_val_mae=0.31, test_mae=0.33, **both)
    weekly = estimator_run("weekly", "SeasonalNaive.season", best_val_mae=0.31, test_mae=0.34, **both)
    lucky = estimator_run("lucky", "Ridge", best_val_mae=0.29, test_mae=0.3, **both)
    found = cells(board_of(*map(group_of, (naive, lucky, seasonal, weekly))))
    assert found["name"] == ["naive (baseline)", "lucky", "daily (baseline seasonal naive 1d)", "weekly"]
    assert found["rank"] == ["1 *", "1 *", "3  ", "3  "]
    named = estimator_run("naive quick", "Naive", best_val_mae=0.29, test_mae=0.3, **both)
    assert "naive quick (baseline)" in cells(board_of(group_of(named)))["name"]
    of_another = cells(board_of(*map(group_of, (lucky, weekly))))
    assert of_another["name"] == ["lucky", "naive (baseline)", "weekly", "seasonal naive 1d (baseline)"]


def test_baselines_stand_in_the_order_of_skills() -> None:
    runs = [row("good", skill_val=0.1, best_val_mae=0.261), row("bad", skill_val=-0.2, best_val_mae=0.348)]
    ranking = Ranking.of(SERIES, MAE, "skill_val")
    groups = [replace(group_of(each), ranking=ranking) for each in runs]
    board = compare(replace(task_of(*groups), ranking=ranking), NOWHERE, top=0, cost="seconds", intervals=True)
    assert cells(board)["name"] == ["good", "naive (baseline)", "bad"]
    assert cells(board)["skill_val"] == ["0.1000", "0.0000", "-0.2000"]


def test_small_differences_and_spreads_are_told_from_nothing() -> None:
    board = board_with_intervals()
    small = Versus(None, Interval(0.00003, 0.0000042, "windows", 40), 0.00003)
    wide = Versus(None, Interval(0.02, 0.00003, "windows", 40), 0.02)
    a, b, c, d = board.standings
    found = cells(replace(board, standings=(a, replace(b, versus=small), replace(c, versus=wide), d)))
    assert found["vs best"][1:3] == ["+0.000030±0.000004", "+0.02000±0.00003"]
    seeds = group_of(row(best_val_mae=0.26), row(seed="2", best_val_mae=0.26002))
    assert cells(board_of(seeds))["val MAE"][0] == "0.26001±0.00001"


def test_intervals_and_what_cannot_be_told() -> None:
    found = cells(board_with_intervals())
    assert found["vs best"] == ["best", "≈+0.0100±0.0020", "+0.0200±0.0100", "+0.0250±0.0010", "-"]
    assert found["skill test %"] == ["+10.0±1.2", "+10.0", "+10.0", "+10.0", "0.0"]


def test_another_figure_has_its_own_column() -> None:
    rows = [row(str(value), epochs=value) for value in (3.0, 4.0)]
    ranking = Ranking.of(SERIES, MAE, "epochs")
    groups = [replace(group_of(each), ranking=ranking) for each in rows]
    found = cells(compare(replace(task_of(*groups), ranking=ranking), NOWHERE, top=0, cost="seconds", intervals=True))
    assert (found["epochs"], found["rank"]) == (["3.0000", "4.0000", "-"], ["1 *", "2  ", "-  "])


def test_only_the_best_and_the_front_are_shown() -> None:
    groups = [
        group_of(row(f"g{place}", best_val_mae=0.2 + place / 100, train_seconds=cost))
        for place, cost in enumerate((50.0, 60.0, 40.0, 45.0, 2.0))
    ]
    board = compare(task_of(*groups), NOWHERE, top=2, cost="seconds", intervals=True)
    assert [(each.group.name, each.rank, each.on_front) for each in board.standings] == [
        ("g0", 1, True), ("g1", 2, False), ("g2", 3, True), ("g4", 5, True),
    ]  # fmt: skip
    assert board.hidden == 1
    by_size = compare(task_of(*groups), NOWHERE, top=1, cost="parameters", intervals=True)
    assert [each.group.name for each in by_size.standings] == ["g0"]  # all are of one size


def test_groups_of_one_figure_share_a_rank_and_what_is_not_shown_of_seconds_decides_nothing() -> None:
    found = {"a": (0.25, 3.4e-6), "b": (0.25, 152e-6), "c": (0.26, 0.04), "d": (0.27, 0.001)}
    board = board_of(
        *(group_of(row(name, best_val_mae=val, train_seconds=took)) for name, (val, took) in found.items())
    )
    assert [(each.group.name, each.rank, each.on_front) for each in board.standings] == [
        ("a", 1, True), ("b", 1, True), ("c", 3, False), ("d", 4, False),
    ]  # fmt: skip
    assert [cell for cell in cells(board)["rank"] if cell.startswith("1")] == ["1 *", "1 *"]
    assert cells(board)["vs best"].count("best") == 2


def test_a_standing_needs_no_forecasts() -> None:
    (standing,) = board_of(group_of(row())).standings
    assert standing == Standing(group_of(row()), 1, True, None, None, None)
