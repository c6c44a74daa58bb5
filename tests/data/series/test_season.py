"""Which seasons a series shows, and where their phases lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqexp.config.durations import DAY
from seqexp.config.errors import InputError
from seqexp.data.arrays import Floats
from seqexp.data.series.geometry import geometry_of
from seqexp.data.series.season import check_seasons, clock_of, seasons_of
from tests.data.helpers import received
from tests.factories import dataset_config, minutes

HOUR = DAY // 24
RANDOM = np.random.default_rng(0)


def found(values: Floats, interval: int, **dataset: Any) -> list[tuple[str, int]]:
    named = geometry_of(dataset_config(**dataset), interval).season if dataset else None
    seasons = seasons_of(named, interval, values, np.ones(len(values), dtype=bool))
    return [(season.name, season.rows) for season in seasons]


def wave(rows: int, period: float) -> Floats:
    values: Floats = np.sin(2 * np.pi * np.arange(rows) / period)
    return values


def walk(rows: int, memory: float) -> Floats:
    values = RANDOM.normal(size=rows)
    for row in range(1, rows):
        values[row] += memory * values[row - 1]
    return values


WEEKDAYS = np.repeat(np.tile([1.0, 1.1, 1.2, 1.1, 1.0, 0.2, 0.1], 60), 24)


@pytest.mark.parametrize(
    ("values", "interval", "seasons"),
    [
        (wave(2000, 24) + walk(2000, 0.5), HOUR, [("1d", 24)]),
        (wave(5000, 144), DAY // 144, [("1d", 144)]),
        (WEEKDAYS * (2 + wave(len(WEEKDAYS), 24)), HOUR, [("1d", 24), ("7d", 168)]),
        (WEEKDAYS[::24], DAY, [("7d", 7)]),
        (wave(1500, 365) + walk(1500, 0.2), DAY, [("1y", 365)]),
        (wave(300, 365.2425 / 7) + walk(300, 0.2), 7 * DAY, [("1y", 52)]),
        (wave(200, 12) + walk(200, 0.2), round(365.2425 * DAY / 12), [("1y", 12)]),
        (wave(3 * 8760, 8760) + wave(3 * 8760, 24), HOUR, [("1d", 24), ("1y", 8760)]),
        (wave(40, 24), HOUR, []),  # twice a day must fit in
        (wave(2000, 50), HOUR, []),  # a cycle of no calendar: dataset.season names it
        (np.arange(2000.0), HOUR, []),
        (np.full(2000, 3.0), HOUR, []),
        (wave(2000, 10), 7 * HOUR, []),  # no day is a whole number of rows
        (wave(2000, 24), 0, []),  # all time stamps are the same
    ],
)
def test_seasons_of_the_calendar_that_stand_out(values: Floats, interval: int, seasons: list[tuple[str, int]]) -> None:
    assert found(values, interval) == seasons


def test_one_column_that_shows_a_season_is_enough() -> None:
    """Together with another cycle, whose values a day apart are opposites, it does not stand out."""
    columns = np.stack([wave(2000, 24), wave(2000, 44), np.full(2000, 3.0)], axis=1)
    assert found(columns, HOUR) == [("1d", 24)]
    assert found(columns[:, 1:], HOUR) == []


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9, 0.99, 1.0])
def test_noise_shows_none(memory: float) -> None:
    assert sum(bool(found(walk(6000, memory), HOUR)) for _ in range(20)) <= 2


def test_what_was_not_measured_says_nothing() -> None:
    values, measured = wave(2000, 24), RANDOM.random(2000) < 0.5
    values[~measured] = 1e6
    (season,) = seasons_of(None, HOUR, values, measured)
    assert season.rows == 24


@pytest.mark.parametrize(
    ("season", "names"),
    [
        *((given, ["1d"]) for given in ("1d", "24h", 24, ["1d", "24h"])),
        (["7d", "1d"], ["1d", "7d"]),
        (36, ["36h"]),
        ([], []),
    ],
)
def test_a_season_that_is_named_is_taken(season: object, names: list[str]) -> None:
    assert [name for name, _ in found(RANDOM.normal(size=2000), HOUR, season=season)] == names


def test_every_season_that_does_not_fit_is_reported() -> None:
    with pytest.raises(InputError) as caught:
        check_seasons((24, 600, 700), 1000)
    assert received(caught.value) == [("dataset.season", "one of 600 rows."), ("dataset.season", "one of 700 rows.")]


def test_where_all_time_stamps_are_the_same_a_season_is_known_by_its_rows() -> None:
    (season,) = seasons_of((24,), 0, RANDOM.normal(size=2000), np.ones(2000, dtype=bool))
    assert (season.name, season.rows) == ("24rows", 24)


def test_a_gap_shifts_no_phase() -> None:
    times = minutes(0, 10, 20, 60, 71, 80)
    assert clock_of(times, 600_000_000).tolist() == [0, 1, 2, 6, 7, 8]


@pytest.mark.parametrize(("stamps", "interval"), [((0, 20, 10), 600_000_000), ((0, 0, 0), 0)])
def test_rows_out_of_order_count_one_by_one(stamps: tuple[int, ...], interval: int) -> None:
    assert clock_of(minutes(*stamps), interval).tolist() == [0, 1, 2]
