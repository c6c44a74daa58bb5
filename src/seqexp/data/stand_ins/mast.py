"""The wind at the simulated station's mast, in a valley: from the wind of the free air."""

from __future__ import annotations

import numpy as np

from seqexp.data.series.series import Floats
from seqexp.data.stand_ins.processes import lag, wander

# Where the wind comes from, degrees: in the free air, and in the valley, which turns it along its axis.
_FREE = (0, 45, 90, 131, 158, 177, 193, 209, 223, 237, 249, 261, 273, 287, 304, 329, 360)
_VALLEY = (27, 50, 100, 142, 165, 179, 191, 202, 213, 225, 240, 252, 264, 299, 357, 373, 387)


def mast_wind(
    rng: np.random.RandomState, sun: Floats, cloud: Floats, east: Floats, north: Floats, front: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return (mean speed m/s, gust m/s, direction degrees in [0, 360)) near the ground.

    Args:
        rng: Source of random numbers.
        sun: (rows,) float64, sine of the sun's height, 0 at night.
        cloud: (rows,) float64, 0 (clear) to 1.
        east: (rows,) float64, free wind towards the east, m/s.
        north: (rows,) float64, free wind towards the north, m/s.
        front: (rows,) float64, what a front adds to the speed, as a share of it.
    """
    rows = len(sun)
    # By day eddies carry the free wind down; in clear nights the valley lies still beneath it.
    mixing = 0.4 + 0.25 * cloud + 1.2 * lag(sun, 1.5) * (1 - 0.45 * cloud)
    eddy = 0.66 * (0.45 + 0.4 * mixing)
    east = east * mixing + eddy * (0.8 * wander(rng, rows, 0.5) + 1.1 * wander(rng, rows, 4))
    north = north * mixing + eddy * (0.8 * wander(rng, rows, 0.5) + 1.1 * wander(rng, rows, 4))
    level = np.exp(0.15 * wander(rng, rows, 0.3) + 0.25 * wander(rng, rows, 15) + 0.03)
    speed = np.sqrt(east * east + north * north) * level * (1 + 0.25 * front)
    speed = 11 * np.tanh(speed / 11)
    excess = (1.4 + 0.25 * lag(sun, 1)) * np.exp(0.15 * wander(rng, rows, 1.5) + 0.13 * rng.standard_normal(rows))
    gust = np.maximum(speed, speed * excess + 0.1 + 0.3 * np.abs(rng.standard_normal(rows)))

    free = np.degrees(np.arctan2(-east, -north)) % 360
    vane = 12 * rng.standard_normal(rows) / (0.4 + speed)
    direction = (np.interp(free, _FREE, _VALLEY) + vane) % 360
    return speed, gust, direction
