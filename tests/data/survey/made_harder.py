"""Twelve made-up files with a fault that is hard to tell, and twelve without one that are hard to tell from faults.

They were written when the checks were done: what the checks make of them is recorded. Two of them led to changes since:
counters may run down, and one value that comes again needs less of a gap.
"""

from __future__ import annotations

import numpy as np

from tests.data.survey.made_series import MadeFile, Maker, Recipe


def a_sensor_at_half_its_value(m: Maker) -> MadeFile:
    temp = m.celsius(20)
    return MadeFile(
        {"T (degC)": m.with_values(temp, m.some(9), temp[5] / 2), "load": m.load()}, "load", faulty=("T (degC)",)
    )


def a_spike_twice_as_high_as_any(m: Maker) -> MadeFile:
    load = m.load()
    return MadeFile({"load": m.with_values(load, 1500, 2 * load.max()), "T": m.celsius()}, "load", faulty=("load",))


def a_week_of_noise(m: Maker) -> MadeFile:
    room = 21 + 0.8 * m.day() + m.memory(0.95, 0.7)
    noise = m.random.normal(21, 40, 168)
    return MadeFile(
        {"room": np.round(m.with_values(room, slice(800, 968), noise), 2), "T": m.celsius()}, "T", faulty=("room",)
    )


def an_offset_after_a_repair(m: Maker) -> MadeFile:
    pressure = m.pressure()
    last = slice(2300, None)
    return MadeFile(
        {"p (hPa)": m.with_values(pressure, last, pressure[last] + 38), "T": m.celsius()}, "T", faulty=("p (hPa)",)
    )


def twenty_hours_of_one_value(m: Maker) -> MadeFile:
    load = m.load()
    return MadeFile(
        {"load": m.with_values(load, slice(700, 720), load[700]), "T": m.celsius()}, "load", faulty=("load",)
    )


def a_missing_rain_of_ninety_nine(m: Maker) -> MadeFile:
    return MadeFile(
        {"rain (mm)": m.with_values(m.rain(), m.some(15), 99.9), "T": m.celsius()}, "T", faulty=("rain (mm)",)
    )


def zeros_in_a_noisy_count(m: Maker) -> MadeFile:
    return MadeFile(
        {"visitors": m.with_values(m.traffic(300), m.some(20), 0), "T": m.celsius()}, "visitors", faulty=("visitors",)
    )


def a_clock_that_drifts(m: Maker) -> MadeFile:
    sun = m.sun()
    late = np.clip(np.arange(m.rows) - np.arange(m.rows) // 250, 0, m.rows - 1)
    return MadeFile({"sun": sun[late], "pv": np.round(0.011 * sun, 3)}, "pv", faulty=("sun",))


def a_logger_that_counts_down(m: Maker) -> MadeFile:
    return MadeFile({"left": 50_000.0 - 7 * np.arange(m.rows), "T": m.celsius()}, "T", faulty=("left",))


def a_counter_that_starts_again(m: Maker) -> MadeFile:
    return MadeFile({"n": np.arange(m.rows) % 1000, "T": m.celsius()}, "T", faulty=("n",))


def prices_with_a_comma_lost(m: Maker) -> MadeFile:
    price = 48 + 16 * m.day(19) + m.memory(0.9, 12)
    rows = m.some(3)
    return MadeFile(
        {"EUR": np.round(m.with_values(price, rows, 100 * price[rows]), 2), "T": m.celsius()}, "EUR", faulty=("EUR",)
    )


def nearly_one_column_twice(m: Maker) -> MadeFile:
    temp = m.celsius()
    columns = {"T1": temp, "load": m.load(), "T2": np.round(temp + m.random.normal(0, 0.01, m.rows), 1)}
    return MadeFile(columns, "load", faulty=("T1", "T2"), level="note")


def a_match_in_the_stadium(m: Maker) -> MadeFile:
    traffic = m.traffic()
    return MadeFile({"vehicles": m.with_values(traffic, [1507, 1508], 4 * traffic.max()), "T": m.celsius()}, "vehicles")


def power_cuts_of_a_minute(m: Maker) -> MadeFile:
    volts = np.round(230 + m.memory(0.8, 1.9), 1)
    return MadeFile({"voltage": m.with_values(volts, m.some(3), 0), "load": m.load()}, "load", 1)


def a_weekly_boost_of_the_boiler(m: Maker) -> MadeFile:
    water = 46 + m.memory(0.9, 1.2) + 22 * ((m.hours % 168) == 4)
    return MadeFile({"boiler (degC)": np.round(water, 1), "T": m.celsius()}, "T")


def a_day_of_hail(m: Maker) -> MadeFile:
    return MadeFile(
        {"rain_mm": m.with_values(m.rain(), slice(1400, 1404), [22.0, 71.5, 48.2, 9.9]), "T": m.celsius()}, "T"
    )


def a_setback_at_night(m: Maker) -> MadeFile:
    room = np.where((m.hours % 24 < 6), 15.0, 21.0) + m.memory(0.5, 0.2)
    return MadeFile({"room": np.round(room, 1), "T": m.celsius()}, "room")


def a_bank_holiday(m: Maker) -> MadeFile:
    closed = (m.hours % 24 < 7) | ((m.hours // 24).astype(int) % 7 == 6)
    kwh = np.round(np.where(closed, 3.0, 60.0) + m.memory(0.7, 0.8), 2)
    return MadeFile({"kWh": m.with_values(kwh, slice(24 * 36, 24 * 39), 3.1), "T": m.celsius()}, "kWh")


def a_year_of_two_tariffs(m: Maker) -> MadeFile:
    return MadeFile({"price": np.where(np.arange(m.rows) < 1400, 0.31, 0.38), "load": m.load()}, "load")


def a_flash_crash(m: Maker) -> MadeFile:
    price = 100 * np.exp(m.memory(0.99, 0.05) + 0.004 * m.random.standard_t(4, m.rows))
    return MadeFile(
        {"close": np.round(m.with_values(price, 1600, 0.55 * price[1600]), 2), "volume": m.traffic(9e4)}, "close"
    )


def gusts_with_a_tornado(m: Maker) -> MadeFile:
    return MadeFile(
        {"gust (m/s)": m.with_values(m.wind() * 1.5, slice(900, 903), [31.0, 58.0, 40.0]), "T": m.celsius()}, "T"
    )


def a_well_that_is_pumped(m: Maker) -> MadeFile:
    depth = 12 + m.memory(0.999, 0.4)
    for begin in range(300, m.rows - 20, 450):
        depth[begin : begin + 12] += 6 * np.exp(-np.arange(12) / 4)
    return MadeFile({"depth (m)": np.round(depth, 3), "rain": m.rain()}, "depth (m)")


def an_unused_lift(m: Maker) -> MadeFile:
    rides = m.random.poisson(6 * np.maximum(m.day(), 0)).astype(float)
    return MadeFile({"rides": m.with_values(rides, slice(1000, 1400), 0), "T": m.celsius()}, "rides")


def error_codes_that_are_data(m: Maker) -> MadeFile:
    codes = m.with_values(np.zeros(m.rows), m.some(30), m.random.choice([404.0, 500.0, 503.0, 999.0], 30))
    return MadeFile({"last_error": codes, "requests": m.traffic(2000)}, "requests")


HARD_FAULTS: tuple[Recipe, ...] = (
    a_sensor_at_half_its_value, a_spike_twice_as_high_as_any, a_week_of_noise, an_offset_after_a_repair,
    twenty_hours_of_one_value, a_missing_rain_of_ninety_nine, zeros_in_a_noisy_count, a_clock_that_drifts,
    a_logger_that_counts_down, a_counter_that_starts_again, prices_with_a_comma_lost, nearly_one_column_twice,
)  # fmt: skip
HARD_SOUND: tuple[Recipe, ...] = (
    a_match_in_the_stadium, power_cuts_of_a_minute, a_weekly_boost_of_the_boiler, a_day_of_hail, a_setback_at_night,
    a_bank_holiday, a_year_of_two_tariffs, a_flash_crash, gusts_with_a_tornado, a_well_that_is_pumped, an_unused_lift,
    error_codes_that_are_data,
)  # fmt: skip
