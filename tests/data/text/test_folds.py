"""The folds of texts: stratified, and the test part as it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from seqexp.config.errors import InputError
from seqexp.config.schema import Fold
from seqexp.data.samples import PartRows
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.prepare import make_texts
from seqexp.data.text.split import split_texts
from seqexp.tasks.task import classifying_task
from tests.config.oracle import one
from tests.data.helpers import received
from tests.data.text.helpers import corpus_of, random_corpus, text_split


def labelled(labels: list[int], given: list[int] | None = None) -> Corpus:
    return corpus_of([f"text {number}" for number in range(len(labels))], labels, given)


def folds_of(corpus: Corpus, count: int, **split: object) -> list[PartRows]:
    return [split_texts(corpus, text_split(**split), fold) for fold in Fold(1, count).siblings]


@settings(max_examples=40)
@given(st.lists(st.integers(6, 40), min_size=2, max_size=4), st.integers(2, 5), st.integers(0, 3), st.booleans())
def test_each_text_but_those_of_the_test_is_validated_once(
    sizes: list[int], count: int, seed: int, in_turn: bool
) -> None:
    labels = [number for number, size in enumerate(sizes) for _ in range(size)]
    order = np.random.default_rng(seed).permutation(len(labels)) if in_turn else np.arange(len(labels))
    corpus = labelled([labels[at] for at in order], [2 if at % 7 == 0 else -1 for at in range(len(labels))])
    folds = folds_of(corpus, count, seed=seed)
    pool = np.flatnonzero(corpus.given != 2)
    assert sorted(np.concatenate([rows.val for rows in folds])) == pool.tolist()
    for rows in folds:
        assert rows.test.tolist() == np.flatnonzero(corpus.given == 2).tolist()
        assert sorted([*rows.train, *rows.val]) == pool.tolist()
    validated = [[int(np.sum(corpus.labels[rows.val] == number)) for number in range(len(sizes))] for rows in folds]
    for of_class in zip(*validated, strict=True):
        assert max(of_class) - min(of_class) <= 1
    assert max(map(sum, validated)) - min(map(sum, validated)) <= 1


@settings(max_examples=20)
@given(st.lists(st.integers(5, 30), min_size=2, max_size=4), st.integers(2, 5))
def test_folds_have_of_each_class_what_those_of_scikit_learn_have(sizes: list[int], count: int) -> None:
    labels = [number for number, size in enumerate(sizes) for _ in range(size)]
    corpus = labelled([*labels, 0, 1], [-1] * len(labels) + [2] * 2)
    found = [np.bincount(corpus.labels[rows.val]).tolist() for rows in folds_of(corpus, count)]
    theirs = StratifiedKFold(count, shuffle=True, random_state=0).split(labels, labels)
    assert found == [np.bincount(np.array(labels)[validated]).tolist() for _, validated in theirs]


def test_a_validation_part_of_the_data_is_dealt_out_too_and_fewer_texts_may_be_trained_on() -> None:
    labels = [0, 1] * 20
    corpus = labelled(labels, [1 if at < 10 else 2 if at < 20 else 0 for at in range(40)])
    first, second, third = folds_of(corpus, 3, train=6)
    assert sorted([*first.val, *second.val, *third.val]) == [*range(10), *range(20, 40)]
    assert [len(rows.train) for rows in (first, second, third)] == [6, 6, 6]
    assert folds_of(corpus, 3, seed=1)[0].val.tolist() != first.val.tolist()


def test_a_class_with_fewer_texts_than_folds_is_refused() -> None:
    corpus = labelled([0] * 30 + [1] * 4 + [0, 1], [-1] * 34 + [2, 2])
    with pytest.raises(InputError) as caught:
        folds_of(corpus, 5)
    ((key, text),) = received(caught.value)
    assert key == "dataset.fold"
    assert text == "5 folds of 34 texts, 4 of them 'pos'."
    assert len(folds_of(corpus, 4)) == 4


def test_folds_of_texts_are_tasks_that_have_one_digest_in_common() -> None:
    corpus = random_corpus(100)

    def digests(*overrides: str) -> tuple[str, str | None]:
        setup = one("dataset=imdb", *overrides)
        task = classifying_task(setup, make_texts(corpus, setup.text, 1))
        return task.digest, task.folds_digest

    own = [digests(f"dataset.fold={number}/3") for number in (1, 2, 3)]
    assert len({digest for digest, _ in own}) == 3
    assert len({common for _, common in own}) == 1
    assert digests("dataset.split.val=10")[1] is None
    assert digests("dataset.fold=1/3", "dataset.split.val=10") == own[0], "folds take their validation texts themselves"
    others = {digests("dataset.fold=1/4")[1], digests("dataset.fold=1/3", "dataset.split.seed=1")[1]}
    assert len({own[0][1], *others}) == 3
