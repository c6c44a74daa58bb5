"""Thirty made-up files that have a fault, each as it is met in real ones."""

from __future__ import annotations

import numpy as np

from tests.data.survey.made_series import MadeFile, Maker, Recipe


def absolute_zero_for_hours(m: Maker) -> MadeFile:
    temp = m.with_values(np.round(m.celsius() + 273.15, 2), slice(1100, 1110), 0)
    return MadeFile({"temp_K": temp, "demand": m.load()}, "demand", faulty=("temp_K",))


def absolute_zero_here_and_there(m: Maker) -> MadeFile:
    temp = m.with_values(np.round(m.celsius() + 273.15, 1), m.some(7), 0)
    return MadeFile({"T (K)": temp, "p (hPa)": m.pressure()}, "p (hPa)", faulty=("T (K)",))


def a_flood_in_one_hour(m: Maker) -> MadeFile:
    rain = m.with_values(m.rain(), 2100, 9831.3)
    return MadeFile({"rain_1h": rain, "vehicles": m.traffic()}, "vehicles", faulty=("rain_1h",))


def a_wind_beyond_sound(m: Maker) -> MadeFile:
    wind = m.with_values(m.wind(), 2650, 1048.36)
    return MadeFile({"wind_speed": wind, "temp": m.celsius()}, "temp", faulty=("wind_speed",))


def frost_by_code(m: Maker) -> MadeFile:
    temp = m.with_values(m.celsius(), m.some(6), -99)
    return MadeFile({"T (degC)": temp, "rh (%)": m.humidity()}, "rh (%)", faulty=("T (degC)",))


def humidity_of_an_overflow(m: Maker) -> MadeFile:
    rh = m.with_values(m.humidity(), m.some(5), 655.35)
    return MadeFile({"rh (%)": rh, "T (degC)": m.celsius()}, "T (degC)", faulty=("rh (%)",))


def direction_of_no_wind(m: Maker) -> MadeFile:
    direction = m.with_values(m.direction(10), m.some(60), 990)
    return MadeFile({"wd (deg)": direction, "wv (m/s)": m.wind()}, "wv (m/s)", faulty=("wd (deg)",))


def pressure_drops_out(m: Maker) -> MadeFile:
    pressure = m.with_values(m.pressure(), m.some(4), 0)
    return MadeFile({"p (hPa)": pressure, "T (degC)": m.celsius()}, "T (degC)", faulty=("p (hPa)",))


def a_row_counter(m: Maker) -> MadeFile:
    return MadeFile({"No": np.arange(1, m.rows + 1), "demand": m.load()}, "demand", faulty=("No",))


def seconds_since_1970(m: Maker) -> MadeFile:
    seconds = 1_614_556_800 + 3600.0 * np.arange(m.rows)
    return MadeFile({"epoch": seconds, "rh (%)": m.humidity(), "T": m.celsius()}, "T", faulty=("epoch",))


def one_column_twice(m: Maker) -> MadeFile:
    noise = np.round(m.random.uniform(0, 50, m.rows), 3)
    columns = {"rv1": noise, "load": m.load(), "rv2": noise}
    return MadeFile(columns, "load", faulty=("rv1", "rv2"), level="note")


def a_sensor_stands_still(m: Maker) -> MadeFile:
    pressure = m.pressure()
    return MadeFile(
        {"p (hPa)": m.with_values(pressure, slice(900, 1000), pressure[900]), "load": m.load()},
        "load",
        faulty=("p (hPa)",),
    )


def the_target_stands_still(m: Maker) -> MadeFile:
    load = m.load()
    return MadeFile(
        {"load": m.with_values(load, slice(400, 530), load[400]), "T": m.celsius()}, "load", faulty=("load",)
    )


def a_probe_that_starts_up(m: Maker) -> MadeFile:
    water = m.with_values(np.round(18 + m.memory(0.99, 1.5), 2), m.some(7), 85.0)
    return MadeFile({"water": m.with_values(water, m.some(3), -127.0), "load": m.load()}, "load", faulty=("water",))


def a_slipped_decimal_point(m: Maker) -> MadeFile:
    room = np.round(21 + 0.8 * m.day() + m.memory(0.95, 0.7), 2)
    rows = m.some(4)
    return MadeFile(
        {"room": m.with_values(room, rows, room[rows] * 10), "outside": m.celsius()}, "outside", faulty=("room",)
    )


def a_unit_changes_at_the_end(m: Maker) -> MadeFile:
    room = 21 + 0.8 * m.day() + m.memory(0.95, 0.7)
    last = slice(int(m.rows * 0.8), None)
    return MadeFile(
        {"room": m.with_values(room, last, room[last] * 1.8 + 32), "sun": m.sun()}, "room", faulty=("room",)
    )


def counts_below_zero(m: Maker) -> MadeFile:
    return MadeFile(
        {"vehicles": m.with_values(m.traffic(), m.some(12), -1), "T": m.celsius()}, "vehicles", faulty=("vehicles",)
    )


def a_river_with_a_code(m: Maker) -> MadeFile:
    flow = np.round(np.exp(2.5 + m.memory(0.99, 0.9)), 2)
    return MadeFile({"flow": m.with_values(flow, m.some(3), 9999), "rain": m.rain()}, "flow", faulty=("flow",))


def a_fill_value(m: Maker) -> MadeFile:
    salt = m.with_values(np.round(34.6 + m.memory(0.99, 0.3), 3), slice(2000, 2008), 1e20)
    return MadeFile({"salinity": salt, "sst": m.celsius(18)}, "sst", faulty=("salinity",))


def a_voltage_times_a_hundred(m: Maker) -> MadeFile:
    volts = m.with_values(np.round(230 + m.memory(0.8, 1.9), 1), 1777, 23012.0)
    return MadeFile({"voltage": volts, "load": m.load()}, "load", faulty=("voltage",))


def a_look_ahead(m: Maker) -> MadeFile:
    load = m.load()
    return MadeFile({"load": load, "load_next_day": np.append(load[24:], load[:24])}, "load", faulty=("load_next_day",))


def a_division_by_next_to_nothing(m: Maker) -> MadeFile:
    ratio = np.round(0.6 + m.memory(0.9, 0.1), 3)
    ratio = m.with_values(ratio, m.some(3), ratio[:3] / m.random.uniform(1e-12, 1e-9, 3))
    return MadeFile({"ratio": ratio, "load": m.load()}, "load", faulty=("ratio",))


def zero_degrees_in_july(m: Maker) -> MadeFile:
    temp = m.celsius(13, 2)
    warm = np.flatnonzero(temp > 17)
    rows = warm[5 :: len(warm) // 9][:8]
    return MadeFile({"T (degC)": m.with_values(temp, rows, 0), "load": m.load()}, "load", faulty=("T (degC)",))


def humidity_below_zero(m: Maker) -> MadeFile:
    rh = m.with_values(m.humidity(), m.some(3), -40)
    return MadeFile({"RH": rh, "T": m.celsius()}, "T", faulty=("RH",))


def mostly_missing(m: Maker) -> MadeFile:
    sun = m.with_values(m.sun(), m.random.random(m.rows) < 0.65, np.nan)
    return MadeFile({"sun": sun, "T": m.celsius()}, "T", faulty=("sun",))


def the_lowest_integer(m: Maker) -> MadeFile:
    power = m.with_values(np.round(1500 + 400 * m.day() + m.memory(0.9, 120)), m.some(2), -32768)
    return MadeFile({"power": power, "T": m.celsius()}, "power", faulty=("power",))


def both_ends_are_codes(m: Maker) -> MadeFile:
    ozone = np.round(np.maximum(2, 48 + 20 * m.day() + m.memory(0.95, 14)), 1)
    ozone = m.with_values(m.with_values(ozone, m.some(9), -999), m.some(4), 999)
    return MadeFile({"o3": ozone, "T": m.celsius()}, "T", faulty=("o3",))


def an_id_with_gaps(m: Maker) -> MadeFile:
    ids = 70_000 + np.cumsum(np.where(m.random.random(m.rows) < 0.03, m.random.integers(2, 9, m.rows), 1))
    return MadeFile({"record_id": ids, "sun": m.sun()}, "sun", faulty=("record_id",))


def humidity_drops_out(m: Maker) -> MadeFile:
    rh = m.with_values(np.clip(m.humidity(), 31, 98), m.some(9), 0)
    return MadeFile({"humidity": rh, "price": np.round(45 + m.memory(0.9, 11), 2)}, "price", faulty=("humidity",))


def a_word_of_ones(m: Maker) -> MadeFile:
    co2 = m.with_values(np.round(520 + 120 * m.day(20) + np.abs(m.memory(0.9, 110))), m.some(3), 65535)
    return MadeFile({"co2_ppm": co2, "T": m.celsius(21)}, "co2_ppm", faulty=("co2_ppm",))


FAULTY: tuple[Recipe, ...] = (
    absolute_zero_for_hours, absolute_zero_here_and_there, a_flood_in_one_hour, a_wind_beyond_sound, frost_by_code,
    humidity_of_an_overflow, direction_of_no_wind, pressure_drops_out, a_row_counter, seconds_since_1970,
    one_column_twice, a_sensor_stands_still, the_target_stands_still, a_probe_that_starts_up, a_slipped_decimal_point,
    a_unit_changes_at_the_end, counts_below_zero, a_river_with_a_code, a_fill_value, a_voltage_times_a_hundred,
    a_look_ahead, a_division_by_next_to_nothing, zero_degrees_in_july, humidity_below_zero, mostly_missing,
    the_lowest_integer, both_ends_are_codes, an_id_with_gaps, humidity_drops_out, a_word_of_ones,
)  # fmt: skip
