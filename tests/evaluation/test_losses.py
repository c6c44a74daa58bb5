"""What saved forecasts tell of each window or text, against what was scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from seqexp.data.arrays import Floats
from seqexp.evaluation.class_predictions import find_constant, read_class_predictions, write_class_predictions
from seqexp.evaluation.losses import Losses, at_rows, common_rows, losses_of, spacing
from seqexp.evaluation.predictions import read_predictions, write_predictions
from seqexp.tasks.metric import ACCURACY, MAE, METRICS, Metric
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target
from tests.data.text.corpora import small_texts
from tests.factories import score_part, small_windows


def part_of(rows: np.ndarray, truth: np.ndarray, predictions: Floats, baseline: Floats) -> Score:
    return Score("val", rows, Target(), truth, predictions, {"naive": baseline})


def test_forecasts_read_are_the_forecasts_scored(tmp_path: Path) -> None:
    windows = small_windows("model=naive")
    scored = score_part(windows, "val", np.random.default_rng(0).normal(size=len(windows.rows.val)))
    write_predictions(scored, windows, tmp_path / "val.parquet")
    losses = losses_of(read_predictions(tmp_path / "val.parquet", "val", windows.target_scale), MAE)
    assert losses is not None
    np.testing.assert_array_equal(losses.rows, scored.rows)
    np.testing.assert_allclose(losses.model, np.abs(scored.predictions - scored.truth[:]).ravel(), atol=1e-5)
    np.testing.assert_allclose(
        losses.baseline, np.abs(next(iter(scored.baselines.values()))[:] - scored.truth[:]).ravel(), atol=1e-5
    )
    assert (losses.figure, losses.skill) == (
        pytest.approx(scored.figure(MAE), rel=1e-5),
        pytest.approx(scored.skill(MAE), rel=1e-4),
    )


def test_classes_read_are_the_classes_scored(tmp_path: Path) -> None:
    texts = small_texts(classes=3)
    parts = []
    for part in ("val", "test"):
        drawn = np.random.default_rng(1).dirichlet([1.0] * 3, len(getattr(texts.rows, part)))
        scored = score_part(texts, part, drawn)  # type: ignore[arg-type]
        write_class_predictions(scored, texts, tmp_path / f"{part}.parquet")
        parts.append((tmp_path / f"{part}.parquet", scored.baseline(ACCURACY)))
        constant = texts.classes[texts.majority]
        losses = losses_of(read_class_predictions(tmp_path / f"{part}.parquet", part, constant), ACCURACY)  # type: ignore[arg-type]
        assert losses is not None
        np.testing.assert_array_equal(losses.model, scored.predictions.argmax(axis=1) != scored.truth)
        np.testing.assert_array_equal(losses.baseline, scored.truth != texts.majority)
        assert losses.figure == pytest.approx(scored.figure(ACCURACY))
        assert losses.skill == pytest.approx(scored.skill(ACCURACY))
    assert find_constant(parts, ACCURACY) == texts.classes[texts.majority]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "val.parquet").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="Parquet"):
        read_predictions(tmp_path / "val.parquet", "val", 1.0)
    pq.write_table(pa.table({name: [1.0] for name in ("row", "target", "prediction", "naive")}), tmp_path / "o.parquet")
    with pytest.raises(ValueError, match=r"a column of int32 without gaps was expected\. Received: double"):
        read_predictions(tmp_path / "o.parquet", "val", 1.0)
    with pytest.raises(FileNotFoundError):
        read_predictions(tmp_path / "no.parquet", "val", 1.0)


def test_rows_in_common_are_sorted_and_of_repeated_ones_the_first_counts() -> None:
    said, naive = np.array([0.9, 0.3, 0.5, 7.0]), np.array([1.0, 2.0, 3.0, 4.0])
    saved = part_of(np.array([9, 3, 5, 3]), np.zeros(4), said, naive)
    rows = common_rows([saved.rows, np.array([3, 4, 9, 9])])
    assert rows.tolist() == [3, 9]
    found = at_rows(saved, rows)
    assert (found.rows.tolist(), found.predictions.tolist(), found.baselines["naive"].tolist()) == (
        [3, 9],
        [0.3, 0.9],
        [2.0, 1.0],
    )


@given(st.data(), st.booleans(), st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_what_was_saved_of_some_rows_is_what_a_plain_loop_finds(
    data: st.DataObject, in_order: bool, all_rows: list[int]
) -> None:
    rows = sorted(set(all_rows)) if in_order else all_rows
    model = [float(at) for at in range(len(rows))]
    saved = part_of(np.array(rows), np.array(model) - 1, np.array(model), np.array(model) + 100)
    wanted = data.draw(st.lists(st.sampled_from(rows), unique=True).map(sorted))
    first = {row: model[at] for at, row in reversed(list(enumerate(rows)))}
    found = at_rows(saved, np.array(wanted, dtype=np.int64))
    assert found.rows.tolist() == wanted
    assert found.truth.tolist() == [first[row] - 1 for row in wanted]
    assert found.predictions.tolist() == [first[row] for row in wanted]
    assert found.baselines["naive"].tolist() == [first[row] + 100 for row in wanted]


def test_windows_lie_as_far_apart_as_most_of_them() -> None:
    assert spacing(np.array([0, 8, 16, 24, 4000])) == 8
    assert [spacing(np.array(rows)) for rows in ([3], [3, 3])] == [1, 1]


@pytest.mark.parametrize("metric", [MAE, METRICS["rmse"]], ids=lambda metric: metric.key)
def test_what_samples_move_has_the_spread_of_figures_of_samples_drawn_again(metric: Metric) -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=2000)
    saved = part_of(np.arange(2000), truth, truth + random.normal(0, 0.5, 2000), truth + random.normal(0, 0.7, 2000))
    losses = losses_of(saved, metric)
    assert losses is not None
    figures, skills = [], []
    for _ in range(800):
        at = random.integers(0, 2000, 2000)
        again = Losses(metric, losses.rows, losses.model[at], losses.baseline[at])
        figures.append(again.figure)
        skills.append(again.skill)
    for moving, drawn in ((losses.moving_figure(), figures), (losses.moving_skill(), skills)):
        assert moving.mean() == pytest.approx(0, abs=1e-9)
        assert moving.std() / np.sqrt(2000) == pytest.approx(np.std(drawn), rel=0.1)


def test_where_higher_is_better_what_goes_wrong_moves_the_figure_down() -> None:
    sure = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    saved = part_of(np.arange(4), np.array([0, 1, 1, 1]), sure, np.tile([1.0, 0.0], (4, 1)))
    losses = losses_of(saved, ACCURACY)
    assert losses is not None
    assert (losses.figure, losses.skill) == (0.75, pytest.approx(1 - 0.25 / 0.75))
    assert losses.moving_figure().tolist() == pytest.approx([0.25, 0.25, -0.75, 0.25])


def test_a_figure_of_no_single_samples_has_no_losses() -> None:
    saved = part_of(np.arange(2), np.array([0, 1]), np.eye(2), np.eye(2))
    assert losses_of(saved, METRICS["f1"]) is None
