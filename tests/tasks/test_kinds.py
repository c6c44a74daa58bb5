"""Of which kind a recorded run is, whichever edition recorded it."""

from __future__ import annotations

import pytest

from seqexp.tasks.kinds import KINDS, SERIES, TEXT, baseline_figure, judged_by
from seqexp.tasks.metric import ACCURACY, MAE, METRICS


@pytest.mark.parametrize(
    ("tags", "metrics", "kind", "metric"),
    [
        ({"seqexp.samples": "text", "seqexp.metric": "f1"}, {}, TEXT, METRICS["f1"]),
        ({"seqexp.samples": "series", "seqexp.metric": "mae"}, {}, SERIES, MAE),
        ({"seqexp.task": "classify"}, {}, TEXT, ACCURACY),  # the first edition
        ({"seqexp.task": "forecast"}, {"best_val_mae": 0.1}, SERIES, MAE),
        ({}, {"best_val_accuracy": 0.9}, TEXT, ACCURACY),
        ({}, {}, SERIES, MAE),
        ({"seqexp.samples": "series", "seqexp.metric": "of a later edition"}, {}, SERIES, MAE),
    ],
)
def test_a_run_says_its_kind_and_its_metric(
    tags: dict[str, str], metrics: dict[str, float], kind: object, metric: object
) -> None:
    assert judged_by(tags, metrics) == (kind, metric)


def test_every_kind_is_ranked_by_a_metric_of_its_own() -> None:
    assert all(kind.metric.samples == key == kind.key for key, kind in KINDS.items())
    assert baseline_figure(SERIES.baseline, MAE, "val") == "naive_val_mae"
    assert baseline_figure(TEXT.baseline, ACCURACY, "test") == "majority_test_accuracy"
