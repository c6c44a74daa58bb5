"""Boards of figures that are written down here, without a store or forecasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.ranking import Ranking
from seqexp.reporting.board.rows import Row
from seqexp.reporting.board.standing import Versus
from seqexp.tasks.kinds import SERIES
from seqexp.tasks.metric import MAE
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIGURES = {
    "best_val_mae": 0.26, "test_mae": 0.27, "test_mae_units": 2.345, "naive_val_mae": 0.29, "naive_test_mae": 0.30,
    "skill_val": 0.1034, "skill_test": 0.1, "parameters": 12345.0, "train_seconds": 63.21,
}  # fmt: skip


def row(
    name: str = "gru", *, seed: str = "1", lead: float | None = 24 + 1 / 6, months: int = 0, **figures: float | None
) -> Row:
    """Return a run; figures that are None are not there."""
    held = {key: value for key, value in {**FIGURES, **figures}.items() if value is not None}
    tags = {} if lead is None else {"seqexp.true_lead_hours": f"{lead}"}
    tags |= {"seqexp.true_lead_months": f"{months}"} if months else {}
    stored = StoredRun(
        f"{name}-{seed}", "e", name, "FINISHED", NOW, NOW, {"model.name": "gru", "seed": seed}, tags, held, ""
    )
    return Row(stored, SERIES, MAE, stored.metrics)


RANKING = Ranking.of(SERIES, MAE, None)
NOWHERE = Store("sqlite:////nowhere/mlflow.db", None)


def group_of(*rows: Row, failed: int = 0) -> Group:
    return Group(rows[0].name, {}, rows, failed, RANKING)


def task_of(*groups: Group) -> RankedTask:
    return RankedTask("3fa91c2b77aa", "jena", "T (degC)", None, 144, 1, "deg C", False, RANKING, groups, 0)


def board_of(*groups: Group) -> Board:
    return compare(task_of(*groups), NOWHERE, top=0, cost="seconds", intervals=True)


def board_with_intervals() -> Board:
    """Return a board of four groups, whose differences are known in all ways that there are."""
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
    return replace(board, standings=standings)
