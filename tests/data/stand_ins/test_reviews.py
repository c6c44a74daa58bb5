"""The simulated reviews: their shape and statistics, what makes one positive, and that they never change."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy import sparse

from seqexp.config.errors import InputError
from seqexp.data.arrays import PARTS, Part
from seqexp.data.stand_ins.review_words import AFTER, BEFORE, CLOSED, ELSEWHERE, GENRES, OPINIONS, REACH, pairs, scores
from seqexp.data.stand_ins.reviews import REVIEWS_VERSION, lengths, simulate_reviews
from seqexp.data.text.corpus import Corpus, corpus_digest
from seqexp.data.text.tokeniser import split_words
from tests.data.helpers import received

# Of VERSION 1 with 12,500 and 6,250 reviews.
SEED_0 = "3fb9aaca7e52294ff6e7cc4c7dbc2c6fd1d22476026c34eb1af001e9a17dab34"


@pytest.fixture(scope="module")
def reviews() -> Corpus:
    return simulate_reviews(0)


def test_shape(reviews: Corpus) -> None:
    assert (reviews.name, reviews.source, reviews.classes) == ("imdb", "simulated", ("neg", "pos"))
    assert reviews.origin == "the simulated reviews, version 1, seed 0"
    assert (reviews.raw, reviews.is_ranked) == (None, False)
    np.testing.assert_array_equal(reviews.given, [PARTS.index("train")] * 12_500 + [PARTS.index("test")] * 6_250)
    assert (reviews.tokens.dtype, reviews.starts.dtype) == (np.int32, np.int64)
    assert (reviews.labels.dtype, reviews.given.dtype) == (np.int64, np.int8)
    assert reviews.starts[0] == 0
    assert reviews.starts[-1] == len(reviews.tokens)
    assert len(reviews.starts) == len(reviews) + 1 == 18_751


def test_reviews_of_seed_0_are_the_same_on_every_machine(reviews: Corpus) -> None:
    assert REVIEWS_VERSION == 1
    assert reviews.digest == SEED_0
    content = (reviews.tokens, reviews.starts, reviews.words, reviews.labels, reviews.classes)
    assert reviews.digest == corpus_digest(*content)


def test_another_seed_gives_other_reviews_of_the_same_words() -> None:
    one, same, other = simulate_reviews(1, 50, 20), simulate_reviews(1, 50, 20), simulate_reviews(2, 50, 20)
    assert one.digest == same.digest != other.digest
    assert other.origin == "the simulated reviews, version 1, seed 2"
    assert not {one.text_of(row) for row in range(70)} & {other.text_of(row) for row in range(70)}


@pytest.mark.parametrize(("train", "test"), [(12_500, 6_250), (7, 4), (1, 1)])
def test_classes_are_balanced_in_random_order(train: int, test: int) -> None:
    found = simulate_reviews(0, train, test)
    counts: tuple[tuple[Part, int], ...] = (("train", train), ("test", test))
    for part, count in counts:
        labels = found.labels[found.rows_given(part)]
        assert len(labels) == count
        assert labels.sum() == count // 2
        if count > 1_000:
            changes = (np.diff(labels) != 0).mean()
            assert changes == pytest.approx(0.5, abs=0.03)


def test_arguments_out_of_range_are_named_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        simulate_reviews(-1, 0, -5)
    assert received(caught.value) == [("seed", "-1."), ("train", "0."), ("test", "-5.")]


def test_words_are_what_the_rule_splits_and_each_occurs(reviews: Corpus) -> None:
    assert len(set(reviews.words)) == len(reviews.words)
    assert split_words(" ".join(reviews.words)) == list(reviews.words)
    assert np.bincount(reviews.tokens, minlength=len(reviews.words)).min() >= 1
    for row in range(20):
        assert split_words(reviews.text_of(row)) == reviews.words_of(row)


def test_no_review_is_there_twice_but_for_the_shortest(reviews: Corpus) -> None:
    texts = [reviews.text_of(row) for row in np.flatnonzero(reviews.lengths >= 20)]
    assert len(set(texts)) == len(texts)


def test_frequencies_follow_zipfs_law(reviews: Corpus) -> None:
    assert 28_000 < len(reviews.words) < 34_000
    counts = np.sort(np.bincount(reviews.tokens))[::-1]
    ranks = np.arange(30, 3_000)
    slope = np.polyfit(np.log(ranks), np.log(counts[ranks - 1]), 1)[0]
    assert -1.3 < slope < -0.9
    tail = np.arange(3_000, 20_000)
    assert -2.2 < np.polyfit(np.log(tail), np.log(counts[tail - 1]), 1)[0] < slope
    assert 0.03 < counts[0] / counts.sum() < 0.08  # 0.057 in the real reviews
    assert 0.9 < counts[:9_996].sum() / counts.sum() < 0.98  # 0.943


@pytest.mark.parametrize("part", ["train", "test"])
def test_lengths_are_like_the_real_ones(reviews: Corpus, part: Part) -> None:
    found = reviews.lengths[reviews.given == PARTS.index(part)]
    # Of the 50,000 real reviews: mean 234; these quantiles.
    assert found.mean() == pytest.approx(234, rel=0.06)
    for probability, real in ((0.25, 128), (0.5, 175), (0.75, 284), (0.9, 456), (0.95, 597)):
        assert np.quantile(found, probability) == pytest.approx(real, rel=0.2), probability
    assert found.min() >= 4
    assert found.max() < 1_700


def test_lengths_are_quantiles_that_no_machine_rounds_differently() -> None:
    urn = lengths()
    exact = [175 * math.exp(0.74 * NormalDist().inv_cdf((at + 0.5) / 4096)) for at in range(4096)]
    np.testing.assert_array_equal(urn, np.clip(np.floor(np.array(exact) + 0.5), 20, 1_500))
    assert min(abs(length % 1 - 0.5) for length in exact) > 1e-6


# The rules again, word by word, with a vocabulary small enough to read.
STRENGTHS = {"good": 1, "bad": -1, "great": 2, "terrible": -2, "gem": 3, "turkey": -3, "loved": 3, "despised": -3}
NEGATIONS = ("not", "never", "hardly", "barely", "scarcely", "wasn't", "isn't", "didn't")
CLOSING = ("overall", "ultimately", "altogether", "end", "conclusion")


def score(words: list[str], strengths: dict[str, int]) -> int:
    total, is_closed = 0, False
    for at, word in enumerate(words):
        is_closed = is_closed or word in CLOSING
        value = strengths.get(word, 0)
        if any(before in NEGATIONS for before in words[max(0, at - 3) : at]):
            value = -value
        if "but" in words[max(0, at - 6) : at]:
            value *= 4
        elif "but" not in words[at + 1 : at + 7]:
            value *= 2
        total += value * (3 if is_closed else 1)
    return total


def scored(*texts: str) -> list[int]:
    """Return what the program says of texts."""
    split = [text.split() for text in texts]
    words = sorted({word for text in split for word in text})
    tokens = np.array([words.index(word) for text in split for word in text], dtype=np.int32)
    starts = np.cumsum([0, *(len(text) for text in split)]).astype(np.int64)
    return scores(words, tokens, starts).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the plot", 0),
        ("a good plot", 2),
        ("a terrible plot", -4),
        ("it was not good", -2),
        ("it was never a very bad plot", 2),
        ("not a very very good plot", 2),
        ("hardly a gem", -6),
        ("not never good", -2),
        ("bad but good", -1 + 4),
        ("good but bad", 1 - 4),
        ("good a b c d e but a b c d e bad", 1 - 4),
        ("good a b c d e f but a b c d e f bad", 2 - 2),
        ("bad but not bad", -1 + 4),
        ("great in the end bad", 4 - 6),
        ("overall it was bad but good", 3 * (-1 + 4)),
        ("ultimately not good", -6),
    ],
)
def test_rules_by_hand(text: str, expected: int) -> None:
    assert score(text.split(), STRENGTHS) == expected
    assert scored(text) == [expected]


def test_neighbouring_texts_do_not_touch_each_other() -> None:
    assert scored("it was not", "good", "overall but", "good", "but gem") == [0, 2, 0, 2, 12]
    assert scored("never", "good") == [0, 2]
    assert (BEFORE, ELSEWHERE, AFTER, CLOSED, REACH) == (1, 2, 4, 3, 6)


def test_score_is_the_plain_loops(reviews: Corpus) -> None:
    strengths = {
        word: sign * strength
        for (_, strength), pairs in OPINIONS.items()
        for pair in pairs.split()
        for word, sign in zip(pair.split("/"), (1, -1), strict=True)
    }
    assert len(strengths) == 240
    found = scores(reviews.words, reviews.tokens, reviews.starts)
    rows = range(0, len(reviews), 40)
    assert [int(found[row]) for row in rows] == [score(reviews.words_of(row), strengths) for row in rows]


def test_score_tells_the_label_but_for_the_noise(reviews: Corpus) -> None:
    found = scores(reviews.words, reviews.tokens, reviews.starts)
    told = (found > 0) == (reviews.labels == 1)
    assert told.mean() == pytest.approx(0.954, abs=0.006)
    # The noise is 46 of 1,024 whatever the score.
    assert told[np.abs(found) > np.median(np.abs(found))].mean() == pytest.approx(1 - 46 / 1_024, abs=0.007)
    assert (found == 0).mean() < 0.005


def test_exchanging_every_opinion_turns_the_score(reviews: Corpus) -> None:
    mirror = {one: other for pair in pairs() for one, other in (pair, pair[::-1])}
    exchanged = [mirror.get(word, word) for word in reviews.words]
    own = scores(reviews.words, reviews.tokens, reviews.starts)
    np.testing.assert_array_equal(scores(exchanged, reviews.tokens, reviews.starts), -own)


def test_genre_shows_in_the_words_and_says_nothing_of_the_label(reviews: Corpus) -> None:
    text = np.repeat(np.arange(len(reviews)), reviews.lengths)
    counts = np.stack(
        [
            np.bincount(text, np.isin(reviews.tokens, places), minlength=len(reviews))
            for places in (
                [at for at, word in enumerate(reviews.words) if word in genre.split()] for genre in GENRES.values()
            )
        ]
    )
    genre = counts.argmax(axis=0)
    assert (counts.max(axis=0) > 0.8 * counts.sum(axis=0))[reviews.lengths > 100].mean() > 0.9
    for number in range(len(GENRES)):
        assert reviews.labels[genre == number].mean() == pytest.approx(0.5, abs=0.04)


@pytest.mark.slow
def test_word_pairs_tell_more_than_words_and_the_score_more_than_either(reviews: Corpus) -> None:
    """Logistic regression, tf-idf of the 10,000 most frequent words; and of the 60,000 most frequent word pairs too."""
    text = np.repeat(np.arange(len(reviews)), reviews.lengths)
    inner = text[:-1] == text[1:]
    following = (reviews.tokens[:-1].astype(np.int64) * len(reviews.words) + reviews.tokens[1:])[inner]
    one = counted(reviews, reviews.tokens, text, 10_000)
    both = sparse.hstack([one, counted(reviews, following, text[:-1][inner], 60_000)]).tocsr()
    words, word_pairs = accuracy(reviews, one), accuracy(reviews, both)
    assert 0.84 < words < 0.88  # 0.863
    assert words + 0.02 < word_pairs < words + 0.05  # 0.905
    assert word_pairs < 0.92


def counted(reviews: Corpus, terms: np.ndarray, text: np.ndarray, most: int) -> sparse.csr_matrix:
    """Return how often each text has each of the terms that are most frequent in training, twice at least."""
    _, column = np.unique(terms, return_inverse=True)
    table = sparse.csr_matrix((np.ones(len(terms)), (text, column)), shape=(len(reviews), column.max() + 1))
    totals = np.asarray(table[: reviews.rows_given("train")[-1] + 1].sum(axis=0)).ravel()
    kept = np.argsort(-totals, kind="stable")[:most]
    return table[:, kept[totals[kept] > 1]]


def accuracy(reviews: Corpus, table: sparse.csr_matrix) -> float:
    """Return the accuracy on the test part of a logistic regression that is fitted on the training part."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    train, test = reviews.rows_given("train"), reviews.rows_given("test")
    scaled = TfidfTransformer(sublinear_tf=True).fit(table[train]).transform(table)
    model = LogisticRegression(max_iter=200).fit(scaled[train], reviews.labels[train])
    return float(model.score(scaled[test], reviews.labels[test]))
