"""The naive forecasts: what was seen last, and what was seen a season before the target."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.durations import DAY, YEAR, microseconds
from seqexp.config.errors import refused, shown
from seqexp.config.model_section import is_integer, is_length
from seqexp.data.series.months import rows_in, rows_in_words

if TYPE_CHECKING:
    from seqexp.config.schema import SeriesConfig
    from seqexp.data.arrays import Floats, Rows
    from seqexp.data.series.geometry import Geometry
    from seqexp.data.series.series import Series
    from seqexp.data.series.windows import Windows


class _NothingLearned:
    """A forecast of a series from a rule alone."""

    task: ClassVar[Literal["forecast"]] = "forecast"

    @property
    def parameters(self) -> int:
        """None."""
        return 0

    def artifacts(self) -> Mapping[str, NDArray[Any]]:
        """Return nothing."""
        return {}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over nothing: nothing is learned."""


class Naive(_NothingLearned):
    """Persistence: the target stays as it is at the window's last timestep."""

    def fit(self, windows: Windows) -> None:
        """Nothing is learned."""

    def predict(self, windows: Windows, rows: Rows) -> Floats:
        """Return (windows, leads, columns) float64: the last values seen, normalised."""
        return windows.last_seen(rows)


class SeasonalNaive(_NothingLearned):
    """The target is what it was at the same phase of its season: a day ago, a week ago.

    The forecast of a row of the target is its column k x season rows earlier, with the smallest k whose row is not
    later than the newest timestep seen. Where no timestep lies on that row, it is the nearest one before it.

    Args:
        season: Rows, a length of time such as "1d", or "auto": a day where rows are less than a day apart, a week
            where they are a day apart, a year where it is more: 12 rows of months, 52 of weeks.

    Raises:
        InputError: If the season is none of them.
    """

    def __init__(self, season: int | str = "auto") -> None:
        is_rows = is_integer(season) and season >= 1
        if not is_rows and season != "auto" and not (is_length(season) and microseconds(season) > 0):
            raise refused(
                "model.season",
                f"must be auto, a number of rows >= 1, or a length of time such as 1d. Received: {shown(season)}.",
            )
        self._season = season

    def fit(self, windows: Windows) -> None:
        """Nothing is learned; check that a window reaches back far enough.

        Raises:
            InputError: If it doesn't, or the season is not a whole number of rows.
        """
        self._offsets(windows.series, windows.geometry)

    def check(self, series: Series, geometry: Geometry, dataset: SeriesConfig) -> None:
        """Check that a window of a series reaches back far enough.

        Raises:
            InputError: If it doesn't, or the season is not a whole number of rows.
        """
        self._offsets(series, geometry)

    def predict(self, windows: Windows, rows: Rows) -> Floats:
        """Return (windows, leads, columns) float64: the values seen at the target's phases, normalised."""
        return windows.target_at(rows[:, None] + self._offsets(windows.series, windows.geometry))

    def _offsets(self, series: Series, geometry: Geometry) -> Rows:
        """Return (leads,) int64: the rows of the forecast's values relative to the window's."""
        offsets, season = np.arange(-geometry.lookback, 0, geometry.step), self._rows(series)
        seasons = -(-(geometry.ahead - int(offsets[-1])) // season)
        wanted = geometry.ahead - seasons * season
        if wanted.min() < offsets[0]:
            raise refused(
                "dataset.lookback",
                f"must be at least {-wanted.min()} rows for model.season={self._season} with a delay of "
                f"{geometry.delay} rows, so that a window holds the target's phase. "
                f"Received: {geometry.lookback} rows.",
            )
        found: Rows = offsets[np.searchsorted(offsets, wanted, side="right") - 1]
        return found

    def _rows(self, series: Series) -> int:
        if isinstance(self._season, int):
            return self._season
        interval, months = series.interval, series.months
        rows = rows_in(self._season, interval, months) if self._season != "auto" else _usual_season(interval, months)
        if rows.denominator != 1 or not rows:
            raise refused(
                "model.season",
                f"must be a whole number of rows, which are {rows_in_words(1, interval, months)} apart in this series. "
                f"Received: {self._season!r}.",
            )
        return int(rows)


def _usual_season(interval: int, months: int) -> Fraction:
    """Return after how many rows series of such rows usually repeat themselves; see `SeasonalNaive`."""
    if months or interval < DAY:
        return rows_in("1y" if months else "1d", interval, months)
    return Fraction(7 if interval == DAY else round(YEAR / interval))
