from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.data.survey.text_contrast import contrasts
from seqexp.data.text.prepare import make_texts
from tests.data.text.corpora import TELLING, small_texts
from tests.data.text.helpers import random_corpus, text_config


@settings(max_examples=10)
@given(classes=st.integers(2, 4), seed=st.integers(0, 1000))
def test_it_is_the_formula_word_by_word(classes: int, seed: int) -> None:
    texts = make_texts(random_corpus(300, classes, seed), text_config(num_words=20), 1)
    words, train = texts.tokeniser.words, texts.rows.train.tolist()
    corpus = texts.corpus
    counts = [[0] * len(words) for _ in range(classes)]
    for row in train:
        for word in corpus.words_of(row):
            if word in words:
                counts[corpus.labels[row]][words.index(word)] += 1
    smoothed = [sum(counts[c][w] for c in range(classes)) + 1 for w in range(len(words))]
    prior = [value * len(words) / sum(smoothed) for value in smoothed]
    for number, found in enumerate(contrasts(texts)):
        ours = counts[number]
        theirs = [sum(counts[c][w] for c in range(classes) if c != number) for w in range(len(words))]
        for w in range(len(words)):
            sides = [
                math.log((side[w] + prior[w]) / (sum(side) + sum(prior) - side[w] - prior[w]))
                for side in (ours, theirs)
            ]
            sd = math.sqrt(1 / (ours[w] + prior[w]) + 1 / (theirs[w] + prior[w]))
            assert found.log_odds[w] == pytest.approx(sides[0] - sides[1], rel=1e-9, abs=1e-12)
            assert found.z[w] == pytest.approx((sides[0] - sides[1]) / sd, rel=1e-9, abs=1e-12)


def test_the_words_that_tell_a_class_are_found() -> None:
    texts = small_texts(600, classes=3)
    for number, found in enumerate(contrasts(texts)):
        assert {texts.tokeniser.words[row] for row in found.telling(3)} == set(TELLING[number])
        assert (np.diff(found.z[found.telling(10)]) <= 0).all()
