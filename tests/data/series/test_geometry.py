"""Measures of a window in rows or as lengths of time; the target's name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.series.geometry import Geometry, geometry_of
from tests.data.helpers import received
from tests.factories import dataset_config

TEN_MINUTES = 600_000_000


def refused(interval: int = TEN_MINUTES, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        geometry_of(dataset_config(**changes), interval)
    return received(caught.value)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 500), st.none() | st.integers(0, 50))
def test_rows_are_rows_whatever_the_interval(steps: int, step: int, delay: int, max_gap: int | None) -> None:
    config = dataset_config(lookback=steps * step, step=step, delay=delay, max_gap=max_gap)
    assert geometry_of(config, 12_345) == Geometry(steps * step, step, delay, max_gap)
    assert geometry_of(config, 0) == Geometry(steps * step, step, delay, max_gap)


UNITS = {"us": 1, "ms": 10**3, "s": 10**6, "min": 6 * 10**7, "h": 36 * 10**8, "d": 864 * 10**8}


@given(
    st.sampled_from(list(UNITS)), st.integers(1, 40), st.integers(1, 12), st.integers(1, 30), st.integers(0, 3),
    st.sets(st.sampled_from(["lookback", "step", "delay", "max_gap"])),
)  # fmt: skip
def test_rows_and_times_of_the_same_length_are_the_same(
    unit: str, steps: int, step: int, delay: int, max_gap: int, as_times: set[str]
) -> None:
    rows = {"lookback": steps * step, "step": step, "delay": delay, "max_gap": max_gap}
    mixed = {key: f"{3 * value}{unit}" if key in as_times else value for key, value in rows.items()}
    # A row every three units.
    assert geometry_of(dataset_config(**mixed), 3 * UNITS[unit]) == geometry_of(dataset_config(**rows), 1)


def test_the_lectures_measures_as_times() -> None:
    config = dataset_config(lookback="10d", step="1h", delay="24h", max_gap="1h")
    assert geometry_of(config, TEN_MINUTES) == Geometry(1440, 6, 144, 6)


@pytest.mark.parametrize(("gap", "rows"), [("0s", 0), ("59min", 5), ("1h", 6), ("0.5h", 3), ("9min", 0), (None, None)])
def test_the_longest_gap_is_rounded_down(gap: str | None, rows: int | None) -> None:
    assert geometry_of(dataset_config(max_gap=gap), TEN_MINUTES).max_gap == rows


@pytest.mark.parametrize(
    ("key", "value", "nearest"),
    [
        ("delay", "25min", "20min or 30min"),
        ("delay", "5min", "10min"),
        ("lookback", "0h", "10min"),
        ("lead", "25min", "20min or 30min"),
        ("delay", "1.5us", "10min"),
        ("step", "61min", "1h or 70min"),
        ("lookback", "35min", "30min or 40min"),
        ("lookback", "365.01h", "365h or 21910min"),
    ],
)
def test_times_that_are_no_whole_number_of_rows_name_the_nearest(key: str, value: str, nearest: str) -> None:
    changes: dict[str, Any] = {"step": 1, "lookback": 6, "delay": 3, key: value}
    assert refused(**changes) == [(f"dataset.{key}", f"{value!r}. Nearest: {nearest}.")]


@pytest.mark.parametrize(
    ("lead", "step", "delay"), [("24h", "1h", 138), (144, 6, 138), ("1h", "1h", 0), (1, 1, 0), ("10min", 1, 0)]
)
def test_a_lead_counts_from_the_last_row_seen(lead: int | str, step: int | str, delay: int) -> None:
    found = geometry_of(dataset_config(lookback="10d", lead=lead, step=step, delay=None), TEN_MINUTES)
    assert (found.delay, found.lead) == (delay, delay + found.step)


def test_a_lead_shorter_than_a_step_is_refused() -> None:
    assert refused(lookback=6, step="1h", lead="50min", delay=None) == [("dataset.lead", "'50min'.")]


@given(st.integers(1, 10**7), st.integers(1, 10**6))
def test_the_nearest_times_are_accepted(milliseconds: int, interval: int) -> None:
    try:
        geometry_of(dataset_config(lookback=1, step=1, delay=f"{milliseconds}ms"), interval * 100)
    except InputError as error:
        for near in str(error).split("Nearest: ")[1].removesuffix(".").split(" or "):
            rows = geometry_of(dataset_config(lookback=1, step=1, delay=near), interval * 100).delay
            assert abs(rows * interval * 100 - milliseconds * 1000) < interval * 100
    else:
        assert milliseconds * 1000 % (interval * 100) == 0


def test_every_time_that_does_not_fit_is_reported() -> None:
    faults = refused(lookback="11min", step="3min", delay="7min")
    assert [key for key, _ in faults] == ["dataset.lookback", "dataset.step", "dataset.delay"]


@pytest.mark.parametrize(("lookback", "step"), [("1h", 4), (7, "20min"), (7, 2)])
def test_lookback_is_a_multiple_of_step_in_rows(lookback: int | str, step: int | str) -> None:
    rows = 7 if lookback == 7 else 6
    assert refused(lookback=lookback, step=step) == [("dataset.lookback", f"{lookback!r}, {rows} rows of 10 min.")]


def test_times_need_an_interval() -> None:
    assert refused(interval=0, delay="1h", max_gap="1h") == [("dataset.delay", "'1h'."), ("dataset.max_gap", "'1h'.")]
