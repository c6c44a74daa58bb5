"""Activations and their derivatives, on float32 vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqexp.models.kernels.compiling import part
from seqexp.models.kernels.numbers import HARD_SIGMOID, RELU, SIGMOID, TANH

F = np.float32
ONE, HALF = F(1), F(0.5)


@part
def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent, off by less than 4e-7.

    Source: Eigen, the quotient of polynomials of degree 13 and 6 in its ptanh_float.
    """
    limit = F(7.90531110763549805)
    s = x * x
    p = s * F(-2.76076847742355e-16) + F(2.00018790482477e-13)
    p = s * p + F(-8.60467152213735e-11)
    p = s * p + F(5.12229709037114e-08)
    p = s * p + F(1.48572235717979e-05)
    p = s * p + F(6.37261928875436e-04)
    p = s * p + F(4.89352455891786e-03)
    q = s * F(1.19825839466702e-06) + F(1.18534705686654e-04)
    q = s * q + F(2.26843463243900e-03)
    q = s * q + F(4.89352518554385e-03)
    y = x * p / q
    y = ONE if x > limit else y  # exactly, so that a gate can be wholly shut; a NaN stays one
    return -ONE if x < -limit else y


@part
def activate(a: Any, which: int) -> None:
    """Replace values by their activations."""
    if which == TANH:
        for j in range(len(a)):
            a[j] = tanh(a[j])
    elif which == SIGMOID:
        for j in range(len(a)):
            a[j] = HALF * tanh(HALF * a[j]) + HALF
    elif which == RELU:
        for j in range(len(a)):
            a[j] = F(0) if a[j] < F(0) else a[j]
    elif which == HARD_SIGMOID:
        for j in range(len(a)):
            x = a[j] * F(1 / 6) + HALF
            x = F(0) if x < F(0) else x
            a[j] = ONE if x > ONE else x


@part
def times_slope(d: Any, a: Any, which: int) -> None:
    """Multiply by the derivatives of the activations whose values are `a`."""
    if which == TANH:
        for j in range(len(d)):
            d[j] = d[j] * (ONE - a[j] * a[j])
    elif which == SIGMOID:
        for j in range(len(d)):
            d[j] = d[j] * (a[j] * (ONE - a[j]))
    elif which == RELU:
        for j in range(len(d)):
            d[j] = d[j] if a[j] > F(0) else F(0)
    elif which == HARD_SIGMOID:
        for j in range(len(d)):
            d[j] = d[j] * F(1 / 6) if F(0) < a[j] < ONE else F(0)
