"""Mean and deviation of the training rows alone, added up chunk by chunk."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqexp.config.errors import InputError
from seqexp.data.arrays import Floats
from seqexp.data.series import repair as repair_module
from seqexp.data.series.inputs.matrix import Scaling, fit_scaling
from seqexp.data.series.repair import repair
from tests.factories import dataset_config, series_of

CELLS = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda cell: round(cell, 3))


def fitted(values: Floats, first: int, end: int, *sentinels: float) -> tuple[Scaling, list[bool]]:
    scaling, changes = fit_scaling(repair(series_of(values), dataset_config(sentinels=list(sentinels)), 6), first, end)
    return scaling, changes.tolist()


@pytest.mark.parametrize("value", [1e200, 1.7e308, -1.7e308])
@pytest.mark.filterwarnings("error")
def test_values_that_have_no_squares_are_refused(value: float) -> None:
    values = np.random.default_rng(0).normal(size=(20, 3))
    values[[3, 7], 1] = value
    with pytest.raises(InputError) as caught:
        fitted(values, 0, 20)
    (fault,) = caught.value.faults
    assert (fault.key, "'T (degC)'" in fault.text, f"{value:g}" in fault.text) == ("dataset.valid", True, True)
    fitted(values, 0, 20, value)


@given(arrays(np.float64, (11, 3), elements=CELLS), st.integers(0, 10), st.data(), st.integers(1, 12))
def test_equals_exact_arithmetic(values: Floats, first: int, data: st.DataObject, chunk: int) -> None:
    end = data.draw(st.integers(first + 1, 11))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair_module, "CHUNK_ROWS", chunk)
        scaling, changes = fitted(values, first, end)
    for column in range(3):
        cells = [Fraction(float(cell)) for cell in values[first:end, column]]
        mean = Fraction(sum(cells)) / len(cells)
        variance = sum((cell - mean) ** 2 for cell in cells) / len(cells)
        largest = max(map(abs, cells))
        assert abs(Fraction(float(scaling.mean[column])) - mean) <= Fraction(1, 10**14) * largest
        assert changes[column] == (len(set(cells)) > 1)
        if changes[column]:
            assert math.isclose(scaling.std[column], math.sqrt(variance), rel_tol=1e-9, abs_tol=1e-9)
        else:
            assert scaling.std[column] == 1.0


@given(arrays(np.float64, (9, 3), elements=CELLS), arrays(np.float64, (9, 3), elements=CELLS), st.integers(2, 8))
def test_rows_outside_change_nothing(values: Floats, others: Floats, end: int) -> None:
    mixed = np.concatenate([values[:end], others[end:]])
    before, after = fitted(values, 0, end)[0], fitted(mixed, 0, end)[0]
    assert before.mean.tobytes() == after.mean.tobytes()
    assert before.std.tobytes() == after.std.tobytes()


def test_the_repaired_values_are_scaled_by_their_own() -> None:
    values = np.array([[1.0, 5.0, 0.0], [-9999.0, 7.0, 0.0], [3.0, np.nan, 0.0], [8.0, 8.0, 0.0]])
    scaling, changes = fitted(values, 1, 3, -9999)
    np.testing.assert_array_equal(scaling.mean, [2.0, 7.0, 0.0])  # rows 1 and 2: 1, 3 and 7, 7
    np.testing.assert_array_equal(scaling.std, [1.0, 1.0, 1.0])
    assert changes == [True, False, False]


@pytest.mark.parametrize("constant", [0.1, 1e9 + 0.1, -7.3])
def test_a_column_that_never_changes_is_known_whatever_rounding_makes_of_it(constant: float) -> None:
    # The computed deviation of 300 times 0.1 is not 0 but 1e-16.
    scaling, changes = fitted(np.full((300, 3), constant), 0, 300)
    assert changes == [False] * 3
    np.testing.assert_array_equal(scaling.std, 1.0)


def test_columns_that_are_left_as_they_are() -> None:
    scaling = Scaling(np.array([3.0]), np.array([2.0]), np.array([50.0])).extended(2)
    np.testing.assert_array_equal(scaling.mean, [3, 0, 0])
    np.testing.assert_array_equal(scaling.std, [2, 1, 1])
    np.testing.assert_array_equal(scaling.limit, [50, np.inf, np.inf])


@pytest.mark.parametrize(
    "values",
    [
        0.1 * (1 + np.finfo(float).eps * np.arange(5)),  # 0.1, computed with
        293.15 + np.array([20.0, 20.0 + 4e-15, 20.0, 20.0 - 4e-15, 20.0]),
        np.array([0.0, 1e-170, 0.0, 0.0, 0.0]),  # its squares are 0
    ],
)
def test_a_column_that_changes_by_rounding_alone_counts_as_constant(values: Floats) -> None:
    scaling, changes = fitted(np.stack([values] * 3, axis=1), 0, len(values))
    assert changes == [False] * 3
    np.testing.assert_array_equal(scaling.std, 1.0)


@pytest.mark.parametrize("values", [[1e-12, 2e-12], [5_500_000.001, 5_500_000.002], [1.0, 1.0 + 1e-12]])
def test_small_numbers_and_small_differences_are_no_rounding(values: list[float]) -> None:
    assert fitted(np.stack([np.array(values)] * 3, axis=1), 0, 2)[1] == [True] * 3
