"""Samples, targets and scaling against plain loops and the lecture's own code."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.series import Series
from seqexp.data.windows import check_fit, make_windows, unit_of
from seqexp.evaluation.scores import score
from tests.factories import (
    dataset_config,
    looped_samples,
    random_series,
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
    lookback, step, delay = values["lookback"], values["step"], values["delay"]
    assert windows.shape == (lookback // step, 3)
    for rows in (windows.rows.train, windows.rows.val, windows.rows.test):
        samples = windows.samples(rows)
        assert samples.dtype == np.float32
        assert samples.shape == (len(rows), *windows.shape)
        np.testing.assert_array_equal(samples, looped_samples(windows.float32, rows, lookback, step))
        expected = [windows.normalised[row + delay][1] for row in rows]
        np.testing.assert_array_equal(windows.targets(rows), expected)
        assert windows.targets(rows).dtype == np.float64
        np.testing.assert_array_equal(windows.last_seen(rows).astype(np.float32), samples[:, -1, 1])


@given(window_settings())
def test_the_lectures_boundary_gives_the_lectures_batches(values: dict[str, Any]) -> None:
    windows = make_windows(SERIES, with_dataset(PLAIN, dataset_config(**values, boundary="lecture")))
    lookback, batch, split = values["lookback"], values["batch_size"], values["split"]
    for part, bounds in (("val", split.val), ("test", split.test)):
        end = bounds.end or len(SERIES)
        steps = (end - bounds.first - lookback) // batch
        generator = lecture_generator(
            windows.normalised, lookback, values["delay"], bounds.first, bounds.end, batch, values["step"]
        )
        batches = list(itertools.islice(generator, steps))
        rows = getattr(windows.rows, part)
        samples = np.concatenate([samples for samples, _ in batches])
        np.testing.assert_array_equal(windows.samples(rows), samples.astype(np.float32))
        np.testing.assert_array_equal(windows.targets(rows), np.concatenate([targets for _, targets in batches]))


def test_the_lectures_last_test_batch_repeats_the_first() -> None:
    # (100 - 12) // 8 = 11 batches counted, but only ten end before the generator's own end.
    split = split_config((0, 60), (60, 120), (120, None))
    config = dataset_config(lookback=12, step=2, delay=6, batch_size=8, boundary="lecture", split=split)
    windows = make_windows(SERIES, with_dataset(PLAIN, config))
    generator = lecture_generator(windows.normalised, 12, 6, 120, None, 8, 2)
    batches = [samples for samples, _ in itertools.islice(generator, 11)]
    np.testing.assert_array_equal(batches[10], batches[0])
    rows = windows.rows.test.reshape(11, 8)
    np.testing.assert_array_equal(rows[10], rows[0])
    np.testing.assert_array_equal(windows.samples(rows[9]), batches[9].astype(np.float32))


def test_the_naive_score_is_the_lectures_mean_of_batch_means() -> None:
    windows = small_windows("model=naive", "dataset.boundary=lecture")
    generator = lecture_generator(windows.normalised, 12, 3, 300, 450, 16, 2)
    batch_maes = []
    for samples, targets in itertools.islice(generator, (450 - 300 - 12) // 16):
        batch_maes.append(np.mean(np.abs(samples[:, -1, 1] - targets)))
    naive = score(windows, "val", windows.last_seen(windows.rows.val))
    assert naive.naive_mae == pytest.approx(np.mean(batch_maes), rel=1e-13)
    assert naive.mae == naive.naive_mae


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
        np.testing.assert_allclose(windows.normalised[:, column], whole, rtol=0, atol=1e-12)


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
def test_a_column_that_never_changes_in_training_is_only_shifted(constant: float) -> None:
    # The computed deviation of 300 times 0.1 is not 0 but 1e-16: dividing by it would blow the column up.
    values = random_series().values.copy()
    values[:300, 2], values[300:, 2] = constant, constant + 1
    windows = make_windows(series_of(values), PLAIN)
    assert windows.scaling.std[2] == 1.0
    np.testing.assert_allclose(windows.normalised[:300, 2], 0, atol=1e-5)
    np.testing.assert_allclose(windows.normalised[300:, 2], 1, atol=1e-5)


def test_the_target_goes_back_to_its_unit() -> None:
    windows = WINDOWS
    rows = windows.rows.test
    recorded = windows.series.values[rows + 3, 1]
    np.testing.assert_allclose(windows.to_unit(windows.targets(rows)), recorded, rtol=0, atol=1e-12)
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
    assert np.abs(windows.normalised).max() < 6
    raw = make_windows(series_of(values), small_experiment("model=naive", "dataset.repair=off"))
    assert dict(raw.replaced) == {}
    assert raw.normalised[40, 2] < -10


@pytest.mark.parametrize("every", [1, 8, 1000])
def test_every_nth_window_is_scored_and_every_one_trained_on(every: int) -> None:
    windows = small_windows("model=naive", f"training.score_every={every}")
    assert windows.rows.train.tolist() == list(range(12, 297))
    assert windows.rows.val.tolist() == list(range(312, 447, every))
    assert windows.rows.test.tolist() == list(range(462, 597, every))


def test_training_quick_scores_every_8th_window() -> None:
    windows = small_windows("training=quick")
    assert windows.rows.val.tolist() == list(range(312, 447, 8))


def test_a_target_and_a_split_that_do_not_fit_are_reported_together() -> None:
    config = dataset_config(target="T (degF)", split=split_config((0, 300), (300, 5000), (5000, None)))
    with pytest.raises(InputError) as caught:
        check_fit(random_series(), config)
    faults = caught.value.faults
    assert "dataset.target must be one of the columns p (mbar), T (degC), wv (m/s). Received: 'T (degF)'." in faults[0]
    assert "Did you mean 'T (degC)'?" in faults[0]
    assert any("dataset.split.val" in fault for fault in faults[1:])


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
