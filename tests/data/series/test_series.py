"""The usual interval of any rows, and a digest of their content alone."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.series import series as series_module
from seqexp.data.series.series import Chunk, ContentDigest, series_digest
from tests.factories import minutes, series_of


def test_interval_is_the_median_distance() -> None:
    series = series_of(np.zeros((7, 3)), times=minutes(0, 10, 20, 20, 30, 90, 100))
    assert series.interval == 600_000_000
    assert series.interval_seconds == 600.0


@given(st.permutations(list(range(12))), st.lists(st.integers(0, 11), max_size=5))
def test_interval_is_the_same_in_any_order(order: list[int], again: list[int]) -> None:
    rows = [*order, *again]
    assert series_of(np.zeros((len(rows), 3)), times=minutes(*[15 * row for row in rows])).interval == 900_000_000


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_interval_occurs_and_half_of_the_distances_are_not_shorter(distances: list[int]) -> None:
    stamps = [sum(distances[:count]) for count in range(len(distances) + 1)]
    interval = series_of(np.zeros((len(stamps), 3)), times=minutes(*stamps)).interval // 60_000_000
    assert interval in distances
    assert 2 * sum(distance >= interval for distance in distances) >= len(distances)
    assert 2 * sum(distance <= interval for distance in distances) >= len(distances)


def test_interval_of_a_part_of_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_module, "_PAIRS", 10)
    assert series_of(np.zeros((1000, 3))).interval == 600_000_000


@pytest.mark.parametrize("stamps", [(0,), (5, 5, 5)])
def test_no_interval(stamps: tuple[int, ...]) -> None:
    assert series_of(np.zeros((len(stamps), 3)), times=minutes(*stamps)).interval == 0


TIMES = minutes(0, 10, 20, 30)
VALUES = np.array([[1.0, np.nan], [0.0, -9999.0], [2.5, 3.0], [-1.0, 1e300]])
COLUMNS = ("a (K)", "b")


@given(st.lists(st.integers(1, 4), max_size=3))
def test_chunks_do_not_change_the_digest(cuts: list[int]) -> None:
    digest, edges = ContentDigest(COLUMNS), [0, *sorted(cuts), 4]
    for first, end in itertools.pairwise(edges):
        digest.add(Chunk(TIMES[first:end], VALUES[first:end], np.empty((end - first, 0), np.int32)))
    assert digest.hexdigest() == series_digest(TIMES, VALUES, COLUMNS)


@pytest.mark.parametrize(
    ("times", "values"),
    [
        (TIMES.astype("datetime64[s]"), VALUES),
        (TIMES, np.asfortranarray(VALUES)),
        (TIMES, np.where(VALUES == 0, -0.0, VALUES)),
        (TIMES, VALUES.astype(">f8")),
        (np.repeat(TIMES, 2)[::2], np.repeat(VALUES, 2, axis=0)[::2]),
    ],
)
def test_what_says_the_same_has_one_digest(times: Any, values: Any) -> None:
    assert series_digest(times, values, COLUMNS) == series_digest(TIMES, VALUES, COLUMNS)


def other_value() -> Any:
    values = VALUES.copy()
    values[3, 0] = np.nextafter(-1.0, 0)
    return values


@pytest.mark.parametrize(
    ("times", "values", "columns"),
    [
        (TIMES, other_value(), COLUMNS),
        (TIMES + np.array([0, 0, 0, 1], "timedelta64[us]"), VALUES, COLUMNS),
        (TIMES, VALUES, ("a (K)", "c")),
        (TIMES, VALUES, ("b", "a (K)")),
        (TIMES, VALUES[:, ::-1], COLUMNS),
        (TIMES[:3], VALUES[:3], COLUMNS),
    ],
)
def test_what_says_something_else_has_another_digest(times: Any, values: Any, columns: tuple[str, ...]) -> None:
    assert series_digest(times, values, columns) != series_digest(TIMES, VALUES, COLUMNS)


def test_a_digest_is_the_same_on_every_machine() -> None:
    # hashlib over struct.pack: see `by_hand`
    assert series_digest(TIMES[:2], VALUES[2:], COLUMNS) == by_hand()


def by_hand() -> str:
    """Return the digest from bytes packed one by one."""
    import hashlib
    import struct

    first = 1_230_768_600_000_000  # 2009-01-01T00:10:00 in microseconds since 1970
    times = hashlib.sha256(struct.pack("<2q", first, first + 600_000_000)).hexdigest()
    values = hashlib.sha256(struct.pack("<4d", 2.5, 3.0, -1.0, 1e300)).hexdigest()
    return hashlib.sha256("\x1e".join(["a (K)\x1fb", times, values]).encode()).hexdigest()
