"""Small sets of texts that tests are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqexp.data.arrays import Rows
from seqexp.data.samples import PartRows
from seqexp.data.text.corpus import NOT_GIVEN, Corpus, corpus_digest
from seqexp.data.text.labelled_texts import split_texts_into_words
from seqexp.data.text.texts import Texts
from seqexp.data.text.tokeniser import Tokeniser

WORDS = ("a", "film", "plot", "the", "was", "it", "long", "not", "very", "and", "scene", "actor")
TELLING = (("bad", "dull", "awful"), ("good", "great", "moving"), ("odd", "strange", "weird"))
CLASSES = ("neg", "pos", "other")


def random_texts(texts: int = 60, classes: int = 2, seed: int = 0) -> tuple[list[str], Rows]:
    """Return short texts and their classes; most hold a word that tells the class."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, texts)
    labels[:classes] = np.arange(classes)
    written = []
    for label in labels:
        words = list(generator.choice(WORDS, generator.integers(3, 12)))
        if generator.random() < 0.8:
            words.insert(int(generator.integers(0, len(words))), str(generator.choice(TELLING[label])))
        written.append(" ".join(words))
    return written, labels.astype(np.int64)


def corpus_of(
    written: Sequence[str], labels: Sequence[int] | Rows, classes: Sequence[str] = CLASSES[:2], *, raw: bool = True
) -> Corpus:
    """Return a corpus of texts whose parts are not given."""
    words, tokens, starts = split_texts_into_words(written)
    labels = np.asarray(labels, dtype=np.int64)
    return Corpus(
        name="reviews",
        words=words,
        tokens=tokens,
        starts=starts,
        labels=labels,
        classes=tuple(classes),
        given=np.full(len(labels), NOT_GIVEN, dtype=np.int8),
        source="path",
        origin="a test",
        digest=corpus_digest(tokens, starts, words, labels, classes),
        raw=tuple(written) if raw else None,
    )


def texts_of(corpus: Corpus, rows: PartRows, known: Sequence[str] | None = None, maxlen: int = 8) -> Texts:
    """Return the rows of a corpus.

    Args:
        corpus: The texts.
        rows: The parts.
        known: The vocabulary in its order; None: every word of the training part, by its frequency.
        maxlen: Ids a row.
    """
    if known is None:
        counted: dict[str, int] = {}
        for row in rows.train.tolist():
            for word in corpus.words_of(row):
                counted[word] = counted.get(word, 0) + 1
        known = sorted(counted, key=lambda word: (-counted[word], word))
    tokeniser = Tokeniser(tuple(known), maxlen)
    ids = [np.array(tokeniser.encode(" ".join(corpus.words_of(row))), np.int32) for row in range(len(corpus))]
    lengths = [len(each) for each in ids]
    return Texts(
        corpus=corpus,
        tokeniser=tokeniser,
        inputs=tokeniser.rows(ids),
        kept=np.minimum(lengths, maxlen).astype(np.int64),
        tokens=np.concatenate(ids),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        batch_size=16,
        bucket=False,
        rows=rows,
    )


def small_texts(texts: int = 60, classes: int = 2, seed: int = 0, known: Sequence[str] | None = None) -> Texts:
    """Return random texts: the first half to train on, a quarter to validate, a quarter to test."""
    written, labels = random_texts(texts, classes, seed)
    train, val, test = np.split(np.arange(texts, dtype=np.int64), [texts // 2, texts * 3 // 4])
    return texts_of(corpus_of(written, labels, CLASSES[:classes]), PartRows(train, val, test), known)
