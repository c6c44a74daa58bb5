"""Which rows end a window: within their split by default, the lecture's own on request."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import Fault, InputError
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import PARTS
from seqexp.data.series.geometry import geometry_of
from seqexp.data.series.splits import SplitRows
from seqexp.data.series.splits import split_rows as split_by_geometry
from tests.factories import dataset_config, split_config

TOTAL = 420_551


def split_rows(
    config: SeriesConfig, total: int, breaks: Sequence[int] = (), unmeasured: Sequence[int] = ()
) -> SplitRows:
    """Split a series of so many rows ten minutes apart."""
    geometry = geometry_of(config, 600_000_000)
    gaps, lost = np.array(breaks, dtype=np.int64), np.array(unmeasured, dtype=np.int64)
    return split_by_geometry(config, geometry, total, gaps, lost)


def in_rows(config: SeriesConfig) -> tuple[int, int, int]:
    """Return lookback, step and delay, which these tests give in rows."""
    measures = config.lookback, config.step, config.delay
    lookback, step, delay = (measure for measure in measures if isinstance(measure, int))
    return lookback, step, delay


def lecture_rows(
    total: int, lookback: int, delay: int, first: int, end: int | None, batch_size: int
) -> Iterator[list[int]]:
    """Yield the rows of each batch of the lecture's generator without shuffling, for ever."""
    stop = total - delay - 1 if end is None else end
    row = first + lookback
    while True:
        if row + batch_size >= stop:
            row = first + lookback
        batch = []
        while len(batch) < batch_size and row + len(batch) < stop:
            batch.append(row + len(batch))
        row += len(batch)
        yield batch


@st.composite
def datasets(draw: Any, boundary: str) -> tuple[SeriesConfig, int]:
    """Draw a dataset's configuration whose three parts hold windows, and the number of rows of its series."""
    step = draw(st.integers(1, 4))
    lookback = step * draw(st.integers(1, 6))
    delay = draw(st.integers(1, 9))
    batch_size = draw(st.integers(1, 12))
    need = lookback + delay + 1 + (batch_size + 1 if boundary == "lecture" else 0)
    row = draw(st.integers(0, 5))
    parts: list[tuple[int, int | None]] = []
    for _ in PARTS:
        end = row + need + draw(st.integers(0, 40))
        parts.append((row, end))
        row = end + draw(st.integers(0, 3))
    total = parts[-1][1] or 0
    if draw(st.booleans()):
        parts[-1] = (parts[-1][0], None)
    elif boundary == "lecture":
        total += delay + 1  # room for the targets that lie after the last part's end
    else:
        total += draw(st.integers(0, 20))
    config = dataset_config(
        lookback=lookback,
        step=step,
        delay=delay,
        batch_size=batch_size,
        boundary=boundary,
        split=split_config(*parts),
    )
    return config, total


@given(datasets("strict"))
def test_strict_rows_are_exactly_those_whose_window_and_target_lie_within_their_split(
    drawn: tuple[SeriesConfig, int],
) -> None:
    config, total = drawn
    lookback, step, delay = in_rows(config)
    found = split_rows(config, total)
    for part in PARTS:
        first, end = getattr(config.split, part).first, getattr(config.split, part).end or total
        inside = [
            row
            for row in range(total)
            if row + delay < end and all(first <= seen < end for seen in range(row - lookback, row, step))
        ]
        assert getattr(found, part).tolist() == inside
    assert found.train_bounds == (config.split.train.first, config.split.train.end)


@given(datasets("strict"))
def test_strict_parts_share_no_row_that_they_see_or_forecast(drawn: tuple[SeriesConfig, int]) -> None:
    config, total = drawn
    lookback, step, delay = in_rows(config)
    found = split_rows(config, total)
    touched = {
        part: {
            touched
            for row in getattr(found, part).tolist()
            for touched in (*range(row - lookback, row, step), row + delay)
        }
        for part in PARTS
    }
    for left, right in itertools.combinations(PARTS, 2):
        assert not touched[left] & touched[right]


@given(datasets("lecture"))
def test_lecture_rows_are_those_that_the_lectures_generator_visits(drawn: tuple[SeriesConfig, int]) -> None:
    config, total = drawn
    lookback, _, delay = in_rows(config)
    found = split_rows(config, total)
    for part in ("val", "test"):
        bounds = getattr(config.split, part)
        batches = ((bounds.end or total) - bounds.first - lookback) // config.batch_size
        oracle = lecture_rows(total, lookback, delay, bounds.first, bounds.end, config.batch_size)
        visited = list(itertools.chain.from_iterable(itertools.islice(oracle, batches)))
        assert getattr(found, part).tolist() == visited
    # np.random.randint(low, high) draws from [low, high).
    assert found.train.tolist() == list(range(config.split.train.first + lookback, config.split.train.end))


def test_the_official_rows_of_the_strict_boundary() -> None:
    found = split_rows(dataset_config(), TOTAL)
    assert (found.train[0], found.train[-1], len(found.train)) == (1440, 199_855, 198_416)
    assert (found.val[0], found.val[-1], len(found.val)) == (201_441, 299_855, 98_415)
    assert (found.test[0], found.test[-1], len(found.test)) == (301_441, 420_406, 118_966)
    assert found.test[-1] + 144 == TOTAL - 1


def test_the_official_rows_of_the_lectures_boundary() -> None:
    found = split_rows(dataset_config(boundary="lecture"), TOTAL)
    assert (found.train[0], found.train[-1]) == (1440, 199_999)
    assert len(found.val) == 769 * 128
    assert (found.val[0], found.val[-1]) == (201_441, 201_441 + 769 * 128 - 1)
    test = found.test.reshape(930, 128)
    np.testing.assert_array_equal(test[929], test[0])
    assert test[0, 0] == 301_441
    # The generator's own end is row 420,406: 53 rows before it are never visited.
    assert TOTAL - 144 - 1 - (test[928, -1] + 1) == 53
    assert len(np.unique(found.test)) == 929 * 128


def test_fractions_are_of_the_series_rows() -> None:
    config = dataset_config(lookback=4, step=1, delay=2, split=split_config((0.0, 0.5), (0.5, 0.75), (0.75, None)))
    found = split_rows(config, 101)
    assert found.train.tolist() == list(range(4, 48))
    assert found.val.tolist() == list(range(54, 73))
    assert found.test.tolist() == list(range(79, 99))
    assert found.train_bounds == (0, 50)


def refused(total: int, **changes: Any) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        split_rows(dataset_config(**({"lookback": 4, "step": 1, "delay": 2, "batch_size": 4} | changes)), total)
    return list(caught.value.faults)


def assert_too_short(faults: list[Fault], part: str) -> None:
    (fault,) = faults
    assert fault.key == f"dataset.split.{part}"
    assert "has 7 rows" in fault.text
    assert "at least 8" in fault.text


def test_every_part_that_does_not_fit_is_reported() -> None:
    faults = refused(40, split=split_config((0, 6), (10, 50), (30, None)))
    assert [fault.key for fault in faults] == [f"dataset.split.{part}" for part in PARTS]
    facts = (("[0, 6) has 6 rows", "at least 7"), ("40 rows", "[10, 50)"), ("row 50", "[30, 40)"))
    for fault, parts in zip(faults, facts, strict=True):
        assert all(part in fault.text for part in parts), fault


def test_parts_that_overlap_once_the_rows_are_known_are_answered_with_a_line_to_type() -> None:
    (fault,) = refused(100, split=split_config((0.0, 0.6), (50, 80), (80, None)))
    line = "dataset.split.train=[0,60] dataset.split.val=[60,80] dataset.split.test=[80,null]"
    assert (fault.key, line in fault.text) == ("dataset.split.val", True)


def test_a_part_of_exactly_one_window_is_enough() -> None:
    found = split_rows(dataset_config(lookback=4, step=1, delay=2, split=split_config((0, 7), (7, 14), (14, None))), 21)
    assert (found.train.tolist(), found.val.tolist(), found.test.tolist()) == ([4], [11], [18])


def test_the_lectures_parts_must_hold_one_batch() -> None:
    # Seven rows hold four windows' rows but for one: no whole batch of the lecture's count.
    faults = refused(60, boundary="lecture", split=split_config((0, 20), (20, 27), (27, None)))
    assert_too_short(faults, "val")
    assert split_rows(
        dataset_config(
            lookback=4,
            step=1,
            delay=2,
            batch_size=4,
            boundary="lecture",
            split=split_config((0, 20), (20, 28), (28, None)),
        ),
        60,
    ).val.tolist() == [24, 25, 26, 27]


def test_the_lectures_open_end_leaves_room_for_the_targets() -> None:
    faults = refused(40, boundary="lecture", batch_size=1, split=split_config((0, 20), (20, 33), (33, None)))
    assert_too_short(faults, "test")


def test_the_lectures_targets_must_lie_within_the_series() -> None:
    faults = refused(42, boundary="lecture", delay=3, split=split_config((0, 10), (10, 20), (20, 41)))
    assert [fault.key for fault in faults] == ["dataset.split.test"]
    assert all(fact in faults[0].text for fact in ("row 39", "3 rows", "Received: 41"))


@given(datasets("strict"), st.data())
def test_windows_left_out_are_those_across_a_gap_and_those_without_a_measured_target(
    drawn: tuple[SeriesConfig, int], data: st.DataObject
) -> None:
    config, total = drawn
    lookback, _, delay = in_rows(config)
    breaks = sorted(data.draw(st.sets(st.integers(1, total - 1), max_size=3)))
    unmeasured = sorted(data.draw(st.sets(st.integers(0, total - 1), max_size=10)))
    all_rows = split_rows(config, total)
    expected, across, without = {}, {}, {}
    for part in PARTS:
        rows = getattr(all_rows, part).tolist()
        whole = [row for row in rows if not any(gap in range(row - lookback + 1, row + delay + 1) for gap in breaks)]
        expected[part] = [row for row in whole if row + delay not in unmeasured]
        across[part], without[part] = len(rows) - len(whole), len(whole) - len(expected[part])
    empty = [part for part in PARTS if not expected[part]]
    if empty:
        with pytest.raises(InputError) as caught:
            split_rows(config, total, breaks, unmeasured)
        assert [fault.key for fault in caught.value.faults] == [f"dataset.split.{part}" for part in empty]
        assert f"{across[empty[0]]:,} cross a gap longer than dataset.max_gap (6)" in caught.value.texts[0]
        assert f"{without[empty[0]]:,} have no measured target." in caught.value.texts[0]
        return
    found = split_rows(config, total, breaks, unmeasured)
    assert {part: getattr(found, part).tolist() for part in PARTS} == expected
    assert found.across_gaps == across
    assert found.not_measured == without


@given(datasets("lecture"), st.integers(1, 30), st.integers(0, 30))
def test_the_lectures_rows_know_no_gaps(drawn: tuple[SeriesConfig, int], gap: int, lost: int) -> None:
    config, total = drawn
    found, plain = split_rows(config, total, [gap], [lost]), split_rows(config, total)
    for part in PARTS:
        assert getattr(found, part).tolist() == getattr(plain, part).tolist()
    assert not sum(found.across_gaps.values()) + sum(found.not_measured.values())


def test_the_lectures_measures_as_times() -> None:
    rows, times = dataset_config(), dataset_config(lookback="10d", step="1h", delay="24h", max_gap="1h")
    for part in PARTS:
        assert getattr(split_rows(rows, TOTAL), part).tolist() == getattr(split_rows(times, TOTAL), part).tolist()


@pytest.mark.parametrize(
    ("first", "end", "hole"),
    [(0, 800, (0, 0)), (850, 1000, (0, 0)), (0, 1000, (650, 900)), (300, 700, (0, 0))],
    ids=["it ends early", "it begins late", "it has a hole", "it does both"],
)
def test_a_part_without_a_measured_target_names_the_split_to_type(first: int, end: int, hole: tuple[int, int]) -> None:
    measured = np.setdiff1d(np.arange(first, end), np.arange(*hole))
    unmeasured = np.setdiff1d(np.arange(1000), measured).tolist()
    config = dataset_config(lookback=5, step=1, delay=1, split=split_config((0.0, 0.7), (0.7, 0.85), (0.85, None)))
    with pytest.raises(InputError, match="holds no window") as caught:
        split_rows(config, 1000, unmeasured=unmeasured)
    (remedy,) = re.findall(r"'dataset\.split=(.*)'", str(caught.value))  # once, for however many parts
    bounds = [tuple(map(int, pair)) for pair in re.findall(r"first:(\d+),end:(\d+)", remedy)]
    parts = split_rows(
        dataset_config(lookback=5, step=1, delay=1, split=split_config(*bounds)), 1000, unmeasured=unmeasured
    )
    shares = [len(np.setdiff1d(np.arange(*pair), unmeasured)) / len(measured) for pair in bounds]
    assert shares == pytest.approx([0.7, 0.15, 0.15], abs=0.01)
    assert min(len(parts.train), len(parts.val), len(parts.test)) > 0
