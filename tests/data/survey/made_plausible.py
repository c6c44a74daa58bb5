"""Thirty made-up files in which nothing is wrong, each with something that may look as if it were."""

from __future__ import annotations

import numpy as np

from tests.data.survey.made_series import MadeFile, Maker, Recipe


def a_greenhouse(m: Maker) -> MadeFile:
    warm = np.round(17 + 5 * m.day() + m.memory(0.99, 2), 1)
    return MadeFile({"T (degC)": warm, "rh (%)": np.round(75 - 2 * (warm - 17) + m.memory(0.5, 3), 1)}, "T (degC)")


def heavy_showers(m: Maker) -> MadeFile:
    heavy = m.random.gamma(0.35, 4.0, m.rows) * np.exp(m.random.normal(0, 0.7, m.rows))
    rain = np.where(m.rain(0.05) > 0, np.round(heavy, 1), 0.0)
    return MadeFile({"rain_mm": rain, "T": m.celsius()}, "T")


def a_storm(m: Maker) -> MadeFile:
    storm = 22 * np.exp(-((m.hours - 2000) ** 2) / 60)
    return MadeFile(
        {"wv (m/s)": np.round(m.wind() + storm, 2), "p (hPa)": m.pressure() - np.round(storm, 2)}, "p (hPa)"
    )


def solar_power(m: Maker) -> MadeFile:
    return MadeFile({"pv_kW": np.round(m.sun() * 0.011, 3), "W/m2": m.sun()}, "pv_kW")


def a_closed_road(m: Maker) -> MadeFile:
    traffic = m.with_values(m.traffic(3000) + 220, slice(1500, 1511), 0)
    return MadeFile({"traffic_volume": traffic, "temp": m.celsius()}, "traffic_volume")


def appliances(m: Maker) -> MadeFile:
    on = m.random.random(m.rows) < 0.12 + 0.1 * m.day(19)
    watts = np.where(on, 10 * np.round(6 + m.random.gamma(1.1, 18, m.rows)), 10 * m.random.integers(4, 8, m.rows))
    return MadeFile({"appliances": watts, "T1": np.round(20 + m.memory(0.99, 1), 2)}, "appliances", m.minutes)


def prices_with_spikes(m: Maker) -> MadeFile:
    price = 48 + 16 * m.day(19) + m.memory(0.9, 12) - 30 * (m.sun() / 900) ** 2
    spikes = np.where(m.random.random(m.rows) < 0.006, 60 * m.random.pareto(1.4, m.rows), 0)
    return MadeFile({"EUR/MWh": np.round(price + spikes, 2), "load": m.load()}, "EUR/MWh")


def fog_for_days(m: Maker) -> MadeFile:
    rh = m.with_values(m.humidity(), slice(1200, 1255), 100)
    return MadeFile({"rh (%)": rh, "T (degC)": m.celsius()}, "T (degC)")


def direction_by_tens(m: Maker) -> MadeFile:
    direction = np.where(m.random.random(m.rows) < 0.04, 0, m.direction(10))
    return MadeFile({"wind_direction (deg)": direction, "gust": m.wind() * 1.6}, "gust")


def set_points(m: Maker) -> MadeFile:
    point = m.with_values(m.steps((18.0, 21.0, 23.0)), slice(800, 806), 30.0)
    return MadeFile({"setpoint": point, "room": np.round(point + m.memory(0.9, 0.4), 1)}, "room")


def visibility_at_its_limit(m: Maker) -> MadeFile:
    seen = np.round(np.clip(35 + m.memory(0.9, 12), 1, 65))
    return MadeFile({"visibility": m.with_values(seen, slice(480, 516), 40), "load": m.load()}, "load")


def nine_days_of_clouds(m: Maker) -> MadeFile:
    clouds = m.steps((0, 1, 20, 40, 75, 90), 5)
    return MadeFile({"clouds_all": m.with_values(clouds, slice(700, 916), 90), "v": m.traffic()}, "v")


def dew_point_in_whole_degrees(m: Maker) -> MadeFile:
    dew = np.round(4 + 6 * m.year() + m.memory(0.985, 5))
    return MadeFile({"DEWP": m.with_values(dew, slice(1401, 1450), dew[1401]), "T": m.celsius()}, "T")


def floods(m: Maker) -> MadeFile:
    rain = m.rain(0.1)
    kernel = np.exp(-np.arange(120) / 30)
    flow = 8 + 0.4 * np.convolve(rain**1.5, kernel)[: m.rows] + m.memory(0.99, 0.5)
    return MadeFile({"discharge (m3/s)": np.round(np.maximum(flow, 1), 2), "rain (mm)": rain}, "discharge (m3/s)")


def air_that_fills_with_carbon(m: Maker) -> MadeFile:
    co2 = np.round(410 + 0.002 * m.hours + 3 * m.day(4) + m.memory(0.9, 2), 2)
    return MadeFile({"CO2 (ppm)": co2, "T (degC)": m.celsius()}, "CO2 (ppm)")


def a_new_wing(m: Maker) -> MadeFile:
    later = np.where(np.arange(m.rows) > 0.5 * m.rows, 1.0, 0.0)
    return MadeFile({"kWh": np.round(m.load(90) * (1 + 0.25 * later), 1), "T": m.celsius()}, "kWh")


def a_meter_reading(m: Maker) -> MadeFile:
    use = np.maximum(0.05, 1.2 + 0.8 * m.day(19) + m.memory(0.7, 0.5))
    return MadeFile({"meter (kWh)": np.round(5231 + np.cumsum(use), 2), "use": np.round(use, 2)}, "use")


def rare_small_counts(m: Maker) -> MadeFile:
    calls = m.random.poisson(np.where(m.day() > 0, 0.9, 0.1)).astype(float)
    return MadeFile({"calls": m.with_values(calls, 1234, 11), "staff": m.steps((1, 2, 3), 8)}, "calls")


def a_plant_that_stops(m: Maker) -> MadeFile:
    power = m.with_values(np.round(420 + m.memory(0.9, 22), 1), slice(1000, 1050), 0)
    return MadeFile({"power (MW)": power, "river": m.celsius(10)}, "river")


def a_valve_that_rarely_opens(m: Maker) -> MadeFile:
    valve = m.with_values(np.zeros(m.rows), m.some(9), 1)
    return MadeFile({"valve": valve, "level": np.round(3 + m.memory(0.99, 0.5), 2)}, "level")


def a_shop(m: Maker) -> MadeFile:
    sunday = (m.hours // 24).astype(int) % 7 == 6
    open_hours = (m.hours % 24 >= 9) & (m.hours % 24 < 20) & ~sunday
    sales = np.where(open_hours, m.random.poisson(60 * np.exp(m.memory(0.9, 0.3))), 0).astype(float)
    friday = slice(24 * 88 + 9, 24 * 88 + 20)
    return MadeFile({"sales": m.with_values(sales, friday, 3.5 * sales[friday]), "T": m.celsius()}, "sales")


def half_degrees(m: Maker) -> MadeFile:
    return MadeFile({"T_out": np.round(m.celsius() * 2) / 2, "load": m.load()}, "load")


def returns(m: Maker) -> MadeFile:
    calm = np.exp(0.5 * m.memory(0.98, 0.8))
    return MadeFile({"return_pct": np.round(m.random.standard_t(3, m.rows) * 0.4 * calm, 4), "vix": 15 * calm}, "vix")


def thunder(m: Maker) -> MadeFile:
    near = np.exp(3.2 * m.memory(0.97))
    strokes = np.where(near > 25, m.random.poisson(np.minimum(near, 4000) / 6), 0).astype(float)
    return MadeFile({"strokes": strokes, "T": m.celsius()}, "T")


def exchange_with_the_grid(m: Maker) -> MadeFile:
    return MadeFile({"net (kW)": np.round(m.load(5) - m.sun() * 0.012, 3), "sun": m.sun()}, "net (kW)")


def snow(m: Maker) -> MadeFile:
    fallen = np.cumsum(np.where(m.random.random(m.rows) < 0.03, m.random.gamma(1, 6, m.rows), -0.2))
    depth = np.round(np.maximum(0, fallen - np.minimum.accumulate(fallen)))
    return MadeFile({"snow_cm": m.with_values(depth, slice(1100, 2300), 0), "T": m.celsius(2)}, "T")


def clock_columns(m: Maker) -> MadeFile:
    days = (m.hours // 24).astype(int)
    clock = {"hour": m.hours % 24, "weekday": days % 7, "month": 3 + days // 30}
    return MadeFile({**clock, "vehicles": m.traffic()}, "vehicles")


def fireworks(m: Maker) -> MadeFile:
    dust = np.exp(2.4 + m.memory(0.97, 0.5))
    dust = dust * (1 + 24 * np.exp(-((m.hours - 1500) ** 2) / 8))
    return MadeFile({"pm2.5 (ug/m3)": np.round(dust, 1), "rh (%)": m.humidity()}, "pm2.5 (ug/m3)")


def a_difference_in_kelvin(m: Maker) -> MadeFile:
    spread = np.round(4 * np.maximum(m.day(), 0) * m.steps((0, 1), 12) + m.memory(0.8, 0.4), 2)
    return MadeFile({"dT (K)": spread, "pump": m.steps((0, 1), 12)}, "dT (K)")


def a_battery(m: Maker) -> MadeFile:
    charge = np.clip(55 + 70 * m.day(16) + m.memory(0.99, 25), 0, 100)
    return MadeFile({"SOC (%)": np.round(m.with_values(charge, slice(300, 345), 100), 1), "load": m.load()}, "load")


PLAUSIBLE: tuple[Recipe, ...] = (
    a_greenhouse, heavy_showers, a_storm, solar_power, a_closed_road, appliances, prices_with_spikes, fog_for_days,
    direction_by_tens, set_points, visibility_at_its_limit, nine_days_of_clouds, dew_point_in_whole_degrees, floods,
    air_that_fills_with_carbon, a_new_wing, a_meter_reading, rare_small_counts, a_plant_that_stops,
    a_valve_that_rarely_opens, a_shop, half_degrees, returns, thunder, exchange_with_the_grid, snow, clock_columns,
    fireworks, a_difference_in_kelvin, a_battery,
)  # fmt: skip
