from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.config.composition import Composer
from seqexp.config.schema import Bounds
from tests.config.oracle import only_fault
from tests.factories import make_plan
from tests.faults import is_about


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("experiment/x", "# @package _global_\ndataset: {split: {train: [0, 9], val: [9, 0.5], test: [20, null]}}\n"),
        (
            "dataset/x",
            "defaults: [csv, _self_]\npath: a\nsplit: {train: [0, 9], val: {first: 9, end: 0.5}, test: [20, null]}\n",
        ),
    ],
)
def test_a_yaml_file_may_give_parts_as_lists(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / f"{file}.yaml").write_text(text)
    (experiment,) = make_plan([file.replace("/", "=")], config_dir=str(tmp_path)).experiments
    split = experiment.series.split
    assert (split.train, split.val) == (Bounds(first=0, end=9), Bounds(first=9, end=0.5))
    assert split.test == Bounds(first=20, end=None)


@pytest.mark.parametrize("section", ["dataset: ${model}", "dataset: {split: '${dataset.format}'}", "dataset: null"])
def test_what_is_no_mapping_is_left_as_it_is(tmp_path: Path, section: str) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "x.yaml").write_text(f"# @package _global_\n{section}\n")
    assert Composer(tmp_path).compose(["experiment=x"]) is not None


def test_a_time_stamp_as_a_bound_is_told_where_rows_are_found() -> None:
    fault = only_fault("dataset.split.train.end='2011-01-01 00:00'")
    assert is_about(fault, "dataset.split.train.end", "'2011-01-01 00:00'", "seqexp data describe")
