"""Random processes and filters that the simulated weather is made of.

Randomness comes from `numpy.random.RandomState`, whose streams numpy guarantees never to change. All filters
are linear, stable and of order one, with coefficients that are the same everywhere, so a last-bit difference
between two machines' exp or sin stays tiny and vanishes when the record is rounded.
"""

from __future__ import annotations

import math

import numpy as np

from seqexp.data.series.series import Floats

ROWS_PER_HOUR = 6
ROWS_PER_DAY = 24 * ROWS_PER_HOUR


def logistic(value: Floats) -> Floats:
    """Return 1 / (1 + exp(-value))."""
    return np.asarray(1 / (1 + np.exp(-value)))


def lag(forcing: Floats, hours: float) -> Floats:
    """Return what follows `forcing` with a time constant of `hours`: a low-pass filter of order one."""
    return _recurse(forcing, _memory(hours)) * (1 - _memory(hours))


def wander(rng: np.random.RandomState, rows: int, hours: float, smooth: float = 0.0) -> Floats:
    """Return a random process of mean 0 and variance 1 that forgets with a time constant of `hours`.

    Autoregressive of order one, or two where `smooth`, a second time constant in hours, is given. The
    variance of the order-two process with poles a, b is (1 + ab) / ((1 - ab)(1 - a^2)(1 - b^2)).
    """
    a, b = _memory(hours), _memory(smooth)
    variance = (1 + a * b) / ((1 - a * b) * (1 - a * a) * (1 - b * b))
    process = _recurse(rng.standard_normal(rows), a)
    return (_recurse(process, b) if smooth else process) / math.sqrt(variance)


def _memory(hours: float) -> float:
    """Return what a time constant leaves of a value after one row.

    Rounded, because near 1 the last bit of exp, which differs between machines, would matter.
    """
    return round(math.exp(-1 / (ROWS_PER_HOUR * hours)), 9) if hours else 0.0


def _recurse(forcing: Floats, keep: float) -> Floats:
    """Return y[n] = keep * y[n - 1] + forcing[n]."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0], [1.0, -keep], forcing))
