"""What the made-up files are put together from: series as they are measured in houses, networks, streets and weather.

None of them is drawn from what a check assumes: they have cycles, memory, limits, steps, resolutions and tails of their
own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from seqexp.data.arrays import Floats, Rows
from seqexp.data.series.series import Series
from tests.factories import series_of


@dataclass(frozen=True)
class MadeFile:
    """A file with a known fault, or with none.

    Attributes:
        columns: By their names.
        minutes: Between two rows.
        target: The column to forecast.
        faulty: The columns that have a fault; every one of them must be named.
        level: Where there is one: "finding" if it spoils a training, else "note".
    """

    columns: Mapping[str, Floats]
    target: str
    minutes: int = 60
    faulty: tuple[str, ...] = ()
    level: str = "finding"

    @property
    def series(self) -> Series:
        values = np.stack([np.asarray(values, dtype=float) for values in self.columns.values()], axis=1)
        stamps = np.arange(len(values)) * np.timedelta64(self.minutes, "m")
        return series_of(values, tuple(self.columns), np.datetime64("2021-03-01T00:00", "us") + stamps)


class Maker:
    """Makes columns of some number of rows, always the same ones for a seed."""

    def __init__(self, seed: int, rows: int = 3000, minutes: int = 60) -> None:
        self.random = np.random.default_rng(seed)
        self.rows, self.minutes = rows, minutes
        self.hours = np.arange(rows) * minutes / 60

    def memory(self, keep: float, sd: float = 1.0) -> Floats:
        """A process that keeps a share of its last value, with this standard deviation."""
        noise = self.random.normal(0, sd * np.sqrt(1 - keep**2), self.rows)
        return np.asarray(lfilter([1.0], [1.0, -keep], noise))

    def day(self, peak: float = 14.0) -> Floats:
        """A wave from -1 to 1, highest at an hour of the day."""
        return np.asarray(np.cos(2 * np.pi * (self.hours - peak) / 24))

    def year(self) -> Floats:
        return np.asarray(np.cos(2 * np.pi * (self.hours / 24 - 140) / 365))

    def celsius(self, mean: float = 12.0, digits: int = 1) -> Floats:
        """Air temperature: year, day, fronts."""
        waves = 8 * self.year() + 4 * self.day() * self.random.uniform(0.7, 1.0)
        return np.round(mean + waves + self.memory(0.98, 3.5) + self.memory(0.3, 0.3), digits)

    def pressure(self) -> Floats:
        return np.round(1012 + self.memory(0.995, 9) + self.memory(0.2, 0.05), 2)

    def humidity(self) -> Floats:
        found = 72 - 14 * self.day() + self.memory(0.96, 14) + self.memory(0.2, 1)
        return np.round(np.clip(found, 15, 100), 1)

    def wind(self) -> Floats:
        return np.round(np.abs(3.5 + self.memory(0.95, 2.2) + self.random.normal(0, 0.6, self.rows)), 2)

    def rain(self, wet: float = 0.08) -> Floats:
        """Showers that come together, most of them light, some heavy, read to 0.1 mm."""
        is_wet = self.memory(0.85) > np.quantile(self.memory(0.85), 1 - wet)
        return np.where(is_wet, np.round(self.random.gamma(0.6, 2.2, self.rows), 1), 0.0)

    def sun(self, peak: float = 900.0) -> Floats:
        """Global radiation: nothing at night, clouds by day."""
        clear = np.maximum(0, self.day(12.5) + 0.15 + 0.2 * self.year())
        clouds = np.clip(0.75 + self.memory(0.9, 0.3), 0.08, 1.0)
        return np.round(peak / 1.3 * clear * clouds, 1)

    def traffic(self, scale: float = 500.0) -> Floats:
        """Vehicles an hour: two peaks, quiet week-ends."""
        hour, weekday = self.hours % 24, (self.hours // 24).astype(int) % 7
        peaks = np.exp(-((hour - 8) ** 2) / 6) + 1.1 * np.exp(-((hour - 17) ** 2) / 9) + 0.15
        mean = scale * peaks * np.where(weekday < 5, 1.0, 0.55) * np.exp(self.memory(0.8, 0.12))
        return self.random.poisson(mean).astype(float)

    def load(self, mean: float = 480.0) -> Floats:
        """Demand of a town in MW."""
        found = mean * (1 + 0.18 * self.day(18) + 0.05 * self.day(9) ** 2 + 0.06 * self.memory(0.97))
        return np.round(found + self.memory(0.5, 3), 1)

    def direction(self, step: float = 0.1) -> Floats:
        """Where the wind comes from, through north as well."""
        return np.round((220 + np.cumsum(self.random.normal(0, 9, self.rows))) % 360 / step) * step

    def steps(self, levels: tuple[float, ...], stay: int = 40) -> Floats:
        """A control that stays at each level for a while."""
        lengths = self.random.geometric(1 / stay, self.rows)
        chosen = self.random.choice(levels, self.rows)
        return np.repeat(chosen, lengths)[: self.rows]

    def some(self, count: int, apart: int = 3) -> Rows:
        """Rows here and there, no two of them neighbours."""
        slots = self.random.choice(self.rows // apart - 2, count, replace=False)
        return np.sort(slots * apart + 1)

    def with_values(self, column: Floats, rows: Rows | slice, values: float | Floats) -> Floats:
        changed = column.copy()
        changed[rows] = values
        return changed


Recipe = Callable[[Maker], MadeFile]
