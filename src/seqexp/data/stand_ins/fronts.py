"""Random processes and filters of the simulated weather, and the fronts that are made of them.

Randomness comes from `numpy.random.RandomState`, whose streams numpy guarantees never to change. All filters
are linear, stable and of order one, with coefficients that are the same everywhere, so a last-bit difference
between two machines' exp or sin stays tiny and vanishes when the record is rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats

ROWS_PER_HOUR = 6
ROWS_PER_DAY = 24 * ROWS_PER_HOUR


def logistic(value: Floats) -> Floats:
    """Return 1 / (1 + exp(-value))."""
    return np.asarray(1 / (1 + np.exp(-value)))


def lag(forcing: Floats, hours: float) -> Floats:
    """Return `forcing` after a low-pass filter of order one with a time constant of `hours`."""
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


_TAIL = 6 * ROWS_PER_DAY  # rows after which a front has no effect


@dataclass(frozen=True)
class Fronts:
    """What fronts add to the fields: six arrays of (rows,) float64."""

    temperature: Floats  # degC
    pressure: Floats  # mbar, at most 0
    east: Floats  # wind towards the east, m/s
    north: Floats  # wind towards the north, m/s
    cloud: Floats  # a term of the cloud cover's formula, without unit
    gust: Floats  # gustiness of the wind, without unit


def simulate_fronts(rng: np.random.RandomState, block: Floats, summer: Floats) -> Fronts:
    """Place fronts at irregular times and add up what each does before and after it passes.

    `block` runs from -0.5 (westerly weather) to 0.5 (blocked), `summer` from -1 (mid January) to 1 (mid July); both are
    (rows,) float64.
    """
    rows = len(block)
    rate = (0.925 - 1.15 * block) * (1 - 0.15 * summer) / (2.6 * ROWS_PER_DAY)  # fronts a row
    clock = np.cumsum(rate)
    count = int(1.3 * clock[-1]) + 50

    def erlang() -> Floats:
        """Return `count` gamma variates of shape 2 and mean 1, made from uniform ones alone."""
        uniform = (1 - rng.random_sample(count)) * (1 - rng.random_sample(count))
        return np.asarray(-np.log(uniform) / 2)

    passage = np.searchsorted(clock, np.cumsum(erlang()))
    passage = passage[passage < rows - _TAIL]
    strength = 0.35 + 0.65 * erlang()
    lead = ((24 + 22 * rng.random_sample(count)) * ROWS_PER_HOUR).astype(np.int64)
    chance = rng.random_sample(count)

    sums = Fronts(*(np.zeros(rows) for _ in range(6)))
    after = np.arange(_TAIL) / ROWS_PER_HOUR  # hours since the passage
    modified = np.exp(-after / 80)  # an air mass takes on the temperature of the ground
    for index, row in enumerate(passage):
        size = strength[index]
        first = max(0, row - lead[index])
        ahead, behind = slice(first, row), slice(row, row + _TAIL)
        rise = (np.arange(first, row) - row) / lead[index] + 1  # 0 to 1 while the front approaches
        backed = np.minimum(1.0, 3 * rise)
        veered = np.exp(-after / 24)

        sums.pressure[ahead] -= 7 * size * rise
        sums.pressure[behind] -= 7 * size * np.exp(-after / (0.35 * lead[index] / ROWS_PER_HOUR))
        sums.east[ahead] -= 1.2 * size * backed
        sums.north[ahead] += 2.2 * size * backed
        sums.east[behind] += 2.6 * size * veered
        sums.north[behind] -= 0.6 * size * veered
        if chance[index] < 0.5 + 0.4 * summer[row]:  # a cold front
            sums.temperature[ahead] += 1.9 * size * rise**1.5
            sums.temperature[behind] += size * modified * (1.9 - 6.0 * (1 - np.exp(-after / 3)))
            sums.cloud[ahead] += 1.6 * size * np.maximum(0.0, 2 * rise - 1)
            sums.cloud[behind] += 1.6 * size * np.exp(-after / 5)
            sums.gust[behind] += 1.2 * size * np.exp(-after / 14)
        else:
            sums.temperature[ahead] -= 0.8 * size * rise
            sums.temperature[behind] += size * modified * (4.7 * (1 - np.exp(-after / 6)) - 0.8)
            sums.cloud[ahead] += 2.2 * size * rise
            sums.cloud[behind] += 2.2 * size * np.exp(-after / 10)
            sums.gust[behind] += 0.4 * size * np.exp(-after / 14)
    return sums
