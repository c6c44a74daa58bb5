"""The leaderboard's words; how it looks on a terminal and in a pipe stands in tests/cli/test_compare.py."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.comparison import Board, Standing, Versus, compare
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.ranking import Ranking
from seqexp.reporting.board.rows import Row, as_recorded
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.board.words import remarks, title, warnings
from seqexp.tasks.kinds import SERIES
from seqexp.tasks.metric import MAE
from seqexp.tracking.store import Store
from seqexp.tracking.stored_runs import StoredRun

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIGURES = {
    "best_val_mae": 0.26, "test_mae": 0.27, "test_mae_units": 2.345, "naive_val_mae": 0.29, "naive_test_mae": 0.30,
    "skill_val": 0.1034, "skill_test": 0.1, "parameters": 12345.0, "train_seconds": 63.21,
}  # fmt: skip


def row(name: str = "gru", *, seed: str = "1", lead: float | None = 24 + 1 / 6, **figures: float | None) -> Row:
    """Return a run; figures that are None are not there."""
    held = {key: value for key, value in {**FIGURES, **figures}.items() if value is not None}
    tags = {} if lead is None else {"seqexp.true_lead_hours": f"{lead}"}
    stored = StoredRun(
        f"{name}-{seed}", "e", name, "FINISHED", NOW, NOW, {"model.name": "gru", "seed": seed}, tags, held, ""
    )
    return as_recorded(stored, SERIES, MAE)


RANKING = Ranking.of(SERIES, MAE, None)
NOWHERE = Store("sqlite:////nowhere/mlflow.db", None)


def group_of(*rows: Row, failed: int = 0) -> Group:
    return Group(rows[0].name, {}, rows, failed, RANKING)


def task_of(*groups: Group) -> RankedTask:
    return RankedTask("3fa91c2b77aa", "jena", "T (degC)", "144", "1", "deg C", False, RANKING, groups, 0)


def board_of(*groups: Group) -> Board:
    return compare(task_of(*groups), NOWHERE, top=0, cost="seconds", intervals=True)


def cells(board: Board) -> dict[str, list[str]]:
    table = as_texts(board)
    return {heading.header: table.column(place) for place, heading in enumerate(table.headings)}


@pytest.mark.parametrize(
    ("score_every", "scored"),
    [
        ("1", "every window scored"),
        ("2", "every 2nd window scored"),
        ("8", "every 8th window scored"),
        ("11", "every 11th window scored"),
        ("23", "every 23rd window scored"),
    ],
)
def test_the_title_states_the_task(score_every: str, scored: str) -> None:
    task = replace(task_of(group_of(row())), score_every=score_every)
    assert title(task) == f"jena: T (degC), 144 rows ahead, {scored} | 1 run | task 3fa91c2b"
    two = replace(task, groups=(group_of(row(), row(seed="2")),))
    assert title(two) == f"jena: T (degC), 144 rows ahead, {scored} | 2 runs in 1 group | task 3fa91c2b"


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
    assert remarks(board) == ["* no group is both better and cheaper in seconds"]


def test_seeds_are_summed_up_and_failures_told() -> None:
    second = row(seed="2", lead=25.0, best_val_mae=0.264, test_mae=0.28, skill_test=0.12, train_seconds=70.0)
    board = board_of(group_of(row(), second, failed=1), group_of(row("mlp", best_val_mae=0.31)))
    found = cells(board)
    assert found["n"] == ["2 of 3", "-", "-", "1"]  # a baseline for each true lead
    assert found["val MAE"][0] == "0.2620±0.0028"
    assert found["test MAE"][0] == "0.2750±0.0071"
    assert found["best"] == ["0.2600", "-", "-", "0.3100"]
    assert found["skill test %"][0] == "+11.0"
    assert found["true lead"][0] == "24.17 to 25 h"
    assert found["seconds"][0] == "66.6"
    assert remarks(board)[0] == "val, test: mean ± standard deviation over the runs of a group"


def test_missing_figures_leave_a_mark() -> None:
    missing: dict[str, float | None] = dict.fromkeys(name for name in FIGURES if name != "best_val_mae")
    found = cells(board_of(*(group_of(row(name, lead=None, **missing)) for name in ("gru", "other"))))
    assert found["name"] == ["gru", "other"]
    assert "deg C" not in found
    for header in ("test MAE", "skill val %", "skill test %", "true lead", "parameters", "seconds"):
        assert found[header] == ["-", "-"]


def test_intervals_and_what_cannot_be_told() -> None:
    figures = {"a": 0.26, "b": 0.27, "c": 0.28, "d": 0.285}
    board = board_of(*(group_of(row(name, best_val_mae=val)) for name, val in figures.items()))
    a, b, c, d = board.standings
    near = Versus(Interval(0.01, 0.002, "seeds"), Interval(0.01, 0.02, "windows", 40), 0.01)
    far = Versus(None, Interval(0.02, 0.01, "windows", 31), 0.02)
    seeds = Versus(Interval(0.025, 0.001, "seeds"), None, 0.025)
    standings = (
        replace(a, skill_test=Interval(0.1, 0.0123, "windows", 70)),
        replace(b, versus=near),
        replace(c, versus=far),
        replace(d, versus=seeds),
    )
    found = cells(replace(board, standings=standings))
    assert found["vs best"] == ["best", "≈+0.0100±0.0020", "+0.0200±0.0100", "+0.0250±0.0010", "-"]
    assert found["skill test %"] == ["+10.0±1.2", "+10.0", "+10.0", "+10.0", "0.0"]
    assert remarks(replace(board, standings=standings))[:2] == [
        "skill, vs best: ± half the 95 % interval: paired over seeds where 3 or more match; circular block bootstrap "
        "over windows, 31 to 70 a block (Politis and White 2004)",
        "≈ can't be told from the best",
    ]


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


def test_another_figure_has_its_own_column(tmp_path: Path) -> None:
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
    assert remarks(board)[-1] == "1 more group: --top 0 shows all"
    by_size = compare(task_of(*groups), NOWHERE, top=1, cost="parameters", intervals=True)
    assert [each.group.name for each in by_size.standings] == ["g0"]  # all are of one size


def test_a_standing_needs_no_forecasts() -> None:
    (standing,) = board_of(group_of(row())).standings
    assert standing == Standing(group_of(row()), 1, True, None, None, None)
