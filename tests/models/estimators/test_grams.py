"""Counts of n-grams equal those of plain loops over the words."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.arrays import Rows
from seqexp.data.samples import PartRows
from seqexp.data.text.texts import Texts
from seqexp.data.text.tokeniser import PAD, START, UNKNOWN
from seqexp.models.estimators.grams import FIRST_WORD, Grams, learn_grams
from tests.data.text.corpora import corpus_of, small_texts, texts_of

Gram = tuple[int, ...]


def grams_by_loop(texts: Texts, row: int, longest: int) -> Counter[Gram]:
    """Return how often a text holds each run of at most so many words, word by word."""
    ids = [id for id in texts.ids(row).tolist() if id not in (PAD, START)]
    found: Counter[Gram] = Counter()
    for length in range(1, longest + 1):
        for first in range(len(ids) - length + 1):
            found[tuple(ids[first : first + length])] += 1
    return found


def named(grams: Grams) -> list[Gram]:
    """Return each column's gram, put together from the keys as their description says."""
    shorter: list[Gram] = [()]
    columns: list[Gram] = []
    for keys in grams.keys:
        shorter = [(*shorter[key // grams.size], key % grams.size) for key in keys.tolist()]
        columns += shorter
    return columns


def check_counts(texts: Texts, train: Rows, asked: Rows, longest: int) -> None:
    grams = learn_grams(texts, train, longest)
    columns = named(grams)
    in_training: Counter[Gram] = Counter()
    for row in train.tolist():
        in_training += grams_by_loop(texts, row, longest)
    assert len(grams) == len(columns) == len(set(columns))
    assert set(columns) == set(in_training)
    counts = grams.counts(texts, asked)
    assert counts.shape == (len(asked), len(columns))
    assert counts.indices.dtype == np.int32
    for place, row in enumerate(asked.tolist()):
        expected = {gram: n for gram, n in grams_by_loop(texts, row, longest).items() if gram in in_training}
        begin, end = counts.indptr[place : place + 2]
        found = dict(zip(counts.indices[begin:end].tolist(), counts.data[begin:end].tolist(), strict=True))
        assert {columns[column]: n for column, n in found.items()} == expected


@given(
    written=st.lists(st.lists(st.sampled_from("abcde"), max_size=7).map(" ".join), min_size=2, max_size=8),
    longest=st.integers(1, 4),
    unknown=st.booleans(),
)
def test_counts_equal_a_loop(written: list[str], longest: int, unknown: bool) -> None:
    rows = np.arange(len(written))
    train = rows[: len(written) // 2 + 1]
    corpus = corpus_of(written, [0] * len(written))
    texts = texts_of(corpus, PartRows(train, rows[:0], rows[:0]), known="ab" if unknown else "abcde")
    check_counts(texts, train, rows[::-1], longest)


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_counts_of_longer_texts_equal_a_loop(longest: int) -> None:
    texts = small_texts()
    check_counts(texts, texts.rows.train, np.concatenate([texts.rows.val, texts.rows.train]), longest)


def test_texts_are_counted_whole_and_a_run_ends_with_its_text() -> None:
    corpus = corpus_of(["a b a b a b a b a b a b", "c"], [0, 1])
    rows = np.array([0, 1])
    texts = texts_of(corpus, PartRows(rows, rows[:0], rows[:0]), maxlen=3)
    grams = learn_grams(texts, rows, 2)
    a, b, c = (texts.tokeniser.ids[word] for word in "abc")
    counts = dict(zip(named(grams), grams.counts(texts, rows).toarray()[0].tolist(), strict=True))
    assert counts == {(a,): 6, (b,): 6, (c,): 0, (a, b): 6, (b, a): 5}


def test_the_unknown_id_is_a_word_and_padding_and_start_are_none() -> None:
    assert max(PAD, START) + 1 == FIRST_WORD == UNKNOWN


def test_large_ids_do_not_overflow() -> None:
    """Pairs of the largest ids of a vocabulary of 100,000 words don't fit 32 bits."""
    words = [f"w{number}" for number in range(100_000)]
    corpus = corpus_of(["w99999 w99998 w99997", "w0 w1 w2"], [0, 1])
    rows = np.array([0, 1])
    texts = texts_of(corpus, PartRows(rows, rows[:0], rows[:0]), known=words)
    check_counts(texts, rows, rows, 3)
