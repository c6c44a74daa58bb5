"""Tasks that differ in their horizon alone, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from seqexp.reporting.board.at_lead import At
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.formats import written
from seqexp.reporting.board.groups import grouped
from seqexp.reporting.board.horizons import by_horizon
from seqexp.reporting.board.leaderboard import Leaderboard
from seqexp.reporting.board.rows import Row
from seqexp.reporting.board.words import STAND_IN
from tests.reporting.board.written_down import NOWHERE, RANKING, row, task_of


def run(model: str, horizon: int, mse: float, *, seed: int = 1, val: float = 0.26, **params: str) -> Row:
    plain = row(
        f"horizon={horizon} {model}",
        seed=str(seed), best_val_mae=val, test_mse=mse, test_mae=0.5, naive_test_mse=1.0, naive_test_mae=0.7,
    )  # fmt: skip
    chosen = {**plain.stored.params, "model.name": model, "dataset.horizon": str(horizon), **params}
    stored = replace(plain.stored, run_id=f"{model}-{horizon}-{seed}-{params}", params=chosen)
    return replace(plain, stored=replace(stored, tags={**stored.tags, "seqexp.data_digest": "d"}))


def board(*runs: Row, by: tuple[str, ...] = (), **changes: object) -> Board:
    task = task_of(*grouped(runs, [], by, RANKING))
    measures: Mapping[str, object] = {"horizon": runs[0].horizon, "columns": ("OT",), **changes}
    return compare(replace(task, **measures), NOWHERE, top=0, cost="seconds", intervals=False)  # type: ignore[arg-type]


def test_each_horizon_is_a_column_and_each_configuration_a_line() -> None:
    short = board(run("naive", 96, 1.3, val=0.9), run("gru", 96, 0.4), run("gru", 96, 0.6, seed=2))
    long = board(run("naive", 720, 1.4, val=0.9), run("gru", 720, 0.7), run("mlp", 720, 0.8, val=0.1))
    (found,) = by_horizon([long, short])
    assert [column.header for column in found.table.columns] == ["", "96", "720"]
    assert [list(cells) for cells in found.table.rows] == [
        ["gru", "0.500 / 0.500", "0.700 / 0.500"],  # the mean of two seeds
        ["naive", "1.300 / 0.500", "1.400 / 0.500"],
        ["mlp", "-", "0.800 / 0.500"],  # the best one, but not of all horizons
        ["best baseline by validation", "1.000 / 0.700", "1.000 / 0.700"],
    ]
    assert set(found.table.faint) == {3}
    assert "test MSE / MAE by rows ahead" in found.title
    for form in ("md", "html"):
        page = written(form, [long, short], Leaderboard((), ()))
        assert found.title in page.replace("&#47;", "/")
        assert "0.500 / 0.500" in page


def test_configurations_of_one_name_are_told_apart() -> None:
    runs = [[run("gru", at, 0.4 + units, **{"model.units": str(units)}) for units in (8, 16)] for at in (96, 720)]
    (found,) = by_horizon([board(*each) for each in runs])
    assert [cells[0] for cells in found.table.rows[:-1]] == ["gru units=8", "gru units=16"]
    (by_model,) = by_horizon([board(*each, by=("model.name",)) for each in runs])
    assert [list(cells) for cells in by_model.table.rows[:-1]] == [["gru", "12.400 / 0.500", "12.400 / 0.500"]]


def test_what_must_be_known_of_the_tables_is_said_of_this_one() -> None:
    short, long = (board(run("gru", at, 0.4), simulated=True, boundary="drop_last") for at in (96, 720))
    (found,) = by_horizon([short, replace(long, notes=("one of them",))])
    assert found.title.endswith(", boundary=drop_last")
    assert found.warnings == [STAND_IN, "720 rows ahead: one of them"]
    for form in ("md", "html"):
        assert written(form, [short, long], Leaderboard((), ())).count(STAND_IN) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"horizon": 96},
        {"boundary": "drop_last"},
        {"columns": ("OT", "HUFL")},
        {"horizon_step": 2},
        {"simulated": True},
        {"at": At(lead=3)},
        {"columns": ()},
    ],
)
def test_another_task_is_in_no_common_table(other: dict[str, object]) -> None:
    one, two = board(run("gru", 96, 0.4)), board(run("gru", 720, 0.4), **other)
    assert by_horizon([one, two]) == []


def test_other_rows_are_in_no_common_table() -> None:
    one = board(run("gru", 96, 0.4))
    assert by_horizon([one, board(run("gru", 720, 0.4, **{"dataset.split.train.end": "500"}))]) == []
    assert len(by_horizon([one, board(run("gru", 720, 0.4))])) == 1


def test_a_figure_that_is_none_is_told() -> None:
    (found,) = by_horizon([board(run("gru", 96, math.nan, val=math.nan)), board(run("gru", 720, 0.4))])
    assert list(found.table.rows[0]) == ["gru", "nan / 0.500", "0.400 / 0.500"]
