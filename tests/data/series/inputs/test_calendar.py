"""The calendar's columns against datetime's own arithmetic, row by row."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqexp.data.series.inputs.calendar import CALENDAR, calendar_of


def by_datetime(stamp: datetime) -> list[float]:
    """Return the six numbers of one row."""
    midnight = datetime(stamp.year, stamp.month, stamp.day)
    new_year, next_year = datetime(stamp.year, 1, 1), datetime(stamp.year + 1, 1, 1)
    of_day = (stamp - midnight) / timedelta(days=1)
    of_week = (stamp.weekday() + of_day) / 7
    of_year = (stamp - new_year) / (next_year - new_year)
    return [
        math.sin(2 * math.pi * of_day),
        math.cos(2 * math.pi * of_day),
        math.sin(2 * math.pi * of_week),
        math.cos(2 * math.pi * of_week),
        math.sin(2 * math.pi * of_year),
        math.cos(2 * math.pi * of_year),
    ]


STAMPS = st.datetimes(datetime(1, 1, 1), datetime(9998, 12, 31))


@given(st.lists(STAMPS, min_size=1, max_size=5))
@example([datetime(2012, 2, 29, 23, 59, 59, 999_999), datetime(2012, 12, 31, 23, 50), datetime(1969, 12, 31, 23)])
@example([datetime(2000, 12, 31), datetime(1900, 12, 31), datetime(2100, 3, 1)])
def test_equals_datetime(stamps: list[datetime]) -> None:
    found = calendar_of(np.array(stamps, dtype="datetime64[us]"))
    assert found.shape == (len(stamps), len(CALENDAR))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, [by_datetime(stamp) for stamp in stamps], rtol=0, atol=1e-12)


def test_midnight_and_new_year_have_phase_0() -> None:
    found = calendar_of(np.array(["2011-01-01", "2012-01-01", "2012-07-02"], dtype="datetime64[us]"))
    days = [0, 1, 4, 5]
    np.testing.assert_array_equal(found[:2, days], [[0, 1, 0, 1]] * 2)
    # 2012 is a leap year: 183 of its 366 days are over at the beginning of 2 July.
    np.testing.assert_allclose(found[2, days], [0, 1, 0, -1], atol=1e-12)
    # That was a Monday.
    np.testing.assert_array_equal(found[2, 2:4], [0, 1])


@pytest.mark.parametrize(("hour", "sin", "cos"), [(6, 1, 0), (12, 0, -1), (18, -1, 0)])
def test_hours(hour: int, sin: int, cos: int) -> None:
    found = calendar_of(np.array([datetime(2011, 1, 1, hour)], dtype="datetime64[us]"))
    np.testing.assert_allclose(found[0, :2], [sin, cos], atol=1e-12)
