"""Batches of texts as tensors: the rows and labels that were asked for, and of buckets all but the padding."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.data.text.prepare import make_texts
from seqexp.data.text.texts import Texts
from seqexp.training.feed import feed_of
from tests.data.text.helpers import random_corpus, text_config

CORPUS = random_corpus(100, classes=3)


def texts_with(**changes: Any) -> Texts:
    return make_texts(CORPUS, text_config(maxlen=12, num_words=20, **changes), 1)


def by_loop(texts: Texts, row: int) -> list[int]:
    """Return the ids of a text, start id in front, cut but not padded, word by word."""
    known = {word: number for number, word in enumerate(texts.tokeniser.words, start=4)}
    ids = [1, *(known.get(word, 2) for word in CORPUS.words_of(row))]
    return ids[-12:] if texts.tokeniser.truncating == "pre" else ids[:12]


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
def test_a_batch_holds_the_texts_and_labels_of_its_rows(padding: str, truncating: str) -> None:
    texts = texts_with(padding=padding, truncating=truncating)
    rows = np.array([5, 0, 99, 5])
    ids, labels = feed_of(texts).batch(tf.constant(rows), 0)
    assert (ids.shape, ids.dtype, labels.shape, labels.dtype) == ((4, 12), tf.int32, (4, 1), tf.float32)
    assert labels.numpy()[:, 0].tolist() == CORPUS.labels[rows].tolist()
    for row, found in zip(rows.tolist(), ids.numpy().tolist(), strict=True):
        text = by_loop(texts, row)
        zeros = [0] * (12 - len(text))
        assert found == (zeros + text if padding == "pre" else text + zeros)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 99), min_size=1, max_size=6), st.sampled_from(["pre", "post"]))
def test_a_bucket_leaves_out_padding_alone(chosen: list[int], padding: str) -> None:
    texts = texts_with(padding=padding, bucket=True)
    rows = np.array(chosen)
    (width,) = texts.widths(rows[None]).tolist()
    ids = feed_of(texts).gather(tf.constant(rows), width).numpy()
    assert ids.shape == (len(rows), width)
    for row, found in zip(chosen, ids.tolist(), strict=True):
        text = by_loop(texts, row)
        zeros = [0] * (width - len(text))
        assert found == (zeros + text if padding == "pre" else text + zeros)


def test_a_graph_gathers_the_same() -> None:
    texts = texts_with(bucket=True)
    batch = feed_of(texts).batch
    rows = tf.constant([3, 7, 7])
    for width in (0, 5):
        graph = tf.function(lambda given_rows, width=width: batch(given_rows, width), autograph=False)
        for found, expected in zip(graph(rows), batch(rows, width), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_without_buckets_rows_are_whole_and_in_their_order() -> None:
    texts = texts_with()
    rows, weights = np.arange(12).reshape(3, 4), np.ones((3, 4), np.float32)
    arranged = texts.arrange(rows, weights, np.random.default_rng(0))
    np.testing.assert_array_equal(arranged[0], rows)
    np.testing.assert_array_equal(arranged[1], weights)
    assert texts.widths(rows).tolist() == [0, 0, 0]
    assert texts.scoring_order(np.array([7, 3, 5])).tolist() == [0, 1, 2]
    assert texts.shortest == 0


def test_in_buckets_texts_are_scored_by_length() -> None:
    texts = texts_with(bucket=True)
    rows = texts.rows.test
    order = texts.scoring_order(rows)
    lengths = [len(by_loop(texts, row)) for row in rows.tolist()]
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert [lengths[position] for position in order] == sorted(lengths)
    assert texts.shortest == min(2 * -(-len(by_loop(texts, row)) // 2) for row in range(100))
    assert dataclasses.replace(texts, bucket=False).shortest == 0
