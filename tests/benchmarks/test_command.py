from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import _parsed, _told
from benchmarks.scaling import sizes
from benchmarks.task import MODELS, task_of
from tests.paths import REPO


def test_a_whole_run_writes_into_the_repository() -> None:
    args = _parsed([])
    assert args.out == REPO / "benchmarks"
    assert args.models == list(MODELS)
    assert args.whole_epoch


@pytest.mark.parametrize(
    "arguments", [["--only", "windows"], ["--no-startup"], ["--models", "gru"], ["--rounds", "2"], ["--steps", "4"]]
)
def test_a_part_must_be_written_elsewhere(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parsed(arguments)
    assert "--out" in capsys.readouterr().err
    assert _parsed([*arguments, "--out", "elsewhere"]).out == Path("elsewhere")


def test_what_is_left_out_is_not_measured() -> None:
    args = _parsed(["--no-startup", "--only", "startup,windows", "--out", "elsewhere"])
    assert args.only == ["windows"]


def test_a_model_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parsed(["--models", "gruu"])
    assert "Received: gruu" in capsys.readouterr().err


def test_the_folder_of_the_results_is_not_told() -> None:
    assert _told(["--out", "a folder", "--rounds", "2", "--out=b"]) == ["--rounds", "2"]


def test_every_model_sees_windows_of_one_shape() -> None:
    assert {task_of(model).shape for model in MODELS} == {(240, 14)}


def test_each_size_is_measured_once() -> None:
    assert len(sizes()) == len(set(sizes())) == 8
    assert (32, 240, 128) in sizes()
