"""How a run is made again: its command line, word for word."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.ranking import Ranking
from seqexp.reporting.board.rows import Row
from seqexp.reporting.page.recipes import (
    command_of,
    command_of_seeds,
    configs_of,
    without_folders,
    without_folders_in_text,
)
from seqexp.tasks.kinds import SERIES
from seqexp.tasks.metric import MAE
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store
from tests.factories import make_plan


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["model=gru", "seed=1"],
        ["model=gru", 'dataset.target="T (degC)"', "+model.extra=[1, 2]", "~training.clipnorm=null"],
        ['tracking.note="tried units=64 and seed=2"', "seed=3"],
        ["tracking.note='lr=0.1 or lr=0.2'", "tracking.run_name='it is \\' quoted=once'", "seed=3"],
        ['tracking.note="a \\" b=c"', "model=gru"],
        ["tracking.note=a\\ b", "tracking.tags={who: 'x y=z'}", "model=gru"],
        ["tracking.note='a \"b=c'", 'tracking.run_name="it\'s d=e"', "model=gru"],
    ],
)
def test_a_command_has_the_overrides_as_they_were_given(overrides: list[str]) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tags = {"seqexp.overrides": " ".join(overrides)}
    run = StoredRun("a" * 32, "e", "r", "FINISHED", now, now, {}, tags, {}, "")
    assert shlex.split(command_of(run)) == ["seqexp", "train", *overrides]


@pytest.mark.parametrize(
    ("given", "chosen", "used", "shown"),
    [
        ("model=gru", "auto", "simulated", "model=gru dataset.source=simulated"),
        ("dataset.source=auto model=gru", "auto", "official", "model=gru dataset.source=official"),
        ("dataset.source=simulated model=gru", "simulated", "simulated", "dataset.source=simulated model=gru"),
        ("dataset.path=a.csv", "auto", "path", "dataset.path=a.csv"),
    ],
)
def test_a_command_names_the_source_that_was_taken(given: str, chosen: str, used: str, shown: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tags = {"seqexp.overrides": given, "seqexp.data_source": used}
    run = StoredRun("a" * 32, "e", "r", "FINISHED", now, now, {"dataset.source": chosen}, tags, {}, "")
    assert command_of(run) == f"seqexp train {shown}"


@pytest.mark.parametrize(
    ("given", "seeds", "count", "shown"),
    [
        ("model=gru", ["1"], 2, "-m model=gru seed=2 sweep.seeds=2"),
        ("model=gru seed=7", ["7", "3"], 4, "-m model=gru seed=8 sweep.seeds=4"),
        ("model=gru seed=7", ["7"], 1, "model=gru seed=8"),
        ("experiment=e model=gru hydra.mode=RUN seed=2 sweep.seeds=3 sweep.folds=4", ["2"], 2,
         "-m experiment=e model=gru seed=3 sweep.seeds=2"),
        ("experiment=e model=gru seed=2", ["2"], 1, "experiment=e model=gru hydra.mode=RUN seed=3"),
        ("model=gru tracking.uri=sqlite:///a.db", [], 2, "-m model=gru seed=1 sweep.seeds=2"),
    ],
)  # fmt: skip
def test_a_command_of_more_seeds_begins_after_the_last_one(
    given: str, seeds: list[str], count: int, shown: str
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    runs = [
        StoredRun("a" * 32, "e", "r", "FINISHED", now, now, {"seed": seed}, {"seqexp.overrides": given}, {}, "")
        for seed in seeds or ["not known"]
    ]
    assert command_of_seeds(runs, count) == f"seqexp train {shown}"


def test_where_the_store_was_is_no_part_of_the_page(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tags = {
        "seqexp.overrides": "model=gru tracking.uri=sqlite:////home/me/r.db +tracking.checkpoints=/home/me/c seed=1"
    }
    config = "model:\n  name: gru\ntracking:\n  uri: sqlite:////home/me/r.db\n  checkpoints: /home/me/c\n  note: n\n"
    (tmp_path / "config.yaml").write_text(config)
    run = StoredRun("a" * 32, "e", "r", "FINISHED", now, now, {}, tags, {"best_val_mae": 0.5}, tmp_path.as_uri())
    assert shlex.split(command_of(run)) == ["seqexp", "train", "model=gru", "seed=1"]
    group = Group("gru", {}, (Row(run, SERIES, MAE, run.metrics),), 0, Ranking.of(SERIES, MAE, None))
    (shown,) = configs_of(Store("sqlite:////nowhere/mlflow.db", None), [group], has_best=True)
    assert shown.yaml == "model:\n  name: gru\ntracking:\n  note: n\n"


def test_files_are_named_without_private_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    given = [
        "dataset.path='/home/me/my data/x.csv'",
        f"model.vectors={tmp_path}/sub/v.npy",
        "dataset.path=C:\\me\\x.csv",
    ]
    others = [
        "dataset.format.time_format=/%d/%m",
        "dataset.url=https://h/a/b.csv",
        "dataset.format.delimiter=/",
        "a=b/c",
    ]
    tags = {"seqexp.overrides": " ".join([*given, *others])}
    run = StoredRun("a" * 32, "e", "r", "FINISHED", now, now, {}, tags, {"best_val_mae": 0.5}, tmp_path.as_uri())
    shown = ["dataset.path='x.csv'", "model.vectors=sub/v.npy", "dataset.path=x.csv"]
    assert shlex.split(command_of(run)) == ["seqexp", "train", *shown, *others]
    (tmp_path / "config.yaml").write_text("dataset:\n  path: /home/me/x.csv\ntracking:\n  uri: null\n  note: n\n")
    group = Group("gru", {}, (Row(run, SERIES, MAE, run.metrics),), 0, Ranking.of(SERIES, MAE, None))
    (config,) = configs_of(Store("sqlite:////nowhere/mlflow.db", None), [group], has_best=True)
    assert config.yaml == "dataset:\n  path: x.csv\ntracking:\n  note: n\n"


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ("the file /home/me/my data/season.csv", "the file season.csv"),
        ("the folder /reviews", "the folder reviews"),
        ("/d/imdb.npz with the index /home/me/words.json", "imdb.npz with the index words.json"),
        ("the file /a b/imdb.npz with the word index /c/i.json", "the file imdb.npz with the word index i.json"),
        ("simulated weather station, seed 0", "simulated weather station, seed 0"),
        ("https://example.org/a/b.csv.zip", "https://example.org/a/b.csv.zip"),
    ],
)
def test_of_data_the_page_names_files_and_no_folders(origin: str, shown: str) -> None:
    assert without_folders(origin) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("No such file: '/home/me/x.csv'", "No such file: 'x.csv'"),
        ("read /a/b/c.csv (path=/a/b/) and https://h/a/b", "read c.csv (path=b/) and https://h/a/b"),
        ("see file:///home/me/x.csv", "see file://x.csv"),
        ("H2O in mmol/mol, g/m**3, and/or 1/2/2020", "H2O in mmol/mol, g/m**3, and/or 1/2/2020"),
    ],
)
def test_a_message_on_the_page_names_files_and_no_folders(text: str, shown: str) -> None:
    assert without_folders_in_text(text) == shown


def test_a_job_of_a_preset_that_is_a_sweep_is_one_run() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tags = {"seqexp.overrides": "experiment=jena_seeds model=gru seed=3", "mlflow.parentRunId": "b" * 32}
    words = shlex.split(command_of(StoredRun("a" * 32, "e", "r", "FINISHED", now, now, {}, tags, {}, "")))
    assert words[:2] == ["seqexp", "train"]
    plan = make_plan(words[2:])
    assert not plan.is_sweep
    assert (plan.experiments[0].model.name, plan.experiments[0].seed) == ("gru", 3)
