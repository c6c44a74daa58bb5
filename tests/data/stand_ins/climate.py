"""Statistics of a weather record, to hold the simulated station against the real one.

Run as a script it prints the table of docs/simulated-station.md:
`PYTHONPATH=src:. python -m tests.data.stand_ins.climate`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats
from seqexp.data.series.series import Series
from seqexp.data.stand_ins.station import COLUMNS, SENTINEL, simulate_station
from tests.paths import REPO

REAL = REPO.parent / "shared" / "data" / "jena"


@dataclass(frozen=True)
class Season:
    """A part of the year, and the file with the real station's rows of it; days and times are month-dayThour."""

    title: str
    first: str
    last: str
    year: int
    file: Path


SPRING = Season("Jan-May", "01-01T00:10", "05-19T21:40", 2009, REAL / "jena_first20002_10min_13cols.csv")
SUMMER = Season("Jun-Oct", "06-09T11:40", "10-20T08:10", 2024, REAL / "jena_2024jun_oct_10min_14cols.csv")

_LAGS = (("1 h", 6), ("24 h", 144), ("240 h", 1440))
_PAIRS = (
    ("T", "rh"),
    ("T", "p"),
    ("T", "VPmax"),
    ("T", "Tdew"),
    ("rh", "wv"),
    ("T", "wv"),
    ("p", "wv"),
    ("rh", "max. wv"),
    ("T", "max. wv"),
    ("p", "max. wv"),
    ("wv", "max. wv"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Excerpt:
    """Rows of a record: times (rows,) datetime64, and a column (rows,) float64 by its name without the unit."""

    times: NDArray[np.datetime64]
    columns: dict[str, Floats]


def read_real(season: Season) -> Excerpt:
    """Return the real rows of a season."""
    with season.file.open(newline="") as file:
        header, *rows = csv.reader(file)
    stamps = [f"{text[6:10]}-{text[3:5]}-{text[:2]}T{text[11:]}" for text, *_ in rows]
    values = np.array([[float(cell) for cell in row[1:]] for row in rows])
    columns = dict(zip(map(_without_unit, header[1:]), values.T, strict=True))
    # In 2024 vane and anemometer hang for hours and days on end: 302.2 degrees and mostly 3.86 or 4.12 m/s.
    hung = columns["wd"] == 302.2
    for name in columns.keys() & {"wv", "max. wv", "wd"}:
        columns[name][hung] = np.nan
    return Excerpt(np.array(stamps, "datetime64[s]"), columns)


def simulated_years(record: Series, season: Season) -> list[Excerpt]:
    """Return the season of each of the record's eight years; a sentinel becomes NaN."""
    excerpts = []
    for year in range(2009, 2017):
        after = record.times >= np.datetime64(f"{year}-{season.first}")
        rows = after & (record.times <= np.datetime64(f"{year}-{season.last}"))
        values = np.where(record.values[rows] == SENTINEL, np.nan, record.values[rows])
        excerpts.append(Excerpt(record.times[rows], dict(zip(map(_without_unit, COLUMNS), values.T, strict=True))))
    return excerpts


def statistics(excerpt: Excerpt) -> dict[str, float]:
    """Return every statistic of an excerpt by its name; those of a missing column are left out."""
    columns = excerpt.columns
    found: dict[str, float] = {}
    for name in ("T", "p", "rh"):
        found[f"{name}: mean"] = float(columns[name].mean())
        found[f"{name}: sd"] = float(columns[name].std())
    found["T: lowest"], found["T: highest"] = float(columns["T"].min()), float(columns["T"].max())
    for name in ("T", "p", "rh"):
        for words, lag in _LAGS:
            found[f"{name}: autocorrelation, {words}"] = _correlation(columns[name][lag:], columns[name][:-lag])
        for words, lag in _LAGS[:2]:
            found[f"{name}: sd of the change, {words}"] = float((columns[name][lag:] - columns[name][:-lag]).std())
    found["T: mean absolute change, 25 h"] = float(np.abs(columns["T"][150:] - columns["T"][:-150]).mean())
    for one, other in _PAIRS:
        if one in columns and other in columns:
            found[f"correlation of {one} and {other}"] = _correlation(columns[one], columns[other])
    for name in ("wv", "max. wv"):
        if name in columns:
            found |= _wind(name, columns[name])
    if "wv" in columns:
        found["gust ratio (mean max. wv / mean wv)"] = float(np.nanmean(columns["max. wv"]) / np.nanmean(columns["wv"]))
        blowing = (columns["wv"] > 0.5) & np.isfinite(columns["max. wv"])
        ratio = columns["max. wv"][blowing] / columns["wv"][blowing]
        found["max. wv / wv above 0.5 m/s: median"] = float(np.median(ratio))
        found["max. wv / wv above 0.5 m/s: 95 %"] = float(np.quantile(ratio, 0.95))
    direction = columns["wd"][np.isfinite(columns["wd"])]
    shares = np.histogram(direction % 360, 12, (0, 360))[0] / len(direction)
    for index, share in enumerate(shares):
        found[f"wd: share of {30 * index} to {30 * index + 30} degrees, %"] = float(100 * share)
    return found | _by_month(excerpt)


def _by_month(excerpt: Excerpt) -> dict[str, float]:
    """Return T's mean, sd and daily range of each month that the excerpt covers for at least 17 days."""
    temperature = excerpt.columns["T"]
    months = excerpt.times.astype("datetime64[M]").astype(np.int64) % 12
    days, first, counts = np.unique(excerpt.times.astype("datetime64[D]"), return_index=True, return_counts=True)
    ranges = np.maximum.reduceat(temperature, first) - np.minimum.reduceat(temperature, first)
    month_of_day = days.astype("datetime64[M]").astype(np.int64) % 12
    found = {}
    for month, name in enumerate(_MONTHS):
        here = months == month
        if here.sum() < 17 * 144:
            continue
        found[f"T in {name}: mean"] = float(temperature[here].mean())
        found[f"T in {name}: sd"] = float(temperature[here].std())
        found[f"T in {name}: daily range"] = float(ranges[(month_of_day == month) & (counts == 144)].mean())
        by_hour = [temperature[here & (_hours(excerpt.times) == hour)].mean() for hour in range(24)]
        found[f"T in {name}: range of the mean day"] = float(max(by_hour) - min(by_hour))
    return found


def _wind(name: str, speed: Floats) -> dict[str, float]:
    speed = speed[np.isfinite(speed)]
    found = {f"{name}: mean": float(speed.mean()), f"{name}: sd": float(speed.std())}
    for share in (0.05, 0.25, 0.5, 0.75, 0.95, 0.99):
        found[f"{name}: {100 * share:.0f} % quantile"] = float(np.quantile(speed, share))
    return found


def _without_unit(name: str) -> str:
    return name.rsplit(" ", 1)[0]


def _hours(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return times.astype("datetime64[h]").astype(np.int64) % 24


def _correlation(one: Floats, other: Floats) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[both], other[both])[0, 1])


def simulated_cells(record: Series) -> dict[tuple[str, str], str]:
    """Return "mean ± standard deviation" over the eight years by (statistic, season's title)."""
    cells = {}
    for season in (SPRING, SUMMER):
        years = [statistics(part) for part in simulated_years(record, season)]
        for name in years[0]:
            own = np.array([year[name] for year in years])
            cells[name, season.title] = f"{_text(name, own.mean())} ± {_text(name, own.std(ddof=1))}"
    return cells


def _text(name: str, value: float) -> str:
    return f"{value:.3f}" if name.endswith("autocorrelation, 1 h") else f"{value:.2f}"


def main() -> None:
    """Print the table: real beside simulated."""
    simulated = simulated_cells(simulate_station())
    real = {
        (name, season.title): _text(name, value)
        for season in (SPRING, SUMMER)
        for name, value in statistics(read_real(season)).items()
    }
    heads = [f"{season.title} {kind}" for season in (SPRING, SUMMER) for kind in (f"{season.year}, real", "simulated")]
    print(f"| statistic | {' | '.join(heads)} |\n| --- | --- | --- | --- | --- |")
    for name in dict.fromkeys(name for name, _ in simulated):
        places = [(name, season.title) for season in (SPRING, SUMMER)]
        print(f"| {name} | {' | '.join(part.get(place, '') for place in places for part in (real, simulated))} |")


if __name__ == "__main__":
    main()
