"""Windows whose target has several rows and columns, against plain loops over rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.arrays import PARTS
from seqexp.data.series.cutting import make_windows
from tests.data.helpers import received
from tests.factories import (
    COLUMNS,
    dataset_config,
    minutes,
    random_series,
    series_of,
    small_experiment,
    split_config,
    with_dataset,
)

ROWS = 600
PLAIN = small_experiment("model=naive")
PARTS_OF = split_config((0, 300), (300, 450), (450, None))
BOUNDS = {"train": (0, 300), "val": (300, 450), "test": (450, ROWS)}


def config(**changes: Any) -> Any:
    return with_dataset(PLAIN, dataset_config(**({"split": PARTS_OF, "lookback": 12, "step": 2, "delay": 3} | changes)))


@given(
    delay=st.integers(0, 5),
    steps=st.integers(1, 8),
    horizon_step=st.integers(1, 4),
    boundary=st.sampled_from(["context", "strict"]),
    unmeasured=st.sets(st.integers(0, ROWS - 1), max_size=6),
    gap=st.none() | st.integers(30, 570),
)
def test_rows_and_targets_equal_a_loop(
    delay: int, steps: int, horizon_step: int, boundary: str, unmeasured: set[int], gap: int | None
) -> None:
    values = np.random.default_rng(0).normal(size=(ROWS, 3))
    values[sorted(unmeasured), 2] = np.nan
    stamps = minutes(*(10 * (row + (50 if gap is not None and row >= gap else 0)) for row in range(ROWS)))
    windows = make_windows(
        series_of(values, times=stamps),
        config(
            target=[COLUMNS[0], COLUMNS[2]], delay=delay, horizon=steps * horizon_step, horizon_step=horizon_step,
            boundary=boundary, max_gap=6,
        ),
    )  # fmt: skip
    ahead = [delay + k * horizon_step for k in range(steps)]
    assert windows.ahead.tolist() == ahead
    for part in PARTS:
        first, end = BOUNDS[part]
        expected = [
            row
            for row in range(12, ROWS)
            if all(first <= row + a < end and row + a not in unmeasured for a in ahead)
            and (row - 12 >= first or (boundary == "context" and part != "train"))
            and not (gap is not None and row - 12 < gap <= row + ahead[-1])
        ]
        assert windows.rows.of(part).tolist() == expected
    rows = windows.rows.test
    found = windows.to_unit(windows.targets(rows))
    assert found.shape == (len(rows), steps, 2)
    for at, row in enumerate(rows[:20].tolist()):
        for lead, a in enumerate(ahead):
            np.testing.assert_allclose(found[at, lead], values[row + a, [0, 2]], atol=1e-12)


def test_lengths_of_time_are_rows() -> None:
    windows = make_windows(random_series(), config(delay="0h", horizon="1h", horizon_step="20min"))
    assert windows.ahead.tolist() == [0, 2, 4]


def test_drop_last_leaves_out_the_last_batch_that_is_not_full() -> None:
    plain, dropped = (
        make_windows(random_series(), config(boundary=boundary, batch_size=32, horizon=5, delay=0))
        for boundary in ("context", "drop_last")
    )
    assert len(plain.rows.test) == 150 - 4
    assert dropped.rows.test.tolist() == plain.rows.test[:128].tolist()
    assert dropped.rows.val.tolist() == plain.rows.val[:128].tolist()
    assert dropped.rows.train.tolist() == plain.rows.train.tolist()
    with pytest.raises(InputError) as caught:
        make_windows(random_series(), config(boundary="drop_last", batch_size=147, horizon=5, delay=0))
    assert [key for key, _ in received(caught.value)] == ["dataset.batch_size"] * 2


def test_all_faults_of_a_horizon_are_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        make_windows(random_series(), config(target="zzz", horizon="25min", horizon_step=4))
    assert [key for key, _ in received(caught.value)] == ["dataset.target", "dataset.horizon"]
    with pytest.raises(InputError) as caught:
        make_windows(random_series(), config(horizon=10, horizon_step=4))
    assert received(caught.value) == [("dataset.horizon_step", "4, 4 rows.")]
    with pytest.raises(InputError) as caught:
        make_windows(random_series(), config(horizon=200))
    assert [fault.key for fault in caught.value.faults] == ["dataset.split.val", "dataset.split.test"]
    assert "horizon 200" in str(caught.value)


def test_a_target_that_models_do_not_see() -> None:
    windows = make_windows(random_series(), config(target=[COLUMNS[1], COLUMNS[2]], inputs=[COLUMNS[2], COLUMNS[0]]))
    assert windows.columns == (COLUMNS[0], COLUMNS[2])
    assert windows.target.inputs == (-1, 1)
    whole = make_windows(random_series(), config(target=[COLUMNS[1], COLUMNS[2]]))
    np.testing.assert_array_equal(windows.targets(windows.rows.val), whole.targets(whole.rows.val))


def test_of_all_columns_those_that_change_are_forecast() -> None:
    values = random_series().values.copy()
    values[:, 0] = 7.0
    windows = make_windows(series_of(values), config(target="all"))
    assert (windows.target.names, windows.constant) == (COLUMNS[1:], (COLUMNS[0],))
    with pytest.raises(InputError) as caught:
        make_windows(series_of(values), config(target=[COLUMNS[0], COLUMNS[1]]))
    assert [fault.key for fault in caught.value.faults] == ["dataset.target"]


def test_what_is_known_ahead_is_seen_up_to_the_last_row_of_the_target() -> None:
    windows = make_windows(random_series(), config(target=COLUMNS[1], known=[COLUMNS[2]], horizon=4, horizon_step=2))
    assert windows.columns == (*COLUMNS, f"{COLUMNS[2]} (known ahead)")
    assert windows.known == (3,)
    assert windows.scaling.mean[3] == windows.scaling.mean[2]
    scaled = windows.inputs[:, 2].copy()
    for row in (12, 100, int(windows.rows.test[-1])):
        sample = windows.samples(np.array([row]))[0]
        # The newest timestep, 2 rows before the window's end, shows the last row of the target, 5 behind it.
        np.testing.assert_array_equal(sample[:, 3], [scaled[row + offset + 7] for offset in range(-12, 0, 2)])
        np.testing.assert_array_equal(sample[:, 2], [scaled[row + offset] for offset in range(-12, 0, 2)])


def test_a_window_must_span_what_is_known_ahead() -> None:
    with pytest.raises(InputError) as caught:
        make_windows(random_series(), config(known=[COLUMNS[2]], horizon=16))
    assert received(caught.value) == [("dataset.lookback", "12 rows.")]
    assert "at least 18 rows" in str(caught.value)
    make_windows(random_series(), config(known=[COLUMNS[2]], horizon=16, lookback=18))
