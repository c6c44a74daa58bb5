"""A regular series from any recorded one: in order, each time once, short gaps filled, missing values replaced."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.series import repair as repair_module
from seqexp.data.series.repair import Repaired, find_order, repair
from seqexp.data.series.series import Series
from tests.data.helpers import received
from tests.data.raw_rows import CELLS, SENTINEL, Recorded, by_loop, is_bad, recorded, whole
from tests.factories import dataset_config, minutes, series_of


def repaired(series: Series, max_gap: int | None = 6, **changes: Any) -> Repaired:
    return repair(series, dataset_config(**changes), max_gap)


MAX_GAP = st.none() | st.integers(0, 8)


@given(recorded(), MAX_GAP)
def test_hold_equals_a_walk_over_the_grid(drawn: Recorded, max_gap: int | None) -> None:
    expected = by_loop(drawn, max_gap)
    if len(expected.stamps) - len(set(drawn.stamps)) > len(drawn.stamps):  # more filled than recorded
        with pytest.raises(InputError, match=r"^dataset\.max_gap "):
            repaired(drawn.series, max_gap)
        return
    found = repaired(drawn.series, max_gap)
    values, bad = whole(found)
    assert values.tobytes() == np.array(expected.rows).tobytes()
    assert bad.tolist() == expected.bad
    assert found.order.times.dtype == np.dtype("datetime64[us]")
    assert found.order.times.tolist() == minutes(*expected.stamps).tolist()
    assert found.order.breaks.tolist() == expected.breaks
    assert len(found) == len(found.order) == len(expected.stamps)


@given(recorded(), MAX_GAP)
def test_what_is_reported_is_what_was_found(drawn: Recorded, max_gap: int | None) -> None:
    try:
        found = repaired(drawn.series, max_gap)
    except InputError:
        return
    order, expected = found.order, by_loop(drawn, max_gap)
    pairs = list(itertools.pairwise(drawn.stamps))
    assert order.unordered == sum(later < earlier for earlier, later in pairs)
    assert order.duplicates == len(drawn.stamps) - len(set(drawn.stamps))
    assert order.filled == len(expected.stamps) - len(set(drawn.stamps))
    regular = sorted(set(drawn.stamps))
    lacking = [int(later - earlier) // 10 - 1 for earlier, later in itertools.pairwise(regular)]
    assert (order.gaps, order.missing, order.longest) == (
        sum(count > 0 for count in lacking),
        sum(lacking),
        max(lacking),
    )
    first = {stamp: drawn.rows[drawn.stamps.index(stamp)] for stamp in regular}
    for column, name in enumerate(found.series.columns):
        cells = [row[column] for row in first.values()]
        assert found.sentinels.get(name, 0) == cells.count(SENTINEL)
        assert found.missing.get(name, 0) == sum(cell != cell for cell in cells)
        assert found.replaced.get(name, 0) == sum(map(is_bad, cells))
        assert (name in found.replaced) == any(map(is_bad, cells))


@given(recorded(), MAX_GAP, st.integers(1, 7))
def test_the_size_of_a_chunk_changes_nothing(drawn: Recorded, max_gap: int | None, size: int) -> None:
    try:
        at_once = repaired(drawn.series, max_gap)
    except InputError:
        return
    values, bad = whole(at_once)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair_module, "CHUNK_ROWS", size)
        pieces = repaired(drawn.series, max_gap)
        again, bad_again = whole(pieces)
        assert max(len(rows) for _, rows, _ in pieces.chunks()) <= size
    assert again.tobytes() == values.tobytes()
    assert bad_again.tolist() == bad.tolist()
    counts = ("sentinels", "outside", "missing")
    assert [getattr(pieces, name) for name in counts] == [getattr(at_once, name) for name in counts]


@given(recorded(), st.data(), st.integers(1, 9))
def test_a_part_is_a_part_of_the_whole(drawn: Recorded, data: st.DataObject, size: int) -> None:
    found = repaired(drawn.series, 1)
    values, bad = whole(found)
    first = data.draw(st.integers(0, len(found) - 1))
    end = data.draw(st.integers(first + 1, len(found)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair_module, "CHUNK_ROWS", size)
        part, bad_part = whole(found, first, end)
    assert part.tobytes() == values[first:end].tobytes()
    assert bad_part.tolist() == bad[first:end].tolist()


@given(recorded(), st.integers(0, 8))
def test_a_repaired_series_needs_no_repair(drawn: Recorded, max_gap: int) -> None:
    try:
        once = repaired(drawn.series, max_gap)
    except InputError:
        return
    values, _ = whole(once)
    again = repaired(series_of(values, times=once.order.times), max_gap)
    assert again.order.rows is None
    assert again.order.inserted is None
    assert not again.replaced
    assert again.order.breaks.tolist() == once.order.breaks.tolist()
    assert whole(again)[0].tobytes() == values.tobytes()


@given(recorded(), st.data())
def test_a_held_value_is_never_of_the_future(drawn: Recorded, data: st.DataObject) -> None:
    now = data.draw(st.sampled_from(sorted(drawn.stamps)))
    drawn.rows[drawn.stamps.index(min(drawn.stamps))] = [7.0, 8.0, 9.0]  # else the first valid values come later
    other = [
        row if stamp <= now else data.draw(st.lists(CELLS, min_size=3, max_size=3))
        for stamp, row in zip(drawn.stamps, drawn.rows, strict=True)
    ]
    # the file's rows of later time stamps may also stand elsewhere
    past = [index for index, stamp in enumerate(drawn.stamps) if stamp <= now]
    order = [*past, *data.draw(st.permutations([i for i in range(len(drawn.stamps)) if i not in past]))]
    changed = Recorded([drawn.stamps[index] for index in order], [other[index] for index in order])
    left, right = repaired(drawn.series, 3), repaired(changed.series, 3)
    until = int((left.order.times <= minutes(now)[0]).sum())
    assert until == int((right.order.times <= minutes(now)[0]).sum())
    assert whole(left)[0][:until].tobytes() == whole(right)[0][:until].tobytes()
    assert whole(left)[1][:until].tolist() == whole(right)[1][:until].tolist()


def test_values_missing_at_the_very_beginning_take_the_first_valid_one() -> None:
    found = repaired(series_of(np.array([[SENTINEL, 1.0, 5.0], [np.nan, 2.0, 6.0], [3.0, SENTINEL, 7.0]])))
    np.testing.assert_array_equal(whole(found)[0], [[3.0, 1.0, 5.0], [3.0, 2.0, 6.0], [3.0, 2.0, 7.0]])
    assert found.replaced == {"p (mbar)": 2, "T (degC)": 1}
    assert found.sentinels == {"p (mbar)": 1, "T (degC)": 1}
    assert found.missing == {"p (mbar)": 1}


def test_a_file_with_its_newest_row_first_is_turned_round() -> None:
    values = np.arange(36.0).reshape(12, 3)
    backwards = series_of(values[::-1], times=minutes(*(10 * np.arange(12)))[::-1])
    found = repaired(backwards)
    np.testing.assert_array_equal(whole(found)[0], values)
    assert not len(found.order.breaks)
    assert found.order.filled == 0


@given(st.lists(st.integers(-120, 120), min_size=20, max_size=20), st.integers(2, 17))
def test_clocks_that_wander_are_still_regular(seconds: list[int], gap_at: int) -> None:
    # Two minutes early or late are no gap; two rows that lack are one, whenever their neighbours came.
    stamps = [10 * row + 20 * (row >= gap_at) + late / 60 for row, late in enumerate(seconds)]
    values = np.arange(60.0).reshape(20, 3)
    series = replace(series_of(values, times=minutes(*stamps)))
    series.__dict__["interval"] = 600_000_000  # a cached property: the median of wandering distances is a little off
    filled = repaired(series, 2)
    assert filled.order.filled == 2
    assert (np.diff(filled.order.times) > np.timedelta64(0)).all()
    assert repaired(series, 1).order.breaks.tolist() == [gap_at]


@given(recorded(), st.integers(0, 8))
def test_off_gives_the_rows_as_recorded_bit_for_bit(drawn: Recorded, max_gap: int) -> None:
    rows = [[-7.0 if cell != cell else cell for cell in row] for row in drawn.rows]
    series = Recorded(drawn.stamps, rows).series
    found = repaired(series, max_gap, repair="off")
    values, bad = whole(found)
    assert values.tobytes() == np.array(rows).tobytes()
    assert not bad.any()
    assert found.replaced == {}
    assert found.order.times.tolist() == series.times.tolist()
    breaks = [
        row for row in range(1, len(rows)) if not 10 <= drawn.stamps[row] - drawn.stamps[row - 1] <= 10 * (max_gap + 1)
    ]
    assert found.order.breaks.tolist() == breaks


@given(recorded(), MAX_GAP)
def test_the_lectures_boundary_is_blind_to_time_stamps(drawn: Recorded, max_gap: int | None) -> None:
    found = repaired(drawn.series, max_gap, boundary="lecture")
    unwatched = repaired(series_of(np.array(drawn.rows)), max_gap, boundary="lecture")
    assert whole(found)[0].tobytes() == whole(unwatched)[0].tobytes()
    assert len(found) == len(drawn.rows)
    assert found.order.rows is None
    assert not len(found.order.breaks)
    assert found.order.times.tolist() == minutes(*drawn.stamps).tolist()


def test_off_refuses_missing_values_by_the_columns_names() -> None:
    values = np.array([[1.0, np.nan, 3.0], [4.0, 5.0, np.nan]])
    with pytest.raises(InputError) as caught:
        repaired(series_of(values), repair="off")
    (fault,) = caught.value.faults
    assert fault.key == "dataset.repair"
    assert fault.text.endswith(": T (degC), wv (m/s).")


def test_off_takes_a_column_of_nothing_but_sentinels_as_it_is() -> None:
    values = np.array([[1.0, SENTINEL, 3.0], [4.0, SENTINEL, 6.0]])
    np.testing.assert_array_equal(whole(repaired(series_of(values), repair="off"))[0], values)


@pytest.mark.parametrize("gap", [SENTINEL, np.nan])
def test_columns_without_any_valid_value_are_named(gap: float) -> None:
    with pytest.raises(InputError) as caught:
        repaired(series_of(np.array([[gap, 3.0, gap], [gap, 6.0, gap]])))
    for fault, name in zip(caught.value.faults, ("p (mbar)", "wv (m/s)"), strict=True):
        assert f"column '{name}' of a test" in fault.text
        assert fault.text.endswith("""'dataset.format.drop=["p (mbar)","wv (m/s)"]'""")


def test_a_target_without_any_valid_value_is_not_to_be_left_out() -> None:
    with pytest.raises(InputError) as caught:
        repaired(series_of(np.array([[np.nan, np.nan, 3.0], [np.nan, np.nan, 6.0]])))
    pressure, target = caught.value.faults
    assert pressure.text.endswith("""'dataset.format.drop=["p (mbar)"]'""")
    assert (target.key, "'T (degC)'" in target.text, "drop" in target.text) == ("dataset.target", True, False)


@given(st.lists(st.sampled_from([-9999, -9999.0, 0, 3.5, -5.0]), max_size=4))
def test_any_numbers_may_be_sentinels(sentinels: list[float]) -> None:
    cells = [7.0, -9999.0, 0.0, -0.0, 3.5, -5.0, 7.0, 1.0]
    found = repaired(series_of(np.array([[cell] * 3 for cell in cells])), sentinels=sentinels)
    expected, last = [], 7.0
    for cell in cells:
        last = last if any(cell == sentinel for sentinel in sentinels) else cell
        expected.append(last)
    assert whole(found)[0][:, 1].tolist() == expected
    assert found.sentinels.get("T (degC)", 0) == sum(cell in sentinels for cell in cells)


ENDS = st.sampled_from([None, -5, -4.9, 0, 1.5, 3.5])


@given(own=st.lists(st.sampled_from([0, 3.5, SENTINEL]), max_size=2), low=ENDS, high=ENDS)
def test_a_column_has_sentinels_and_a_range_of_its_own(own: list[float], low: float | None, high: float | None) -> None:
    assume(low is None or high is None or low < high)
    cells = [1.5, SENTINEL, 0.0, 3.5, -5.0, np.inf, np.nan, 1.0, -4.95, -4.8, 1.7, 1e6, -1e6]
    series = series_of(np.array([[cell] * 3 for cell in cells]))
    found = repaired(series, sentinels={"T (degC)": own}, valid={"T (degC)": [low, high]})
    values, bad = whole(found)
    sentinels = [cell in (SENTINEL, *own) for cell in cells]
    outside = [
        not sentinel and ((low is not None and cell < low) or (high is not None and cell > high))
        for cell, sentinel in zip(cells, sentinels, strict=True)
    ]
    held = [mark or gone or cell != cell for mark, gone, cell in zip(sentinels, outside, cells, strict=True)]
    assert bad[:, 1].tolist() == held
    last = next(cell for cell, gone in zip(cells, held, strict=True) if not gone)
    for row, (cell, gone) in enumerate(zip(cells, held, strict=True)):
        last = last if gone else cell
        assert values[row, 1] == last
    assert found.sentinels.get("T (degC)", 0) == sum(sentinels)
    assert found.outside.get("T (degC)", 0) == sum(outside)
    assert found.replaced["T (degC)"] == sum(held)
    assert bad[:, 0].tolist() == [cell == SENTINEL or cell != cell for cell in cells]  # the others are as ever
    assert set(found.outside) <= {"T (degC)"}


def test_all_stands_for_every_column() -> None:
    series = series_of(np.array([[1.0, 1.0, 1.0], [SENTINEL, 0.0, -1.0], [0.0, SENTINEL, -1.0]]))
    own = {"all": [-1], "T (degC)": [0]}
    assert repaired(series, sentinels=own).sentinels == {"T (degC)": 1, "wv (m/s)": 2}
    assert repaired(series, sentinels={"all": []}).sentinels == {}


@pytest.mark.parametrize("rule", ["hold", "off"])
def test_the_series_itself_is_left_as_recorded(rule: str) -> None:
    series = series_of(np.array([[1.0, 2.0, SENTINEL], [SENTINEL, 5.0, 6.0]]))
    before = series.values.copy()
    whole(repaired(series, repair=rule))
    np.testing.assert_array_equal(series.values, before)


def test_a_gap_that_cant_be_filled_is_refused() -> None:
    series = series_of(np.ones((5, 3)), times=minutes(0, 10, 20, 30, 600))
    with pytest.raises(InputError) as caught:
        find_order(series, None, dataset_config(max_gap=None))
    assert received(caught.value) == [("dataset.max_gap", "null.")]
    assert re.findall(r"\d+ rows", str(caught.value)) == ["56 rows", "56 rows"]


def test_all_rows_at_one_time_are_one_row() -> None:
    found = repaired(series_of(np.arange(9.0).reshape(3, 3), times=minutes(0, 0, 0)))
    np.testing.assert_array_equal(whole(found)[0], [[0, 1, 2]])
    assert found.order.duplicates == 2
