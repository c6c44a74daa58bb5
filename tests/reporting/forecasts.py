"""Finished runs with the forecasts that they saved, written by the code that writes those of real runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np

from seqexp.data.arrays import Floats
from seqexp.data.series.windows import Windows
from seqexp.evaluation.lead_scores import lead_scores, write_scores
from seqexp.evaluation.predictions import write_predictions
from seqexp.evaluation.saved_losses import has_losses, write_losses
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.leaderboard import leaderboard
from seqexp.reporting.board.rows import metrics_of
from seqexp.reporting.board.standing import Standing
from seqexp.tasks.kinds import SERIES, baseline_figure
from seqexp.tasks.metric import MAE, METRICS
from seqexp.tasks.score import Score
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store
from seqexp.tracking.tags import COLUMNS_TAG
from tests.factories import score_part, small_windows

NOWHERE = Store("sqlite:////nowhere/mlflow.db", None)  # nothing is read of it: files are where the runs say
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PARTS: tuple[Literal["val", "test"], ...] = ("val", "test")

Forecast = Callable[[Score], Floats]


def noisy(size: float, seed: int) -> Forecast:
    """Return forecasts that miss the target by normal errors of this size."""

    def forecast(part: Score) -> Floats:
        # By row: two runs of one seed err alike wherever both are scored.
        drawn = np.random.default_rng(seed).normal(0, size, 10_000)
        forecasts: Floats = part.truth[:][:, 0, 0] + drawn[part.rows]
        return forecasts

    return forecast


def scores_of(windows: Windows, forecast: Forecast) -> list[Score]:
    """Return what a model's forecasts of both parts are worth."""
    found = []
    for part in PARTS:
        nothing = score_part(windows, part, np.zeros(len(getattr(windows.rows, part))))
        found.append(score_part(windows, part, forecast(nothing)))
    return found


def run_of_scores(
    folder: Path,
    name: str,
    scores: Sequence[Score],
    windows: Windows,
    *,
    seed: int = 1,
    model: str = "gru",
    seconds: float = 10.0,
    number: int = 0,
) -> StoredRun:
    """Save the forecasts of a run and return what a store would say of it."""
    run_id = f"{name}-{seed}".replace(" ", "-")
    place = folder / run_id / "artifacts"
    (place / "predictions").mkdir(parents=True)
    for part in scores:
        write_predictions(part, windows, place / "predictions" / f"{part.part}.parquet")
        if has_losses(part):
            (place / "losses").mkdir(exist_ok=True)
            write_losses(part, metrics_of(SERIES), place / "losses" / f"{part.part}.parquet")
    write_scores([lead_scores(part, metrics_of(SERIES)) for part in scores], place / "scores.parquet")
    val, test = scores
    factor, names = windows.target_scale, windows.target.names
    began = BEGIN + timedelta(minutes=number + seed)
    return StoredRun(
        run_id=run_id,
        experiment="tests",
        name=f"{name} seed={seed}",
        status="FINISHED",
        started=began,
        ended=began,
        params={
            "dataset.name": "jena", "dataset.target": names[0] if len(names) == 1 else "all",
            "dataset.horizon": str(windows.geometry.horizon), "dataset.delay": str(windows.delay),
            "dataset.lookback": str(windows.lookback), "dataset.step": str(windows.step), "training.score_every": "1",
            "model.name": model, "model.variant": name, "seed": str(seed),
        },
        tags={
            "seqexp.kind": "run", "seqexp.task_digest": "a" * 16, "seqexp.unit": "deg C",
            "seqexp.baselines": " ".join(val.baselines),
            **({} if len(names) == 1 else {COLUMNS_TAG: json.dumps(names)}),
            "seqexp.data_source": "official", "seqexp.true_lead_hours": f"{windows.true_lead_hours:g}",
        },
        metrics={
            "best_val_mae": val.figure(MAE), "test_mae": test.figure(MAE),
            **({} if factor is None else {"test_mae_units": test.figure(MAE) * factor}),
            **({"test_mse": test.figure(METRICS["mse"])} if has_losses(test) else {}),
            **{
                baseline_figure(name, MAE, part.part): part.figure(MAE, name)
                for part in scores for name in part.baselines
            },
            "skill_val": val.skill(MAE),
            "skill_test": test.skill(MAE), "parameters": 100.0, "train_seconds": seconds,
        },
        artifacts=place.as_uri(),
    )  # fmt: skip


def board_of(runs: list[StoredRun], by: tuple[str, ...] = (), metric: str | None = None, top: int = 0) -> Board:
    (task,) = leaderboard(runs, by, metric).tasks
    return compare(task, NOWHERE, top=top, cost="seconds", intervals=True)


def named(board: Board, name: str) -> Standing:
    (found,) = [standing for standing in board.standings if standing.group.name == name]
    return found


def runs_of(
    folder: Path, name: str, size: float, seeds: tuple[int, ...], *overrides: str, **more: float
) -> list[StoredRun]:
    windows = small_windows("model=naive", "dataset.boundary=strict", *overrides)
    return [
        run_of_scores(folder, name, scores_of(windows, noisy(size, 100 * len(name) + seed)), windows, seed=seed, **more)  # type: ignore[arg-type]
        for seed in seeds
    ]
