"""Pictures of a sweep: what they draw, read from their axes, and that they are files that can be read."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from seqexp.reporting.sweeps.setting import Setting, setting_of
from seqexp.reporting.sweeps.sweep_plots import FinishedJob, plot_axes, plot_validation
from seqexp.tasks.metric import ACCURACY, MAE
from seqexp.tracking.store.opening import open_store
from tests.reporting.recorded import STAND_IN, record


def grid(**axes: list[str]) -> list[FinishedJob]:
    """Return a trial for each combination, with figures and curves of its own."""
    trials = []
    for index, values in enumerate(itertools.product(*axes.values())):
        val = 0.30 - 0.01 * index
        curve = tuple((epoch, val + 0.2 / epoch) for epoch in range(1, 6))
        name = " ".join(f"{axis}={value}" for axis, value in zip(axes, values, strict=True))
        trials.append(FinishedJob(name, dict(zip(axes, values, strict=True)), val, val + 0.02, curve))
    return trials


def lines(figure: Figure) -> dict[str, tuple[list[float], list[float]]]:
    return {str(line.get_label()): (*map(list, line.get_data()),) for line in figure.axes[0].lines}  # type: ignore[misc]


def test_one_numeric_axis_is_a_line_in_the_order_of_its_numbers(tmp_path: Path, drawn: list[Figure]) -> None:
    trials = grid(units=["16", "4", "100"])
    assert plot_axes(trials, Setting("a sweep", MAE), tmp_path / "axes.png")
    shown = lines(drawn[0])
    assert shown["validation"] == ([4, 16, 100], [trials[1].val, trials[0].val, trials[2].val])
    assert shown["test"] == ([4, 16, 100], [trials[1].test, trials[0].test, trials[2].test])
    assert drawn[0].axes[0].get_xlabel() == "units"
    assert drawn[0].axes[0].get_xscale() == "linear"
    assert imread(tmp_path / "axes.png").ndim == 3


def test_an_axis_over_decades_is_logarithmic(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_axes(grid(rate=["1e-4", "1e-3", "1e-2"]), Setting("a sweep", MAE), tmp_path / "axes.png")
    assert drawn[0].axes[0].get_xscale() == "log"
    assert [tick.get_text() for tick in drawn[0].axes[0].get_xticklabels()] == ["1e-4", "1e-3", "1e-2"]


def test_long_numbers_of_a_search_are_no_ticks(tmp_path: Path, drawn: list[Figure]) -> None:
    values = ["37.572035679816324", "72.56323240307039", "2192.577834213234"]
    plot_axes(grid(alpha=values), Setting("a search", MAE), tmp_path / "axes.png")
    assert not {tick.get_text() for tick in drawn[0].axes[0].get_xticklabels()} & set(values)


def test_names_are_points_without_a_line(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_axes(grid(model=["gru", "bow_logreg"]), Setting("a sweep", ACCURACY), tmp_path / "axes.png")
    axes = drawn[0].axes[0]
    assert all(line.get_linestyle() == "None" for line in axes.lines)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["bow_logreg", "gru"]
    assert axes.get_ylabel() == "accuracy"


def test_three_axes_are_shown_one_by_one(tmp_path: Path, drawn: list[Figure]) -> None:
    trials = grid(units=["4", "8"], model=["gru", "lstm"], step=["3", "6"])
    assert plot_axes(trials, Setting("a sweep", MAE), tmp_path / "axes.png")
    (figure,) = drawn
    assert [axes.get_xlabel() for axes in figure.axes] == ["units", "model", "step"]
    mean = {str(line.get_label()): line for line in figure.axes[2].lines}["validation, mean"]
    of_step = {step: fmean(trial.val for trial in trials if trial.values["step"] == step) for step in "36"}
    assert dict(zip([3, 6], mean.get_ydata(), strict=True)) == {int(k): pytest.approx(v) for k, v in of_step.items()}


def test_dollar_signs_are_no_formula(tmp_path: Path, drawn: list[Figure]) -> None:
    """What is no formula between two of them ends the drawing."""
    layers = ["[{GRU: '${model.units}'}, {Dense: '${model.units}'}]", "[$x_]$"]
    assert plot_axes(grid(layers=layers), Setting("costs $5_ or $6^", MAE), tmp_path / "axes.png")
    assert plot_axes(grid(layers=layers, more=["$a_$", "b"]), Setting("a sweep", MAE), tmp_path / "map.png")
    assert plot_validation(grid(layers=layers), Setting("$_$", MAE), tmp_path / "curves.png")
    assert drawn[0].axes[0].get_title(loc="left") == r"costs \$5_ or \$6^"  # drawn without the backslash


def test_seeds_are_repetitions(tmp_path: Path, drawn: list[Figure]) -> None:
    trials = grid(units=["4", "8"], seed=["1", "2", "3"])
    plot_axes(trials, Setting("a sweep", MAE), tmp_path / "axes.png")
    shown = lines(drawn[0])
    assert shown["validation, mean"][1] == [fmean(t.val for t in trials[:3]), fmean(t.val for t in trials[3:])]
    assert len(shown["validation, each seed"][0]) == 6


def test_two_axes_are_a_heat_map(tmp_path: Path, drawn: list[Figure]) -> None:
    trials = grid(units=["16", "4"], rate=["0.01", "0.001", "0.1"])[:-1]  # one has failed
    assert plot_axes(trials, Setting("a sweep", MAE), tmp_path / "axes.png")
    axes = drawn[0].axes[0]
    said = {tuple(round(at) for at in text.get_position()): text.get_text() for text in axes.texts}
    columns, rows = ["0.001", "0.01", "0.1"], ["4", "16"]
    found = {(trial.values["units"], trial.values["rate"]): f"{trial.val:.4f}" for trial in trials}
    for (y, row), (x, column) in itertools.product(enumerate(rows), enumerate(columns)):
        assert said[x, y] == found.get((row, column), "none")
    assert list(said.values()).count("none") == 1
    assert [tick.get_text() for tick in axes.get_yticklabels()] == rows
    assert imread(tmp_path / "axes.png").ndim == 3


def test_no_axis_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "axes.png"
    assert not plot_axes(grid(units=["4"]), Setting("", MAE), path)
    assert not path.exists()


@pytest.mark.parametrize("metric", [MAE, ACCURACY], ids=lambda metric: metric.key)
def test_the_best_curves_are_named_best_first(tmp_path: Path, drawn: list[Figure], metric: Any) -> None:
    trials = grid(units=["1", "2", "3", "4", "5"])
    assert plot_validation(trials, Setting("a sweep", metric), tmp_path / "validation.png")
    ranked = trials if metric.better == "higher" else trials[::-1]
    legend = [text.get_text() for text in drawn[0].legends[0].get_texts()]
    assert legend == [*(f"{trial.name}: {trial.val:.4f}" for trial in ranked[:3]), "2 others"]
    shown = [line for line in drawn[0].axes[0].lines if len(line.get_xdata())]
    assert len(shown) == 5
    assert lines(drawn[0])[legend[0]] == ([1, 2, 3, 4, 5], [figure for _, figure in ranked[0].curve])


def test_a_training_that_went_astray_flattens_no_other(tmp_path: Path, drawn: list[Figure]) -> None:
    trials = [*grid(units=["1", "2", "3"]), FinishedJob("astray", {"units": "4"}, 1e9, 1e9, ((1, 1e9), (2, np.inf)))]
    plot_validation(trials, Setting("a sweep", MAE), tmp_path / "validation.png")
    plot_axes(trials, Setting("a sweep", MAE), tmp_path / "axes.png")
    for figure in drawn:
        low, high = figure.axes[0].get_ylim()
        assert low < 0.32  # the lowest figure that is drawn
        assert 0.4 < high < 3
        assert [text.get_text() for text in figure.axes[0].texts] == ["2 points above, or not finite"]


def test_an_accuracy_is_always_shown(tmp_path: Path, drawn: list[Figure]) -> None:
    figures = {"bow": 0.861, "gru": 0.862, "conv": 0.863, "majority": 0.5}
    trials = [FinishedJob(name, {"model": name}, figure, figure) for name, figure in figures.items()]
    plot_axes(trials, Setting("a sweep", ACCURACY), tmp_path / "axes.png")
    assert drawn[0].axes[0].get_ylim()[0] < 0.5
    assert not list(drawn[0].axes[0].texts)


def test_models_without_epochs_have_no_curves(tmp_path: Path) -> None:
    assert not plot_validation([FinishedJob("naive", {}, 0.3, 0.3)], Setting("", MAE), tmp_path / "validation.png")


def test_a_heat_map_with_hardly_a_figure_is_no_picture(tmp_path: Path) -> None:
    trials = [trial for trial in grid(units=["1", "2", "3", "4"], rate=["5", "6", "7", "8"]) if _on_the_diagonal(trial)]
    assert not plot_axes(trials, Setting("a search", MAE), tmp_path / "axes.png")
    assert list(tmp_path.iterdir()) == []


def _on_the_diagonal(trial: FinishedJob) -> bool:
    return int(trial.values["units"]) + 4 == int(trial.values["rate"])


def test_a_picture_says_its_data_its_unit_and_its_baseline(tmp_path: Path, drawn: list[Figure]) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    run_ids = [record(store, f"gru {seed}", 0.27, task=STAND_IN, seed=seed) for seed in (1, 2)]
    setting = setting_of(store, run_ids, "a sweep", MAE)
    assert setting.title == "a sweep on jena (simulated stand-in)"
    assert setting.baseline_of(run_ids[0]) == pytest.approx(0.29)
    trials = [replace(trial, baseline=0.29) for trial in grid(units=["4", "8"], rate=["1", "2"])]
    setting = replace(setting, unit=(10.0, "deg C"))
    assert plot_axes(trials, setting, tmp_path / "map.png")
    assert plot_validation(trials, setting, tmp_path / "curves.png")
    heat, curves = (figure.axes[0] for figure in drawn)
    assert heat.get_title(loc="left").splitlines() == [setting.title, "naive (baseline): 0.2900, 2.90 deg C"]
    assert {text.get_text() for text in heat.texts} >= {"0.3000\n3.00 deg C", "0.2700\n2.70 deg C"}
    assert curves.get_title(loc="left") == setting.title
    assert lines(drawn[1])["naive (baseline): 0.2900"][1] == [0.29, 0.29]
    (second,) = curves.child_axes
    assert second.get_ylabel() == "val MAE, deg C"
    assert curves.get_ylabel() == "val MAE, normalised"


def test_a_baseline_that_is_far_away_flattens_nothing(tmp_path: Path, drawn: list[Figure]) -> None:
    trials = [replace(trial, baseline=9.0) for trial in grid(units=["4", "8"])]
    plot_axes(trials, Setting("a sweep", MAE, baselines={"a": ("naive", 9.0)}), tmp_path / "axes.png")
    assert drawn[0].axes[0].get_ylim()[1] < 0.5
    assert "naive (baseline): 9.0000, above the picture" in lines(drawn[0])


def test_a_baseline_that_differs_along_an_axis_is_drawn_along_it(tmp_path: Path, drawn: list[Figure]) -> None:
    trials = [replace(trial, baseline=base) for trial, base in zip(grid(step=["3", "6"]), (0.28, 0.3), strict=True)]
    plot_axes(
        trials, Setting("a sweep", MAE, baselines={"a": ("naive", 0.28), "b": ("naive", 0.3)}), tmp_path / "a.png"
    )
    assert lines(drawn[0])["baseline, validation"] == ([3, 6], [0.28, 0.3])
