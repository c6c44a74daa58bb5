"""What a quantity can't be, by its unit or its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seqexp.data.survey.statistics import ColumnStatistics

_FEW = 0.05  # of a column's values: where more lie beyond, it isn't what its name says


@dataclass(frozen=True)
class QuantityLimits:
    """Beyond these no value can be measured; a little more than nature allows, for sensors are not exact."""

    low: float | None
    high: float | None
    what: str  # in words, such as "a humidity lies from 0 to 100"


def limits_of(column: ColumnStatistics) -> QuantityLimits | None:
    """Return what limits a column's values, where its name, its unit and most of its values agree; else None."""
    words = set(re.findall(r"[a-zäöü]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.name).lower()))
    unit = _unit(column.name)
    low, middle, high = column.lower, column.median, column.upper
    # A temperature varies by a part of itself: thousands of something by more.
    if unit in ("K", "kelvin") and low > 150 and high - low < low / 3:
        return QuantityLimits(100, None, "an absolute temperature of air, water or ground is above 100 K")
    if (words & _HUMIDITY or (unit == "%" and words & _SHARES)) and low >= 0 and 2 < high <= 100:
        return QuantityLimits(-5, 110, "it lies from 0 to 100 %")
    if (words & _DIRECTION or unit in ("deg", "°")) and low >= 0 and 180 <= high <= 360:
        return QuantityLimits(-0.5, 360.5, "a direction lies from 0 to 360 degrees")
    if unit in ("hPa", "mbar") and low > 600 and middle < 1100:
        return QuantityLimits(500, 1200, "the pressure of air lies from 600 to 1,100 hPa")
    if (words & _NEVER_NEGATIVE or {"wind", "speed"} <= words) and low >= 0:
        return QuantityLimits(0, None, "it is never negative")
    return None


def beyond(column: ColumnStatistics, limits: QuantityLimits) -> list[tuple[float, int]]:
    """Return (value, count) of the values beyond the limits; none where they are so many that the name must mislead."""
    low = -float("inf") if limits.low is None else limits.low
    high = float("inf") if limits.high is None else limits.high
    found = [(value, count) for value, count in column.ends if not low <= value <= high]
    return found if sum(count for _, count in found) <= _FEW * column.valid else []


def _unit(name: str) -> str:
    """Return the unit that a name ends with: "T (K)", "T [K]", "temp_K"; an empty string where it has none."""
    match = re.search(r"[(\[]([^()\[\]]*)[)\]]\s*$", name) or re.search(r"_(K|hPa|mbar|deg|pct|%)$", name)
    unit = match[1].strip() if match else ""
    return "%" if unit == "pct" else unit


_HUMIDITY = {"rh", "humidity", "humid", "feuchte", "luftfeuchte", "luftfeuchtigkeit"}
_SHARES = {"cloud", "clouds", "cover", "soc", "soil", "moisture", "battery", "bewölkung"}
_DIRECTION = {"wd", "winddir", "direction", "richtung", "windrichtung", "dir"}
_NEVER_NEGATIVE = {
    "rain", "rainfall", "precip", "precipitation", "regen", "niederschlag", "wv", "windspeed", "gust", "ws",
    "visibility", "vehicles", "count", "counts", "cnt", "passengers", "visitors", "snow",
}  # fmt: skip
