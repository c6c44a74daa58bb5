"""Quantities of moist air that a weather station derives from pressure, temperature and humidity.

The constants are those that reproduce the Jena station's own columns to their last digit. The saturation
formula is Magnus's over water, used below 0 degC too; the others are textbook definitions (for instance
Roland Stull, Practical Meteorology, chapters 1, 3 and 4).

All arguments and results are arrays (rows,) float64: pressure and vapour pressure in mbar (vapour above zero),
temperature in degC.
"""

from __future__ import annotations

import numpy as np

from seqexp.data.arrays import Floats

_MAGNUS_MBAR = 6.1078
_MAGNUS_FACTOR = 17.08085
_MAGNUS_DEGC = 234.175
_KELVIN = 273.15
_GAS_CONSTANT = 287.059  # of dry air, J/(kg K)
_POISSON = 0.286  # gas constant of dry air over its heat capacity
_VAPOUR_WEIGHT = 0.622  # molar mass of water over that of dry air


def saturation_pressure(temperature: Floats) -> Floats:
    """Return the saturation vapour pressure over water: 6.1078 exp(17.08085 T / (234.175 + T)), in mbar."""
    return _MAGNUS_MBAR * np.exp(_MAGNUS_FACTOR * temperature / (_MAGNUS_DEGC + temperature))


def dew_point(vapour: Floats) -> Floats:
    """Return the temperature at which air is saturated: the inverse of `saturation_pressure`, in degC."""
    exponent = np.log(vapour / _MAGNUS_MBAR)
    return _MAGNUS_DEGC * exponent / (_MAGNUS_FACTOR - exponent)


def potential_temperature(pressure: Floats, temperature: Floats) -> Floats:
    """Return the temperature the air would have at 1000 mbar: Poisson's equation, exponent 0.286, in K."""
    return (temperature + _KELVIN) * (1000.0 / pressure) ** _POISSON


def specific_humidity(pressure: Floats, vapour: Floats) -> Floats:
    """Return the mass of vapour in moist air: 622 e / (p - 0.378 e), in g/kg."""
    return 1000.0 * _VAPOUR_WEIGHT * vapour / (pressure - (1.0 - _VAPOUR_WEIGHT) * vapour)


def water_concentration(pressure: Floats, vapour: Floats) -> Floats:
    """Return the share of molecules that are water: 1000 e / p, in mmol/mol."""
    return 1000.0 * vapour / pressure


def air_density(pressure: Floats, temperature: Floats, vapour: Floats) -> Floats:
    """Return the density of moist air: the gas law with the virtual temperature, in g/m**3."""
    virtual = (temperature + _KELVIN) / (1.0 - (1.0 - _VAPOUR_WEIGHT) * vapour / pressure)
    return 1e5 * pressure / (_GAS_CONSTANT * virtual)
