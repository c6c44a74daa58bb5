"""The leaderboard's words; how it looks on a terminal and in a pipe stands in tests/cli/test_compare.py."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from seqexp.evaluation.measure import MAE
from seqexp.reporting.leaderboard import Row, Task
from seqexp.reporting.tables import task_columns, task_title

ROW = Row(
    run_id="1",
    name="gru",
    model="gru",
    seed="1",
    val=0.26,
    test=0.27,
    test_units=2.345,
    baseline_val=0.29,
    baseline_test=0.30,
    skill_val=0.1034,
    skill_test=0.1,
    lead_hours=24 + 1 / 6,
    parameters=12345,
    seconds=63.21,
    recipe=frozenset(),
    started=datetime(2026, 1, 1, tzinfo=UTC),
)
TASK = Task("3fa91c2b77aa", "jena", "T (degC)", "144", "1", "deg C", False, MAE, (ROW,))


def cells(task: Task) -> dict[str, list[str]]:
    return {column.header: column.cells for column in task_columns(task)}


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
    title = task_title(replace(TASK, score_every=score_every))
    assert title == f"jena: T (degC), 144 rows ahead, {scored} | 1 run | task 3fa91c2b"


def test_the_baseline_is_a_row_between_better_and_worse_runs() -> None:
    worse = replace(ROW, run_id="2", name="mlp", val=0.31, skill_val=-0.069)
    lost = replace(ROW, run_id="3", name="lost", val=math.nan, skill_val=math.nan, seconds=1234.5)
    found = cells(replace(TASK, rows=(ROW, worse, lost)))
    assert found["rank"] == ["1", "-", "2", "-"]
    assert found["name"] == ["gru", "naive (baseline)", "mlp", "lost"]
    assert found["val MAE"] == ["0.2600", "0.2900", "0.3100", "nan"]
    assert found["test deg C"] == ["2.345", "2.606", "2.345", "2.345"]
    assert found["skill val %"] == ["+10.3", "0.0", "-6.9", "-"]
    assert found["true lead"] == ["24.17 h"] * 4
    assert found["parameters"] == ["12,345", "0", "12,345", "12,345"]
    assert found["seconds"] == ["63.2", "-", "63.2", "1,234"]
    assert "seed" not in found  # they share one


def test_missing_figures_leave_a_mark() -> None:
    bare = replace(
        ROW, test=None, test_units=None, baseline_val=None, baseline_test=None, skill_val=None, skill_test=None,
        lead_hours=None, parameters=None, seconds=None,
    )  # fmt: skip
    found = cells(replace(TASK, rows=(bare, replace(bare, run_id="2", seed="2"))))
    assert found["name"] == ["gru", "gru"]
    assert "test deg C" not in found
    assert found["seed"] == ["1", "2"]
    for header in ("test MAE", "skill val %", "skill test %", "true lead", "parameters", "seconds"):
        assert found[header] == ["-", "-"]
