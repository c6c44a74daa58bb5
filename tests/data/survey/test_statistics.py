"""Statistics against plain numpy and plain loops on whole arrays, whatever the chunks."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.data.arrays import Floats
from seqexp.data.series.repair import CHUNK_ROWS, find_order, repair
from seqexp.data.series.series import Series
from seqexp.data.series.value_rules import ValueRules, value_rules
from seqexp.data.survey import statistics
from seqexp.data.survey.correlation import autocorrelation, correlations, lagged_sums, without_daily_cycle
from seqexp.data.survey.rows import OrderedRows
from seqexp.data.survey.statistics import KEPT, SAMPLE, ColumnStatistics, column_statistics
from seqexp.data.survey.survey import stamp_facts
from seqexp.reporting.data.series_plots import thin_line
from tests.factories import dataset_config, random_series, series_of

SENTINELS = (-9999.0, 777.0)
# Few different values, so that stretches, sentinels and holes meet often.
cells = st.sampled_from([0.0, 1.0, 2.5, -4.0, 1e6, float("nan"), float("inf"), *SENTINELS])


def rules_of(series: Series, sentinels: Sequence[float] = (), **changes: Any) -> ValueRules:
    return value_rules(series.columns, dataset_config(sentinels=list(sentinels), **changes))


def statistics_of(
    values: Floats, sentinels: Sequence[float] = (), chunk: int = CHUNK_ROWS
) -> tuple[ColumnStatistics, ...]:
    series = series_of(values, tuple(f"x{number}" for number in range(values.shape[1])))
    return column_statistics(OrderedRows(series), rules_of(series, sentinels), chunk)


@st.composite
def columns_of_values(draw: st.DrawFn) -> Floats:
    rows = draw(st.integers(2, 60))
    return np.array(draw(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=rows, max_size=rows)))


def longest_run(keys: list[object]) -> tuple[int, int]:
    """Return (rows, first row) of the first of the longest runs of equal keys; None equals nothing."""
    best, row = (0, 0), 0
    for key, group in itertools.groupby(keys):
        count = len(list(group))
        if key is not None and count > best[0]:
            best = count, row
        row += count
    return best


@settings(max_examples=200)
@given(values=columns_of_values(), chunk=st.integers(1, 70))
def test_figures_are_those_of_the_valid_values(values: Floats, chunk: int) -> None:
    for column, recorded in zip(statistics_of(values, SENTINELS, chunk), values.T, strict=True):
        is_valid = np.isfinite(recorded) & ~np.isin(recorded, SENTINELS)
        valid = recorded[is_valid]
        assert column.valid == len(valid)
        assert column.missing == np.isnan(recorded).sum()
        assert column.infinite == np.isinf(recorded).sum()
        assert column.sentinels == np.isin(recorded, SENTINELS).sum()
        if len(valid):
            assert column.mean == pytest.approx(valid.mean(), rel=1e-9, abs=1e-9)
            assert column.sd == pytest.approx(valid.std(), rel=1e-9, abs=1e-6)
            assert (column.low, column.high) == (valid.min(), valid.max())
            assert (column.lower, column.upper) == tuple(np.quantile(valid, (0.25, 0.75)))
            assert column.is_constant == (len(set(valid)) == 1)
        else:
            assert np.isnan([column.mean, column.sd, column.low, column.high]).all()
            assert not column.is_constant


@settings(max_examples=200)
@given(values=columns_of_values(), chunk=st.integers(1, 70))
def test_stretches_are_found_across_chunks(values: Floats, chunk: int) -> None:
    for column, recorded in zip(
        statistics_of(values, SENTINELS, chunk),
        values.T,
        strict=True,
    ):
        is_valid = np.isfinite(recorded) & ~np.isin(recorded, SENTINELS)
        keys = [value if ok else None for value, ok in zip(recorded.tolist(), is_valid, strict=True)]
        assert (column.stuck.rows, column.stuck.first) == longest_run(keys)
        assert (column.absent.rows, column.absent.first) == longest_run([None if ok else "absent" for ok in is_valid])
        assert column.stretches == sum(key is not None for key, _ in itertools.groupby(keys))
        if column.stuck.rows:
            assert column.stuck.value == recorded[column.stuck.first]


def test_a_large_mean_costs_no_digits() -> None:
    values = 1e9 + np.random.default_rng(0).normal(size=(5000, 1))
    (column,) = statistics_of(values, chunk=64)
    assert column.sd == pytest.approx(values.std(), rel=1e-7)


def test_the_outermost_values_are_kept_with_their_counts() -> None:
    values = np.random.default_rng(1).normal(size=(4000, 1))
    values[::100] = -9e4
    values[3001:3004] = 1e6
    (column,) = statistics_of(values, chunk=333)
    ordered, counts = np.unique(values, return_counts=True)
    expected = list(zip(ordered.tolist(), counts.tolist(), strict=True))
    assert (column.lowest[:KEPT], column.highest[-KEPT:]) == (tuple(expected[:KEPT]), tuple(expected[-KEPT:]))
    assert len(column.lowest) == len(column.highest) < len(expected)
    assert (column.distinct, column.median) == (len(ordered), np.median(values))


def test_the_outermost_values_of_a_long_series_are_all_found() -> None:
    values = np.round(np.random.default_rng(1).normal(size=(SAMPLE + 100_000, 1)), 5)
    values[[7, 70_000, 300_000], 0] = 1e6, 1e6, -2e6
    (column,) = statistics_of(values, chunk=100_000)
    ordered, counts = np.unique(values, return_counts=True)
    expected = list(zip(ordered.tolist(), counts.tolist(), strict=True))
    assert (column.lowest[:KEPT], column.highest[-KEPT:]) == (tuple(expected[:KEPT]), tuple(expected[-KEPT:]))
    assert len(column.lowest) == len(column.highest) < len(expected)


def test_values_that_single_rows_leap_to() -> None:
    values = np.sin(np.arange(3000) / 50)[:, None]
    values[[100, 700, 1500], 0], values[2000, 0], values[2200:2202, 0] = 7.0, -5.0, 9.0
    (column,) = statistics_of(values)
    assert column.leaps == ((7.0, 3), (-5.0, 1))


@pytest.mark.parametrize("chunk", [7, 64, 4000])
def test_rows_that_rise_and_fall(chunk: int) -> None:
    values = np.cumsum(np.where(np.arange(3000) % 10 == 5, -1.0, np.where(np.arange(3000) % 3, 2.0, 5.0)))[:, None]
    values[50] = np.nan
    (column,) = statistics_of(values, chunk=chunk)
    steps = np.diff(values[~np.isnan(values)])
    assert (column.rising, column.falling) == ((steps > 0).sum(), (steps < 0).sum())
    assert column.steps == (steps == 2).sum()


def test_quartiles_of_a_long_series_are_sampled() -> None:
    values = np.random.default_rng(2).normal(size=(2 * SAMPLE, 1))
    (column,) = statistics_of(values)
    assert (column.lower, column.upper) == pytest.approx((-0.6745, 0.6745), abs=0.02)


def test_a_mapped_series_has_the_figures_of_one_in_memory(tmp_path: Path) -> None:
    series = random_series()
    path = tmp_path / "values"
    series.values.tofile(path)
    mapped = dataclasses.replace(series, values=np.memmap(path, np.float64, "r", shape=series.values.shape))
    assert column_statistics(OrderedRows(mapped), rules_of(mapped)) == column_statistics(
        OrderedRows(series), rules_of(series)
    )


def test_the_last_row_of_a_long_series_may_be_in_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "SAMPLE", 256)
    assert statistics_of(np.append(np.zeros(256), 7.0)[:, None])[0].distinct == 2


def stamped(minutes: list[int]) -> Series:
    series = random_series(len(minutes), 1)
    return dataclasses.replace(
        series, times=np.datetime64("2020-01-01", "us") + np.array(minutes) * np.timedelta64(60, "s")
    )


def test_time_stamps_out_of_order_twice_and_lacking() -> None:
    facts = stamp_facts(stamped([0, 10, 20, 20, 10, 30, 70, 80, 85, 90, 100, 130]))
    assert facts.interval == 600_000_000
    assert (facts.unordered, facts.duplicates) == (1, 2)
    # 0 10 20 30 | 40 missing | 70 80 85 90 100 | 30 missing | 130
    assert (facts.gaps, facts.missing) == (2, 5)
    assert (facts.distances, facts.other, facts.uneven) == (9, 4, 2)
    assert [gap.rows for gap in facts.longest] == [3, 2]
    assert facts.longest[0].after == np.datetime64("2020-01-01T00:30")
    assert facts.longest[0].before == np.datetime64("2020-01-01T01:10")
    assert (facts.first, facts.last) == (np.datetime64("2020-01-01"), np.datetime64("2020-01-01T02:10"))


@given(minutes=st.lists(st.integers(0, 40), min_size=2, max_size=40).filter(lambda m: len(set(m)) > 1))
def test_counts_are_those_of_the_repair(minutes: list[int]) -> None:
    series = stamped([10 * minute for minute in minutes])
    facts, order = stamp_facts(series), find_order(series, None, dataset_config(repair="off"))
    assert (facts.unordered, facts.duplicates) == (order.unordered, order.duplicates)
    assert (facts.gaps, facts.missing) == (order.gaps, order.missing)


def looped_sums(x: Floats, y: Floats, lags: int, breaks: list[int]) -> Floats:
    piece = np.searchsorted(breaks, np.arange(len(y)), side="right")
    found = np.zeros((lags + 1, x.shape[1]))
    for lag in range(lags + 1):
        for row in range(len(y) - lag):
            if piece[row] == piece[row + lag]:
                found[lag] += x[row] * y[row + lag]
    return found


@settings(max_examples=60)
@given(
    rows=st.integers(1, 60),
    lags=st.integers(0, 70),
    block=st.integers(1, 40),
    breaks=st.sets(st.integers(1, 59), max_size=4),
    seed=st.integers(0, 99),
)
def test_lagged_sums_are_those_of_a_loop(rows: int, lags: int, block: int, breaks: set[int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(rows, 2)), generator.normal(size=rows)
    inner = np.array(sorted(row for row in breaks if row < rows), dtype=np.int64)
    found = lagged_sums(lambda first, end: x[first:end], y, lags, inner, block)
    np.testing.assert_allclose(found, looped_sums(x, y, lags, inner.tolist()), atol=1e-10)


def test_autocorrelation_of_what_was_measured() -> None:
    generator = np.random.default_rng(3)
    values, measured = generator.normal(size=200).cumsum(), generator.random(200) > 0.2
    breaks = np.array([70, 150])
    found = autocorrelation(values, measured, 20, breaks)
    piece, centred = np.searchsorted(breaks, np.arange(200), side="right"), values - values[measured].mean()
    variance = np.mean(np.square(centred[measured]))
    for lag in range(21):
        pairs = [t for t in range(200 - lag) if measured[t] and measured[t + lag] and piece[t] == piece[t + lag]]
        assert found[lag] == pytest.approx(np.mean([centred[t] * centred[t + lag] for t in pairs]) / variance)


def test_autocorrelation_of_a_wave_is_a_wave() -> None:
    values = np.sin(2 * np.pi * np.arange(14400) / 144)
    found = autocorrelation(values, np.ones(14400, dtype=bool), 288, np.empty(0, dtype=np.int64))
    np.testing.assert_allclose(found, np.cos(2 * np.pi * np.arange(289) / 144), atol=0.02)


def test_the_daily_cycle_is_taken_away() -> None:
    rows, generator = np.arange(1000), np.random.default_rng(4)
    noise = generator.normal(0, 0.01, 1000)
    measured = generator.random(1000) > 0.1
    rest = without_daily_cycle(np.sin(2 * np.pi * rows / 10) + noise, measured, rows % 10)
    assert rest.std() < 0.02
    for phase in range(10):
        assert rest[measured & (rows % 10 == phase)].mean() == pytest.approx(0, abs=1e-12)


def test_correlations_are_numpys_where_all_is_measured() -> None:
    series = random_series(500, 3)
    repaired = repair(series, dataset_config(), 6)
    found = correlations(repaired, series.values.mean(axis=0))
    np.testing.assert_allclose(found, np.corrcoef(series.values.T), atol=1e-12)


def test_correlations_are_over_pairs_that_were_measured() -> None:
    series = random_series(500, 3)
    values = series.values.copy()
    values[:, 1] += values[:, 0]
    holes = np.random.default_rng(5).random(values.shape) < 0.2
    values[holes] = np.nan
    found = correlations(repair(series_of(values), dataset_config(), 6), np.nanmean(values, axis=0))
    for i, j in itertools.product(range(3), repeat=2):
        both = ~holes[:, i] & ~holes[:, j]
        assert found[i, j] == pytest.approx(np.corrcoef(values[both, i], values[both, j])[0, 1], abs=1e-12)


def test_a_column_that_never_changes_has_no_correlation() -> None:
    values = random_series(100, 3).values.copy()
    values[:, 2] = 0.1
    found = correlations(repair(series_of(values), dataset_config(), 6), values.mean(axis=0) + 0.3)
    assert np.isnan(found[2]).all()
    assert np.isnan(found[:, 2]).all()
    assert np.isfinite(found[:2, :2]).all()


def test_thinning_keeps_every_peak() -> None:
    rows = 100_000
    times = np.datetime64("2020-01-01", "us") + np.arange(rows) * np.timedelta64(1, "s")
    values = np.random.default_rng(6).normal(size=rows)
    values[[12_345, 77_777]] = 50, -60
    shown, drawn = thin_line(times, values, np.empty(0, dtype=np.int64), 500)
    assert len(shown) == len(drawn) == 1000
    assert (drawn.max(), drawn.min()) == (50, -60)
    assert abs(shown[drawn.argmax()] - times[12_345]) <= np.timedelta64(100, "s")
    assert (np.diff(shown) >= np.timedelta64(0, "us")).all()


def test_thinning_leaves_holes_where_nothing_was_measured() -> None:
    times = np.datetime64("2020-01-01", "us") + np.r_[0:50_000, 60_000:100_000] * np.timedelta64(1, "s")
    values = np.zeros(90_000)
    values[20_000:25_000] = np.nan
    shown, drawn = thin_line(times, values, np.array([50_000]), 100)
    empty = (shown[np.isnan(drawn)] - times[0]) // np.timedelta64(1, "s")
    assert ((empty > 19_000) & (empty < 26_000) | (empty > 49_000) & (empty < 61_000)).all()
    assert 28 <= len(empty) <= 32  # 15 % of 100 pixels, two points each


def test_few_rows_are_all_drawn_with_a_hole_at_each_break() -> None:
    times = np.datetime64("2020-01-01", "us") + np.array([0, 1, 2, 10, 11]) * np.timedelta64(60, "s")
    shown, drawn = thin_line(times, np.arange(5.0), np.array([3]), 100)
    np.testing.assert_array_equal(drawn, [0, 1, 2, np.nan, 3, 4])
    assert shown[3] == np.datetime64("2020-01-01T00:06")
