"""The leaderboard of tasks with many leads and columns: as a whole, at one lead, and of one column."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.arrays import Floats
from seqexp.evaluation import predictions
from seqexp.reporting.board.at_lead import At, narrowed
from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.formats import as_json
from seqexp.reporting.board.leaderboard import Leaderboard, leaderboard
from seqexp.reporting.board.standing import Standing
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.board.words import title, warnings
from seqexp.tasks.metric import MAE, METRICS
from seqexp.tasks.score import Score
from seqexp.tracking.reading.stored_runs import StoredRun
from tests.factories import figures_by_lead, score_part, small_windows
from tests.reporting.forecasts import NOWHERE, named, run_of_scores

MANY = ("model=naive", "dataset.target=all", "dataset.horizon=4", "dataset.season=8")


def erring(part: Score, size: float, seed: int) -> Floats:
    """Return forecasts that err the more, the farther ahead, and most in the last column; by row, as `noisy` does."""
    drawn = np.random.default_rng(seed).normal(0, size, (1000, *part.target.truth_shape))
    growing = np.arange(1, 1 + drawn.shape[1])[:, None] * np.arange(1, 1 + drawn.shape[2])
    forecasts: Floats = part.truth[:] + drawn[part.rows] * growing
    return forecasts


def scores_of_run(size: float, seed: int, *overrides: str) -> tuple[list[Score], object]:
    windows = small_windows(*MANY, "dataset.boundary=strict", *overrides)
    found = []
    for part in ("val", "test"):
        shape = (len(getattr(windows.rows, part)), *(len(windows.ahead), len(windows.target.names)))
        nothing = score_part(windows, part, np.zeros(shape))  # type: ignore[arg-type]
        found.append(score_part(windows, part, erring(nothing, size, seed)))  # type: ignore[arg-type]
    return found, windows


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[StoredRun, list[Score]]]:
    folder, found = tmp_path_factory.mktemp("runs"), {}
    for number, (name, size) in enumerate((("good", 0.1), ("poor", 0.12))):
        scores, windows = scores_of_run(size, number)
        found[name] = (run_of_scores(folder, name, scores, windows, model=name), scores)  # type: ignore[arg-type]
    return found


def stored(runs: dict[str, tuple[StoredRun, list[Score]]]) -> list[StoredRun]:
    return [run for run, _ in runs.values()]


def line_of(board: Board, name: str) -> Standing:
    return named(board, f"{name} seed=1")


def board_at(runs: list[StoredRun], at: At | None, metric: str | None = None) -> tuple[Board, Leaderboard]:
    if at is not None:
        runs, at = narrowed(NOWHERE, runs, at)
    found = leaderboard(runs, (), metric, at=at)
    (task,) = found.tasks
    return compare(task, NOWHERE, top=0, cost="seconds", intervals=True), found


def test_intervals_and_rank_come_from_the_losses_of_all_windows(
    runs: dict[str, tuple[StoredRun, list[Score]]],
) -> None:
    board, _ = board_at(stored(runs), None, "test_mse")
    assert title(board.task).startswith(
        "jena: p (mbar), T (degC), wv (m/s), 4 rows ahead from 3 rows after the window |"
    )
    good, poor = line_of(board, "good"), line_of(board, "poor")
    assert (good.rank, poor.rank) == (1, 2)
    assert good.skill_test is not None
    assert good.skill_test.estimate == pytest.approx(runs["good"][1][1].skill(MAE))
    assert poor.versus is not None
    assert poor.versus.windows is not None
    difference = [runs[name][1][1].figure(METRICS["mse"]) for name in ("poor", "good")]
    assert poor.versus.windows.estimate == pytest.approx(difference[0] - difference[1])
    assert good.skill_test.block is not None
    assert good.skill_test.block >= 3 + 4 - 1, "windows within the reach of a forecast share what happened"


def test_no_forecasts_are_read_where_losses_are_saved(runs: dict[str, tuple[StoredRun, list[Score]]]) -> None:
    for run in stored(runs):
        for part in ("val", "test"):
            (Path(run.artifacts.removeprefix("file://")) / "predictions" / f"{part}.parquet").rename(
                Path(run.artifacts.removeprefix("file://")) / f"{part}.away"
            )
    try:
        board, _ = board_at(stored(runs), None)
        assert line_of(board, "good").skill_test is not None
    finally:
        for run in stored(runs):
            for part in ("val", "test"):
                folder = Path(run.artifacts.removeprefix("file://"))
                (folder / f"{part}.away").rename(folder / "predictions" / f"{part}.parquet")


@pytest.mark.parametrize(
    ("at", "lead", "column"),
    [(At(6, None), 1, None), (At(None, "wv"), None, 2), (At(8, "T"), 3, 1)],
)
def test_figures_and_intervals_are_those_of_the_lead_and_the_column(
    at: At, lead: int | None, column: int | None, runs: dict[str, tuple[StoredRun, list[Score]]]
) -> None:
    board, _ = board_at(stored(runs), at)
    for name in ("good", "poor"):
        val, test = runs[name][1]
        rows, columns = slice(None) if lead is None else lead, slice(None) if column is None else column
        found = line_of(board, name)
        assert found.group.val.mean == pytest.approx(float(np.mean(figures_by_lead(val, MAE)[rows, columns])))
        assert found.group.mean("test_mae") == pytest.approx(float(np.mean(figures_by_lead(test, MAE)[rows, columns])))
        first = found.group.baselines[0]
        skill = found.group.mean("skill_test")
        of_baseline = float(np.mean(figures_by_lead(test, MAE, first)[rows, columns]))
        assert skill == pytest.approx(1 - float(np.mean(figures_by_lead(test, MAE)[rows, columns])) / of_baseline)
        assert found.skill_test is not None
    poor = line_of(board, "poor")
    assert poor.versus is not None
    assert poor.versus.windows is not None
    lines = as_texts(board).rows
    assert any("naive (baseline)" in line for line in lines)
    words = {
        (1, None): "; at 6 rows ahead",
        (None, 2): "; at wv (m/s)",
        (3, 1): "; at T (degC), 8 rows ahead",
    }
    assert words[lead, column] in title(board.task)
    if column is not None:
        scale = small_windows(*MANY, "dataset.boundary=strict").target.std[column]
        mean = poor.group.mean("test_mae")
        assert mean is not None
        assert poor.group.mean("test_mae_units") == pytest.approx(scale * mean)


def test_thinned_forecasts_are_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_LARGEST", 5 * 12 * 60)
    scores, windows = scores_of_run(0.1, 3)
    run = run_of_scores(tmp_path, "thin", scores, windows)  # type: ignore[arg-type]
    counted = " ".join(f"{score.part}={len(score.rows)}" for score in scores)
    run = replace(run, tags={**run.tags, "seqexp.windows": counted})
    board, _ = board_at([run], At(6, None))
    counts = [len(score.rows) for score in scores]
    said = f"intervals are over 60 of {counts[0]} validation windows and 60 of {counts[1]} test windows"
    assert any(line.startswith(said) for line in warnings(board))
    whole, _ = board_at([run], None)
    assert not any("intervals are over" in line for line in warnings(whole))


def test_runs_of_other_lookbacks_are_scored_anew_on_common_windows(tmp_path: Path) -> None:
    kept, every = [], []
    for number, lookback in enumerate((12, 40)):
        scores, windows = scores_of_run(0.1, number, f"dataset.lookback={lookback}")
        kept.append(run_of_scores(tmp_path, f"back {lookback}", scores, windows, model=f"m{lookback}"))  # type: ignore[arg-type]
        every.append(scores)
    board, _ = board_at(kept, None)
    common = np.intersect1d(every[0][1].rows, every[1][1].rows)
    assert board.common is not None
    assert board.common["test"] == len(common)
    at = np.isin(every[0][1].rows, common)
    expected = every[0][1].losses(MAE)[at].mean()
    assert line_of(board, "back 12").group.mean("test_mae") == pytest.approx(expected, rel=1e-5)


def test_leads_and_columns_that_are_not_there_are_refused_with_those_that_are(
    runs: dict[str, tuple[StoredRun, list[Score]]],
) -> None:
    with pytest.raises(InputError) as caught:
        narrowed(NOWHERE, stored(runs), At(30, "rain"))
    first, second = (f"{fault.text}" for fault in caught.value.faults)
    assert first == "--lead must be one of 5, 6, 7, 8, rows after the last one seen. Received: 30."
    assert second == "--column must be one of p (mbar), T (degC), wv (m/s). Received: 'rain'."
    with pytest.raises(InputError, match="none of these runs recorded"):
        narrowed(NOWHERE, [replace(run, artifacts="file:///nowhere") for run in stored(runs)], At(5, None))


def test_json_says_what_is_forecast(runs: dict[str, tuple[StoredRun, list[Score]]]) -> None:
    board, found = board_at(stored(runs), At(6, "T"))
    (task,) = json.loads(as_json([board], found))["tasks"]
    assert (task["horizon"], task["horizon_step"], task["columns"]) == (4, 1, ["p (mbar)", "T (degC)", "wv (m/s)"])
    assert (task["at_lead"], task["at_column"], task["target"]) == (6, "T (degC)", "all")
