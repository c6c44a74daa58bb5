"""Products of matrices anywhere in memory, against NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from seqexp.models.kernels.products import LANES, add_product

SIZES = st.one_of(st.integers(1, 9), st.integers(1, 3 * LANES + 3), st.sampled_from([4, LANES, 2 * LANES, 4 * LANES]))
GUARD = np.float32(-12345.0)


@njit
def add(
    out: int, out_row: int, a: int, a_row: int, a_inner: int, b: int, b_inner: int, rows: int, inner: int, columns: int
) -> None:
    add_product(out, out_row, a, a_row, a_inner, b, b_inner, rows, inner, columns)


def within(values: Any, before: int, gap: int) -> tuple[Any, Any]:
    """Return a matrix's place inside a larger vector of guards, with a gap after each row; and that vector."""
    rows, columns = values.shape
    memory = np.full(before + rows * (columns + gap) + 40, GUARD, np.float32)
    place = memory[before : before + rows * (columns + gap)].reshape(rows, columns + gap)[:, :columns]
    place[:] = values
    return place, memory


@settings(max_examples=200)
@given(
    rows=SIZES,
    inner=st.integers(0, 20),
    columns=SIZES,
    transposed=st.booleans(),
    befores=st.tuples(*[st.integers(0, 20)] * 3),
    gaps=st.tuples(*[st.integers(0, 5)] * 3),
    seed=st.integers(0, 99),
)
def test_a_product_is_added_and_nothing_else_written(
    rows: int,
    inner: int,
    columns: int,
    transposed: bool,
    befores: tuple[int, ...],
    gaps: tuple[int, ...],
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    shapes = ((rows, columns), (inner, rows) if transposed else (rows, inner), (inner, columns))
    values = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    places = [within(*each) for each in zip(values, befores, gaps, strict=True)]
    (out, memory), (a, a_memory), (b, b_memory) = places
    untouched = a_memory.copy(), b_memory.copy()
    seen = a.T if transposed else a
    add(
        out.ctypes.data, out.strides[0], a.ctypes.data, *seen.strides, b.ctypes.data, b.strides[0], rows, inner, columns
    )
    first, left, right = (each.astype(np.float64) for each in (values[0], seen, b))
    bound = 1e-6 * (np.abs(first) + np.abs(left) @ np.abs(right))
    assert (np.abs(out - (first + left @ right)) <= bound).all()
    expected = within(out, befores[0], gaps[0])[1]
    np.testing.assert_array_equal(memory, expected)
    np.testing.assert_array_equal(a_memory, untouched[0])
    np.testing.assert_array_equal(b_memory, untouched[1])


@pytest.mark.parametrize("columns", [1, 3, 4, LANES, 2 * LANES, 3 * LANES + 5])
def test_products_of_small_integers_are_exact(columns: int) -> None:
    random = np.random.default_rng(columns)
    a, b = (random.integers(-8, 9, shape).astype(np.float32) for shape in ((13, 11), (11, columns)))
    out = np.zeros((13, columns), np.float32)
    add(out.ctypes.data, out.strides[0], a.ctypes.data, *a.strides, b.ctypes.data, b.strides[0], 13, 11, columns)
    np.testing.assert_array_equal(out, a @ b)
