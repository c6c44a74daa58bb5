"""Folds as a key of the dataset, and as an axis of a sweep."""

from __future__ import annotations

from typing import Any

import pytest

from seqexp.config import digests
from seqexp.config.digests import config_digest, group_digest, job_digest
from seqexp.config.errors import InputError
from seqexp.config.schema import Experiment
from seqexp.runs.record import flatten
from tests.config.oracle import one, only_fault, task
from tests.factories import make_plan
from tests.faults import is_about


def test_folds_are_an_axis_beside_seeds() -> None:
    made = make_plan(["model=naive,ridge", "sweep.folds=3", "sweep.seeds=2"], multirun=True)
    assert made.axes == ("model", "dataset.fold", "seed")
    assert [(job.model.name, job.dataset.fold, job.seed) for job in made.experiments] == [
        (model, f"{number}/3", seed) for model in ("naive", "ridge") for number in (1, 2, 3) for seed in (0, 1)
    ]
    assert made.overrides[0] == ("model=naive", "dataset.fold=1/3", "seed=0")
    assert made.experiments[0] == one("model=naive", "dataset.fold=1/3", "seed=0")


def test_folds_slide_where_that_is_asked_for() -> None:
    made = make_plan(["model=naive", "sweep.folds=2", "sweep.fold_train=sliding"], multirun=True)
    assert [job.dataset.fold for job in made.experiments] == ["1/2-sliding", "2/2-sliding"]


@pytest.mark.parametrize(
    ("texts", "key", "words"),
    [
        (["sweep.folds=1"], "sweep.folds", [">= 2", "Received: 1"]),
        (["sweep.folds=x"], "sweep.folds", ["Received: 'x'"]),
        (["sweep.folds=2,3"], "sweep.folds", ["Received: several"]),
        (["sweep.folds=2", "dataset.fold=1/2"], "sweep.folds", ["sweep.folds=2", "dataset.fold=1/2"]),
        (["sweep.fold_train=sliding"], "sweep.fold_train", ["sweep.folds"]),
        (["sweep.folds=2", "sweep.fold_train=sliding,expanding"], "sweep.fold_train", ["Received: several"]),
        (["sweep.folds=2", "sweep.fold_train=both"], "sweep.fold_train", ["'both'", "expanding", "sliding"]),
        (["sweep.folds=2", "dataset.boundary=lecture"], "dataset.fold", ["dataset.boundary=lecture", "1/2"]),
        (["dataset=imdb", "model=text_linear", "sweep.folds=2", "sweep.fold_train=sliding"], "dataset.fold", ["texts"]),
        (["dataset.fold=3/2"], "dataset.fold", ["Received: '3/2'"]),
        (["dataset.fold=1/1"], "dataset.fold", ["k >= 2", "Received: '1/1'"]),
        (["dataset.fold=0/2"], "dataset.fold", ["such as 2/5", "Received: '0/2'"]),
        (["dataset.fold=2"], "dataset.fold", ["such as 2/5", "Received: 2"]),
    ],
)
def test_wrong_folds_are_reported(texts: list[str], key: str, words: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        make_plan(["model=naive", *texts], multirun=True)
    assert any(is_about(fault, key, *words) for fault in raised.value.faults), raised.value.texts


def test_folds_need_a_sweep_that_is_no_search() -> None:
    assert is_about(only_fault("sweep.folds=3"), "sweep.folds", "sweep.folds=3", "-m")
    fault = only_fault("hydra/sweeper=optuna", "model.units=4,8", "sweep.folds=3", multirun=True)
    assert is_about(fault, "sweep.folds", "sweep.folds=3", "search", "dataset.fold=2/5")


def test_no_fold_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """So runs that were recorded before there were folds keep their digests and parameters."""
    contents: list[Any] = []
    monkeypatch.setattr(digests, "digest_of", lambda content: contents.append(content) or "")
    for setup in (one(), one("dataset=imdb")):
        config_digest(setup, data_digest="d", compute={})
        assert "fold" not in contents[-1]["experiment"]["dataset"]
        assert "dataset.fold" not in flatten(setup)
        before = setup.model_dump()
        del before["dataset"]["fold"]
        assert Experiment.model_validate(before) == setup
    task(one())
    assert "fold" not in contents[-1]


def test_a_fold_is_a_job_and_a_task_of_its_own_and_one_group_with_the_others() -> None:
    setups = [one(), *(one(f"dataset.fold={fold}") for fold in ("1/3", "2/3", "2/3-sliding"))]
    assert len({job_digest(setup, data_digest="d") for setup in setups}) == 4
    assert len({task(setup) for setup in setups}) == 4
    assert len({group_digest(setup, data_digest="d") for setup in setups}) == 1
    assert flatten(setups[1])["dataset.fold"] == "1/3"
