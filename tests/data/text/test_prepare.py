from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.arrays import PARTS
from seqexp.data.samples import FEWEST_SCORED
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.prepare import make_texts
from seqexp.data.text.texts import Texts
from tests.data.text.helpers import corpus_of, random_corpus, text_config, text_split

TRAIN, VAL, TEST = 0, 1, 2


def texts_of(corpus: Corpus, score_every: int = 1, **changes: Any) -> Texts:
    return make_texts(corpus, text_config(**changes), score_every)


def vocabulary_by_hand(corpus: Corpus, rows: Any, num_words: int | None) -> list[str]:
    """The most frequent words of some texts; equally frequent ones by their BLAKE2b hashes."""
    counts = Counter(word for row in rows for word in corpus.words_of(row))
    ranked = sorted(counts, key=lambda word: (-counts[word], blake2b(word.encode(), digest_size=8).digest()))
    return ranked if num_words is None else ranked[: num_words - 4]


def ids_by_hand(corpus: Corpus, row: int, vocabulary: list[str]) -> list[int]:
    return [1] + [vocabulary.index(word) + 4 if word in vocabulary else 2 for word in corpus.words_of(row)]


@settings(max_examples=25)
@given(
    size=st.integers(30, 60),
    seed=st.integers(0, 50),
    num_words=st.one_of(st.none(), st.integers(5, 80)),
    maxlen=st.integers(1, 40),
    padding=st.sampled_from(["pre", "post"]),
    truncating=st.sampled_from(["pre", "post"]),
)
def test_ids_and_rows_are_those_of_plain_loops_and_of_keras(
    size: int, seed: int, num_words: int | None, maxlen: int, padding: str, truncating: str
) -> None:
    from keras.utils import pad_sequences

    corpus = random_corpus(size, seed=seed)
    texts = texts_of(corpus, num_words=num_words, maxlen=maxlen, padding=padding, truncating=truncating)
    vocabulary = vocabulary_by_hand(corpus, texts.rows.train, num_words)
    assert texts.tokeniser.words == tuple(vocabulary)
    expected = [ids_by_hand(corpus, row, vocabulary) for row in range(size)]
    assert [texts.ids(row).tolist() for row in range(size)] == expected
    padded = pad_sequences(expected, maxlen, padding=padding, truncating=truncating)
    np.testing.assert_array_equal(texts.inputs, padded)
    assert texts.kept.tolist() == [min(len(ids), maxlen) for ids in expected]
    assert (texts.inputs.dtype, texts.tokens.dtype, texts.starts.dtype) == (np.int32, np.int32, np.int64)
    assert texts.inputs.shape == (size, maxlen)


def test_a_new_text_is_encoded_as_those_of_the_corpus() -> None:
    corpus = random_corpus(40)
    texts = texts_of(corpus, num_words=20)
    for row in range(len(corpus)):
        assert texts.tokeniser.encode(corpus.text_of(row)) == texts.ids(row).tolist()


def test_an_official_index_is_the_vocabulary_whatever_the_training_part() -> None:
    words = ("the", "and", "a", "of", "to")
    corpus = corpus_of(
        ["the film", "a film", "of the", "to"], [0, 1, 0, 1], given=[TRAIN, TRAIN, VAL, TEST], is_ranked=True
    )
    tokens = np.array([0, 4, 2, 4, 3, 0, 4], dtype=np.int32)
    ranked = replace(corpus, words=words, tokens=tokens)
    texts = texts_of(ranked, num_words=8, maxlen=3)
    assert texts.tokeniser.words == ("the", "and", "a", "of")
    assert texts.tokens.tolist() == [1, 4, 2, 1, 6, 2, 1, 7, 4, 1, 2]
    everything = texts_of(ranked, num_words=None, maxlen=3)
    assert everything.tokeniser.words == words
    assert everything.tokens.tolist() == [1, 4, 8, 1, 6, 8, 1, 7, 4, 1, 8]


def test_words_of_the_other_parts_are_unknown() -> None:
    corpus = corpus_of(
        ["good good film", "bad film", "awful awful awful film", "great great great"],
        [1, 0, 0, 1],
        given=[TRAIN, TRAIN, VAL, TEST],
    )
    texts = texts_of(corpus, maxlen=4)
    assert texts.tokeniser.words == ("good", "film", "bad")
    assert texts.inputs.tolist() == [[1, 4, 4, 5], [0, 1, 6, 5], [2, 2, 2, 5], [1, 2, 2, 2]]
    assert texts.share_unknown("val") == 0.75
    assert texts.share_unknown("test") == 1.0


def test_the_vocabulary_is_that_of_the_texts_that_are_trained_on() -> None:
    corpus = random_corpus(80)
    texts = texts_of(corpus, split=text_split(train=8))
    assert texts.tokeniser.words == tuple(vocabulary_by_hand(corpus, texts.rows.train, None))
    assert len(texts.rows.train) == 8


@settings(max_examples=25)
@given(seed=st.integers(0, 50), num_words=st.one_of(st.none(), st.integers(5, 60)), is_sorted=st.booleans())
def test_the_vocabulary_does_not_depend_on_the_order_of_the_texts(
    seed: int, num_words: int | None, is_sorted: bool
) -> None:
    """The same texts in the same parts, in another order: as shuffled, or sorted by class."""
    corpus = random_corpus(60, seed=seed)
    texts, labels = [corpus.text_of(row) for row in range(60)], corpus.labels
    parts = np.random.default_rng(seed).permutation([TRAIN] * 40 + [VAL] * 10 + [TEST] * 10)
    order = np.argsort(labels, kind="stable") if is_sorted else np.random.default_rng(seed + 1).permutation(60)
    found, again = (
        texts_of(
            corpus_of([texts[row] for row in rows], labels[rows].tolist(), parts[rows].tolist()), num_words=num_words
        )
        for rows in (np.arange(60), order)
    )
    assert found.tokeniser.words == again.tokeniser.words
    np.testing.assert_array_equal(found.inputs[order], again.inputs)


def test_the_cut_among_rare_words_is_the_same_for_every_class() -> None:
    """A file sorted by class, in which each text has a word of its own: of the 200 that are known, 100 per class."""
    texts = [f"often text{number}" for number in range(400)]
    corpus = corpus_of(
        [*texts, "often", "often", "often", "often"],
        [0] * 200 + [1] * 200 + [0, 1, 0, 1],
        given=[TRAIN] * 400 + [VAL] * 2 + [TEST] * 2,
    )
    known = {int(word.removeprefix("text")) for word in texts_of(corpus, num_words=205).tokeniser.words[1:]}
    assert len(known) == 200
    assert sum(number < 200 for number in known) == pytest.approx(100, abs=3 * 200**0.5 / 2)


@pytest.mark.parametrize("classes", [2, 4])
def test_validation_and_test_are_thinned(classes: int) -> None:
    """One text in three, of each class as many as its share: also where classes take turns in the file."""
    corpus = corpus_of(
        [f"text {number}" for number in range(40_120)], [number % classes for number in range(40_120)],
        given=[TRAIN] * 120 + [VAL] * 20_000 + [TEST] * 20_000,
    )  # fmt: skip
    whole, thin, again = texts_of(corpus), texts_of(corpus, score_every=classes), texts_of(corpus, score_every=classes)
    assert thin.rows.train.tolist() == whole.rows.train.tolist()
    for part in ("val", "test"):
        rows = getattr(thin.rows, part)
        assert set(rows) < set(getattr(whole.rows, part))
        assert (np.diff(rows) > 0).all()
        counts = np.bincount(corpus.labels[rows], minlength=classes)
        assert counts.sum() == 20_000 // classes
        assert np.ptp(counts) <= 1
        assert rows.tolist() == getattr(again.rows, part).tolist()
    few = texts_of(corpus, score_every=1000)
    assert np.bincount(corpus.labels[few.rows.val]).tolist() == [FEWEST_SCORED // classes] * classes


def test_few_texts_are_all_scored() -> None:
    corpus = random_corpus(100)
    whole, thin = texts_of(corpus), texts_of(corpus, score_every=3)
    for part in PARTS:
        assert thin.rows.of(part).tolist() == whole.rows.of(part).tolist()


def test_what_is_handed_out_is_read_only() -> None:
    texts = texts_of(random_corpus(100))
    corpus, rows = texts.corpus, texts.rows
    arrays = [texts.inputs, texts.kept, texts.tokens, texts.starts, rows.train, rows.val, rows.test]
    arrays += [corpus.tokens, corpus.starts, corpus.labels, corpus.given]
    assert [array.flags.writeable for array in arrays] == [False] * len(arrays)


def test_the_score_digest_is_of_the_rows_and_the_labels() -> None:
    texts, labels = [f"text {number}" for number in range(12_000)], [number % 2 for number in range(12_000)]
    corpus = corpus_of(texts, labels, given=[TRAIN] * 1000 + [VAL] * 10_000 + [TEST] * 1000)
    other = replace(corpus, labels=1 - corpus.labels)
    found = {texts_of(each, score_every=every).score_digest() for each in (corpus, other) for every in (1, 2)}
    assert len(found) == 4
    assert texts_of(corpus).score_digest() in found


def test_texts_without_words_teach_nothing() -> None:
    corpus = corpus_of(["...", "!", "-", "good", "?", ""], [0, 1, 0, 1, 0, 1], given=[0, 0, 1, 1, 2, 2])
    with pytest.raises(InputError, match=r"^dataset\.format\.text .* Received: 2 "):
        texts_of(corpus)


def test_how_the_texts_are_read_is_what_the_configuration_says() -> None:
    texts = texts_of(random_corpus(40), maxlen=7, batch_size=5, bucket=True)
    assert (texts.tokeniser.maxlen, texts.batch_size, texts.bucket) == (7, 5, True)
