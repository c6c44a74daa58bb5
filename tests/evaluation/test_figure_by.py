"""Figures by hour, month and length, against a loop over the samples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.evaluation.figure_by import HOURS, MONTHS, FigureBy, by_length, by_time
from seqexp.tasks.metric import ACCURACY, MAE

windows = st.lists(
    st.tuples(st.datetimes(datetime(1960, 1, 1), datetime(2040, 1, 1)), st.floats(0, 1e6)), min_size=1, max_size=40
)


def check(found: FigureBy, classes: list[int], values: list[float]) -> None:
    for place in range(len(found.names)):
        own = [value for at, value in zip(classes, values, strict=True) if at == place]
        assert found.count[place] == len(own)
        if own:
            assert found.figure[place] == pytest.approx(sum(own) / len(own), rel=1e-9, abs=1e-9)
        else:
            assert np.isnan(found.figure[place])


@settings(max_examples=50)
@given(windows)
def test_each_mean_is_that_of_its_own_windows(drawn: list[tuple[datetime, float]]) -> None:
    stamps, values = [stamp for stamp, _ in drawn], [value for _, value in drawn]
    times = np.array(stamps, "datetime64[ms]")
    check(by_time(MAE, np.array(values), times, "hour"), [stamp.hour for stamp in stamps], values)
    check(by_time(MAE, np.array(values), times, "month"), [stamp.month - 1 for stamp in stamps], values)


def test_classes_have_names() -> None:
    start = datetime(2009, 12, 31, 23, 50)
    times = np.array([start, start + timedelta(minutes=20)], "datetime64[ms]")
    hours, months = (by_time(MAE, np.array([1.0, 3.0]), times, of) for of in ("hour", "month"))
    assert {name: mean for name, mean in zip(HOURS, hours.figure, strict=True) if mean == mean} == {"23": 1, "00": 3}
    assert {name: mean for name, mean in zip(MONTHS, months.figure, strict=True) if mean == mean} == {
        "Dec": 1,
        "Jan": 3,
    }


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=200))
def test_accuracy_by_length_counts_every_text_once(texts: Sequence[tuple[int, bool]]) -> None:
    words = np.array([length for length, _ in texts])
    right = np.array([is_right for _, is_right in texts])
    found = by_length(ACCURACY, (~right).astype(np.float64), words)
    assert found.count.sum() == len(texts)
    for name, share, count in zip(found.names, found.figure, found.count, strict=True):
        first, _, last = name.partition("-")
        own = [is_right for length, is_right in texts if int(first) <= length <= int(last or first)]
        assert count == len(own) > 0
        assert share == pytest.approx(sum(own) / len(own))
