"""Parts of a series that are given in part: the others follow, and rows and shares are not mixed by accident."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.schema import Split
from tests.config.oracle import faults, keys_of, one, only_fault
from tests.faults import is_about

ROWS = 50_000
CSV = ["dataset=csv", "dataset.path=any.csv"]


def split_of(*texts: str, folder: Path | None = None) -> Split:
    return one(*CSV, *(f"dataset.split.{text}" for text in texts), folder=folder).series.split


@pytest.mark.parametrize(
    ("texts", "train", "val", "test"),
    [
        ([], (0, 35_000), (35_000, 42_500), (42_500, ROWS)),
        (["train.end=33334"], (0, 33_334), (33_334, 41_667), (41_667, ROWS)),
        (["train=[0,33334]"], (0, 33_334), (33_334, 41_667), (41_667, ROWS)),
        (["train={first:0,end:33334}"], (0, 33_334), (33_334, 41_667), (41_667, ROWS)),
        (["train.end=45000"], (0, 45_000), (45_000, 47_500), (47_500, ROWS)),
        (["train.first=10000"], (10_000, 38_000), (38_000, 44_000), (44_000, ROWS)),
        (["val=[30000,40000]"], (0, 30_000), (30_000, 40_000), (40_000, ROWS)),
        (["val.first=20000"], (0, 20_000), (20_000, 35_000), (35_000, ROWS)),
        (["val.end=17000"], (0, 14_000), (14_000, 17_000), (17_000, ROWS)),
        (["test=[34000,null]"], (0, 28_000), (28_000, 34_000), (34_000, ROWS)),
        (["test.first=34000"], (0, 28_000), (28_000, 34_000), (34_000, ROWS)),
        (["test.end=10000"], (0, 7_000), (7_000, 8_500), (8_500, 10_000)),
        (["train.end=20000", "test.first=40000"], (0, 20_000), (20_000, 40_000), (40_000, ROWS)),
        (["train=[0,100]", "val=[200,300]", "test=[300,400]"], (0, 100), (200, 300), (300, 400)),
        (["train=[0,33334]", "val=[0.7,0.8]", "test=[0.9,1]"], (0, 33_334), (35_000, 40_000), (45_000, ROWS)),
        (["train.end=0.8"], (0, 40_000), (40_000, 45_000), (45_000, ROWS)),
        (["train.end=0.3"], (0, 15_000), (35_000, 42_500), (42_500, ROWS)),
        (["val=[0.5,0.6]"], (0, 25_000), (25_000, 30_000), (30_000, ROWS)),
        (["test.first=0.5"], (0, 20_588), (20_588, 25_000), (25_000, ROWS)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_the_parts_that_are_not_given_follow(
    texts: list[str], train: tuple[int, int], val: tuple[int, int], test: tuple[int, int]
) -> None:
    assert split_of(*texts).rows(ROWS) == {"train": train, "val": val, "test": test}


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(["train.first", "train.end", "val.first", "val.end", "test.first"]), st.just(0)),
    st.lists(st.integers(20, ROWS // 20 - 1).map(lambda row: row * 20), min_size=5, max_size=5, unique=True),
)
def test_whichever_rows_are_given_the_parts_are_in_order(places: dict[str, int], rows: list[int]) -> None:
    order = [key for key in ("train.first", "train.end", "val.first", "val.end", "test.first") if key in places]
    given_rows = dict(zip(order, sorted(rows), strict=False))
    parts = split_of(*(f"{key}={row}" for key, row in given_rows.items())).rows(ROWS)
    bounds = [bound for part in parts.values() for bound in part]
    assert bounds == sorted(bounds)
    assert {key: parts[key.split(".")[0]][key.endswith("end")] for key in given_rows} == given_rows  # type: ignore[index]


def test_a_file_that_sets_rows_of_one_part_means_the_same(tmp_path: Path) -> None:
    (tmp_path / "dataset").mkdir()
    own = "defaults: [csv, _self_]\nname: own\npath: own.csv\nsplit:\n  train:\n    end: 33334\n"
    (tmp_path / "dataset" / "own.yaml").write_text(own)
    assert one("dataset=own", folder=tmp_path).series.split == split_of("train.end=33334")
    moved = one("dataset=own", "dataset.split.val.end=40000", folder=tmp_path).series.split
    assert moved.rows(ROWS) == {"train": (0, 33_334), "val": (33_334, 40_000), "test": (40_000, ROWS)}


def test_rows_and_shares_given_together_are_answered_with_the_line_to_type() -> None:
    fault = only_fault(*CSV, "dataset.split.train.end=33334", "dataset.split.test.first=0.9")
    line = "dataset.split.train=[0,0.741176] dataset.split.val=[0.741176,0.9] dataset.split.test=[0.9,null]"
    assert is_about(fault, "dataset.split", line, "dataset.split.train.end=33334")
    assert one(*CSV, *line.split()).series.split.rows(ROWS)["test"] == (45_000, ROWS)


def test_what_a_run_records_of_its_parts_gives_them_again() -> None:
    split = split_of("train.end=33334")
    texts = [
        f"{part}.{edge}={'null' if value is None else value}"
        for part, bounds in split.model_dump().items()
        for edge, value in bounds.items()
    ]
    assert split_of(*texts) == split


@pytest.mark.parametrize(
    ("text", "key", "facts"),
    [
        ("train=[0]", "dataset.split.train", ["[first, end]", "[0]"]),
        ("train=[0,1,2]", "dataset.split.train", ["[first, end]"]),
        ("train=[0,2014-01-01]", "dataset.split.train.end", ["'2014-01-01'"]),
        ("val.first=2014-01-01", "dataset.split.val.first", ["'2014-01-01'", "a number"]),
        ("train.first=null", "dataset.split.train.first", ["Received: None."]),
        ("train=[40,30]", "dataset.split.train", ["[40, 30)"]),
        ("train=[100,1.5]", "dataset.split.train", ["[100, 1.5)"]),
    ],
)
def test_bounds_that_are_none_are_refused(text: str, key: str, facts: list[str]) -> None:
    found = [fault for fault in faults(*CSV, f"dataset.split.{text}") if fault.key == key]
    assert len(found) == 1
    assert is_about(found[0], key, *facts)
    assert keys_of(found) == [key]
