"""Pictures of a classification: what they draw, read from their axes, and that they are files that can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from seqexp.models.events import Epoch
from seqexp.reporting.runs.class_plots import plot_calibration, plot_confusion, plot_text_curves
from seqexp.reporting.runs.plots import literal
from seqexp.tasks.classes import calibration
from seqexp.tasks.score import Score
from tests.data.text.corpora import small_texts
from tests.factories import class_score, experiment, task_of


def score_of(classes: int, texts: int = 400) -> Score:
    generator = np.random.default_rng(classes)
    labels = generator.integers(0, classes, texts)
    labels[:classes] = np.arange(classes)
    logits = generator.normal(size=(texts, classes))
    logits[np.arange(texts), labels] += 1.5
    odds = np.exp(logits)
    names = tuple(f"class {index}" for index in range(classes))
    return class_score(odds / odds.sum(axis=1, keepdims=True), labels, names)


@pytest.mark.parametrize("classes", [2, 10])
def test_the_confusion_says_every_count_and_share(tmp_path: Path, drawn: list[Figure], classes: int) -> None:
    score = score_of(classes)
    plot_confusion(score, tmp_path / "confusion.png", "a run")
    axes = drawn[0].axes[0]
    said = {tuple(round(at) for at in text.get_position()): text.get_text() for text in axes.texts}
    for row in range(classes):
        of_class = int((score.truth == row).sum())
        for column in range(classes):
            count = int(((score.truth == row) & (score.predictions.argmax(axis=1) == column)).sum())
            expected = f"{count}\n{100 * count / of_class:.1f}%" if count else "0"
            assert said[column, row] == expected
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(score.target.classes)
    assert imread(tmp_path / "confusion.png").ndim == 3


@pytest.mark.parametrize(("classes", "said"), [(20, 400), (40, 0)])
def test_of_many_classes_less_is_written(tmp_path: Path, drawn: list[Figure], classes: int, said: int) -> None:
    plot_confusion(score_of(classes), tmp_path / "confusion.png", "a run")
    texts = drawn[0].axes[0].texts
    assert len(texts) == said
    assert not any("%" in text.get_text() for text in texts)


def test_a_class_that_the_part_lacks_is_an_empty_row(tmp_path: Path, drawn: list[Figure]) -> None:
    score = class_score(np.eye(3)[:2], [0, 1], "abc")
    plot_confusion(score, tmp_path / "confusion.png", "a run")
    np.testing.assert_array_equal(drawn[0].axes[0].images[0].get_array(), [[1, 0, 0], [0, 1, 0], [0, 0, 0]])


@pytest.mark.parametrize("classes", [2, 3])
def test_the_calibration_draws_accuracy_and_texts_of_each_bin(
    tmp_path: Path, drawn: list[Figure], classes: int
) -> None:
    score = score_of(classes)
    plot_calibration(score, tmp_path / "calibration.png", "a run")
    found, (above, below) = calibration(score.truth, score.predictions), drawn[0].axes
    filled = found.count > 0
    heights = np.array([bar.get_height() for bar in above.patches])
    np.testing.assert_allclose(heights[filled], found.right[filled])
    assert (heights[~filled] == 0).all()
    assert [bar.get_height() for bar in below.patches] == found.count.tolist()
    assert below.get_xlim() == pytest.approx((0.5 if classes == 2 else 0.3, 1.0))
    assert f"{found.ece:.4f}" in above.texts[0].get_text()
    assert imread(tmp_path / "calibration.png").ndim == 3


EPOCHS = [
    Epoch(1, {"accuracy": 0.6, "val_accuracy": 0.7, "loss": 0.7, "val_loss": 0.60}),
    Epoch(2, {"accuracy": 0.8, "val_accuracy": 0.8, "loss": 0.5, "val_loss": 0.40}),
    Epoch(3, {"accuracy": 0.9, "val_accuracy": 0.9, "loss": 0.3, "val_loss": 0.45}),
]


@pytest.mark.parametrize(("monitor", "best"), [("val_accuracy", 3), ("val_loss", 2)])
def test_the_curves_star_the_monitors_best_epoch(tmp_path: Path, drawn: list[Figure], monitor: str, best: int) -> None:
    task = task_of(small_texts(), experiment("dataset=imdb", f"training.monitor={monitor}"))
    plot_text_curves(EPOCHS, task, tmp_path / "curves.png", "a run")
    for axes, name in zip(drawn[0].axes, ("accuracy", "loss"), strict=True):
        lines = {line.get_label().split(" ")[0]: line for line in axes.get_lines()}
        assert lines["training"].get_ydata().tolist() == [epoch.metrics[name] for epoch in EPOCHS]
        assert lines["validation"].get_ydata().tolist() == [epoch.metrics[f"val_{name}"] for epoch in EPOCHS]
        star = lines["best"]
        assert star.get_xdata().tolist() == [best]
        assert star.get_ydata().tolist() == [EPOCHS[best - 1].metrics[f"val_{name}"]]
        assert axes.get_legend() is None
    level = {line.get_ydata()[0] for line in drawn[0].axes[0].get_lines() if line.get_linestyle() == "--"}
    assert level == {task.baseline[1]}
    assert len(drawn[0].legends) == 1
    assert imread(tmp_path / "curves.png").ndim == 3


def test_the_curves_of_one_epoch(tmp_path: Path, drawn: list[Figure]) -> None:
    task = task_of(small_texts(), experiment("dataset=imdb", "training.monitor=val_loss"))
    plot_text_curves(EPOCHS[:1], task, tmp_path / "curves.png", "a run")
    ticks = drawn[0].axes[0].get_xticks()
    low, high = drawn[0].axes[0].get_xlim()
    assert [tick for tick in ticks if low <= tick <= high] == [1.0]


def test_characters_that_the_font_lacks_are_named_by_their_code_points() -> None:
    assert literal("plain $5, éα★") == r"plain \$5, éα★"
    assert literal("好 差") == "U+597D U+5DEE"
    assert literal("好" * 30, 3).startswith("U+597DU+597D")
