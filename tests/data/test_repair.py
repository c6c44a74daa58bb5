"""Sentinels and missing values are replaced from the past, by column, and counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqexp.config.errors import InputError
from seqexp.data.repair import SENTINEL, repair
from tests.factories import series_of

GAPS = (SENTINEL, np.nan, np.inf, -np.inf)


def held_by_loop(column: list[float]) -> list[float]:
    """Carry the last valid value on, row by row; before the first valid one, that one."""
    held = next(value for value in column if value not in (SENTINEL, np.inf, -np.inf) and value == value)
    result = []
    for value in column:
        if value not in (SENTINEL, np.inf, -np.inf) and value == value:
            held = value
        result.append(held)
    return result


@given(arrays(np.float64, (12, 3), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, -5.0, *GAPS])))
def test_hold_equals_a_loop(values: np.ndarray) -> None:
    values[7] = [1.5, 2.5, 3.5]  # at least one valid value a column
    repaired, replaced = repair(series_of(values.copy()), "hold")
    for column, name in enumerate(series_of(values).columns):
        np.testing.assert_array_equal(repaired[:, column], held_by_loop(list(values[:, column])))
        bad = int(sum(value == SENTINEL or not np.isfinite(value) for value in values[:, column]))
        assert replaced.get(name, 0) == bad
    assert all(count > 0 for count in replaced.values())


@given(arrays(np.float64, (12, 3), elements=st.sampled_from([1.0, 2.0, 3.0, *GAPS])), st.integers(1, 11))
def test_hold_takes_nothing_from_the_future_after_the_first_valid_row(values: np.ndarray, cut: int) -> None:
    values[0] = 7.0
    whole, _ = repair(series_of(values.copy()), "hold")
    past, _ = repair(series_of(values[:cut].copy()), "hold")
    np.testing.assert_array_equal(whole[:cut], past)


def test_gaps_at_the_very_beginning_take_the_first_valid_value() -> None:
    values = np.array([[SENTINEL, 1.0, 5.0], [np.nan, 2.0, 6.0], [3.0, SENTINEL, 7.0]])
    repaired, replaced = repair(series_of(values), "hold")
    np.testing.assert_array_equal(repaired, [[3.0, 1.0, 5.0], [3.0, 2.0, 6.0], [3.0, 2.0, 7.0]])
    assert dict(replaced) == {"p (mbar)": 2, "T (degC)": 1}


@pytest.mark.parametrize("rule", ["hold", "off"])
def test_the_series_itself_is_left_as_recorded(rule: str) -> None:
    series = series_of(np.array([[1.0, 2.0, SENTINEL], [SENTINEL, 5.0, 6.0]]))
    before = series.values.copy()
    repair(series, rule)  # type: ignore[arg-type]
    np.testing.assert_array_equal(series.values, before)


def test_off_keeps_the_sentinels() -> None:
    values = np.array([[1.0, 2.0, SENTINEL], [SENTINEL, 5.0, 6.0]])
    kept, replaced = repair(series_of(values), "off")
    np.testing.assert_array_equal(kept, values)
    assert dict(replaced) == {}


def test_off_refuses_missing_values_by_the_columns_names() -> None:
    values = np.array([[1.0, np.nan, 3.0], [4.0, 5.0, np.inf]])
    with pytest.raises(InputError, match=r"dataset\.repair must be hold") as caught:
        repair(series_of(values), "off")
    assert "T (degC)" in str(caught.value)
    assert "wv (m/s)" in str(caught.value)
    assert "p (mbar)" not in str(caught.value)


@pytest.mark.parametrize("gap", GAPS)
def test_a_column_without_any_valid_value_is_an_error(gap: float) -> None:
    values = np.array([[1.0, gap, 3.0], [4.0, gap, 6.0]])
    with pytest.raises(InputError, match=r"'T \(degC\)' of a test holds no valid value"):
        repair(series_of(values), "hold")
