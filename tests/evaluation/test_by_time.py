"""Means by hour and month, against a loop over the windows."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.evaluation.by_time import HOURS, MONTHS, MeanBy, mean_by_hour, mean_by_month

windows = st.lists(
    st.tuples(st.datetimes(datetime(1960, 1, 1), datetime(2040, 1, 1)), st.floats(0, 1e6)), min_size=1, max_size=40
)


def check(found: MeanBy, classes: list[int], values: list[float]) -> None:
    for place in range(len(found.names)):
        own = [value for at, value in zip(classes, values, strict=True) if at == place]
        assert found.count[place] == len(own)
        if own:
            assert found.mean[place] == pytest.approx(sum(own) / len(own), rel=1e-9, abs=1e-9)
        else:
            assert np.isnan(found.mean[place])


@settings(max_examples=50)
@given(windows)
def test_each_mean_is_that_of_its_own_windows(drawn: list[tuple[datetime, float]]) -> None:
    stamps, values = [stamp for stamp, _ in drawn], [value for _, value in drawn]
    times = np.array(stamps, "datetime64[ms]")
    check(mean_by_hour(np.array(values), times), [stamp.hour for stamp in stamps], values)
    check(mean_by_month(np.array(values), times), [stamp.month - 1 for stamp in stamps], values)


def test_classes_have_names() -> None:
    start = datetime(2009, 12, 31, 23, 50)
    times = np.array([start, start + timedelta(minutes=20)], "datetime64[ms]")
    by_hour, by_month = mean_by_hour(np.array([1.0, 3.0]), times), mean_by_month(np.array([1.0, 3.0]), times)
    assert {name: mean for name, mean in zip(HOURS, by_hour.mean, strict=True) if mean == mean} == {"23": 1, "00": 3}
    assert {name: mean for name, mean in zip(MONTHS, by_month.mean, strict=True) if mean == mean} == {
        "Dec": 1,
        "Jan": 3,
    }
