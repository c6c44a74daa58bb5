"""The lines above a leaderboard: what must be known before a figure is read."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from seqexp.reporting.board.comparison import compare
from seqexp.reporting.board.leaderboard import leaderboard
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.board.words import warnings
from seqexp.tracking.stored_runs import StoredRun
from tests.reporting.forecasts import NOWHERE, board_of, runs_of


def with_metrics(run: StoredRun, **metrics: float) -> StoredRun:
    return replace(run, metrics={**run.metrics, **metrics})


@pytest.fixture
def on_other_windows(tmp_path: Path) -> list[StoredRun]:
    """Two runs that were scored on different windows."""
    runs = runs_of(tmp_path, "gru", 0.5, (1,)) + runs_of(tmp_path, "lstm", 0.6, (1,), "dataset.lookback=40")
    return [with_metrics(run, val_loss=0.3, gradient_loss=0.1, memory_mb=900.0, best_epoch=2.0) for run in runs]


@pytest.mark.parametrize(
    ("metric", "is_told"),
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
def test_what_is_not_scored_anew_is_told_where_all_else_is(
    on_other_windows: list[StoredRun], metric: str, is_told: bool
) -> None:
    said = warnings(board_of(on_other_windows, metric=metric))
    assert any(line.startswith("scored anew on the ") for line in said)
    assert (f"{metric} is as recorded, each run on its own windows" in said) == is_told


def test_on_equal_windows_all_is_as_recorded(on_other_windows: list[StoredRun]) -> None:
    assert warnings(board_of(on_other_windows[:1], metric="val_loss")) == ["ranked by val_loss"]


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
    assert "best" not in [heading.header for heading in table.headings]
    assert not any("best" in cells for cells in table.rows)
