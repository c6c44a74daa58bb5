"""Of texts, too, a digest changes with all that changes a number, or the task, and with nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqexp.config.digests import config_digest, text_task_digest
from seqexp.config.schema import Experiment
from seqexp.data.text.prepare import make_texts
from seqexp.models.vectors import Pretrained
from seqexp.runs.prepare import digests_of
from seqexp.tasks.task import Task, classifying_task
from tests.config.oracle import one
from tests.data.text.helpers import random_corpus, text_config, text_split
from tests.factories import random_series

DEFAULT = one("dataset=imdb")
COMPUTE = {"jit_compile": False, "threads": 2}
CORPUS = random_corpus(100)


def changed(key: str, value: Any, base: Experiment = DEFAULT) -> Experiment:
    values = base.model_dump()
    *parents, last = key.split(".")
    node = values
    for parent in parents:
        node = node[parent]
    node[last] = value
    return Experiment.model_validate(values)


def config(experiment: Experiment, others: dict[str, str] | None = None) -> str:
    return config_digest(experiment, data_digest="d", compute=COMPUTE, others=others)


NUMBERS = {
    "seed": 1, "dataset.tokens": "characters",
    "dataset.num_words": 5000, "dataset.maxlen": 200, "dataset.padding": "post",
    "dataset.truncating": "post", "dataset.bucket": True, "dataset.batch_size": 64, "dataset.sampling": "random",
    "dataset.split.column": "part", "dataset.split.train": 1000, "dataset.split.val": 0.1, "dataset.split.test": 0.1,
    "dataset.split.how": "stratified", "dataset.split.seed": 1, "dataset.fold": "2/5",
    "model.layers": ["Flatten"], "model.head": ["Dense"], "model.stem": ["Flatten"],
    "model.embedding.source": "glove", "model.embedding.dim": 8, "model.embedding.trainable": False,
    "model.embedding.missing": "zero", "model.embedding.mask_zero": True,
    "training.epochs": 3, "training.steps_per_epoch": 7, "training.optimizer": "adam", "training.learning_rate": 0.1,
    "training.clipnorm": 1.0, "training.monitor": "val_loss", "training.patience": 3, "training.score_every": 4,
    "training.schedule": "cosine", "training.warmup": 0.1, "training.schedule_factor": 0.1,
    "training.schedule_patience": 5, "training.weight_decay": 0.1, "training.class_weight": "balanced",
    "training.quantiles": [0.1, 0.5, 0.9],
}  # fmt: skip
NAMES = {
    "dataset.labels": {"a": "b"},
    "dataset.name": "films", "dataset.source": "package", "dataset.path": "x.csv", "dataset.url": "http://x",
    "dataset.official": None, "dataset.package": None, "dataset.stand_in": None, "dataset.format.text": "review",
    "dataset.format.label": "stars", "dataset.format.delimiter": ";", "dataset.format.encoding": "latin-1",
    "dataset.format.header": False, "dataset.format.names": ["label", "text"],
    "model.name": "mine", "model.hyperparameters": {"units": 3}, "training.jit_compile": True, "training.threads": 7,
    "tracking.run_name": "mine", "tracking.experiment": "mine", "tracking.note": "x", "tracking.tags": {"a": "b"},
}  # fmt: skip


@pytest.mark.parametrize("key", NUMBERS)
def test_what_changes_a_number_changes_the_config_digest(key: str) -> None:
    assert config(changed(key, NUMBERS[key])) != config(DEFAULT)


@pytest.mark.parametrize("key", NAMES)
def test_what_changes_no_number_leaves_the_config_digest(key: str) -> None:
    assert config(changed(key, NAMES[key])) == config(DEFAULT)


def test_every_key_is_decided() -> None:
    decided = {*NUMBERS, *NAMES, "model.estimator", "model.builder", "dataset.kind", "training.loss"}
    for section in ("dataset", "model", "training"):
        for key in type(getattr(DEFAULT, section)).model_fields:
            assert any(known == f"{section}.{key}" or known.startswith(f"{section}.{key}.") for known in decided), key


def test_data_and_compute_count() -> None:
    assert config_digest(DEFAULT, data_digest="e", compute=COMPUTE) != config(DEFAULT)
    assert config_digest(DEFAULT, data_digest="d", compute=COMPUTE | {"threads": 3}) != config(DEFAULT)


def test_vectors_count_by_their_content_not_by_their_place() -> None:
    here = changed("model.embedding.source", "/here/vectors.txt")
    there = changed("model.embedding.source", "/there/same.txt")
    assert config(here, {"vectors": "a"}) == config(there, {"vectors": "a"})
    assert config(here, {"vectors": "a"}) != config(here, {"vectors": "b"})
    assert config(here, {"vectors": "a"}) != config(DEFAULT)
    assert config(here, {}) != config(there, {})  # nothing else tells them apart


def task(**changes: Any) -> str:
    """Return the task digest of the corpus with a changed dataset, as a run of it records it."""
    return classification(**changes).digest


def classification(score_every: int = 1, **changes: Any) -> Task:
    dataset = text_config(**changes)
    experiment = DEFAULT.model_copy(update={"dataset": dataset})
    experiment = changed("training.score_every", score_every, experiment)
    return classifying_task(experiment, make_texts(CORPUS, dataset, score_every))


def test_only_characters_change_the_digest_of_what_is_read_as_words() -> None:
    assert config(changed("dataset.tokens", "words")) == config(DEFAULT)
    resolved = classification().experiment
    assert resolved.text.tokens == "words"
    assert config(resolved) == config(changed("dataset.tokens", "auto", resolved))
    assert classification(tokens="characters").experiment.text.tokens == "characters"


@pytest.mark.parametrize(
    "changes",
    [
        {"tokens": "characters"},
        {"num_words": 9}, {"maxlen": 3}, {"padding": "post"}, {"truncating": "post"}, {"bucket": True},
        {"batch_size": 7}, {"sampling": "random"}, {"name": "films"}, {"path": "x.csv"},
        {"split": text_split(column="part")},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_how_texts_are_read_by_a_model_is_no_part_of_the_task(changes: dict[str, Any]) -> None:
    assert task(**changes) == task()


@pytest.mark.parametrize(
    "split",
    [{"train": 30}, {"train": 0.5}, {"val": 0.3}, {"val": 3}, {"test": 0.3}, {"how": "last"}, {"seed": 1}],
    ids=str,
)
def test_which_texts_are_in_which_part_is_part_of_the_task(split: dict[str, Any]) -> None:
    assert task(split=text_split(**split)) != task()


def test_shares_and_numbers_that_are_the_same_texts_are_the_same_task() -> None:
    shares, numbers = classification(split=text_split(test=0.2)), classification(split=text_split(test=20))
    for part in ("train", "val", "test"):
        np.testing.assert_array_equal(getattr(shares.samples.rows, part), getattr(numbers.samples.rows, part))
    assert shares.digest == numbers.digest
    assert config(shares.experiment) != config(numbers.experiment)


def test_labels_and_how_many_are_scored_are_part_of_the_task() -> None:
    assert task(score_every=2) != task()
    relabelled = random_corpus(100, seed=1)
    other = classifying_task(DEFAULT, make_texts(relabelled, text_config(), 1))
    assert other.digest != task()
    assert text_task_digest(DEFAULT, data_digest="a", split_digest="s") != text_task_digest(
        DEFAULT, data_digest="b", split_digest="s"
    )


def test_vectors_are_named_by_their_digest() -> None:
    table = np.zeros((9, 3), np.float32)
    vectors = Pretrained(table=table, words=5, found=2, share_of_tokens=0.5, origin="a test", digest="abc")
    assert digests_of(vectors, random_series()) == {"vectors": "abc"}
    assert digests_of(None, random_series()) == {}
