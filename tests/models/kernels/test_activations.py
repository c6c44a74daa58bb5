"""Activations and their slopes, against NumPy's float64 and Keras's names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from seqexp.models.kernels.activations import activate, tanh, times_slope
from seqexp.models.kernels.numbers import ACTIVATIONS, HARD_SIGMOID, LINEAR, RELU, SIGMOID, TANH
from tests.models.kernels.formulas import FUNCTIONS

EACH = pytest.mark.parametrize("which", list(ACTIVATIONS.values()), ids=list(ACTIVATIONS))
LIMITS = {LINEAR: (-np.inf, np.inf), TANH: (-1, 1), SIGMOID: (0, 1), RELU: (0, np.inf), HARD_SIGMOID: (0, 1)}


@njit
def _tanh(values: Any, out: Any) -> None:
    for i in range(len(values)):
        out[i] = tanh(values[i])


@njit
def _activate(values: Any, which: int) -> None:
    activate(values, which)


@njit
def _times_slope(d: Any, values: Any, which: int) -> None:
    times_slope(d, values, which)


def activated(values: Any, which: int) -> Any:
    result = np.array(values, np.float32)
    _activate(result, which)
    return result


def test_tanh_is_near_everywhere() -> None:
    x = np.concatenate([np.linspace(-20, 20, 2_000_003), np.geomspace(1e-30, 1, 10_001)]).astype(np.float32)
    out = np.empty_like(x)
    _tanh(x, out)
    assert np.abs(out - np.tanh(x.astype(np.float64))).max() < 4e-7
    assert np.abs(out).max() <= 1


@EACH
def test_values_are_near(which: int) -> None:
    x = np.linspace(-20, 20, 400_001).astype(np.float32)
    expected = FUNCTIONS[which](x.astype(np.float64))
    np.testing.assert_allclose(activated(x, which), expected, rtol=0 if which != LINEAR else 1e-7, atol=4e-7)


@EACH
@pytest.mark.parametrize("length", [1, 7, 16, 37])
def test_nan_stays_and_infinity_saturates(which: int, length: int) -> None:
    assert np.isnan(activated([np.nan] * length, which)).all()
    for sign, limit in zip((-1, 1), LIMITS[which], strict=True):
        for far in (np.inf, 3e38) if np.isfinite(limit) else (np.inf,):
            # Within a unit in the last place or two: the quotient of polynomials doesn't end at 1 exactly.
            np.testing.assert_allclose(activated([sign * far] * length, which), limit, rtol=0, atol=4e-7)


@EACH
def test_slopes_follow_from_values(which: int) -> None:
    x = np.linspace(-4.05, 4.05, 1000)
    step = 1e-6
    expected = (FUNCTIONS[which](x + step) - FUNCTIONS[which](x - step)) / (2 * step)
    d = np.full(len(x), 3, np.float32)
    _times_slope(d, activated(x, which), which)
    np.testing.assert_allclose(d, 3 * expected, rtol=0, atol=5e-6)
