"""Pictures of a search: what they draw, read from their axes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from seqexp.reporting.sweeps.search_plots import KeyPoints, TrialPoint, plot_history, plot_importances, plot_keys
from seqexp.reporting.sweeps.setting import Setting
from seqexp.tasks.metric import ACCURACY, MAE


def lines(figure: Figure) -> dict[str, tuple[list[float], list[float]]]:
    axes: Any = figure.axes[0]
    return {str(line.get_label()): tuple(map(list, line.get_data())) for line in axes.lines}  # type: ignore[misc]


TRIALS = [
    TrialPoint(0, "finished", 0.5),
    TrialPoint(1, "pruned", 0.9),
    TrialPoint(2, "finished", 0.7),
    TrialPoint(3, "failed", None),
    TrialPoint(4, "finished", 0.3),
    TrialPoint(5, "pruned", None),
]


def test_the_best_so_far_never_gets_worse(tmp_path: Path, drawn: list[Figure]) -> None:
    assert plot_history(TRIALS, Setting("a search", MAE), tmp_path / "history.png")
    shown = lines(drawn[0])
    assert shown["finished"] == ([0, 2, 4], [0.5, 0.7, 0.3])
    assert shown["best so far: 0.3000"] == ([0, 2, 4, 5], [0.5, 0.5, 0.3, 0.3])
    assert shown["pruned, at its last epoch"] == ([1], [0.9])
    assert shown["failed"][0] == [3]
    assert drawn[0].axes[0].get_ylabel() == "val MAE, normalised"
    assert imread(tmp_path / "history.png").ndim == 3


def test_accuracies_are_to_rise(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_history(TRIALS, Setting("a search", ACCURACY), tmp_path / "history.png")
    assert lines(drawn[0])["best so far: 0.7000"] == ([0, 2, 4, 5], [0.5, 0.7, 0.7, 0.7])


@pytest.mark.parametrize("trials", [[], TRIALS[1:2], TRIALS[3:4]])
def test_where_nothing_finished_there_is_no_picture(tmp_path: Path, trials: list[TrialPoint]) -> None:
    assert not plot_history(trials, Setting("a search", MAE), tmp_path / "history.png")
    assert list(tmp_path.iterdir()) == []


def test_what_matters_most_is_on_top(tmp_path: Path, drawn: list[Figure]) -> None:
    assert plot_importances({"a": 0.25, "b": 0.7, "c": 0.05}, tmp_path / "i.png", "a search")
    axes: Any = drawn[0].axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["c", "a", "b"]
    assert [bar.get_width() for bar in axes.patches] == [0.05, 0.25, 0.7]
    assert [text.get_text() for text in axes.texts] == ["5 %", "25 %", "70 %"]
    assert not plot_importances({}, tmp_path / "none.png", "a search")


def test_each_key_has_its_own_axes_and_the_best_is_ringed(tmp_path: Path, drawn: list[Figure]) -> None:
    rates = KeyPoints("rate", True, [(0.1, 0.5, 0), (0.001, 0.3, 1), (0.01, 0.4, 2)])
    models = KeyPoints("model", False, [("gru", 0.5, 0), ("mlp", 0.3, 1), ("gru", 0.4, 2)])
    assert plot_keys([rates, models, KeyPoints("unseen", False, [])], Setting("a search", MAE), tmp_path / "keys.png")
    first, second = drawn[0].axes
    assert (first.get_xscale(), second.get_xscale()) == ("log", "linear")
    assert [tick.get_text() for tick in second.get_xticklabels()] == ["gru", "mlp"]
    offsets: Any = first.collections[0].get_offsets()
    assert offsets.tolist() == [[0.1, 0.5], [0.001, 0.3], [0.01, 0.4]]
    assert [tuple(map(list, axes.lines[0].get_data())) for axes in (first, second)] == [([0.001], [0.3]), ([1], [0.3])]
    assert not plot_keys([KeyPoints("unseen", False, [])], Setting("a search", MAE), tmp_path / "none.png")
