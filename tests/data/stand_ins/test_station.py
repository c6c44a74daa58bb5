"""The simulated station: its shape, its stamps, its sentinels, its physics, and that its bytes never change."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from seqexp.data.arrays import Floats
from seqexp.data.series.series import Series
from seqexp.data.stand_ins import humidity
from seqexp.data.stand_ins.station import COLUMNS, SENTINEL, STATION_VERSION, simulate_station
from tests.data.stand_ins.climate import SUMMER, read_real

# SHA-256 of VERSION 2's values in hundredths, as int64 in row order.
SEED_0 = "db85185887cc328dddd0cc7ad0c7f0544a3b01e983e5447384d3203eed8fd35f"


@pytest.fixture(scope="module")
def record() -> Series:
    return simulate_station()


def column(series: Series, name: str) -> Floats:
    return series.values[:, COLUMNS.index(name)]


def hundredths_digest(values: Floats) -> str:
    """Return the SHA-256 of rounded values: independent of how a series is digested or stored."""
    return hashlib.sha256(np.rint(values * 100).astype("<i8").tobytes()).hexdigest()


def test_shape_is_the_official_one(record: Series) -> None:
    assert record.values.shape == (420_551, 14)
    assert record.values.dtype == np.float64
    assert record.times.shape == (420_551,)
    assert np.issubdtype(record.times.dtype, np.datetime64)
    assert record.columns == COLUMNS
    assert (record.name, record.source) == ("jena", "simulated")
    assert record.origin == "simulated weather station, seed 0"
    assert np.isfinite(record.values).all()


def test_time_stamps_repeat_and_leave_gaps_like_the_official_ones(record: Series) -> None:
    times = record.times
    assert times[0] == np.datetime64("2009-01-01T00:10:00")
    assert times[-1] == np.datetime64("2017-01-01T00:00:00")
    steps = np.diff(times.astype("datetime64[s]")).astype(np.int64)
    assert (steps[:20_001] == 600).all()
    assert (steps % 600 == 0).all()
    assert (steps < 0).sum() == 3
    assert (steps > 600).sum() == 3
    assert len(times) - len(np.unique(times)) == 327
    assert 420_768 - len(np.unique(times)) == 544


def test_repeated_stamps_repeat_the_whole_row(record: Series) -> None:
    _, first, inverse = np.unique(record.times, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(record.values, record.values[first[inverse]])


def test_sentinels_stand_in_the_wind_columns_of_late_rows_only(record: Series) -> None:
    rows, columns = np.nonzero(record.values == SENTINEL)
    counts = {COLUMNS[index]: int((columns == index).sum()) for index in np.unique(columns)}
    assert counts == {"wv (m/s)": 18, "max. wv (m/s)": 20}
    assert rows.min() > 300_001
    others = [index for index, name in enumerate(COLUMNS) if "wv" not in name]
    assert record.values[:, others].min() > -50


def test_values_are_rounded_as_the_logger_rounds(record: Series) -> None:
    np.testing.assert_array_equal(record.values, np.round(record.values, 2))
    for name in ("rh (%)", "wd (deg)"):
        values = column(record, name)
        np.testing.assert_array_equal(values[values >= 70], np.round(values[values >= 70], 1))
        assert (values[values < 70] != np.round(values[values < 70], 1)).mean() > 0.8
    assert not np.signbit(column(record, "VPdef (mbar)")).any()


def test_ranges_are_physical(record: Series) -> None:
    assert column(record, "rh (%)").max() == 100.0
    assert column(record, "rh (%)").min() >= 12.0
    assert column(record, "wd (deg)").min() >= 0.0
    assert column(record, "wd (deg)").max() <= 360.0
    wind, gust = column(record, "wv (m/s)"), column(record, "max. wv (m/s)")
    both = (wind != SENTINEL) & (gust != SENTINEL)
    assert wind[both].min() >= 0.0
    assert (gust[both] >= wind[both]).all()
    assert 10 < gust.max() < 40
    temperature = column(record, "T (degC)")
    assert -30 < temperature.min() < -12
    assert 33 < temperature.max() < 42
    assert (column(record, "Tdew (degC)") <= temperature + 0.01).all()


def test_humidity_columns_follow_from_pressure_temperature_and_humidity(record: Series) -> None:
    pressure, temperature, relative, vpmax, vpact = (
        column(record, name) for name in ("p (mbar)", "T (degC)", "rh (%)", "VPmax (mbar)", "VPact (mbar)")
    )
    half = 0.00501  # rounding of a column with two decimals

    def check(name: str, expected: Floats, tolerance: Floats | float) -> None:
        assert (np.abs(column(record, name) - expected) <= half + tolerance).all(), name

    # A degree changes the saturation pressure by at most 9 %; rh is rounded to 0.1 %.
    check("VPmax (mbar)", humidity.saturation_pressure(temperature), 0.09 * half * vpmax)
    check("VPact (mbar)", vpmax * relative / 100, half * relative / 100 + 0.0005001 * vpmax)
    check("VPdef (mbar)", vpmax - vpact, 2 * half)
    check("Tdew (degC)", humidity.dew_point(vpact), half * 17 / vpact)
    check("sh (g/kg)", humidity.specific_humidity(pressure, vpact), 0.67 * half)
    check("H2OC (mmol/mol)", humidity.water_concentration(pressure, vpact), 1.1 * half)
    check("rho (g/m**3)", humidity.air_density(pressure, temperature, vpact), 8 * half)
    check("Tpot (K)", humidity.potential_temperature(pressure, temperature), 1.2 * half)


def test_formulas_are_the_real_stations() -> None:
    if not SUMMER.file.exists():
        pytest.skip(f"no real Jena rows to compare with: ../shared/data/jena/{SUMMER.file.name} is absent")
    real = read_real(SUMMER).columns
    pressure, temperature, relative = real["p"], real["T"], real["rh"]
    saturation = humidity.saturation_pressure(temperature)
    vapour = saturation * relative / 100
    derived = {
        "VPmax": saturation,
        "VPact": vapour,
        "VPdef": saturation - vapour,
        "Tdew": humidity.dew_point(vapour),
        "sh": humidity.specific_humidity(pressure, vapour),
        "H2OC": humidity.water_concentration(pressure, vapour),
        "rho": humidity.air_density(pressure, temperature, vapour),
        "Tpot": humidity.potential_temperature(pressure, temperature),
    }
    for name, values in derived.items():
        # A few rows of the file are interpolated, hence a quantile.
        assert np.quantile(np.abs(real[name] - values), 0.99) < 0.02, name


def test_one_seed_gives_one_record(record: Series) -> None:
    again = simulate_station(0)
    assert again.values.tobytes() == record.values.tobytes()
    np.testing.assert_array_equal(again.times, record.times)
    assert again.digest == record.digest


def test_another_seed_gives_other_weather_at_the_same_times(record: Series) -> None:
    other = simulate_station(1)
    assert other.digest != record.digest
    assert (other.values[:, COLUMNS.index("T (degC)")] != column(record, "T (degC)")).mean() > 0.99
    assert other.origin == "simulated weather station, seed 1"
    np.testing.assert_array_equal(other.times, record.times)
    np.testing.assert_array_equal(other.values == SENTINEL, record.values == SENTINEL)


def test_values_of_seed_0_are_the_same_on_every_machine(record: Series) -> None:
    assert STATION_VERSION == "2"
    assert hundredths_digest(record.values) == SEED_0
