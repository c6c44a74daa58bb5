"""The report's page of a recorded study: what it says, what it draws, and that nothing gets in or out."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from seqexp.reporting.board.leaderboard import leaderboard
from seqexp.reporting.page.collect import Limits, collect
from seqexp.reporting.page.page import render
from seqexp.tracking.reading.stored_runs import read_runs
from seqexp.tracking.store.store import Store
from tests.reporting.page.parsed import Page, numbers, parse
from tests.reporting.page.study import EPOCHS, EVIL, WINDOWS, record_study

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return record_study(tmp_path_factory.mktemp("study"))


def page_of(store: Store, limits: Limits | None = None, metric: str | None = None) -> Page:
    runs = read_runs(store)
    report = collect(
        store,
        runs,
        leaderboard(runs, (), metric),
        heading="A study",
        command="seqexp report -o report.html",
        filters=[("metric", metric)] if metric else [],
        now=NOW,
        limits=limits or Limits(),
    )
    return parse(render(report))


@pytest.fixture(scope="module")
def page(store: Store) -> Page:
    return page_of(store)


def traces(page: Page, chart: str) -> list[dict[str, Any]]:
    return page.json("figures")[chart]["data"]


def test_it_is_well_formed_and_every_id_is_there_once(page: Page) -> None:
    assert page.unclosed == []
    assert len(page.ids) == len(set(page.ids))
    links = [str(held["href"])[1:] for tag, held in page.tags if tag == "a"]
    assert links
    assert set(links) <= set(page.ids)
    charts = {held["id"] for tag, held in page.tags if tag == "div" and held.get("class") == "chart"}
    assert charts == set(page.json("figures"))


def test_it_loads_nothing(page: Page) -> None:
    sources = [held.get("src") or held.get("href") for tag, held in page.tags if tag != "a"]
    assert [source for source in sources if source] == ["data:,"]
    (policy,) = [str(held["content"]) for _, held in page.tags if held.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src" not in policy  # default-src forbids it
    run = [text for held, text in page.scripts if held.get("type") is None]
    digests = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in run]
    assert re.search(r"script-src ([^;]*);", policy)[1].split() == digests  # type: ignore[index]
    assert len(run) == 2


def test_what_users_wrote_is_text(page: Page) -> None:
    assert EVIL in page.text
    assert len(page.scripts) == 4  # figures, colours, Plotly, the page's own
    assert not any(tag == "b" for tag, _ in page.tags)
    names = [trace["name"] for trace in traces(page, "t1-curves")]
    assert any(name.startswith("&lt;/script&gt;&lt;script&gt;") for name in names)
    hovers = " ".join(trace["hovertemplate"] for trace in traces(page, "t1-curves"))
    assert "<b>" not in hovers
    assert "%{x}<br>" not in hovers


def test_the_leaderboard_has_groups_with_their_runs_and_the_baseline_in_order(page: Page, store: Store) -> None:
    groups = [line for line in page.lines if line.startswith("t1g")]
    assert len(groups) == 7  # gru, the lstm, linear, four of the sweep
    places = list(page.lines)
    assert places.index("t1g0") < places.index("t1g6") < places.index("t1b0")
    several = next(rows for rows in page.lines.values() if len(rows) == 4)
    assert several[0][0].split()[0] == "gru"
    runs = {run.name: run.metrics for run in read_runs(store)}
    vals = [runs[f"gru seed={seed}"]["best_val_mae"] for seed in (1, 2, 3)]
    text = f"{np.mean(vals):.4f} ± {np.std(vals, ddof=1):.4f}"
    assert text in several[0]
    best_first = sorted((1, 2, 3), key=lambda seed: vals[seed - 1])
    assert [row[0] for row in several[1:]] == [f"gru seed={seed}" for seed in best_first]
    place = several[0].index(text)
    assert [row[place] for row in several[1:]] == [f"{vals[seed - 1]:.4f}" for seed in best_first]
    skill = np.mean([runs[f"gru seed={seed}"]["skill_test"] for seed in (1, 2, 3)])
    assert any(re.fullmatch(rf"{re.escape(f'{100 * skill:+.1f}')} ± \d+\.\d", cell) for cell in several[0])


def test_nothing_tells_whose_folders_the_store_and_the_data_are_in(page: Page, store: Store) -> None:
    assert "mlflow.db" in page.text
    assert "the file station.csv" in page.text
    assert "/home/me" not in page.text
    folder = store.uri.removeprefix("sqlite:///").removesuffix("/mlflow.db")
    assert folder not in page.text
    assert not any(folder in text for held, text in page.scripts if held.get("id"))


def test_stand_in_data_is_labelled(page: Page) -> None:
    assert page.text.count("Simulated stand-in, not the official record: these figures say nothing") == 1


def test_curves_are_those_of_the_store_with_one_colour_a_group(page: Page) -> None:
    found = traces(page, "t1-curves")
    gru = [trace for trace in found if trace["hovertemplate"].startswith("gru seed=")]
    assert len(gru) == 3
    assert len({trace["line"]["color"] for trace in gru}) == 1
    assert [trace["showlegend"] for trace in gru].count(True) == 1
    for trace in gru:
        assert numbers(trace["x"]) == list(range(1, EPOCHS + 1))
        seed = int(re.match(r"gru seed=(\d)", trace["hovertemplate"])[1])  # type: ignore[index]
        expected = [0.25 + 0.001 * seed + 0.02 * (EPOCHS - epoch) for epoch in range(1, EPOCHS + 1)]
        assert numbers(trace["y"]) == pytest.approx(expected)
        assert trace["meta"]["line"].startswith(trace["meta"]["group"])
    (linear,) = [trace for trace in found if trace["hovertemplate"].startswith("linear")]
    assert len(set(numbers(linear["y"]))) == 1
    assert [trace["name"] for trace in found][-1] == "naive baseline"


def test_a_sweep_over_two_axes_is_a_map(page: Page) -> None:
    (chart,) = [name for name in page.json("figures") if name.startswith("t1-sweep")]
    (heat,) = traces(page, chart)
    assert (heat["x"], heat["y"]) == (["8", "16"], ["3", "6"])
    assert heat["z"] == [pytest.approx([0.259, 0.255]), pytest.approx([0.262, 0.258])]


def test_forecasts_stand_beside_what_came_true(page: Page) -> None:
    naive, actual, best, *others = traces(page, "t1-first")
    assert (naive["name"], actual["name"]) == ("naive", "actual")
    assert page.lines["t1g0"][0][0].startswith(best["name"])
    assert len(actual["x"]) == len(best["x"]) == 14 * 3  # three windows per day
    assert actual["x"][0] == "2014-03-01T00:10"
    assert len(others) == 2
    assert all("visible" not in trace for trace in (best, *others))  # a legend is no place for a keyboard


def test_errors_by_hour_and_month_are_means_over_their_windows(page: Page, store: Store) -> None:
    for chart, unit in (("t1-hours", 24), ("t1-months", 12)):
        naive = traces(page, chart)[0]
        assert len(numbers(naive["y"])) == unit
    name = page.lines["t1g0"][0][0].removesuffix(" 3 runs")
    runs = [run for run in read_runs(store) if run.name.startswith(name)]
    run = min(runs, key=lambda run: run.metrics["best_val_mae"])
    held = parquet.read_table(Path(run.artifacts.removeprefix("file://")) / "predictions" / "test.parquet").to_pydict()
    sums: dict[int, list[float]] = {}
    for time, prediction, target in zip(held["time"], held["prediction"], held["target"], strict=True):
        sums.setdefault(time.month, []).append(abs(prediction - target))
    drawn = numbers(traces(page, "t1-months")[1]["y"])
    expected = [float(np.mean(sums[month])) if month in sums else None for month in range(1, 13)]
    assert [None if np.isnan(value) else value for value in drawn] == [
        None if value is None else pytest.approx(value, rel=1e-5) for value in expected
    ]
    assert sum(map(len, sums.values())) == WINDOWS


def test_texts_have_confusion_calibration_and_lengths(page: Page) -> None:
    assert {"t0-confusion", "t0-calibration", "t0-lengths"} <= set(page.json("figures"))
    (heat,) = traces(page, "t0-confusion")
    assert (heat["x"], heat["y"]) == (["neg", "pos"], ["neg", "pos"])
    shares = np.array(numbers(heat["z"])).reshape(2, 2) if isinstance(heat["z"], dict) else np.array(heat["z"])
    assert shares.sum(axis=1).tolist() == pytest.approx([1, 1])


def test_configurations_data_and_recipes(page: Page) -> None:
    assert re.search(r"rows\s*4,000", page.text)
    assert "train [0, 2000), test [3000, end)" in page.text
    assert "seqexp train model=gru 'dataset.target=\"T (degC)\"' model.units=32 seed=1" in page.text
    assert f"{'c' * 40}, with changes that were not committed" in page.text
    assert "seqexp 0.1.0, keras 3.15.1" in page.text
    assert re.search(r"2 keys differ[^§]*?model.units", page.text)


def test_little_is_drawn_of_much_and_the_page_says_so(store: Store) -> None:
    small = page_of(store, Limits(groups=5, drawn=2, runs=2, scored=1))
    curves = [trace for trace in traces(small, "t1-curves") if trace.get("meta")]
    assert len({trace["meta"]["group"] for trace in curves}) == 2
    assert "Curves and configurations are those of the first 2 lines." in small.text
    assert "more groups: --top 0 shows all" in small.text


def test_without_epochs_there_are_no_curves(store: Store) -> None:
    runs = [run for run in read_runs(store) if run.name in ("linear", "bow_logreg")]
    report = collect(store, runs, leaderboard(runs), heading="A study", command="seqexp report", filters=[], now=NOW)
    page = parse(render(report))
    assert not any(name.endswith("-curves") for name in page.json("figures"))
    assert "Learning curves" not in page.text


def test_another_order_is_told(store: Store) -> None:
    page = page_of(store, metric="test_mae")
    assert "SELECTED ON THE TEST PART" in page.text
    figures = [float(rows[0][7].split()[0]) for line, rows in page.lines.items() if line.startswith("t1g")]
    means = {run.name: run.metrics["test_mae"] for run in read_runs(store) if "test_mae" in run.metrics}
    seeds = [means.pop(f"gru seed={seed}") for seed in (1, 2, 3)]
    assert figures == [round(mean, 4) for mean in sorted([*means.values(), float(np.mean(seeds))])]


def test_a_task_without_the_metric_has_no_best(store: Store) -> None:
    page = page_of(store, metric="test_mae")  # the texts have test_accuracy
    assert "No run of this task has test_mae: not ranked." in page.text
    assert page.text.count("SELECTED ON THE TEST PART") == 1
    assert [held["class"] for tag, held in page.tags if "first" in str(held.get("class"))].count("card first") == 1
    texts, forecasts = page.text.split("The first groups of the leaderboard: ")[1:]
    assert texts.startswith("their full configurations.")
    assert not re.search(r"the best|differ", texts.split("jena: ")[0])
    assert forecasts.startswith("how each differs from the best")
    assert not any("best" in cell for line in ("t0g0", "t0g1") for row in page.lines[line] for cell in row)
    assert page.text.count("In no order; a heading sorts") == 1


def test_by_a_metric_that_is_no_score_the_baselines_come_last(store: Store) -> None:
    page = page_of(store, metric="train_seconds")
    assert "Ranked by train_seconds." in page.text
    assert list(page.lines)[-1].endswith("b0")
