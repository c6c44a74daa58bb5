"""Every command of docs/ltsf.md is valid and runs, and its figures of naive forecasts are those of the tests."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from seqexp.cli.main import main
from tests import documents
from tests.conftest import Run
from tests.data.ltsf import SHAPES
from tests.factories import experiment
from tests.paths import REPO
from tests.tasks.test_ltsf import ETTH1_DAY_BEFORE, ETTH1_REPEAT, ETTH1_REPEAT_PUBLISHED

PAGE = (REPO / "docs" / "ltsf.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
# A file of 7 columns stands in for those that are downloaded; of a sweep one horizon and the models without epochs run.
PARTS = "dataset.split={train:{first:0,end:500},val:{first:500,end:1000},test:{first:1000,end:1500}}"
SMALL = ["dataset.lookback=144", "dataset.horizon=24", PARTS]


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ltsf") / "seven.csv"
    times = np.datetime64("2016-07-01T00:00:00") + np.arange(1500) * np.timedelta64(3600, "s")
    values = np.random.default_rng(5).normal(size=(1500, 7)).round(3)
    rows = [f"{str(time).replace('T', ' ')},{','.join(map(str, row))}" for time, row in zip(times, values, strict=True)]
    path.write_text("\n".join(["date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT", *rows]) + "\n")
    return path


def test_the_trainings_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    trainings = [shlex.split(command)[2:] for command in COMMANDS if command.startswith("seqexp train")]
    assert len(trainings) >= 7
    for words in trainings:
        assert main(["validate", "--static", *words]) == 0, words
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_the_commands_run_in_their_order(stand_in: Path, tmp_path: Path, seqexp: Run) -> None:
    for command in COMMANDS:
        words = shlex.split(command)[1:]
        if words[0] in ("train", "data"):
            quick = (
                ["model=naive,ridge"]
                if "ltsf_etth1" in command
                else ["model=naive"]
                if "experiment=" in command
                else []
            )
            words += [
                f"dataset.path={stand_in}",
                *SMALL,
                *quick,
                *(["training.epochs=1"] if words[0] == "train" else []),
            ]
        done = seqexp(*words, cwd=tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("`naive`", ETTH1_REPEAT),
        ("`naive`, `boundary=drop_last`", ETTH1_REPEAT_PUBLISHED),
        ("Repeat (the last value stays)", ETTH1_REPEAT_PUBLISHED),
        ("`seasonal_naive`, a day", ETTH1_DAY_BEFORE),
    ],
)
def test_the_page_has_the_figures_that_come_out(name: str, figures: dict[int, tuple[float, float]]) -> None:
    cells = [" / ".join(f"{figure:.3f}".lstrip("0") for figure in both) for both in figures.values()]
    assert f"| {name} | {' | '.join(cells)} |" in PAGE


def test_the_page_has_the_shapes_and_the_parts() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \| [^|]+ \| ([\d,]+) x (\d+) \| [^|]+ \| ([\d, ]+)", PAGE, re.MULTILINE)
    named = {name: row[1:] for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert set(named) == set(SHAPES)
    for name, (total, columns, ends) in named.items():
        shape = SHAPES[name]
        assert (int(total.replace(",", "")), int(columns)) == (shape.rows, shape.columns)
        parts = experiment(f"dataset={name}", "model=naive").series.split.rows(shape.rows).values()
        assert [int(end.replace(",", "")) for end in ends.strip(" ,").split(", ")] == [end for _, end in parts]


def test_the_pages_that_it_links_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (REPO / "docs" / link).exists(), link
