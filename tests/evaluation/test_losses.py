"""What saved forecasts tell of each window or text, against what was scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from seqexp.evaluation.class_predictions import write_class_predictions
from seqexp.evaluation.losses import (
    Losses,
    common_rows,
    find_majority,
    read_class_losses,
    read_forecast_losses,
    spacing,
)
from seqexp.evaluation.predictions import write_predictions
from seqexp.tasks.class_score import score_classes
from seqexp.tasks.score import score
from tests.data.text.corpora import small_texts
from tests.factories import small_windows


def test_forecasts_read_are_the_forecasts_scored(tmp_path: Path) -> None:
    windows = small_windows("model=naive")
    scored = score(windows, "val", np.random.default_rng(0).normal(size=len(windows.rows.val)))
    write_predictions(scored, windows, tmp_path / "val.parquet")
    losses = read_forecast_losses(tmp_path / "val.parquet", windows.target_scale)
    np.testing.assert_array_equal(losses.rows, scored.rows)
    np.testing.assert_allclose(losses.model, np.abs(scored.predictions - scored.targets), atol=1e-5)
    np.testing.assert_allclose(losses.baseline, np.abs(scored.naive - scored.targets), atol=1e-5)
    assert (losses.mean, losses.skill) == (pytest.approx(scored.mae, rel=1e-5), pytest.approx(scored.skill, rel=1e-4))


def test_classes_read_are_the_classes_scored(tmp_path: Path) -> None:
    texts = small_texts(classes=3)
    parts = []
    for part in ("val", "test"):
        drawn = np.random.default_rng(1).dirichlet([1.0] * 3, len(getattr(texts.rows, part)))
        scored = score_classes(texts, part, drawn)  # type: ignore[arg-type]
        write_class_predictions(scored, texts, tmp_path / f"{part}.parquet")
        parts.append((tmp_path / f"{part}.parquet", scored.majority_accuracy))
        losses = read_class_losses(tmp_path / f"{part}.parquet", texts.classes[texts.majority])
        np.testing.assert_array_equal(losses.model, scored.predicted != scored.labels)
        np.testing.assert_array_equal(losses.baseline, scored.labels != scored.majority)
        assert 1 - losses.mean == pytest.approx(scored.accuracy)
        assert losses.skill == pytest.approx(scored.skill)
    assert find_majority(parts) == texts.classes[texts.majority]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "val.parquet").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="Parquet"):
        read_forecast_losses(tmp_path / "val.parquet", 1.0)
    pq.write_table(pa.table({name: [1.0] for name in ("row", "target", "prediction", "naive")}), tmp_path / "o.parquet")
    with pytest.raises(ValueError, match=r"a column of int32 without gaps was expected\. Received: double"):
        read_forecast_losses(tmp_path / "o.parquet", 1.0)
    with pytest.raises(FileNotFoundError):
        read_forecast_losses(tmp_path / "no.parquet", 1.0)


def test_rows_in_common_are_sorted_and_of_repeated_ones_the_first_counts() -> None:
    losses = Losses(np.array([9, 3, 5, 3]), np.array([0.9, 0.3, 0.5, 7.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    rows = common_rows([losses.rows, np.array([3, 4, 9, 9])])
    assert rows.tolist() == [3, 9]
    found = losses.of(rows)
    assert (found.rows.tolist(), found.model.tolist(), found.baseline.tolist()) == ([3, 9], [0.3, 0.9], [2.0, 1.0])


@given(st.data(), st.booleans(), st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_losses_of_some_rows_are_those_a_plain_loop_finds(
    data: st.DataObject, in_order: bool, all_rows: list[int]
) -> None:
    rows = sorted(set(all_rows)) if in_order else all_rows
    model = [float(at) for at in range(len(rows))]
    losses = Losses(np.array(rows), np.array(model), np.array(model) + 100)
    wanted = data.draw(st.lists(st.sampled_from(rows), unique=True).map(sorted))
    first = {row: model[at] for at, row in reversed(list(enumerate(rows)))}
    found = losses.of(np.array(wanted, dtype=np.int64))
    assert found.rows.tolist() == wanted
    assert found.model.tolist() == [first[row] for row in wanted]
    assert found.baseline.tolist() == [first[row] + 100 for row in wanted]


def test_windows_lie_as_far_apart_as_most_of_them() -> None:
    assert spacing(np.array([0, 8, 16, 24, 4000])) == 8
    assert [spacing(np.array(rows)) for rows in ([3], [3, 3])] == [1, 1]
