"""Samples, targets and scaling against plain loops and the lecture's own code."""

from __future__ import annotations

import itertools
import json
import math
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.arrays import PARTS, SCORED
from seqexp.data.series import repair as repair_module
from seqexp.data.series.column_names import unit_of
from seqexp.data.series.cutting import check_fit, make_windows
from seqexp.data.series.geometry import Geometry
from seqexp.data.series.inputs.calendar import CALENDAR, calendar_of
from seqexp.data.series.series import Series
from seqexp.data.series.splits import SplitRows
from seqexp.data.stand_ins.station import simulate_station
from seqexp.tasks.metric import MAE
from tests.data.helpers import received
from tests.data.raw_rows import by_loop, random_rows
from tests.factories import (
    dataset_config,
    looped_samples,
    minutes,
    normalised_by_loop,
    on_disk,
    random_series,
    score_part,
    series_of,
    small_experiment,
    small_windows,
    split_config,
    with_dataset,
)

PLAIN = small_experiment("model=naive")
SERIES = random_series(220)
WINDOWS = make_windows(random_series(), PLAIN)


def lecture_generator(data: Any, lookback: int, delay: int, first: int, end: int | None, batch: int, step: int) -> Any:
    """Yield (samples, targets) as the lecture's generator does without shuffling, by plain loops."""
    stop = len(data) - delay - 1 if end is None else end
    i = first + lookback
    while True:
        if i + batch >= stop:
            i = first + lookback
        samples, targets = [], []
        for row in range(i, min(i + batch, stop)):
            samples.append([list(data[seen]) for seen in range(row - lookback, row, step)])
            targets.append(data[row + delay][1])
        i += len(samples)
        yield np.array(samples), np.array(targets)


@st.composite
def window_settings(draw: Any) -> dict[str, Any]:
    """Draw lookback, step, delay, batch size and three parts of a series of 220 rows that fit them."""
    step = draw(st.integers(1, 4))
    values = {
        "step": step,
        "lookback": step * draw(st.integers(1, 6)),
        "delay": draw(st.integers(1, 9)),
        "batch_size": draw(st.integers(1, 12)),
    }
    train_end = draw(st.integers(50, 80))
    val = train_end + draw(st.integers(0, 3))
    val_end = val + draw(st.integers(50, 70))
    test = val_end + draw(st.integers(0, 3))
    return values | {"split": split_config((0, train_end), (val, val_end), (test, None))}


@given(window_settings())
def test_samples_and_targets_equal_a_double_loop(values: dict[str, Any]) -> None:
    windows = make_windows(SERIES, with_dataset(PLAIN, dataset_config(**values)))
    normalised = normalised_by_loop(windows)
    lookback, step, delay = values["lookback"], values["step"], values["delay"]
    assert windows.shape == (lookback // step, 3)
    for rows in (windows.rows.train, windows.rows.val, windows.rows.test):
        samples = windows.samples(rows)
        assert samples.dtype == np.float32
        assert samples.shape == (len(rows), *windows.shape)
        np.testing.assert_array_equal(samples, looped_samples(windows.inputs, rows, lookback, step))
        expected = [normalised[row + delay][1] for row in rows]
        np.testing.assert_array_equal(windows.targets(rows)[:, 0, 0], expected)
        assert (windows.targets(rows).dtype, windows.targets(rows).shape) == (np.float64, (len(rows), 1, 1))
        np.testing.assert_array_equal(windows.last_seen(rows).astype(np.float32)[:, 0, 0], samples[:, -1, 1])


@given(window_settings())
def test_the_lectures_boundary_gives_the_lectures_batches(values: dict[str, Any]) -> None:
    windows = make_windows(SERIES, with_dataset(PLAIN, dataset_config(**values, boundary="lecture")))
    lookback, batch, split = values["lookback"], values["batch_size"], values["split"]
    for part, bounds in (("val", split.val), ("test", split.test)):
        end = bounds.end or len(SERIES)
        steps = (end - bounds.first - lookback) // batch
        generator = lecture_generator(
            normalised_by_loop(windows), lookback, values["delay"], bounds.first, bounds.end, batch, values["step"]
        )
        batches = list(itertools.islice(generator, steps))
        rows = getattr(windows.rows, part)
        samples = np.concatenate([samples for samples, _ in batches])
        np.testing.assert_array_equal(windows.samples(rows), samples.astype(np.float32))
        targets = np.concatenate([targets for _, targets in batches])
        np.testing.assert_array_equal(windows.targets(rows)[:, 0, 0], targets)


def test_the_lectures_last_test_batch_repeats_the_first() -> None:
    # (100 - 12) // 8 = 11 batches counted, but only ten end before the generator's own end.
    split = split_config((0, 60), (60, 120), (120, None))
    config = dataset_config(lookback=12, step=2, delay=6, batch_size=8, boundary="lecture", split=split)
    windows = make_windows(SERIES, with_dataset(PLAIN, config))
    generator = lecture_generator(normalised_by_loop(windows), 12, 6, 120, None, 8, 2)
    batches = [samples for samples, _ in itertools.islice(generator, 11)]
    np.testing.assert_array_equal(batches[10], batches[0])
    rows = windows.rows.test.reshape(11, 8)
    np.testing.assert_array_equal(rows[10], rows[0])
    np.testing.assert_array_equal(windows.samples(rows[9]), batches[9].astype(np.float32))


def test_the_naive_score_is_the_lectures_mean_of_batch_means() -> None:
    windows = small_windows("model=naive", "dataset.boundary=lecture")
    generator = lecture_generator(normalised_by_loop(windows), 12, 3, 300, 450, 16, 2)
    batch_maes = []
    for samples, targets in itertools.islice(generator, (450 - 300 - 12) // 16):
        batch_maes.append(np.mean(np.abs(samples[:, -1, 1] - targets)))
    naive = score_part(windows, "val", windows.last_seen(windows.rows.val))
    assert naive.figure(MAE) == pytest.approx(np.mean(batch_maes), rel=1e-13)
    assert naive.figure(MAE) == naive.figure(MAE, "naive")


@pytest.mark.parametrize(
    ("lookback", "step", "delay", "rows", "hours"), [(1440, 6, 144, 150, 25.0), (720, 3, 144, 147, 24.5)]
)
def test_the_true_lead(lookback: int, step: int, delay: int, rows: int, hours: float) -> None:
    split = split_config((0, 2000), (2000, 4000), (4000, None))
    config = dataset_config(lookback=lookback, step=step, delay=delay, split=split)
    series = random_series(6000)
    windows = make_windows(series, with_dataset(PLAIN, config))
    assert windows.true_lead_rows == rows
    assert windows.true_lead_hours == hours
    # By the time stamps: from the last timestep of a window to its target.
    row = int(windows.rows.val[0])
    last = row + int(windows.offsets[-1])
    assert windows.target_times(np.array([row]))[0] - series.times[last] == np.timedelta64(int(hours * 3600), "s")


def test_scaling_is_mean_and_deviation_of_the_training_rows() -> None:
    windows = WINDOWS
    for column in range(3):
        train = [float(value) for value in windows.series.values[:300, column]]
        mean = sum(train) / 300
        std = (sum((value - mean) ** 2 for value in train) / 300) ** 0.5
        assert windows.scaling.mean[column] == pytest.approx(mean, rel=1e-12)
        assert windows.scaling.std[column] == pytest.approx(std, rel=1e-12)
        whole = (windows.series.values[:, column] - mean) / std
        np.testing.assert_allclose(normalised_by_loop(windows)[:, column], whole, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(windows.inputs[:, column], whole.astype(np.float32))


@settings(max_examples=30)
@given(st.integers(300, 599), st.integers(0, 2), st.floats(-1e6, 1e6) | st.just(np.nan) | st.just(-9999.0))
def test_nothing_after_the_training_part_changes_a_training_sample(row: int, column: int, value: float) -> None:
    before = WINDOWS
    values = before.series.values.copy()
    values[row, column] = value
    after = make_windows(series_of(values), PLAIN)
    train = before.rows.train
    np.testing.assert_array_equal(after.samples(train), before.samples(train))
    np.testing.assert_array_equal(after.targets(train), before.targets(train))
    np.testing.assert_array_equal(after.scaling.mean, before.scaling.mean)
    np.testing.assert_array_equal(after.scaling.std, before.scaling.std)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e9 + 0.1])
def test_a_column_that_never_changes_in_training_is_left_out(constant: float) -> None:
    values = random_series().values.copy()
    values[:300, 2], values[300:, 2] = constant, constant + 1
    windows = make_windows(series_of(values), PLAIN)
    assert (windows.columns, windows.constant, windows.shape) == (("p (mbar)", "T (degC)"), ("wv (m/s)",), (6, 2))
    whole = make_windows(random_series(), PLAIN)
    np.testing.assert_array_equal(windows.inputs, whole.inputs[:, :2])
    np.testing.assert_array_equal(windows.target.values, whole.target.values)


def test_a_column_left_out_before_the_target_does_not_shift_it() -> None:
    values = random_series().values.copy()
    values[:, 0] = 3.0
    windows = make_windows(series_of(values), PLAIN)
    assert (windows.target.inputs, windows.target.names) == ((0,), ("T (degC)",))
    assert windows.columns == ("T (degC)", "wv (m/s)")
    rows = windows.rows.test
    forecast = windows.to_unit(windows.targets(rows))[:, 0, 0]
    np.testing.assert_allclose(forecast, values[rows + 3, 1], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(windows.last_seen(rows).astype(np.float32)[:, 0, 0], windows.samples(rows)[:, -1, 0])


def test_with_repair_off_nothing_is_left_out() -> None:
    values = random_series().values.copy()
    values[:, 2] = 0.1
    windows = make_windows(series_of(values), small_experiment("model=naive", "dataset.repair=off"))
    assert windows.columns == series_of(values).columns
    assert windows.scaling.std[2] == 1.0  # the computed deviation, 1e-17, would blow it up
    np.testing.assert_allclose(windows.inputs[:, 2], 0, atol=1e-5)


def test_a_target_that_never_changes_in_training_is_refused() -> None:
    values = random_series().values.copy()
    values[:300, 1] = 2.5
    with pytest.raises(InputError) as caught:
        make_windows(series_of(values), PLAIN)
    assert received(caught.value) == [("dataset.target", "'T (degC)', which is always 2.5 there.")]


def test_the_target_goes_back_to_its_unit() -> None:
    windows = WINDOWS
    rows = windows.rows.test
    recorded = windows.series.values[rows + 3, 1]
    np.testing.assert_allclose(windows.to_unit(windows.targets(rows))[:, 0, 0], recorded, rtol=0, atol=1e-12)
    assert windows.target_scale == windows.scaling.std[1]
    assert windows.unit == "deg C"


@pytest.mark.parametrize(
    ("column", "unit"),
    [("T (degC)", "deg C"), ("p (mbar)", "mbar"), ("wd (deg)", "deg"), ("sh (g/kg) ", "g/kg"), ("load", "")],
)
def test_units(column: str, unit: str) -> None:
    assert unit_of(column) == unit


def test_sentinels_are_repaired_before_scaling_and_counted() -> None:
    values = random_series().values.copy()
    values[[40, 41, 500], 2] = -9999.0
    windows = make_windows(series_of(values), PLAIN)
    assert dict(windows.replaced) == {"wv (m/s)": 3}
    assert np.abs(windows.inputs).max() < 6
    raw = make_windows(series_of(values), small_experiment("model=naive", "dataset.repair=off"))
    assert dict(raw.replaced) == {}
    assert raw.inputs[40, 2] < -10


@pytest.mark.parametrize("every", [1, 8, 1000])
def test_all_windows_are_scored_where_they_are_few(every: int) -> None:
    windows = small_windows("model=naive", f"training.score_every={every}")
    assert windows.rows.train.tolist() == list(range(12, 297))
    # Targets are rows 300 to 449 and 450 to 599, three rows after the window.
    assert windows.rows.val.tolist() == list(range(297, 447))
    assert windows.rows.test.tolist() == list(range(447, 597))
    assert windows.rows.all_of("val") == 150


LONG = split_config((0, 2_000), (2_000, 22_000), (22_000, None))


def scored_of(series: Series, every: int, **dataset: object) -> SplitRows:
    """Return the windows of a series of 40,000 rows; of validation and test 20,000 and 18,000 have a target."""
    config = PLAIN.series.model_copy(update={"split": LONG, "step": 1, **dataset})
    training = PLAIN.training.model_copy(update={"score_every": every})
    return make_windows(series, PLAIN.model_copy(update={"dataset": config, "training": training})).rows


@given(st.integers(1, 600), st.integers(1, 600), st.integers(1, 50), st.sets(st.integers(2_000, 39_999), max_size=5))
@settings(max_examples=15)
def test_other_lookbacks_are_scored_on_the_same_windows(
    short: int, long: int, every: int, unmeasured: set[int]
) -> None:
    values = np.random.default_rng(0).normal(size=(40_000, 3))
    values[sorted(unmeasured), 1] = np.nan
    series = series_of(values)
    few, many = (scored_of(series, every, lookback=lookback) for lookback in (short, long))
    for part in SCORED:
        assert few.of(part).tolist() == many.of(part).tolist()
        whole = few.all_of(part)
        assert len(few.of(part)) == max(-(-whole // every), 5_000)
        assert not {row + PLAIN.series.delay for row in few.of(part).tolist()} & unmeasured


def test_a_gap_costs_a_lookback_only_the_windows_that_cross_it() -> None:
    times = minutes(*(10 * (np.arange(40_000) + np.where(np.arange(40_000) < 30_000, 0, 144))))
    series = series_of(np.random.default_rng(0).normal(size=(40_000, 3)), times=times)
    short, long = (scored_of(series, 3, lookback=lookback, max_gap=6).test for lookback in (12, 900))
    crossing = [row for row in short.tolist() if 29_997 < row < 30_000 + 900]
    assert len(crossing) > 200
    assert long.tolist() == [row for row in short.tolist() if row not in crossing or row < 30_000 - 3]


@pytest.mark.parametrize("period", [2, 8, 24])
def test_a_share_is_scored_of_a_target_that_is_measured_now_and_then(period: int) -> None:
    values = np.random.default_rng(0).normal(size=(40_000 * 2, 3))
    values[np.arange(len(values)) % period != 3 % period, 1] = np.nan
    whole, thin = (scored_of(series_of(values), every, lookback=12) for every in (1, 8))
    assert thin.all_of("test") == len(whole.test)
    assert len(thin.test) == max(-(-len(whole.test) // 8), min(len(whole.test), 5_000))
    assert set(thin.test.tolist()) <= set(whole.test.tolist())


@pytest.mark.parametrize("season", [24, 144, 7 * 24, 48])
def test_scored_windows_meet_all_phases_of_a_season(season: int) -> None:
    rows = scored_of(series_of(np.random.default_rng(0).normal(size=(40_000, 3))), 8, lookback=12)
    for part in SCORED:
        phases = np.bincount(rows.of(part) % season, minlength=season)
        expected = len(rows.of(part)) / season
        # As a draw with equal chances would: no phase is met twice as often, or half as often, beyond chance.
        assert np.abs(phases - expected).max() < 5 * math.sqrt(expected)


@given(context=st.integers(1, 40), delay=st.integers(0, 20), step=st.integers(1, 3))
@settings(max_examples=30)
def test_context_keeps_every_target_in_its_part_and_loses_none(context: int, delay: int, step: int) -> None:
    config = PLAIN.series.model_copy(update={"lookback": context * step, "step": step, "delay": delay})
    windows = make_windows(random_series(), PLAIN.model_copy(update={"dataset": config}))
    bounds = {"train": (context * step + delay, 300), "val": (300, 450), "test": (450, 600)}
    for part, (first, end) in bounds.items():
        assert (windows.rows.of(part) + delay).tolist() == list(range(first, end))  # type: ignore[arg-type]
        assert windows.rows.of(part)[0] + windows.offsets[0] >= 0  # type: ignore[arg-type]
        assert (windows.rows.of(part) - step < windows.rows.of(part) + delay).all()  # type: ignore[arg-type]


def test_a_target_and_a_split_that_do_not_fit_are_reported_together() -> None:
    config = dataset_config(target="T (degF)", split=split_config((0, 300), (300, 5000), (5000, None)))
    with pytest.raises(InputError) as caught:
        check_fit(random_series(), config)
    faults = received(caught.value)
    assert faults[0] == ("dataset.target", "'T (degF)'. Did you mean 'T (degC)'?")
    assert "dataset.split.val" in dict(faults[1:])


def test_memory_is_the_series_and_a_few_batches() -> None:
    series = random_series(60_000, columns=14)
    split = split_config((0, 40_000), (40_000, 50_000), (50_000, None))
    base = with_dataset(PLAIN, dataset_config(split=split))
    peak = peak_bytes(series, base)
    # All samples at once would take 240 times the float32 array.
    assert peak < 6 * series.values.nbytes


def peak_bytes(series: Series, base: Any) -> int:
    """Return the most memory that making the windows and all their batches takes."""
    tracemalloc.start()
    try:
        windows = make_windows(series, base)
        for rows in batches_of(windows.rows.train, 128):
            windows.samples(rows)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def batches_of(rows: Any, size: int) -> Iterator[Any]:
    return (rows[first : first + size] for first in range(0, len(rows), size))


def test_windows_can_be_made_of_a_series_whose_times_repeat() -> None:
    series = random_series()
    times = series.times.copy()
    times[100:110] = times[99]
    windows = make_windows(replace(series, times=times), PLAIN)
    assert windows.true_lead_hours == (3 + 2) / 6


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_windows_are_all_those_without_a_long_gap_and_with_a_measured_target(
    seed: int, max_gap: int, step: int, steps: int, delay: int
) -> None:
    drawn = random_rows(seed, 150)
    rows = by_loop(drawn, max_gap)
    split = split_config((0.0, 0.4), (0.4, 0.7), (0.7, None))
    config = dataset_config(lookback=step * steps, step=step, delay=delay, max_gap=max_gap, split=split)
    bounds = [0, math.floor(0.4 * len(rows.stamps)), math.floor(0.7 * len(rows.stamps)), len(rows.stamps)]
    expected: dict[str, list[int]] = {part: [] for part in PARTS}
    for part, first, end in zip(PARTS, bounds, bounds[1:], strict=False):
        for row in range(first + step * steps, end - delay):
            seen = rows.stamps[row - step * steps : row + delay + 1]
            regular = all(later - earlier == 10.0 for earlier, later in itertools.pairwise(seen))
            if regular and not rows.bad[row + delay][1]:
                expected[part].append(row)
    if not all(expected.values()):
        with pytest.raises(InputError, match="holds no window"):
            make_windows(drawn.series, with_dataset(PLAIN, config))
        return
    windows = make_windows(drawn.series, with_dataset(PLAIN, config))
    assert len(windows) == len(rows.stamps)
    assert {part: getattr(windows.rows, part).tolist() for part in PARTS} == expected
    for row in windows.rows.test.tolist():
        assert windows.to_unit(windows.targets(np.array([row]))).item() == pytest.approx(rows.rows[row + delay][1])
        assert windows.target_times(np.array([row])).tolist() == minutes(rows.stamps[row + delay]).tolist()


@pytest.mark.parametrize("boundary", ["strict", "lecture"])
def test_the_calendar_is_six_more_columns_and_no_other_change(boundary: str) -> None:
    plain = small_windows("model=naive", f"dataset.boundary={boundary}")
    windows = small_windows("model=naive", f"dataset.boundary={boundary}", "dataset.calendar=true")
    assert windows.columns == (*plain.columns, *CALENDAR)
    assert windows.shape == (6, 9)
    np.testing.assert_array_equal(windows.inputs[:, :3], plain.inputs)
    assert windows.known == tuple(range(3, 9))
    # The last timestep of a window, 2 rows before its end, sees that of the target, 3 rows behind it.
    ahead = np.minimum(np.arange(600) + 5, 599)
    np.testing.assert_array_equal(windows.inputs[:, 3:], calendar_of(windows.series.times).astype(np.float32)[ahead])
    np.testing.assert_array_equal(windows.target.values, plain.target.values)
    np.testing.assert_array_equal(windows.scaling.mean[3:], 0)
    np.testing.assert_array_equal(windows.scaling.std[3:], 1)
    np.testing.assert_array_equal(windows.scaling.limit[3:], np.inf)
    assert windows.inputs.dtype == np.float32


def test_the_calendar_of_filled_rows_is_that_of_their_own_time() -> None:
    series = random_series()
    kept = np.delete(np.arange(600), [200, 201])
    series = series_of(series.values[kept], times=series.times[kept])
    windows = make_windows(series, small_experiment("model=naive", "dataset.calendar=true"))
    assert len(windows) == 600
    ahead = np.minimum(np.arange(600) + 5, 599)
    np.testing.assert_array_equal(windows.inputs[:, 3:], calendar_of(random_series().times).astype(np.float32)[ahead])


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from(["strict", "lecture"]), st.booleans(), st.integers(7, 80))
def test_inputs_on_disk_are_those_in_memory(seed: int, boundary: str, calendar: bool, chunk: int) -> None:
    """In bytes; whatever the boundary, with filled rows, held values and constant columns."""
    series = random_rows(seed, 120).series
    series = replace(series, values=np.where(np.arange(series.values.shape[1]) == 0, 1.0, series.values))
    split = split_config((0.0, 0.4), (0.4, 0.7), (0.7, None))
    config = dataset_config(
        lookback=4, step=2, delay=1, batch_size=4, split=split, boundary=boundary, calendar=calendar
    )
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQEXP_DATA_DIR", folder)
        patch.setattr(repair_module, "CHUNK_ROWS", chunk)
        mapped = make_windows(on_disk(series, Path(folder) / "values"), with_dataset(PLAIN, config))
        assert [file.name for file in Path(folder).iterdir()] == ["values"]
        array = make_windows(series, with_dataset(PLAIN, config))
        assert isinstance(mapped.inputs, np.memmap)
        assert type(array.inputs) is np.ndarray
        assert mapped.inputs.tobytes() == array.inputs.tobytes()
        assert mapped.target.values.tobytes() == array.target.values.tobytes()
        for part in PARTS:
            np.testing.assert_array_equal(getattr(mapped.rows, part), getattr(array.rows, part))
        rows = array.rows.val
        assert mapped.samples(rows).tobytes() == array.samples(rows).tobytes()
        assert not isinstance(mapped.samples(rows), np.memmap)
    assert (mapped.columns, mapped.replaced) == (array.columns, array.replaced)


def test_memory_of_a_series_on_disk_is_a_few_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(repair_module, "CHUNK_ROWS", 1000)
    series = on_disk(random_series(60_000, columns=14), tmp_path / "values")
    split = split_config((0, 40_000), (40_000, 50_000), (50_000, None))
    tracemalloc.start()
    try:
        make_windows(series, with_dataset(PLAIN, dataset_config(split=split)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Rows of time stamps, flags and targets take 8 bytes each; the values alone would take 112.
    assert peak < 60_000 * 80


def test_the_lectures_batches_of_the_simulated_station() -> None:
    series = simulate_station(0)
    config = dataset_config(boundary="lecture", repair="hold")
    windows = make_windows(series, with_dataset(PLAIN, config))
    assert len(windows) == len(series) == 420_551  # repeated and missing time stamps are left as they are
    assert windows.columns == series.columns
    values = series.values.tolist()
    for column in (11, 12):  # the anemometer's sentinels
        last = values[0][column]
        for row in values:
            row[column] = last = last if row[column] == -9999.0 else row[column]
    mean, std = np.mean(values[:200_000], axis=0), np.std(values[:200_000], axis=0)
    data = ((np.array(values) - mean) / std).astype(np.float32)
    for part, first, end, at in (
        ("val", 200_001, 300_000, 3),
        ("test", 300_001, None, 0),
        ("test", 300_001, None, 929),
    ):
        rows = getattr(windows.rows, part)[128 * at : 128 * (at + 1)]
        samples, targets = next(lecture_generator(data, 1440, 144, int(rows[0]) - 1440, end, 128, 6))
        assert at != 0 or rows[0] == first + 1440
        assert at != 929 or rows[0] == first + 1440  # the lecture's last batch begins anew
        np.testing.assert_allclose(windows.samples(rows), samples, rtol=0, atol=1e-4)
        np.testing.assert_allclose(windows.targets(rows)[:, 0, 0], targets, rtol=0, atol=1e-4)


def test_what_is_handed_out_is_read_only() -> None:
    for windows in (small_windows("model=naive"), small_windows("model=naive", "dataset.calendar=true")):
        handed_out = [
            *(windows.rows.of(part) for part in PARTS),
            windows.inputs,
            windows.target.values,
            windows.scaling.mean,
            windows.scaling.std,
            windows.series.values,
            windows.series.times,
            windows.repaired.order.times,
        ]
        assert [array.flags.writeable for array in handed_out] == [False] * len(handed_out)


@pytest.mark.parametrize(
    "changes",
    [
        {"target": replace(WINDOWS.target, values=np.zeros((600, 1)))},
        {"target": replace(WINDOWS.target, std=np.ones(1))},
        {"geometry": Geometry(12, 2, 4, 6)},
        {"geometry": Geometry(12, 2, 3, 6, horizon=2)},
        {"rows": SplitRows(np.arange(12, 297), np.arange(312, 447), np.arange(462, 590), (0, 300))},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_score_digest_is_of_all_that_scores_are_taken_with(changes: dict[str, Any]) -> None:
    windows = small_windows("model=naive")
    assert windows.score_digest() == small_windows("model=naive").score_digest()
    assert replace(windows, **changes).score_digest() != windows.score_digest()


def spiked(peak: float, at: int) -> Series:
    """Return three random columns, of which the first is a thousand millionth as large but for one peak."""
    values = random_series().values * np.array([1e-9, 1.0, 1.0])
    values[at, 0] = peak
    return series_of(values)


@pytest.mark.parametrize("peak", [1e3, -1e3])
def test_inputs_far_outside_the_training_part_become_the_limit(peak: float) -> None:
    windows = make_windows(spiked(peak, 500), PLAIN)
    free = make_windows(spiked(peak, 500), small_experiment("model=naive", "dataset.input_limit=null"))
    limit = math.copysign(50, peak)
    assert windows.inputs[500, 0] == limit
    assert abs(free.inputs[500, 0]) > 1e9
    others = np.ones(windows.inputs.shape, dtype=bool)
    others[500, 0] = False
    np.testing.assert_array_equal(windows.inputs[others], free.inputs[others])
    np.testing.assert_array_equal(windows.target.values, free.target.values)
    (name, limited), *more = windows.limited.items()
    assert (name, limited.count, limited.limit, more) == ("p (mbar)", 1, 50.0, [])
    assert limited.farthest == pytest.approx(abs(float(free.inputs[500, 0])), rel=1e-6)
    assert free.limited == {}
    assert limited.in_words(name).startswith(f"1 value of p (mbar) lies {limited.farthest:,.0f} standard deviations ")


def test_no_input_of_the_training_part_is_limited() -> None:
    values = random_series().values.copy()
    values[[100, 500, 510], 2] = 1e3, 2e3, -2e3  # the first within the training rows, 17 standard deviations out
    windows = make_windows(series_of(values), small_experiment("model=naive", "dataset.input_limit=5"))
    train = values[:300, 2]
    largest = (1e3 - train.mean()) / train.std()
    assert 5 < largest < 20
    assert windows.inputs[100, 2] == pytest.approx(largest, rel=1e-6)
    assert windows.inputs[[500, 510], 2] == pytest.approx([largest, -largest], rel=1e-6)
    assert {name: limited.count for name, limited in windows.limited.items()} == {"wv (m/s)": 2}
    assert windows.limited["wv (m/s)"].in_words("wv").startswith("2 values of wv lie up to ")


def test_the_truth_is_not_limited_where_the_target_is_an_input() -> None:
    values = random_series().values.copy()
    values[500, 1] = 1e6
    windows = make_windows(series_of(values), PLAIN)
    assert windows.inputs[500, 1] == 50
    assert windows.target.values[500] == pytest.approx((1e6 - values[:300, 1].mean()) / values[:300, 1].std(), rel=1e-9)


def test_ordinary_inputs_are_not_limited_and_a_run_keeps_the_limits() -> None:
    windows = small_windows("model=naive", "dataset.calendar=true")
    assert windows.limited == {}
    np.testing.assert_array_equal(windows.scaling.limit, [50] * 3 + [np.inf] * 6)
    assert json.loads(windows.documents()["scaling.json"])["limit"] == [50.0] * 3 + [None] * 6
