"""A digest changes with all that changes a number, or the task, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config import digests
from seqexp.config.digests import config_digest, digest_of
from seqexp.config.schema import LATER_TRAINING, Experiment
from tests.config.oracle import one, task

DEFAULT = one()
COMPUTE = {"jit_compile": False, "threads": 2}


def changed(key: str, value: Any) -> Experiment:
    values = DEFAULT.model_dump()
    *parents, last = key.split(".")
    node = values
    for parent in parents:
        node = node[parent]
    node[last] = value
    return Experiment.model_validate(values)


def config(experiment: Experiment, data: str = "d", compute: dict[str, Any] | None = None) -> str:
    return config_digest(experiment, data_digest=data, compute=compute or COMPUTE)


EMBEDDING = {"source": "learned", "dim": 8, "trainable": True, "missing": "zero", "mask_zero": False}
NUMBERS = {
    "seed": 1, "dataset.target": "p (mbar)", "dataset.lookback": 720, "dataset.step": 3, "dataset.delay": 72,
    "dataset.lead": 150, "dataset.season": "1d", "dataset.horizon": 6, "dataset.inputs": ["T (degC)"],
    "dataset.known": ["p (mbar)"], "dataset.holidays": "DE", "dataset.fold": "2/5",
    "dataset.batch_size": 64, "dataset.sampling": "epoch", "dataset.boundary": "lecture", "dataset.repair": "off",
    "dataset.sentinels": [-9999, 0], "dataset.valid": {"T (degC)": [-60, 60]}, "dataset.max_gap": 7,
    "dataset.input_limit": 20.0,
    "dataset.calendar": True, "dataset.categories": ["p (mbar)"],
    "dataset.split.train.end": 100_000, "model.layers": ["Flatten"], "model.head": ["Dense"],
    "model.stem": ["Flatten"], "model.embedding": EMBEDDING,
    "training.epochs": 3, "training.steps_per_epoch": 7, "training.optimizer": "adam", "training.learning_rate": 0.1,
    "training.clipnorm": 1.0, "training.loss": "mse", "training.monitor": "val_loss", "training.patience": 3,
    "training.score_every": 8,
    "training.schedule": "cosine", "training.warmup": 0.1, "training.schedule_factor": 0.1,
    "training.schedule_patience": 5, "training.weight_decay": 0.1, "training.class_weight": "balanced",
    "training.quantiles": [0.1, 0.5, 0.9],
}  # fmt: skip
NAMES = {
    "dataset.name": "x", "dataset.source": "simulated", "dataset.path": "x.csv", "dataset.url": "file:x",
    "dataset.official": None, "dataset.stand_in": None, "dataset.format.drop": ["rh (%)"],
    "dataset.where": {"station": "A"}, "dataset.memory": "mapped",
    "model.name": "x", "model.hyperparameters": {"units": 9}, "tracking.uri": "x", "tracking.experiment": "x",
    "tracking.run_name": "x", "tracking.note": "x", "tracking.tags": {"a": "b"}, "tracking.parent": "x",
    "tracking.checkpoints": "x", "tracking.offline": True, "tracking.audit": False,
    "training.jit_compile": True, "training.threads": 7,
}  # fmt: skip
TASK = ("dataset.target", "dataset.delay", "dataset.lead", "dataset.season", "dataset.horizon",
        "dataset.fold", "dataset.boundary", "dataset.repair", "dataset.sentinels",
        "dataset.valid", "dataset.max_gap", "dataset.split.train.end", "training.score_every")  # fmt: skip


@pytest.mark.parametrize("key", NUMBERS)
def test_what_changes_a_number_changes_the_config_digest(key: str) -> None:
    assert config(changed(key, NUMBERS[key])) != config(DEFAULT)


@pytest.mark.parametrize("key", NAMES)
def test_what_changes_no_number_leaves_both_digests(key: str) -> None:
    assert config(changed(key, NAMES[key])) == config(DEFAULT)
    assert task(changed(key, NAMES[key])) == task(DEFAULT)


@pytest.mark.parametrize("key", NUMBERS)
def test_only_the_task_changes_the_task_digest(key: str) -> None:
    assert (task(changed(key, NUMBERS[key])) != task(DEFAULT)) == (key in TASK)


def test_which_rows_of_the_horizon_are_forecast_is_of_the_task() -> None:
    every, second = (one("dataset.horizon=6", f"dataset.horizon_step={step}") for step in (1, 2))
    assert config(every) != config(second)
    assert task(every) != task(second)


def test_keys_that_came_later_count_only_where_they_change_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """So runs that were recorded before there were such keys keep their digests, and can be resumed."""
    contents: list[Any] = []
    monkeypatch.setattr(digests, "digest_of", lambda content: contents.append(content) or "")
    config(DEFAULT)
    config(changed("training.warmup", 0.1))
    assert LATER_TRAINING.keys() & contents[0]["experiment"]["training"].keys() == set()
    assert LATER_TRAINING.keys() & contents[1]["experiment"]["training"].keys() == {"warmup"}


def test_a_run_that_was_recorded_without_them_is_read_and_has_the_same_digest() -> None:
    values = DEFAULT.model_dump()
    for key in LATER_TRAINING:
        del values["training"][key]
    before = Experiment.model_validate(values)
    assert before == DEFAULT
    assert before.training.schedule == "constant"


def test_data_and_compute_count() -> None:
    assert config(DEFAULT, data="e") != config(DEFAULT)
    assert config(DEFAULT, compute=COMPUTE | {"threads": 3}) != config(DEFAULT)
    assert task(DEFAULT, data="e") != task(DEFAULT)


def test_rows_and_fractions_that_are_the_same_rows_are_the_same_task() -> None:
    rows = changed("dataset.split.test.end", 1000)
    assert task(rows, rows=1000) == task(DEFAULT, rows=1000) != task(DEFAULT, rows=1001)
    halves = changed("dataset.split.train", {"first": 0.0, "end": 0.5})
    assert task(halves, rows=1000) == task(changed("dataset.split.train.end", 500), rows=1000)


@given(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3) | st.none(), min_size=2, max_size=5))
def test_the_order_of_keys_does_not_count(content: dict[str, Any]) -> None:
    assert digest_of(content) == digest_of(dict(reversed(content.items())))
    assert digest_of(content) != digest_of(content | {"another key": 1})


def test_a_digest_is_the_same_on_every_machine() -> None:
    # echo -n '{"a":[1,2.5,null],"\u00e9":"x"}' | sha256sum
    assert digest_of({"é": "x", "a": [1, 2.5, None]}) == "9bcc59beb045508a"


def test_every_key_is_decided() -> None:
    decided = {*NUMBERS, *NAMES, "model.estimator", "model.builder", "dataset.kind", "dataset.horizon_step"}
    for section in ("dataset", "model", "training", "tracking"):
        for key in type(getattr(DEFAULT, section)).model_fields:
            assert any(known == f"{section}.{key}" or known.startswith(f"{section}.{key}.") for known in decided), key
