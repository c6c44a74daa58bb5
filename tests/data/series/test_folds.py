"""The folds of a series: which rows each trains on, is validated on and tested on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.config.schema import Fold, SeriesConfig
from seqexp.data.arrays import PARTS
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.folds import bounds_of_all, part_bounds
from seqexp.data.series.geometry import geometry_of
from seqexp.data.series.splits import split_bounds, split_rows
from seqexp.tasks.task import forecasting_task
from tests.factories import dataset_config, random_series, small_experiment, small_windows, split_config

PLACES = st.tuples(st.integers(0, 30), st.integers(40, 60), st.integers(60, 80), st.integers(120, 400))


def of_fold(fold: str, **changes: Any) -> SeriesConfig:
    return dataset_config(**{"lookback": 4, "step": 1, "delay": 2, "boundary": "context", **changes, "fold": fold})


def blocks_by_hand(begin: int, end: int, count: int) -> list[list[int]]:
    """Deal the rows out to the blocks one by one: a row goes to the next block once its share of all rows is full."""
    blocks: list[list[int]] = [[] for _ in range(count)]
    for row in range(begin, end):
        number = 0
        while row >= begin + (end - begin) * (number + 1) // count:
            number += 1
        blocks[number].append(row)
    return blocks


@given(PLACES, st.integers(2, 9), st.booleans(), st.integers(0, 3))
def test_a_fold_trains_on_what_is_before_its_block_and_is_tested_on_the_next(
    places: tuple[int, int, int, int], count: int, slides: bool, behind: int
) -> None:
    first, train_end, begin, end = places
    split = split_config((first, train_end), (begin, begin + 20), (begin + 20, end))
    blocks = blocks_by_hand(begin, end, count + 1)
    assert max(map(len, blocks)) - min(map(len, blocks)) <= 1
    for number in range(1, count + 1):
        fold = Fold(number, count, slides)
        found = part_bounds(of_fold(str(fold), split=split), end + behind)
        rows = {part: list(range(*found[part])) for part in PARTS}
        before = list(range(first, begin)) + [row for block in blocks[: number - 1] for row in block]
        assert rows["train"] == (before[-(begin - first) :] if slides else before)
        assert rows["val"] == blocks[number - 1]
        assert rows["test"] == blocks[number]
    assert bounds_of_all(of_fold(f"1/{count}", split=split), end)[-1]["test"][1] == end


@given(PLACES, st.integers(2, 5), st.sampled_from(["context", "strict", "drop_last"]))
def test_no_row_that_a_fold_is_tested_on_is_trained_on(
    places: tuple[int, int, int, int], count: int, boundary: str
) -> None:
    first, train_end, begin, end = places
    split = split_config((first, train_end), (begin, begin + 20), (begin + 20, end))
    for number in range(1, count + 1):
        dataset = of_fold(f"{number}/{count}", split=split, boundary=boundary, batch_size=1)
        geometry = geometry_of(dataset, 600_000_000)
        rows = split_rows(dataset, geometry, end)
        touched = {row + geometry.delay for row in rows.train.tolist()} | {
            seen for row in rows.train.tolist() for seen in range(row - geometry.lookback, row)
        }
        validated, tested = ({row + geometry.delay for row in part.tolist()} for part in (rows.val, rows.test))
        assert touched
        assert max(touched) < min(validated) <= max(validated) < min(tested)
        assert rows.train_bounds[1] <= min(validated), "scaling is fitted on the training rows alone"


def test_shares_open_ends_and_parts_that_follow_are_cut_in_rows() -> None:
    split = split_config((0.0, 0.5), (0.5, 0.8), (0.8, None))
    assert part_bounds(of_fold("2/4", split=split), 1000) == {"train": (0, 600), "val": (600, 700), "test": (700, 800)}
    assert part_bounds(of_fold("2/4-sliding", split=split), 1000)["train"] == (100, 600)
    setup = small_experiment("dataset.split.val=[300,450]", "dataset.split.test=[450,null]", "dataset.fold=3/3")
    assert split_bounds(setup.series, geometry_of(setup.series, 600_000_000), 602) == {
        "train": (0, 451),
        "val": (451, 526),
        "test": (526, 602),
    }


def test_blocks_that_hold_no_window_are_refused_once_for_all_folds() -> None:
    split = split_config((0, 100), (100, 120), (120, 140))
    faults = set()
    for number in range(1, 21):
        dataset = of_fold(f"{number}/20", split=split, boundary="strict")
        with pytest.raises(InputError) as caught:
            split_bounds(dataset, geometry_of(dataset, 600_000_000), 140)
        faults |= set(caught.value.faults)
    (fault,) = faults
    assert fault.key == "dataset.fold"
    for words in ("21 blocks", "lookback 4 and delay 2 need at least 7", "at most 4 folds", "Received: 20 folds"):
        assert words in fault.text
    most = of_fold("4/4", split=split, boundary="strict")
    assert split_bounds(most, geometry_of(most, 600_000_000), 140)["test"] == (132, 140)
    with pytest.raises(InputError):
        split_bounds(of_fold("5/5", split=split, boundary="strict"), geometry_of(most, 600_000_000), 140)


def test_each_fold_scales_by_its_own_training_part() -> None:
    values = random_series().values[:, 1]
    for number in (1, 2, 3):
        windows = small_windows("model=naive", f"dataset.fold={number}/3")
        first, end = windows.rows.train_bounds
        assert (first, end) == (0, [300, 375, 450][number - 1])
        assert windows.target.mean[0] == pytest.approx(np.mean(values[first:end]))


def test_folds_are_tasks_of_their_own_that_have_one_digest_in_common() -> None:
    def digests(*overrides: str) -> tuple[str, str | None]:
        setup = small_experiment("model=naive", *overrides)
        task = forecasting_task(setup, make_windows(random_series(), setup))
        return task.digest, task.folds_digest

    own = [digests(f"dataset.fold={number}/3") for number in (1, 2, 3)]
    assert len({digest for digest, _ in own} | {digests()[0]}) == 4
    assert digests()[1] is None
    assert len({common for _, common in own}) == 1
    others = [digests("dataset.fold=1/2")[1], digests("dataset.fold=1/3-sliding")[1]]
    others.append(digests("dataset.fold=1/3", "dataset.season=24")[1])
    assert len({own[0][1], *others}) == 4
    assert digests("dataset.fold=1/3", "dataset.lookback=24", "seed=3") == own[0]
