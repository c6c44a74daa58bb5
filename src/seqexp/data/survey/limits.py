"""What a quantity can't be, by its unit or its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats, Mask
from seqexp.data.survey.statistics import ColumnStatistics


@dataclass(frozen=True)
class QuantityLimits:
    """Beyond these no value can be measured; a little more than nature allows, for sensors are not exact."""

    low: float | None
    high: float | None
    what: str  # in words, such as "a humidity lies from 0 to 100"

    def rules_out(self, values: Floats) -> Mask:
        """Return which of some values can't be measured; NaN can."""
        low, high = (-np.inf if self.low is None else self.low), (np.inf if self.high is None else self.high)
        return np.asarray((values < low) | (values > high))


def limits_of(column: ColumnStatistics, unit: str = "") -> QuantityLimits | None:
    """Return what limits a column's values, where its name, its unit and most of its values agree; else None.

    `unit` is what the file says of it where the name has none.
    """
    words = set(re.findall(r"[a-zäöü]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.name).lower()))
    unit = _unit(column.name) or unit.strip()
    low, middle, high = column.lower, column.median, column.upper
    is_temperature = bool(words & _TEMPERATURE) or unit in ("K", "kelvin")
    # A temperature varies by a part of itself: thousands of something by more.
    if is_temperature and unit in ("K", "kelvin", "_K") and low > 150 and high - low < low / 3:
        return QuantityLimits(100, None, "an absolute temperature of air, water or ground is above 100 K")
    if (words & _HUMIDITY or (unit == "%" and words & _SHARES)) and low >= 0 and 2 < high <= 100:
        return QuantityLimits(-5, 110, "it lies from 0 to 100 %")
    if (words & _DIRECTION or unit in ("deg", "°")) and low >= 0 and 180 <= high <= 360:
        return QuantityLimits(-0.5, 360.5, "a direction lies from 0 to 360 degrees")
    if unit in ("hPa", "mbar") and low > 600 and middle < 1100:
        return QuantityLimits(500, 1200, "the pressure of air lies from 600 to 1,100 hPa")
    is_counted = words & _NEVER_NEGATIVE or {"wind", "speed"} <= words
    if is_counted and not (is_temperature or unit in _DEGREES or words & _DIFFERENCE) and low >= 0:
        return QuantityLimits(0, None, "it is never negative")
    return None


def _unit(name: str) -> str:
    """Return the unit that a name ends with: "T (K)", "p [hPa]", "p_hPa"; an empty string where it has none.

    "_K" stays as it is: it may mean thousands.
    """
    match = re.search(r"[(\[]([^()\[\]]*)[)\]]\s*$", name) or re.search(r"(?<=_)(hPa|mbar|deg|pct|%)$|(_K)$", name)
    unit = match[match.lastindex or 0].strip() if match else ""
    return "%" if unit == "pct" else unit


_TEMPERATURE = {
    "temp", "temps", "temperature", "temperatur", "t", "tair", "tsurf", "tsoil", "tmin", "tmax", "tmean",
    "tpot", "tdew", "sst", "dewpoint",
}  # fmt: skip
_DEGREES = {"degC", "deg C", "°C", "C", "degF", "deg F", "°F", "F"}
_DIFFERENCE = {"change", "changes", "diff", "difference", "delta", "anomaly", "trend", "residual"}
_HUMIDITY = {"rh", "humidity", "humid", "feuchte", "luftfeuchte", "luftfeuchtigkeit"}
_SHARES = {"cloud", "clouds", "cover", "soc", "soil", "moisture", "battery", "bewölkung"}
_DIRECTION = {"wd", "winddir", "direction", "richtung", "windrichtung", "dir"}
_NEVER_NEGATIVE = {
    "rain", "rainfall", "precip", "precipitation", "regen", "niederschlag", "wv", "windspeed", "gust", "ws",
    "visibility", "vehicles", "count", "counts", "cnt", "passengers", "visitors", "snow",
}  # fmt: skip
