"""The weather behind the simulated station: what its six instruments would measure every ten minutes.

A stochastic model, not a forecast model: sun and season are geometry; weather regimes, wind, cloud and air
masses are random processes tied together so that, as in Central Europe, what comes can partly be seen coming:

- A blocking regime, lasting a week or so, brings high pressure, clear skies, easterly wind and few fronts.
- Before a front the pressure falls for one to two days and the wind turns to the south-east; behind it the
  pressure recovers and the wind comes from the west. Fronts mostly cool in summer and warm in winter.
- Wind brings the air of where it comes from: the sea (west) is mild in winter and cool in summer, the
  continent (east) is cold in winter and hot in summer.
- Clear skies warm in summer, cool in winter, and widen the difference between day and night.

So the same sign, a falling pressure or an easterly wind, means warmer or colder by the season: a model has
to combine columns to make use of it. Every number below was chosen so that the simulated record agrees with
published statistics of the real one (means, spreads, differences over an hour, a day, ten days).

Randomness comes from `numpy.random.RandomState`, whose streams numpy guarantees never to change. All filters
are linear, stable and of order one, with coefficients that are the same everywhere, so a last-bit difference
between two machines' exp or sin stays tiny and vanishes when the record is rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqexp.data.humidity import saturation_pressure
from seqexp.data.series import Floats

ROWS_PER_HOUR = 6
ROWS_PER_DAY = 24 * ROWS_PER_HOUR

_SPIN_UP = 40 * ROWS_PER_DAY  # simulated before the first row, so that the filters forget their start
_YEAR = 365.2425
_LATITUDE = np.deg2rad(50.91)
_NOON = 12.23 / 24  # the sun's highest stand in Jena by Central European Time, as a share of the day
_FRONT_TAIL = 6 * ROWS_PER_DAY  # rows after which a front has no effect


@dataclass(frozen=True)
class Weather:
    """What the instruments measure, unrounded: six arrays of (rows,) float64.

    Attributes:
        pressure: mbar.
        temperature: degC.
        humidity: Relative humidity, percent, at most 100.
        wind: Mean wind speed of ten minutes, m/s.
        gust: Highest wind speed of ten minutes, m/s.
        direction: Where the wind comes from, degrees in [0, 360).
    """

    pressure: Floats
    temperature: Floats
    humidity: Floats
    wind: Floats
    gust: Floats
    direction: Floats


@dataclass(frozen=True)
class _Fronts:
    """What fronts add to the fields: arrays of (rows,) float64, units as in `_simulate_fronts`."""

    temperature: Floats
    pressure: Floats
    east: Floats
    north: Floats
    cloud: Floats
    gust: Floats


def simulate_weather(seed: int, rows: int) -> Weather:
    """Simulate the weather at the station.

    Args:
        seed: Seed of every random number.
        rows: Number of ten-minute rows; the first is 1 January 2009, 00:10.
    """
    rng = np.random.RandomState(seed)
    total = rows + _SPIN_UP
    day = (np.arange(total) - _SPIN_UP + 1) / ROWS_PER_DAY
    sun = _sun_height(day)
    summer = -np.cos(2 * np.pi * (day - 18) / _YEAR)  # -1 in mid January, 1 in mid July

    block = _logistic(2.2 * _wander(rng, total, 150, 30)) - 0.5
    fronts = _simulate_fronts(rng, block, summer)

    # Wind of the free air, m/s, towards the east and towards the north.
    east = 0.55 - 1.8 * block + _wander(rng, total, 60, 10) + 0.7 * _wander(rng, total, 200, 20)
    north = 0.5 + 0.9 * _wander(rng, total, 50, 10) + 0.6 * _wander(rng, total, 200, 20)
    east += 0.75 * fronts.east
    north += 0.75 * fronts.north

    high = 3.9 * block * (2 - 0.5 * summer) + 1.15 * fronts.pressure * (1 - 0.3 * summer)
    high += 3.6 + (5.9 - 1.8 * summer) * _wander(rng, total, 46, 10) + 1.2 * _wander(rng, total, 300, 30)

    cover = 0.35 - 0.09 * high - 0.27 * summer - block + 0.8 * fronts.cloud
    cover += 0.9 * _wander(rng, total, 9, 1) + 1.03 * _wander(rng, total, 50, 6)
    cloud = _logistic(1.3 * cover)

    temperature = _temperature(rng, day, sun, summer, cloud, east, north, fronts.temperature)
    humidity = _relative_humidity(rng, temperature, sun, summer, cloud, block)
    wind, gust, direction = _mast_wind(rng, sun, cloud, east, north, fronts.gust)
    fields = (989.0 + high, temperature, humidity, wind, gust, direction)
    return Weather(*(field[_SPIN_UP:] for field in fields))


def _sun_height(day: Floats) -> Floats:
    """Return the sine of the sun's height above the horizon, 0 at night; `day` counts from 1 January."""
    declination = np.deg2rad(23.44) * np.sin(2 * np.pi * (day - 80) / _YEAR)
    hour_angle = 2 * np.pi * (day - _NOON)
    upright = np.sin(_LATITUDE) * np.sin(declination)
    height = upright + np.cos(_LATITUDE) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.maximum(0.0, height))


def _simulate_fronts(rng: np.random.RandomState, block: Floats, summer: Floats) -> _Fronts:
    """Place fronts at irregular times and add up what each does before and after it passes.

    Args:
        rng: Source of random numbers.
        block: (rows,) float64, -0.5 (westerly weather) to 0.5 (blocked).
        summer: (rows,) float64, -1 (mid January) to 1 (mid July).
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
    passage = passage[passage < rows - _FRONT_TAIL]
    strength = 0.35 + 0.65 * erlang()
    lead = ((24 + 22 * rng.random_sample(count)) * ROWS_PER_HOUR).astype(np.int64)
    chance = rng.random_sample(count)

    # In degC, mbar, m/s, m/s; cloud and gust have no unit.
    sums = _Fronts(*(np.zeros(rows) for _ in range(6)))
    after = np.arange(_FRONT_TAIL) / ROWS_PER_HOUR  # hours since the passage
    modified = np.exp(-after / 80)  # an air mass takes on the temperature of the ground
    for index, row in enumerate(passage):
        size = strength[index]
        first = max(0, row - lead[index])
        ahead, behind = slice(first, row), slice(row, row + _FRONT_TAIL)
        rise = (np.arange(first, row) - row) / lead[index] + 1  # 0 to 1 while the front approaches
        backed = np.minimum(1.0, 3 * rise)
        veered = np.exp(-after / 24)

        sums.pressure[ahead] -= 7 * size * rise
        sums.pressure[behind] -= 7 * size * np.exp(-after / (0.35 * lead[index] / ROWS_PER_HOUR))
        sums.east[ahead] -= 1.2 * size * backed
        sums.north[ahead] += 2.2 * size * backed
        sums.east[behind] += 2.6 * size * veered
        sums.north[behind] -= 0.6 * size * veered
        if chance[index] < 0.5 + 0.42 * summer[row]:  # a cold front
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


def _temperature(
    rng: np.random.RandomState,
    day: Floats,
    sun: Floats,
    summer: Floats,
    cloud: Floats,
    east: Floats,
    north: Floats,
    fronts: Floats,
) -> Floats:
    """Add up season, radiation, the air the wind brings and fronts. All arrays (rows,); returns degC."""
    rows = len(day)
    swing = 11.2 - 0.15 * day / _YEAR  # winters grew milder, as they did in Jena
    season = 9.4 - swing * np.cos(2 * np.pi * (day - 24) / _YEAR)

    # Sunshine less what the ground radiates to the sky, in degC an hour or so; cloud damps both.
    gain = 11.5 * sun * (1 - 0.75 * cloud) - 2.6 * (1 - 0.82 * cloud)
    usual = 11.5 * sun * (1 - 0.75 * 0.55) - 2.6 * (1 - 0.82 * 0.55)
    calm = 1 / (1 + 0.12 * (east * east + north * north + 0.3))
    local = 2.4 * _lag(gain * (0.75 + 0.45 * calm), 4.2)  # the cycle of the day
    ground = 2.9 * _lag(gain - usual, 60)  # what clear or dull days leave behind

    advection = _lag(0.27 * (north - 1.15) - 2.15 * summer * (east - 0.8), 45)
    drift = 1.15 * _wander(rng, rows, 110, 3) + 0.45 * _wander(rng, rows, 260, 40)
    anomaly = ground + advection + fronts + drift
    # Cold air over snow grows colder still; very warm air is rarer than very cold air.
    cold = anomaly * (1.18 - 0.36 * summer)
    anomaly = np.where(anomaly < 0, cold, 11 * np.tanh(anomaly / 11))

    flicker = 0.16 * _wander(rng, rows, 0.4) * (1 + 2 * sun * (1 - 0.6 * cloud))
    return np.asarray(season + local + anomaly + 0.33 * _wander(rng, rows, 7, 2) + flicker)


def _relative_humidity(
    rng: np.random.RandomState, temperature: Floats, sun: Floats, summer: Floats, cloud: Floats, block: Floats
) -> Floats:
    """Return percent: from a dew point that follows the day's mean temperature. All arrays (rows,)."""
    rows = len(temperature)
    mean = _lag(temperature, 18)
    dew = 0.93 * mean + 0.1 * (temperature - mean) - 5.6 - 1.28 * summer + 3.8 * cloud - 0.6 * block
    dew += 1.7 * _wander(rng, rows, 36, 6) + 0.35 * _wander(rng, rows, 1.5)
    dew -= 1.5 * _lag(sun, 4) * (1 - cloud)  # by day dry air from above is mixed down
    ratio = 100 * saturation_pressure(dew) / saturation_pressure(temperature)
    # Dew and fog take up what exceeds saturation: a smooth bend below 100 percent.
    bent = 100.6 - 3 * np.logaddexp(0.0, (101 - ratio) / 3) + 0.35 * _wander(rng, rows, 0.7)
    return np.clip(bent, 12.0, 100.0)


def _mast_wind(
    rng: np.random.RandomState, sun: Floats, cloud: Floats, east: Floats, north: Floats, front: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return (speed m/s, gust m/s, direction degrees) near the ground. All arrays (rows,)."""
    rows = len(sun)
    mixing = 0.42 + 0.3 * cloud + 0.75 * _lag(sun, 1.5) * (1 - 0.45 * cloud)
    eddy = 0.7 * (0.55 + 0.25 * mixing)
    east = east * mixing + eddy * (_wander(rng, rows, 0.5) + _wander(rng, rows, 3))
    north = north * mixing + eddy * (_wander(rng, rows, 0.5) + _wander(rng, rows, 3))
    level = np.exp(0.2 * _wander(rng, rows, 0.3) + 0.2 * _wander(rng, rows, 15) - 0.01)
    speed = np.sqrt(east * east + north * north) * level * (1 + 0.35 * front)
    speed = 17 * np.tanh(speed / 17)
    excess = 1.36 + 0.22 * _lag(sun, 1) + 0.1 * np.abs(rng.standard_normal(rows))
    gust = speed * excess + 0.25 + 0.25 * np.abs(rng.standard_normal(rows))
    vane = 15 * rng.standard_normal(rows) / (0.4 + speed)
    # The valley turns the wind to the left.
    direction = (np.degrees(np.arctan2(-east, -north)) - 22 + vane) % 360
    return speed, gust, direction


def _logistic(value: Floats) -> Floats:
    """Return 1 / (1 + exp(-value))."""
    return np.asarray(1 / (1 + np.exp(-value)))


def _lag(forcing: Floats, hours: float) -> Floats:
    """Return what follows `forcing` with a time constant of `hours`: a low-pass filter of order one."""
    return _recurse(forcing, _memory(hours)) * (1 - _memory(hours))


def _wander(rng: np.random.RandomState, rows: int, hours: float, smooth: float = 0.0) -> Floats:
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
