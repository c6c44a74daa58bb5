"""All pairs of a table's groups, in every format."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from itertools import combinations

import pytest

from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.formats import written
from seqexp.reporting.board.leaderboard import Leaderboard
from seqexp.reporting.board.pairs.matrix import pair_tables
from tests.reporting.board.written_down import board_of as board_without_forecasts
from tests.reporting.board.written_down import group_of, row
from tests.reporting.forecasts import board_of, runs_of

NOTHING = Leaderboard((), ())
SIZES = {"gru": 0.5, "lstm": 0.5, "odd": 2.0}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    folder = tmp_path_factory.mktemp("pairs")
    runs = [run for at, (name, size) in enumerate(SIZES.items(), 1) for run in runs_of(folder, name, size, (at,))]
    return board_of(runs)


def test_the_matrix_has_each_difference_both_ways(board: Board) -> None:
    (section,) = pair_tables([board])
    figures = [standing.group.mean("test_mae") or 0.0 for standing in board.standings]
    names = [standing.group.name for standing in board.standings]
    assert [column.header for column in section.table.columns] == ["", "alike", "1", "2", "3"]
    assert [cells[:2] for cells in section.table.rows] == [
        [f"1 {names[0]}", "a ✓"], [f"2 {names[1]}", "a ✓"], [f"3 {names[2]}", "b"],
    ]  # fmt: skip
    for one, cells in enumerate(section.table.rows):
        for other, cell in enumerate(cells[2:]):
            expected = f"{100 * (figures[one] - figures[other]) / figures[other]:+.1f}"
            mark = "≈" if {one, other} == {0, 1} else ""
            assert cell == ("-" if one == other else mark + expected)
    assert section.remarks[0] == "the line's test MAE less the column's, in % of that: + is worse"
    assert "3 others" not in " ".join(section.remarks)
    assert section.remarks[-1].startswith("this test part tells differences of about")


def test_json_and_csv_have_each_pair_once(board: Board) -> None:
    (task,) = json.loads(written("json", [board], NOTHING, pairs=True))["tasks"]
    names = [standing.group.name for standing in board.standings]
    assert [(pair["group"], pair["other"]) for pair in task["pairs"]] == list(combinations(names, 2))
    assert [pair["can_be_told"] for pair in task["pairs"]] == [False, True, True]
    for pair in task["pairs"]:
        assert pair["low"] < pair["relative"] < pair["high"]
        assert (pair["p"] < 0.05) == (not pair["low"] < 0 < pair["high"])
        assert pair["p"] <= pair["p_of_all_pairs"] <= 3 * pair["p"]
    assert "pairs" not in json.loads(written("json", [board], NOTHING))["tasks"][0]
    lines = list(csv.DictReader(written("csv", [board], NOTHING, pairs=True).splitlines()))
    assert [float(line["relative"]) for line in lines] == [pair["relative"] for pair in task["pairs"]]
    assert [line["can_be_told"] for line in lines] == ["false", "true", "true"]
    assert {line["task"] for line in lines} == {"a" * 16}


def test_markdown_and_the_page_have_the_matrix(board: Board) -> None:
    (section,) = pair_tables([board])
    for form in ("md", "html"):
        text = written(form, [board], NOTHING, pairs=True)
        assert all(cell in text for cells in section.table.rows for cell in cells[2:])
        assert "val MAE" not in text
    assert "No finished runs yet." in written("md", [], NOTHING, pairs=True)


def test_small_differences_have_more_digits(board: Board) -> None:
    judgement = board.judgement
    assert judgement is not None
    fine = replace(judgement, pairs=replace(judgement.pairs, covariance=judgement.pairs.covariance / 1e6))
    (section,) = pair_tables([replace(board, judgement=fine)])
    assert {len(cell.rpartition(".")[2]) for cells in section.table.rows for cell in cells[2:] if cell != "-"} == {2}


def test_too_few_independent_windows_tell_no_pair(board: Board) -> None:
    judgement = board.judgement
    assert judgement is not None
    (section,) = pair_tables([replace(board, judgement=replace(judgement, independent=29.0))])
    assert [column.header for column in section.table.columns] == ["", "1", "2", "3"]
    assert all(cell == "-" or cell.startswith("≈") for cells in section.table.rows for cell in cells[1:])
    assert section.remarks[-1].endswith("29 independent windows: too few to say which may be the best")
    (task,) = json.loads(
        written("json", [replace(board, judgement=replace(judgement, independent=29.0))], NOTHING, pairs=True)
    )["tasks"]
    assert {pair["can_be_told"] for pair in task["pairs"]} == {None}


def test_without_forecasts_there_are_no_pairs() -> None:
    (section,) = pair_tables([board_without_forecasts(group_of(row()), group_of(row("mlp", best_val_mae=0.3)))])
    assert section.table.rows == []
    assert section.warnings[-1].startswith("no pairs: of fewer than two groups there are forecasts")
