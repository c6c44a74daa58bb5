"""Runs of other windows side by side, scored anew on those that all have; the oracles are plain loops."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from seqexp.data.arrays import Floats, Part
from seqexp.reporting.board.leaderboard import leaderboard
from seqexp.reporting.board.lines import shown_baselines
from seqexp.reporting.board.losses import DamagedForecasts, on_same_rows, scored_anew
from seqexp.reporting.board.rows import Row
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.tags import SCALE_TAG, SCORED_TAG
from tests.factories import small_windows
from tests.reporting.forecasts import Forecast, board_of, named, noisy, run_of_scores, runs_of, scores_of


def test_other_lookbacks_are_scored_on_common_rows(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "short", 0.5, (1, 2)) + runs_of(tmp_path, "long", 0.4, (1, 2), "dataset.lookback=40")
    rows = {name: [] for name in ("val", "test")}
    scores = {}
    for name, size, lookback in (("short", 0.5, 12), ("long", 0.4, 40)):
        windows = small_windows("model=naive", "dataset.boundary=strict", f"dataset.lookback={lookback}")
        for seed in (1, 2):
            for part in scores_of(windows, noisy(size, 100 * len(name) + seed)):
                rows[part.part].append(set(part.rows.tolist()))
                scores[name, seed, part.part] = part
    common = {name: set.intersection(*each) for name, each in rows.items()}
    board = board_of(runs)
    assert board.common == {name: len(each) for name, each in common.items()}
    assert min(board.common.values()) > 30
    for standing in board.standings:
        for row in standing.group.rows:
            name, seed = row.stored.params["model.variant"], int(row.seed)
            for part, figure, skill in (("val", "best_val_mae", "skill_val"), ("test", "test_mae", "skill_test")):
                held = scores[name, seed, part]
                values = zip(
                    held.rows,
                    held.predictions.ravel(),
                    held.truth[:].ravel(),
                    next(iter(held.baselines.values()))[:].ravel(),
                    strict=True,
                )
                errors = [(abs(p - t), abs(n - t)) for at, p, t, n in values if int(at) in common[part]]
                mae, naive = fmean(e for e, _ in errors), fmean(n for _, n in errors)
                assert row.figure(figure) == pytest.approx(mae, rel=1e-5)
                assert row.figure(skill) == pytest.approx(1 - mae / naive, rel=1e-4)
    short = named(board, "short").group
    recorded = fmean(run.metrics["best_val_mae"] for run in runs[:2])
    assert short.val.mean != pytest.approx(recorded, rel=1e-5)
    versus = named(board, "short").versus
    assert versus is not None
    assert versus.windows is not None
    assert board_of(runs[:2]).common is None  # all on the same rows
    assert [standing.group.val.mean for standing in board_of(runs[:2]).standings] == [
        pytest.approx(recorded, rel=1e-12)
    ]


def forecast_with_steps(tmp_path: Path, *, digests: bool) -> list[StoredRun]:
    """Return runs of one lead and of other steps: the same windows have other targets, and the targets are the same."""
    runs = []
    for step in (1, 2, 3):
        windows = small_windows(
            "model=naive", "dataset.lookback=12", "dataset.lead=6", "dataset.delay=null", f"dataset.step={step}"
        )
        scores = scores_of(windows, lambda part: part.truth[:][:, 0, 0] + 0.1)
        run = run_of_scores(tmp_path, f"step {step}", scores, windows)
        tags = {"seqexp.windows": f"train={900 + step} val={len(scores[0].rows)} test={len(scores[1].rows)}"}
        if digests:
            tags[SCORED_TAG] = "5" * 64
        params = {"dataset.lead": "6", "dataset.delay": "null"}
        runs.append(replace(run, tags={**run.tags, **tags}, params={**run.params, **params}))
    return runs


@pytest.mark.parametrize("digests", [True, False])
def test_samples_are_joined_by_their_targets(tmp_path: Path, digests: bool) -> None:
    runs = forecast_with_steps(tmp_path, digests=digests)
    board = board_of(runs)
    assert board.common is None
    assert board.notes == ()
    assert on_same_rows(board.task) == digests
    names = [baseline.name for baseline in shown_baselines(board)]
    assert sorted(set(names)) == sorted(names)
    for standing in board.standings[1:]:
        assert standing.versus is not None
        assert standing.versus.windows is not None
        assert standing.versus.windows.half == pytest.approx(0, abs=1e-6)


def test_too_few_common_rows_leave_figures_as_recorded(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "short", 0.5, (1,)) + runs_of(tmp_path, "long", 0.4, (1,), "dataset.lookback=134")
    board = board_of(runs)
    assert board.common is None
    (note,) = board.notes
    assert re.findall(r"\d+", note) == ["13", "13"]  # common windows of validation and test
    assert [standing.group.val.mean for standing in board.standings] == sorted(r.metrics["best_val_mae"] for r in runs)
    assert board.standings[1].versus is None
    three = [runs_of(tmp_path, "gru", 0.5, (1, 2, 3)), runs_of(tmp_path, "mlp", 0.4, (1, 2, 3), "dataset.lookback=134")]
    paired = board_of([run for found in three for run in found])  # of different windows: nothing can be said
    assert [standing.versus for standing in paired.standings] == [None, None]


def test_runs_without_forecasts_are_ranked_as_recorded(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "gru", 0.5, (1,)) + runs_of(tmp_path, "lstm", 0.6, (1,), "dataset.lookback=40")
    (Path(runs[1].artifacts.removeprefix("file://")) / "predictions" / "test.parquet").unlink()
    board = board_of(runs)
    (note,) = board.notes
    assert "(lstm seed=1)" in note
    assert board.common is None
    assert (board.standings[0].skill_test is None, board.standings[1].skill_test) == (False, None)
    broken = Path(runs[0].artifacts.removeprefix("file://")) / "predictions" / "val.parquet"
    broken.write_bytes(b"no parquet")
    with pytest.raises(
        DamagedForecasts, match=r"the forecasts of the run 'gru seed=1' \(gru-1\) can't be read: .*val.parquet"
    ) as no:
        board_of(runs)
    assert no.value.run_id == "gru-1"


def test_what_cannot_be_scored_anew_is_left_out_and_counted(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "gru", 0.5, (1, 2)) + runs_of(tmp_path, "lstm", 0.6, (1, 2), "dataset.lookback=40")
    runs += runs_of(tmp_path, "mlp", 0.1, (1,))
    for run in (runs[3], runs[4]):
        (Path(run.artifacts.removeprefix("file://")) / "predictions" / "val.parquet").unlink()
    board = board_of(runs)
    assert board.common is not None
    assert [(each.group.name, each.group.n, each.rank) for each in board.standings] == [("gru", 2, 1), ("lstm", 1, 2)]
    (note,) = board.notes
    assert re.findall(r"\d+", note) == ["2"]  # runs that were left out


def test_a_model_that_never_errs_leaves_the_others_their_intervals(tmp_path: Path) -> None:
    windows = small_windows("model=naive", "dataset.boundary=strict")
    perfect = run_of_scores(tmp_path, "perfect", scores_of(windows, lambda part: part.truth[:][:, 0, 0]), windows)
    perfect = replace(perfect, tags={**perfect.tags, SCALE_TAG: repr(windows.target_scale)})
    runs = [perfect, *runs_of(tmp_path, "gru", 0.5, (1,))]
    board = board_of(runs)
    assert [standing.group.name for standing in board.standings] == ["perfect seed=1", "gru seed=1"]
    assert board.standings[0].skill_val is not None
    versus = board.standings[1].versus
    assert versus is not None
    assert versus.windows is not None
    alone = board_of(runs[1:])
    assert (board.independent, board.blocks) == (alone.independent, alone.blocks)
    assert set(board.blocks) == {"val", "test"}


def test_what_cannot_be_had_of_the_common_rows_is_not_kept_from_others(tmp_path: Path) -> None:
    (run,) = runs_of(tmp_path, "gru", 0.5, (1,))
    (task,) = leaderboard([replace(run, metrics={**run.metrics, "test_sd_ratio": 0.9, "best_val_sd_ratio": 0.9})]).tasks
    rows = np.arange(3)

    def read(_: Row, part: Part) -> Score:
        truth = np.array([1.0, 2.0, 3.0] if part == "val" else [1.0, 1.0, 1.0]).reshape(3, 1, 1)
        return Score(part, rows, Target(columns=("T",)), truth, truth + 0.25, {"naive": truth + 0.5})

    (group,), _ = scored_anew(task, read, {"val": rows, "test": rows})
    (row,) = group.rows
    assert row.figure("best_val_sd_ratio") == pytest.approx(1)
    assert row.figure("test_sd_ratio") is None
    assert (row.figure("test_mae"), row.figure("skill_test")) == (pytest.approx(0.25), pytest.approx(0.5))


def turning(tmp_path: Path, **seconds: float) -> list[StoredRun]:
    """Return runs a, b, c, each worse than the one before as recorded, and better on the windows that all have."""
    long = small_windows("model=naive", "dataset.boundary=strict", "dataset.lookback=40")
    common = {part.part: set(part.rows.tolist()) for part in scores_of(long, noisy(0, 0))}

    def off(own: float, of_common: float) -> Forecast:
        def forecast(part: Score) -> Floats:
            noise = noisy(0.01, 1)(part) - part.truth[:][:, 0, 0]
            sizes = [of_common if row in common[part.part] else own for row in part.rows.tolist()]
            forecasts: Floats = part.truth[:][:, 0, 0] + sizes + noise
            return forecasts

        return forecast

    runs = []
    for name, lookback, sizes in (("a", 12, (0.0, 0.5)), ("b", 12, (0.3, 0.45)), ("c", 40, (0.0, 0.43))):
        windows = small_windows("model=naive", "dataset.boundary=strict", f"dataset.lookback={lookback}")
        scores = scores_of(windows, off(*sizes))
        runs.append(run_of_scores(tmp_path, name, scores, windows, seconds=seconds.get(name, 10.0)))
    recorded = [run.metrics["best_val_mae"] for run in runs]
    assert recorded == sorted(recorded)
    return runs


def test_the_figures_of_common_rows_decide_who_is_shown(tmp_path: Path) -> None:
    runs = turning(tmp_path)
    board = board_of(runs, top=0)
    assert [(each.group.name, each.rank) for each in board.standings] == [
        ("c seed=1", 1),
        ("b seed=1", 2),
        ("a seed=1", 3),
    ]
    figures = [each.group.figure for each in board.standings]
    assert figures == [pytest.approx(expected, abs=0.005) for expected in (0.43, 0.45, 0.5)]
    first = board_of(runs, top=1)
    assert [(each.group.name, each.rank) for each in first.standings] == [("c seed=1", 1)]
    assert first.hidden == 2
    assert first.standings[0].group == board.standings[0].group
    assert first.standings[0].skill_test == board.standings[0].skill_test


def test_what_is_shown_for_its_price_keeps_its_place(tmp_path: Path) -> None:
    board = board_of(turning(tmp_path, a=5.0), top=1)
    shown = [(each.group.name, each.rank, each.on_front) for each in board.standings]
    assert shown == [("c seed=1", 1, True), ("a seed=1", 3, True)]
    assert board.hidden == 1
    versus = board.standings[1].versus
    assert versus is not None
    assert versus.windows is not None
    assert versus.windows.estimate == pytest.approx(0.07, abs=0.005)
