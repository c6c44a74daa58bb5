"""What a search leaves: importances, its history, the best trial, and how to train it again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from matplotlib.image import imread
from mlflow.artifacts import download_artifacts

from seqexp.reporting.console import Console
from seqexp.runs.jobs import Outcome
from seqexp.sweeps.queue.search_summary import SearchOutcome, importances_of, print_search, record_search
from tests.sweeps.queue.driving import SPACE, Bench, drive, error_of, fail, search_of


@pytest.mark.slow
def test_what_the_figure_follows_from_matters_most(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=40", "hydra.sweeper.sampler.name=random")
    for name, other in (("units", {"training.learning_rate": "0.01"}), ("learning_rate", {"model.units": "16"})):
        source = bench.source(search, name)
        drive(source, figure=lambda values, other=other: error_of({**values, **other}))  # type: ignore[misc]
        importances = importances_of(source.study)
        first = next(iter(importances.shares))
        assert first.endswith(name)
        assert importances.shares[first] > 0.8
        assert sum(importances.shares.values()) == pytest.approx(1)
        assert importances.finished == 40


def test_few_trials_or_equal_ones_tell_nothing(bench: Bench) -> None:
    source = bench.source(search_of(*SPACE, "hydra.sweeper.trials=12"))
    drive(source, most=9)
    few = importances_of(source.study)
    assert (few.shares, few.finished) == ({}, 9)
    assert len(few.notes) == 1
    equal = bench.source(search_of(*SPACE, "hydra.sweeper.trials=10"), "equal")
    drive(equal, figure=lambda _: 1.0)
    same = importances_of(equal.study)
    assert (same.shares, same.finished, len(same.notes)) == ({}, 10, 1)


def test_the_sweeps_run_holds_the_history_and_the_importances(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=14")
    source = bench.source(search)
    spec = source.next()
    assert spec is not None
    fail(source, spec, "boom")
    spec = source.next()
    assert spec is not None
    source.epoch_ended(spec, 1, 1.5)
    source.ended(spec, Outcome("run", None, None, 1.0, pruned=1))
    values = drive(source)
    with bench.recorder("parent") as parent:
        record_search(parent, source.study, bench.request(search), "a search")
    uri = bench.store.uri
    files = {
        name: download_artifacts(run_id=parent.run_id, artifact_path=name, tracking_uri=uri)
        for name in ("plots/history.png", "plots/importances.png", "plots/keys.png", "importances.csv")
    }
    assert imread(files["plots/history.png"]).ndim == 3
    assert imread(files["plots/importances.png"]).ndim == 3
    assert imread(files["plots/keys.png"]).ndim == 3
    rows = list(csv.reader(Path(files["importances.csv"]).read_text().splitlines()))
    assert {row[0] for row in rows[1:]} == {"model.units", "training.learning_rate"}
    assert sum(float(row[1]) for row in rows[1:]) == pytest.approx(1)
    capsys.readouterr()
    print_search(Console(), SearchOutcome([], source.study, bench.request(search)))
    printed = capsys.readouterr().out
    best = min(values, key=error_of)
    number = values.index(best) + 2
    assert "what matters, by 12 finished trials" in printed
    assert f"the best of 12 finished trials: #{number}" in printed
    assert f"MAE {error_of(best):.4f}, run run{number}" in printed
    told = f"model=gru model.units={best['model.units']} training.learning_rate={best['training.learning_rate']}"
    assert f"again    seqexp train {told}\n" in printed
