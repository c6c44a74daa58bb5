"""A simulated weather station: the stand-in for the Jena climate record where the official file is missing.

The record has the official one's shape to the row: 420,551 rows of 14 columns, from 1 January 2009 to
1 January 2017 every ten minutes, with repeated and missing time stamps, -9999 for a broken anemometer, and
the rounding of the station's logger. Its values are made up; only its statistics resemble Jena.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats
from seqexp.data.series.series import Series, series_digest
from seqexp.data.stand_ins import humidity
from seqexp.data.stand_ins.weather import Weather, simulate_weather

STATION_VERSION = "2"  # goes up whenever a value changes: caches and records name it
COLUMNS = (
    "p (mbar)",
    "T (degC)",
    "Tpot (K)",
    "Tdew (degC)",
    "rh (%)",
    "VPmax (mbar)",
    "VPact (mbar)",
    "VPdef (mbar)",
    "sh (g/kg)",
    "H2OC (mmol/mol)",
    "rho (g/m**3)",
    "wv (m/s)",
    "max. wv (m/s)",
    "wd (deg)",
)
SENTINEL = -9999.0  # the logger writes it where an instrument gave nothing

_GRID_ROWS = 420_768  # ten-minute steps from 2009-01-01 00:10 to 2017-01-01 00:00
# (first grid row, length) of stretches that the record holds twice, and of stretches that it lacks:
# 327 repeated and 544 missing rows leave 420,551. None within the first 20,002 rows.
_REPEATED = ((78_624, 144), (229_739, 39), (289_008, 144))
_MISSING = ((130_219, 11), (301_068, 102), (410_886, 431))
# (first row of the record, length) of stretches without a wind speed, and without a gust.
_NO_WIND = ((343_217, 5), (389_540, 7), (412_034, 6))
_NO_GUST = ((343_216, 6), (389_540, 8), (412_034, 6))


def simulate_station(seed: int = 0) -> Series:
    """Return the simulated record, 420,551 rows named "jena"; one seed gives the same bytes on every machine.

    The seed is that of the weather, 0 to 2**32 - 1. Time stamps and sentinels do not depend on it.
    """
    rows = _recorded_rows()
    values = _columns(simulate_weather(seed, _GRID_ROWS))[rows]
    for name, stretches in (("wv (m/s)", _NO_WIND), ("max. wv (m/s)", _NO_GUST)):
        for first, length in stretches:
            values[first : first + length, COLUMNS.index(name)] = SENTINEL
    times = np.datetime64("2009-01-01T00:10:00", "us") + rows * np.timedelta64(600_000_000, "us")
    return Series(
        name="jena",
        times=times,
        values=values,
        columns=COLUMNS,
        source="simulated",
        origin=f"simulated weather station, seed {seed}",
        digest=series_digest(times, values, COLUMNS),
    )


def _recorded_rows() -> NDArray[np.int64]:
    """Return (420551,) int64: the grid row that each row of the record holds."""
    kept = np.ones(_GRID_ROWS, dtype=bool)
    for first, length in _MISSING:
        kept[first : first + length] = False
    rows = np.flatnonzero(kept).astype(np.int64)
    for first, length in reversed(_REPEATED):
        stretch = np.arange(first, first + length)
        rows = np.insert(rows, np.searchsorted(rows, first + length), stretch)
    return rows


def _columns(weather: Weather) -> Floats:
    """Return (grid rows, 14) float64: what is measured and what follows from it, as the logger rounds."""
    pressure, temperature = weather.pressure, weather.temperature
    saturation = humidity.saturation_pressure(temperature)
    vapour = saturation * weather.humidity / 100
    columns = (
        np.round(pressure, 2),
        np.round(temperature, 2),
        np.round(humidity.potential_temperature(pressure, temperature), 2),
        np.round(humidity.dew_point(vapour), 2),
        _round_four_digits(weather.humidity),
        np.round(saturation, 2),
        np.round(vapour, 2),
        np.round(saturation - vapour, 2),
        np.round(humidity.specific_humidity(pressure, vapour), 2),
        np.round(humidity.water_concentration(pressure, vapour), 2),
        np.round(humidity.air_density(pressure, temperature, vapour), 2),
        np.round(weather.wind, 2),
        np.round(weather.gust, 2),
        _round_four_digits(weather.direction),
    )
    return np.stack(columns, axis=1) + 0.0  # makes -0.0 plain zero


def _round_four_digits(values: Floats) -> Floats:
    """Round to two decimals below 70 and to one from there: the logger's number format, 6999 at most."""
    return np.where(values < 69.995, np.round(values, 2), np.round(values, 1))
