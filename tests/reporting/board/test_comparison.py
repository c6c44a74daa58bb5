"""What a leaderboard claims, from saved forecasts; the oracles are plain loops over the errors."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from scipy import stats

from seqexp.data.arrays import Floats
from seqexp.evaluation.class_predictions import write_class_predictions
from seqexp.evaluation.intervals import block_length, over_windows
from seqexp.reporting.board.words import remarks, warnings
from seqexp.tasks.metric import ACCURACY, MAE
from seqexp.tasks.score import Score
from seqexp.tracking.reading.stored_runs import StoredRun
from tests.data.text.corpora import small_texts
from tests.factories import score_part, small_windows
from tests.reporting.forecasts import BEGIN, PARTS, board_of, named, noisy, run_of_scores, runs_of, scores_of


def test_skill_has_an_interval_over_windows_and_seeds(tmp_path: Path) -> None:
    windows = small_windows("model=naive", "dataset.boundary=strict")
    scores = [scores_of(windows, noisy(0.5, seed)) for seed in (1, 2, 3)]
    runs = [run_of_scores(tmp_path, "gru", each, windows, seed=seed) for seed, each in enumerate(scores, 1)]
    (standing,) = board_of(runs).standings
    skills, lost = [], np.zeros(len(scores[0][1].rows))
    for _, test in scores:
        baseline = next(iter(test.baselines.values()))
        naive = [abs(a - b) for a, b in zip(baseline[:].ravel(), test.truth[:].ravel(), strict=True)]
        model = [abs(a - b) for a, b in zip(test.predictions.ravel(), test.truth[:].ravel(), strict=True)]
        ratio, mean = fmean(model) / fmean(naive), fmean(naive)
        skills.append(1 - ratio)
        lost += [(m - ratio * n) / mean / 3 for m, n in zip(model, naive, strict=True)]
    block = block_length(lost, windows.delay)  # every window is scored
    over = over_windows(lost, block)
    assert over is not None
    variance = over.variance + stdev(skills) ** 2 / 3
    freedom = variance**2 / (over.variance**2 / over.freedom + (stdev(skills) ** 2 / 3) ** 2 / 2)
    found = standing.skill_test
    assert found is not None
    assert found.estimate == pytest.approx(fmean(skills), rel=1e-5)  # forecasts are kept as float32
    assert found.half == pytest.approx(stats.t.ppf(0.975, freedom) * math.sqrt(variance), rel=1e-3)
    assert (found.over, found.block) == ("windows and seeds", block)
    assert block >= windows.delay


def test_one_seed_has_an_interval_over_windows_alone(tmp_path: Path) -> None:
    """The linearised ratio agrees with one that is resampled block by block."""
    (run,) = runs_of(tmp_path, "gru", 0.5, (1,))
    found = board_of([run]).standings[0].skill_test
    assert found is not None
    assert found.over == "windows"
    windows = small_windows("model=naive", "dataset.boundary=strict")
    _, test = scores_of(windows, noisy(0.5, 301))
    model, naive = (
        np.abs(test.predictions - test.truth[:]).ravel(),
        np.abs(next(iter(test.baselines.values()))[:] - test.truth[:]).ravel(),
    )
    random, n, block = np.random.default_rng(0), len(model), found.block or 1
    skills = []
    for _ in range(4000):
        places = random.integers(0, n, math.ceil(n / block))
        at = ((places[:, None] + np.arange(block)) % n).reshape(-1)[:n]
        skills.append(1 - model[at].mean() / naive[at].mean())
    # Few blocks: the interval is wider than the bootstrap's spread by the correction and Student's t.
    quantile = stats.t.ppf(0.975, n / block - 1) / math.sqrt(1 - block / n)
    assert found.half == pytest.approx(quantile * np.std(skills), rel=0.06)


def test_groups_that_share_three_seeds_are_paired(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "gru", 0.5, (1, 2, 3, 4)) + runs_of(tmp_path, "lstm", 0.6, (2, 3, 4, 9))
    board = board_of(runs)
    assert [standing.group.name for standing in board.standings] == ["gru", "lstm"]
    assert board.standings[0].versus is None
    versus = board.standings[1].versus
    assert versus is not None
    assert versus.seeds is not None
    of = {(run.params["model.variant"], run.params["seed"]): run.metrics["best_val_mae"] for run in runs}
    lstm, gru = ([of[name, seed] for seed in "234"] for name in ("lstm", "gru"))
    expected = stats.ttest_rel(lstm, gru).confidence_interval(0.95)
    assert (versus.seeds.low, versus.seeds.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert versus.shown is versus.seeds
    assert versus.windows is not None
    assert versus.windows.over == "windows"  # that seeds vary is in the other


def test_shared_seeds_that_contradict_the_rank_tell_nothing(tmp_path: Path) -> None:
    """The best group's other seeds are what makes it the best: over the shared ones it is the worse."""
    runs = runs_of(tmp_path, "gru", 0.6, (1, 2, 3)) + runs_of(tmp_path, "gru", 0.02, (4, 5, 6))
    runs += runs_of(tmp_path, "lstm", 0.4, (1, 2, 3))
    board = board_of(runs)
    assert [standing.group.name for standing in board.standings] == ["gru", "lstm"]
    versus = board.standings[1].versus
    assert versus is not None
    assert versus.seeds is not None
    assert versus.seeds.high < 0 < versus.difference
    assert not versus.seeds.holds_zero
    assert not versus.can_be_told


def test_groups_that_share_fewer_seeds_are_compared_window_by_window(tmp_path: Path) -> None:
    runs = (
        runs_of(tmp_path, "gru", 0.5, (1, 2, 5))
        + runs_of(tmp_path, "lstm", 0.52, (3,))
        + runs_of(tmp_path, "mlp", 2.0, (4,))
    )
    board = board_of(runs)
    near, far = named(board, "lstm seed=3").versus, named(board, "mlp seed=4").versus
    assert near is not None
    assert far is not None
    assert (near.seeds, far.seeds) == (None, None)
    assert (near.can_be_told, far.can_be_told) == (False, True)
    windows = small_windows("model=naive", "dataset.boundary=strict")
    losses = {}
    for name, size, seeds in (("gru", 0.5, (1, 2, 5)), ("lstm", 0.52, (3,))):
        vals = [scores_of(windows, noisy(size, 100 * len(name) + seed))[0] for seed in seeds]
        losses[name] = np.mean([np.abs(val.predictions - val.truth[:]).ravel() for val in vals], axis=0)
    difference = losses["lstm"] - losses["gru"]
    over = over_windows(difference, block_length(difference, windows.delay))
    assert over is not None
    figures = [run.metrics["best_val_mae"] for run in runs[:3]]
    spread = stdev(figures) ** 2 / 3
    variance = over.variance + spread
    freedom = variance**2 / (over.variance**2 / over.freedom + spread**2 / 2)
    assert near.windows is not None
    assert near.windows.over == "windows and seeds"
    assert near.windows.estimate == pytest.approx(difference.mean(), rel=1e-4)
    assert near.windows.half == pytest.approx(stats.t.ppf(0.975, freedom) * math.sqrt(variance), rel=1e-3)


@pytest.mark.parametrize("other_seeds", [(1, 2), (3, 4), (3,)], ids=["shared", "others", "one"])
def test_two_seeds_are_too_few_for_a_spread(tmp_path: Path, other_seeds: tuple[int, ...]) -> None:
    """Student's t of one degree of freedom would say of any difference that it can't be told."""
    board = board_of(runs_of(tmp_path, "gru", 0.5, (1, 2)) + runs_of(tmp_path, "mlp", 1.0, other_seeds))
    best, other = board.standings
    windows = small_windows("model=naive", "dataset.boundary=strict")
    means = []
    for name, size, seeds in (("gru", 0.5, (1, 2)), ("mlp", 1.0, other_seeds)):
        vals = [scores_of(windows, noisy(size, 100 * len(name) + seed))[0] for seed in seeds]
        means.append(np.mean([np.abs(val.predictions - val.truth[:]).ravel() for val in vals], axis=0))
    difference = means[1] - means[0]
    over = over_windows(difference, block_length(difference, windows.delay))
    assert over is not None
    assert other.versus is not None
    assert other.versus.windows is not None
    found = other.versus.windows
    assert (other.versus.seeds, found.over, other.versus.can_be_told) == (None, "windows", True)
    assert found.half == pytest.approx(stats.t.ppf(0.975, over.freedom) * math.sqrt(over.variance), rel=1e-3)
    assert best.skill_test is not None
    assert best.skill_test.over == "windows"
    few = "2 seeds" if len(other_seeds) == 2 else "1 seed and 2 seeds"
    assert any(line.startswith(f"{few}: too few") for line in remarks(board))


def test_models_without_chance_are_not_certain_for_equal_seeds(tmp_path: Path) -> None:
    """Three seeds of a model without chance are one: their difference has no spread, yet windows are a sample."""
    windows = small_windows("model=naive", "dataset.boundary=strict")
    runs = []
    for name, size in (("linear", 0.5), ("ridge", 0.501)):
        scores = scores_of(windows, noisy(size, len(name)))
        runs += [run_of_scores(tmp_path, name, scores, windows, seed=seed) for seed in (1, 2, 3)]
        # A sum in another order: the last digits may differ all the same.
        runs[-1] = replace(runs[-1], metrics={**runs[-1].metrics, "best_val_mae": scores[0].figure(MAE) * (1 + 1e-13)})
    versus = board_of(runs).standings[1].versus
    assert versus is not None
    assert versus.seeds is None
    assert versus.windows is not None
    assert versus.windows.half > 0
    assert not versus.can_be_told


def test_the_test_part_can_decide(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "gru", 0.5, (1,)) + runs_of(tmp_path, "lstm", 0.9, (1,))
    board = board_of(runs, metric="test_mae")
    versus = board.standings[1].versus
    assert versus is not None
    assert versus.windows is not None
    expected = runs[1].metrics["test_mae"] - runs[0].metrics["test_mae"]
    assert versus.windows.estimate == pytest.approx(expected)
    by_time = board_of(runs, metric="train_seconds")
    assert all(standing.versus is None for standing in by_time.standings)


def test_seeds_that_occur_twice_are_no_pairs(tmp_path: Path) -> None:
    runs = [
        *runs_of(tmp_path, "a", 0.5, (1, 2, 3)),
        *runs_of(tmp_path, "bb", 0.5, (1, 2, 3)),
        *runs_of(tmp_path, "ccc", 0.9, (1, 2, 3)),
    ]
    runs = [
        replace(run, tags={**run.tags, "set": "x" if run.params["model.variant"] != "ccc" else "y"}) for run in runs
    ]
    board = board_of(runs, by=("set",))
    assert [(standing.group.name, standing.group.n) for standing in board.standings] == [("set=x", 6), ("set=y", 3)]
    versus = board.standings[1].versus
    assert versus is not None
    assert versus.seeds is None
    assert versus.windows is not None


def text_run(folder: Path, name: str, seed: int, right: float) -> StoredRun:
    """Save what a model said of 400 texts that it classifies rightly in this share of cases."""
    texts = small_texts(texts=800, classes=2)
    place = folder / f"{name}-{seed}" / "artifacts"
    (place / "predictions").mkdir(parents=True)
    metrics = {}
    for part in PARTS:
        random = np.random.default_rng(seed + 10 * len(part))
        labels = texts.labels(getattr(texts.rows, part))
        said = np.where(random.random(len(labels)) < right, labels, 1 - labels)
        scored = score_part(texts, part, np.eye(2)[said])
        write_class_predictions(scored, texts, place / "predictions" / f"{part}.parquet")
        best = "best_val" if part == "val" else part
        metrics |= {
            f"{best}_accuracy": scored.figure(ACCURACY), f"majority_{part}_accuracy": scored.baseline(ACCURACY),
            f"skill_{part}": scored.skill(ACCURACY),
        }  # fmt: skip
    return StoredRun(
        run_id=f"{name}-{seed}", experiment="tests", name=name, status="FINISHED", started=BEGIN, ended=BEGIN,
        params={"dataset.name": "reviews", "training.score_every": "1", "model.name": name, "seed": str(seed)},
        tags={"seqexp.kind": "run", "seqexp.task_digest": "b" * 16, "seqexp.classes": "neg, pos"},
        metrics=metrics, artifacts=place.as_uri(),
    )  # fmt: skip


def test_texts_are_resampled_one_by_one(tmp_path: Path) -> None:
    runs = [text_run(tmp_path, "gru", 1, 0.9), text_run(tmp_path, "mlp", 2, 0.7)]
    best, other = board_of(runs).standings
    assert (best.group.name, other.group.name) == ("gru", "mlp")
    texts = small_texts(texts=800, classes=2)
    wrong = []
    for seed, right in ((1, 0.9), (2, 0.7)):
        random = np.random.default_rng(seed + 30)
        wrong.append((random.random(len(texts.rows.val)) >= right).astype(float))
    difference = wrong[0] - wrong[1]  # of accuracies: what is wrong less is right more
    half = stats.t.ppf(0.975, len(difference) - 1) * stats.sem(difference)
    assert other.versus is not None
    found = other.versus.windows
    assert found is not None
    assert found.estimate == pytest.approx(difference.mean())
    assert found.estimate < 0
    assert found.half == pytest.approx(half)
    assert (found.over, found.block) == ("texts", 1)
    assert best.skill_test is not None
    assert best.skill_test.estimate == pytest.approx(runs[0].metrics["skill_test"])


def test_too_few_independent_windows_are_marked(tmp_path: Path) -> None:
    """150 windows, each for itself, are enough; the same errors ten in a row are worth 15."""
    windows = small_windows("model=naive", "dataset.boundary=strict")
    alike = np.repeat(np.random.default_rng(0).normal(0, 1, 1_000), 20)

    def in_a_row(part: Score) -> Floats:
        forecasts: Floats = part.truth[:][:, 0, 0] + alike[part.rows]
        return forecasts

    each = board_of([run_of_scores(tmp_path, "each", scores_of(windows, noisy(1.0, 1)), windows)])
    row = board_of([run_of_scores(tmp_path, "row", scores_of(windows, in_a_row), windows)])
    assert min(each.independent.values()) >= 30
    assert max(row.independent.values()) < 15
    assert not any("too few independent windows" in line for line in warnings(each))
    (said,) = [line for line in warnings(row) if "too few independent windows" in line]
    assert re.findall(r"\d+", said) == [
        f"{value:.0f}" for part in ("val", "test") for value in (row.independent[part], row.blocks[part])
    ]
    windows_of = {part.part: len(part.rows) for part in scores_of(windows, in_a_row)}
    assert {part: row.independent[part] * row.blocks[part] for part in windows_of} == pytest.approx(windows_of)
