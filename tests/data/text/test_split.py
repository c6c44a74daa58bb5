from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.split import class_quotas, split_texts, stratified
from tests.data.helpers import received
from tests.data.text.helpers import corpus_of, random_corpus, text_split

TRAIN, VAL, TEST = 0, 1, 2


def labelled(*labels: int, given: list[int] | None = None) -> Corpus:
    return corpus_of([f"text {number}" for number in range(len(labels))], labels, given)


def faults(corpus: Corpus, **split: Any) -> tuple[tuple[str, str], ...]:
    with pytest.raises(InputError) as caught:
        split_texts(corpus, text_split(**split))
    return tuple(received(caught.value))


def quotas_by_hand(counts: list[int], size: int) -> list[int]:
    """Largest remainder in exact fractions; then one of each class, taken from the largest."""
    exact = [Fraction(count * size, sum(counts)) for count in counts]
    quotas = [int(value) for value in exact]
    by_remainder = sorted(range(len(counts)), key=lambda c: (quotas[c] - exact[c], c))
    for number in by_remainder[: size - sum(quotas)]:
        quotas[number] += 1
    for number, count in enumerate(counts):
        if count and not quotas[number]:
            quotas[quotas.index(max(quotas))] -= 1
            quotas[number] = 1
    return quotas


@st.composite
def counts_and_size(draw: st.DrawFn) -> tuple[list[int], int]:
    counts = draw(st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any))
    return counts, draw(st.integers(sum(count > 0 for count in counts), sum(counts)))


@given(counts_and_size())
def test_quotas_are_largest_remainders(drawn: tuple[list[int], int]) -> None:
    counts, size = drawn
    found = class_quotas(np.array(counts), size).tolist()
    assert found == quotas_by_hand(counts, size)
    assert sum(found) == size
    assert all((quota >= 1) == (count > 0) and quota <= count for quota, count in zip(found, counts, strict=True))


@settings(max_examples=40)
@given(
    size=st.integers(40, 120),
    classes=st.integers(2, 4),
    seed=st.integers(0, 3),
    test=st.one_of(st.integers(5, 12), st.floats(0.15, 0.4)),
    val=st.one_of(st.integers(5, 12), st.floats(0.2, 0.4)),
    train=st.one_of(st.none(), st.integers(4, 10), st.floats(0.4, 0.9)),
    how=st.sampled_from(["last", "stratified"]),
)
def test_parts_are_disjoint_in_order_and_as_large_as_asked(
    size: int, classes: int, seed: int, test: float, val: float, train: float | None, how: str
) -> None:
    labels = (np.arange(size) % classes).tolist()
    corpus = labelled(*labels)
    rows = split_texts(corpus, text_split(test=test, val=val, train=train, how=how, seed=seed))
    whole = np.concatenate([rows.train, rows.val, rows.test])
    assert len(np.unique(whole)) == len(whole)
    for part in (rows.train, rows.val, rows.test):
        assert (np.diff(part) > 0).all()
    n_test = test if isinstance(test, int) else size - int(size * (1 - test))
    left = size - n_test
    n_val = val if isinstance(val, int) else left - int(left * (1 - val))
    n_train = left - n_val
    if train is not None:
        n_train = train if isinstance(train, int) else round(train * n_train)
    assert (len(rows.test), len(rows.val), len(rows.train)) == (n_test, n_val, n_train)
    per_class = Counter(corpus.labels[rows.test].tolist())
    expected = quotas_by_hand([labels.count(number) for number in range(classes)], n_test)
    assert [per_class[number] for number in range(classes)] == expected


def test_what_the_data_gives_wins() -> None:
    corpus = labelled(0, 1, 0, 1, 0, 1, 0, 1, given=[TEST, VAL, TRAIN, TRAIN, VAL, TEST, TRAIN, TRAIN])
    rows = split_texts(corpus, text_split(val=7, test=7))
    assert rows.train.tolist() == [2, 3, 6, 7]
    assert rows.val.tolist() == [1, 4]
    assert rows.test.tolist() == [0, 5]


@pytest.mark.parametrize("share", [0.1, 0.2, 0.29, 0.3, 0.57])
def test_the_last_ones_are_those_of_keras(share: float) -> None:
    """Keras itself splits the same training part, by `validation_split`."""
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    given = [TRAIN] * 10 + [TEST] * 3 + [TRAIN] * 13
    corpus = labelled(*(number % 2 for number in range(26)), given=given)
    pool = np.flatnonzero(np.array(given) == TRAIN)
    (train,), (val,) = train_validation_split((pool,), validation_split=share)
    rows = split_texts(corpus, text_split(val=share, how="last"))
    assert rows.train.tolist() == train.tolist()
    assert rows.val.tolist() == val.tolist()


def test_the_seed_draws_and_one_size_leaves_the_other_parts_alone() -> None:
    corpus = random_corpus(200, classes=3)
    first, again = (split_texts(corpus, text_split()) for _ in range(2))
    assert first.test.tolist() == again.test.tolist()
    assert first.train.tolist() == again.train.tolist()
    other = split_texts(corpus, text_split(seed=1))
    assert first.test.tolist() != other.test.tolist()
    fewer = split_texts(corpus, text_split(train=30))
    assert fewer.test.tolist() == first.test.tolist()
    assert fewer.val.tolist() == first.val.tolist()
    assert set(fewer.train) < set(first.train)
    more = split_texts(corpus, text_split(train=60))
    assert set(fewer.train) <= set(more.train)


def test_a_draw_keeps_the_order_of_its_rows() -> None:
    rows = np.array([5, 9, 11, 20, 31, 40])
    drawn = stratified(rows, np.array([0, 0, 0, 1, 1, 1]), 4, np.random.default_rng(0))
    assert drawn.tolist() == sorted(drawn.tolist())
    assert (np.isin(drawn, rows[:3]).sum(), np.isin(drawn, rows[3:]).sum()) == (2, 2)


# What is refused


def test_one_class_is_none() -> None:
    (fault,) = faults(labelled(1, 1, 1))
    assert fault == ("dataset.format.label", "3 texts of 'pos'.")
    assert faults(corpus_of([], []))[0] == ("dataset.format.label", "0 texts of no class.")


def test_sizes_that_there_are_not_are_refused_at_once() -> None:
    corpus = labelled(*[0, 1] * 10)
    assert faults(corpus, test=20, val=30) == (
        ("dataset.split.test", "20."),
        ("dataset.split.val", "30."),
    )
    assert faults(corpus, test=4, val=0.001, train=14) == (("dataset.split.val", "0.001, which is 1 of 16 texts."),)
    assert faults(corpus, test=4, val=4, train=13) == (("dataset.split.train", "13."),)
    assert faults(corpus, test=4, val=16, how="last") == (("dataset.split.val", "16."),)


def test_no_text_left_for_training() -> None:
    corpus = labelled(0, 1, 0, 1, given=[TEST] * 4)
    assert faults(corpus)[0] == ("dataset.split.column", "4 texts, none in it.")
    only_one = labelled(0, 1, 0, 1, given=[TRAIN, TEST, TEST, TEST])
    assert faults(only_one)[0][0] == "dataset.split.val"


def test_a_class_without_training_texts() -> None:
    corpus = labelled(*[0, 1] * 10, 2)
    (fault,) = faults(corpus, test=4, val=4)
    assert fault == ("dataset.split", "13 training texts, none of 'class 2'.")
    in_order = labelled(*[0] * 8, *[1] * 6, *[2] * 6)
    (fault,) = faults(in_order, test=3, val=7, how="last")
    assert fault == ("dataset.split", "10 training texts, none of 'class 2'.")


def test_the_last_texts_of_a_file_that_is_sorted_by_class_are_no_validation() -> None:
    in_order = labelled(*[0] * 10, *[1] * 20, *[0] * 10)
    assert faults(in_order, test=4, val=8, how="last") == (
        ("dataset.split.how", "last, and the last 8 texts are 'neg'."),
    )
    both = split_texts(in_order, text_split(test=4, val=16, how="last"))
    assert set(in_order.labels[both.val]) == {0, 1}
