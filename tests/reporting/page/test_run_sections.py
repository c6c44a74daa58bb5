"""Curves and sweeps of runs that were scored on different windows: no picture mixes figures of both kinds."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seqexp.data.series.windows import Windows
from seqexp.reporting.board.leaderboard import leaderboard
from seqexp.reporting.page.collect import collect
from seqexp.reporting.page.page import render
from seqexp.tracking.reading.stored_runs import StoredRun, read_runs
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store
from tests.factories import small_windows
from tests.reporting.forecasts import noisy, run_of_scores, scores_of
from tests.reporting.page.parsed import Page, numbers, parse

LOOKBACKS = {"short": 12, "long": 40, "linear": 12}  # of the runs; the last is not trained in epochs
SIZES = {"short": 0.5, "long": 0.4, "linear": 0.6}


def windows_of(lookback: object) -> Windows:
    return small_windows("model=naive", "dataset.boundary=strict", f"dataset.lookback={lookback}")


def as_saved(folder: Path) -> dict[str, StoredRun]:
    """Save the forecasts of each run."""
    found = {}
    for place, (name, lookback) in enumerate(LOOKBACKS.items()):
        windows = windows_of(lookback)
        found[name] = run_of_scores(folder, name, scores_of(windows, noisy(SIZES[name], place)), windows)
    return found


def record(store: Store, folder: Path, runs: Mapping[str, StoredRun]) -> None:
    """Record the runs as jobs of a sweep over lookback."""
    figures = ["measure", "val", "skill_val", "test", "skill_test", "seconds", "status", "run_id"]
    rows: list[list[object]] = [["job", "dataset.lookback", *figures]]
    with RunRecorder(store, "e", "sweep", "sweep", {}, {}, None, None) as parent:
        for name, run in runs.items():
            tags = {key: value for key, value in run.tags.items() if key != "seqexp.kind"}
            with RunRecorder(store, "e", name, "trial", tags, run.params, None, parent.run_id) as job:
                for epoch in (1, 2) if name in ("short", "long") else ():
                    job.log_epoch(epoch, {"val_mae": run.metrics["best_val_mae"] * (3 - epoch)})
                job.log_summary(run.metrics)
                for part in ("val", "test"):
                    job.log_file(folder / f"{name}-1" / "artifacts" / "predictions" / f"{part}.parquet", "predictions")
            held = run.metrics
            scores = ["mae", held["best_val_mae"], 0.1, held["test_mae"], 0.1]
            rows.append([name, run.params["dataset.lookback"], *scores, 3.0, "FINISHED", job.run_id])
        with (folder / "summary.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        parent.log_file(folder / "summary.csv")


def page_of(store: Store) -> Page:
    runs, now = read_runs(store), datetime(2026, 1, 31, tzinfo=UTC)
    report = collect(store, runs, leaderboard(runs), heading="A study", command="seqexp report", filters=[], now=now)
    return parse(render(report))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, dict[str, StoredRun]]:
    """The page of the runs, and what was recorded of them."""
    folder = tmp_path_factory.mktemp("study")
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    saved = as_saved(folder)
    record(store, folder, saved)
    return page_of(store), saved


def on_common_rows(part: str) -> dict[str, float]:
    """Return the MAE of each run on the windows that all have, by a plain loop."""
    at = {"val": 0, "test": 1}[part]
    scores = {
        name: scores_of(
            small_windows("model=naive", "dataset.boundary=strict", f"dataset.lookback={lookback}"),
            noisy(SIZES[name], place),
        )[at]
        for place, (name, lookback) in enumerate(LOOKBACKS.items())
    }
    common = set.intersection(*(set(score.rows.tolist()) for score in scores.values()))
    found = {}
    for name, score in scores.items():
        triples = zip(score.rows.tolist(), score.predictions[:, 0, 0], score.truth[:][:, 0, 0], strict=True)
        errors = [abs(float(said) - float(true)) for row, said, true in triples if row in common]
        found[name] = sum(errors) / len(errors)
    return found


def test_a_sweep_shows_the_figures_of_the_leaderboard(study: tuple[Page, dict[str, StoredRun]]) -> None:
    page, saved = study
    assert "Scored anew on the " in page.text
    traces = {trace["name"]: trace for trace in page.json("figures")["t0-sweep0"]["data"]}
    for part, said in (("val", "validation"), ("test", "test")):
        figures = on_common_rows(part)
        each = traces[f"{said}, each seed"]
        assert numbers(each["x"]) == [12.0, 12.0, 40.0]
        expected = [figures["short"], figures["linear"], figures["long"]]
        assert numbers(each["y"]) == pytest.approx(expected, rel=1e-5)
    assert on_common_rows("val")["short"] != pytest.approx(saved["short"].metrics["best_val_mae"], rel=1e-4)
    assert "Scored anew on the windows that all runs have in common; jobs that can't be are left out." in page.text


def test_curves_and_their_level_lines_are_all_as_recorded(study: tuple[Page, dict[str, StoredRun]]) -> None:
    page, saved = study
    assert "All as recorded, each run on its own windows, which are not those of the leaderboard." in page.text
    traces = {trace["name"]: numbers(trace["y"]) for trace in page.json("figures")["t0-curves"]["data"]}
    recorded = {name: run.metrics["best_val_mae"] for name, run in saved.items()}
    assert traces["short"] == pytest.approx([2 * recorded["short"], recorded["short"]])
    assert traces["linear"] == pytest.approx([recorded["linear"]] * 2)
    for name, lookback in (("short", 12), ("long", 40)):
        level = saved[name].metrics["median_val_mae"]
        assert traces[f"median baseline, lookback {lookback}"] == pytest.approx([level] * 2, abs=1e-6)


def test_pictures_of_forecasts_say_whose_windows_they_are_of(study: tuple[Page, dict[str, StoredRun]]) -> None:
    page, _ = study
    assert "of each run's own windows, which are not those of the leaderboard." in page.text
    assert "Dotted: median, the best baseline, on the windows of long." in page.text


def test_a_baseline_that_was_run_as_a_model_is_one_curve(tmp_path: Path) -> None:
    store, windows = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path), windows_of(12)
    network = run_of_scores(tmp_path, "short", scores_of(windows, noisy(0.5, 0)), windows)
    forecasts = scores_of(windows, lambda part: part.baselines["naive"][:][:, 0, 0])
    naive = run_of_scores(tmp_path, "naive", forecasts, windows, model="naive")
    naive = replace(naive, params=naive.params | {"model.estimator.Naive": "null"})
    of_naive = {"seqexp.baselines": "naive"}
    record(
        store,
        tmp_path,
        {run.params["model.variant"]: replace(run, tags=run.tags | of_naive) for run in (network, naive)},
    )
    curves = page_of(store).json("figures")["t0-curves"]["data"]
    assert sorted(trace["name"] for trace in curves if "naive" in trace.get("name", "")) == ["naive (baseline)"]
