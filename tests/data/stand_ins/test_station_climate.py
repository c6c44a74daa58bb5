"""The simulated climate: against published figures of the official record, and against real rows where present."""

from __future__ import annotations

import numpy as np
import pytest

from seqexp.data.arrays import Floats
from seqexp.data.series.series import Series
from seqexp.data.stand_ins.station import COLUMNS, SENTINEL, simulate_station
from tests.data.stand_ins.climate import SPRING, SUMMER, Season, read_real, simulated_cells, simulated_years, statistics
from tests.paths import REPO

PAGE = REPO / "docs" / "simulated-station.md"

# Mean and standard deviation of the official record, sentinels left out.
OFFICIAL = {
    "p (mbar)": (989.21, 8.36),
    "T (degC)": (9.45, 8.42),
    "Tpot (K)": (283.49, 8.50),
    "Tdew (degC)": (4.96, 6.73),
    "rh (%)": (76.0, 16.5),
    "VPmax (mbar)": (13.58, 7.74),
    "VPact (mbar)": (9.53, 4.18),
    "VPdef (mbar)": (4.04, 4.90),
    "sh (g/kg)": (6.02, 2.66),
    "H2OC (mmol/mol)": (9.64, 4.24),
    "rho (g/m**3)": (1216.1, 40.0),
    "wv (m/s)": (2.13, 1.54),
    "max. wv (m/s)": (3.53, 2.34),
    "wd (deg)": (174.7, 86.7),
}


@pytest.fixture(scope="module")
def record() -> Series:
    return simulate_station()


@pytest.fixture(scope="module")
def other() -> Series:
    return simulate_station(1)


def column(series: Series, name: str) -> Floats:
    return series.values[:, COLUMNS.index(name)]


def naive_mae(temperature: Floats, first: int, end: int) -> float:
    """MAE of "the temperature stays", 24 h after the window whose last row is 6 before, in units of sd."""
    rows = np.arange(first, end)
    error = np.abs(temperature[rows - 6] - temperature[rows + 144]).mean()
    return float(error / temperature[:200_000].std())


# From one of 12 seeds to another, the columns' means spread by 0.01 to 0.07 of the column's own standard deviation
# (standard deviation over the seeds), and these standard deviations by 1 to 4 %: about twice that is allowed.
@pytest.mark.parametrize("name", COLUMNS)
def test_mean_and_spread_are_near_the_official_ones(record: Series, name: str) -> None:
    values = column(record, name)
    values = values[values != SENTINEL]
    mean, deviation = OFFICIAL[name]
    assert abs(values.mean() - mean) < 0.1 * deviation
    assert 0.92 < values.std() / deviation < 1.08


def test_temperature_has_the_official_mean_spread_and_extremes(record: Series) -> None:
    # At most twice the spread over 12 seeds, which is 0.32, 0.26, 0.42, 1.9 and 1.1 degC.
    temperature = column(record, "T (degC)")
    assert temperature.mean() == pytest.approx(9.45, abs=0.2)
    assert temperature.std() == pytest.approx(8.42, abs=0.15)
    assert temperature[:200_000].std() == pytest.approx(8.85, abs=0.15)
    assert temperature.min() == pytest.approx(-23.0, abs=2)
    assert temperature.max() == pytest.approx(37.3, abs=2)


# On the real record 0.2897 over the validation rows, 2.56 degC. Over 12 seeds the spread is 0.014 and 0.013.
@pytest.mark.parametrize(("first", "end"), [(201_441, 299_856), (301_441, 420_407)])
def test_naive_forecast_is_as_good_as_on_the_real_record(record: Series, first: int, end: int) -> None:
    assert naive_mae(column(record, "T (degC)"), first, end) == pytest.approx(0.2897, abs=0.01)


def test_another_seed_is_the_same_climate(other: Series) -> None:
    # Over 12 seeds the standard deviations of these five were 0.32, 0.26, 0.42, 0.014 and 1.9: thrice them is allowed.
    temperature = column(other, "T (degC)")
    assert temperature.mean() == pytest.approx(9.45, abs=0.96)
    assert temperature.std() == pytest.approx(8.42, abs=0.77)
    assert temperature[:200_000].std() == pytest.approx(8.85, abs=1.27)
    assert naive_mae(temperature, 201_441, 299_856) == pytest.approx(0.2897, abs=0.042)
    assert temperature.min() == pytest.approx(-23, abs=5.8)


def test_seasons_and_days(record: Series) -> None:
    temperature = column(record, "T (degC)")
    months = record.times.astype("datetime64[M]").astype(np.int64) % 12
    hours = record.times.astype("datetime64[h]").astype(np.int64) % 24
    monthly = np.array([temperature[months == month].mean() for month in range(12)])
    # The mean of one month over eight years spreads by 0.4 (October) to 1.4 degC (January) over 12 seeds.
    assert monthly.argmin() in (0, 1, 11)
    assert monthly.argmax() in (6, 7)
    assert -1.5 < monthly.min() < 2
    assert 17 < monthly.max() < 20.5
    swing = []
    for month in (0, 6):
        by_hour = [temperature[(months == month) & (hours == hour)].mean() for hour in range(24)]
        assert np.argmax(by_hour) in (13, 14, 15, 16)
        swing.append(max(by_hour) - min(by_hour))
    assert 2 < swing[0] < 4.5
    assert 7.5 < swing[1] < 11


def test_wind_follows_the_valley(record: Series) -> None:
    direction, gust = column(record, "wd (deg)"), column(record, "max. wv (m/s)")
    shares = np.histogram(direction % 360, 36, (0, 360))[0] / len(direction)
    north, south, west = (shares[list(tens)].mean() for tens in ((0, 1, 2, 3), (17, 18, 19, 20), (24, 25, 26)))
    assert min(north, south, west) > 1.5 * max(shares[7:11].mean(), shares[29:33].mean())
    # Days are windier than nights, by half and more.
    hours = record.times.astype("datetime64[h]").astype(np.int64) % 24
    by_day, by_night = ((gust != SENTINEL) & np.isin(hours, some) for some in ((12, 13, 14, 15), (0, 1, 2, 3)))
    assert 1.4 < gust[by_day].mean() / gust[by_night].mean() < 2.2


# Eight years give a mean and a standard deviation. A ninth year of the same climate lies within 4 standard
# deviations in 99.3 % (Student's t, 7 degrees of freedom, scaled by the mean's own error): no real value may be
# farther away. The smaller a statistic's spread between years, the sharper this is.
@pytest.mark.parametrize("season", [SPRING, SUMMER], ids=lambda season: season.title)
def test_every_statistic_could_be_one_of_the_real_station(record: Series, season: Season) -> None:
    if not season.file.exists():
        pytest.skip(f"no real Jena rows to compare with: ../shared/data/jena/{season.file.name} is absent")
    years = [statistics(part) for part in simulated_years(record, season)]
    strange = {}
    for name, real in statistics(read_real(season)).items():
        own = np.array([year[name] for year in years])
        if abs(real - own.mean()) > 4 * own.std(ddof=1):
            strange[name] = (real, own.mean(), own.std(ddof=1))
    assert not strange


@pytest.mark.parametrize("season", [SPRING, SUMMER], ids=lambda season: season.title)
@pytest.mark.parametrize("lag", [6, 36, 144, 288, 1440])
def test_temperature_changes_as_fast_as_the_real_one(record: Series, season: Season, lag: int) -> None:
    if not season.file.exists():
        pytest.skip(f"no real Jena rows to compare with: ../shared/data/jena/{season.file.name} is absent")
    real = read_real(season).columns["T"]
    years = [part.columns["T"] for part in simulated_years(record, season)]
    changes = [np.abs(year[lag:] - year[:-lag]).mean() for year in years]
    # Between years the mean change has a standard deviation of 6 to 17 %, and the real year is one.
    assert 0.75 < np.mean(changes) / np.abs(real[lag:] - real[:-lag]).mean() < 1.25


def test_page_shows_the_figures_of_this_version(record: Series) -> None:
    cells = simulated_cells(record)
    shown: dict[tuple[str, str], str] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if len(row) == 5:
            shown |= {(row[0], SPRING.title): row[2], (row[0], SUMMER.title): row[4]}
    assert {place: shown.get(place) for place in cells} == cells
