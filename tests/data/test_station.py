"""The simulated station: its shape, its physics, its statistics, and that it is as hard to forecast as Jena."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from seqexp.data import humidity
from seqexp.data.series import Floats, Series
from seqexp.data.station import COLUMNS, SENTINEL, simulate

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "jena"
REAL_2009 = REAL / "jena_first20002_10min_13cols.csv"
REAL_2024 = REAL / "jena_2024jun_oct_10min_14cols.csv"

SEED_0 = "751929e0181d5d071a5f7a0ceaaf2dae8e09d0987d537a5797d5d6d4a00900fc"  # of VERSION 1

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
    return simulate()


def column(series: Series, name: str) -> Floats:
    return series.values[:, COLUMNS.index(name)]


def read_real(path: Path) -> dict[str, Floats]:
    if not path.exists():
        pytest.skip(f"no real Jena rows to compare with: ../shared/data/jena/{path.name} is absent")
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    values = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])
    return dict(zip(rows[0][1:], values.T, strict=True))


def naive_mae(temperature: Floats, first: int, end: int) -> float:
    """MAE of "the temperature stays", 24 h after the window whose last row is 6 before, in units of sd."""
    rows = np.arange(first, end)
    error = np.abs(temperature[rows - 6] - temperature[rows + 144]).mean()
    return float(error / temperature[:200_000].std())


def test_shape_is_the_official_one(record: Series) -> None:
    assert record.values.shape == (420_551, 14)
    assert record.values.dtype == np.float64
    assert record.times.shape == (420_551,)
    assert record.times.dtype == np.dtype("datetime64[s]")
    assert record.columns == COLUMNS
    assert (record.name, record.source) == ("jena", "simulated")
    assert record.origin == "simulated weather station, seed 0"
    assert record.interval_seconds == 600
    assert np.isfinite(record.values).all()


def test_time_stamps_repeat_and_leave_gaps_like_the_official_ones(record: Series) -> None:
    times = record.times
    assert times[0] == np.datetime64("2009-01-01T00:10:00")
    assert times[-1] == np.datetime64("2017-01-01T00:00:00")
    steps = np.diff(times).astype(np.int64)
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
    real = read_real(REAL_2024)
    pressure, temperature, relative = real["p (mbar)"], real["T (degC)"], real["rh (%)"]
    saturation = humidity.saturation_pressure(temperature)
    vapour = saturation * relative / 100
    derived = {
        "VPmax (mbar)": saturation,
        "VPact (mbar)": vapour,
        "VPdef (mbar)": saturation - vapour,
        "Tdew (degC)": humidity.dew_point(vapour),
        "sh (g/kg)": humidity.specific_humidity(pressure, vapour),
        "H2OC (mmol/mol)": humidity.water_concentration(pressure, vapour),
        "rho (g/m**3)": humidity.air_density(pressure, temperature, vapour),
        "Tpot (K)": humidity.potential_temperature(pressure, temperature),
    }
    for name, values in derived.items():
        # A few rows of the file are interpolated, hence a quantile.
        assert np.quantile(np.abs(real[name] - values), 0.99) < 0.02, name


@pytest.mark.parametrize("name", COLUMNS)
def test_mean_and_spread_are_near_the_official_ones(record: Series, name: str) -> None:
    values = column(record, name)
    values = values[values != SENTINEL]
    mean, deviation = OFFICIAL[name]
    assert abs(values.mean() - mean) < 0.25 * deviation
    assert 0.85 < values.std() / deviation < 1.15


@pytest.mark.parametrize(("path", "first"), [(REAL_2009, 0), (REAL_2024, 160 * 144)])
@pytest.mark.parametrize("lag", [6, 36, 144, 288, 1440])
def test_temperature_changes_as_fast_as_the_real_one(record: Series, path: Path, first: int, lag: int) -> None:
    real = read_real(path)["T (degC)"]
    simulated = column(record, "T (degC)")
    changes = []
    for year in range(8):  # the same months of each year
        start = first + round(365.25 * 144 * year)
        part = simulated[start : start + len(real)]
        changes.append(np.abs(part[lag:] - part[:-lag]).mean())
    assert 0.75 < np.mean(changes) / np.abs(real[lag:] - real[:-lag]).mean() < 1.25


@pytest.mark.parametrize(("first", "end"), [(201_441, 299_856), (301_441, 420_407)])
def test_naive_forecast_is_as_good_as_on_the_real_record(record: Series, first: int, end: int) -> None:
    assert 0.27 < naive_mae(column(record, "T (degC)"), first, end) < 0.31


def test_seasons_and_days(record: Series) -> None:
    temperature = column(record, "T (degC)")
    months = record.times.astype("datetime64[M]").astype(np.int64) % 12
    hours = (record.times.astype(np.int64) // 3600) % 24
    monthly = np.array([temperature[months == month].mean() for month in range(12)])
    assert monthly.argmin() in (0, 1)
    assert monthly.argmax() in (6, 7)
    assert -3 < monthly.min() < 2
    assert 17 < monthly.max() < 21
    swing = []
    for month in (0, 6):
        by_hour = [temperature[(months == month) & (hours == hour)].mean() for hour in range(24)]
        assert np.argmax(by_hour) in (13, 14, 15, 16)
        swing.append(max(by_hour) - min(by_hour))
    assert 2 < swing[0] < 5
    assert 7 < swing[1] < 12


def test_one_seed_gives_one_record(record: Series) -> None:
    again = simulate(0)
    assert again.digest == record.digest
    np.testing.assert_array_equal(again.values, record.values)


def test_another_seed_gives_other_weather_at_the_same_times(record: Series) -> None:
    other = simulate(1)
    assert other.digest != record.digest
    assert other.origin == "simulated weather station, seed 1"
    np.testing.assert_array_equal(other.times, record.times)
    np.testing.assert_array_equal(other.values == SENTINEL, record.values == SENTINEL)


def test_digest_of_seed_0_is_the_same_on_every_machine(record: Series) -> None:
    assert record.digest == SEED_0


@pytest.mark.slow
def test_a_gru_beats_the_naive_forecast(record: Series) -> None:
    import keras
    import tensorflow as tf

    values = np.where(record.values == SENTINEL, 0.0, record.values)
    scaled = ((values - values[:200_000].mean(axis=0)) / values[:200_000].std(axis=0)).astype(np.float32)
    series, offsets = tf.constant(scaled), tf.range(-1440, 0, 6, dtype=tf.int64)

    def windows(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(series, rows[:, None] + offsets), tf.gather(series[:, 1], rows + 144)

    batches = tf.data.Dataset.random(seed=1).batch(128, drop_remainder=True)
    training = batches.map(lambda draw: windows(1440 + tf.cast(draw % 198_400, tf.int64)))
    rows = np.arange(201_441, 299_856, 8)[: 96 * 128]
    validation = tf.data.Dataset.from_tensor_slices(rows).batch(128, drop_remainder=True).map(windows)

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((240, 14)), keras.layers.GRU(32, use_cudnn=False), keras.layers.Dense(1)])
    model.compile(keras.optimizers.RMSprop(1e-3), loss="mae", jit_compile=True)
    model.fit(training, steps_per_epoch=400, epochs=3, verbose=0, shuffle=False)
    naive = float(np.abs(scaled[rows - 6, 1] - scaled[rows + 144, 1]).mean())
    assert model.evaluate(validation, verbose=0) < 0.95 * naive
