"""The baselines of texts against plain loops, their formulas and the conditions of their optimum."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.samples import PartRows
from seqexp.data.text.prepare import make_texts
from seqexp.data.text.texts import Texts
from seqexp.data.text.tokeniser import START
from seqexp.models.estimators.model import Estimator
from seqexp.models.estimators.texts import NBSVM, BowLogreg, Majority
from tests.data.text.corpora import CLASSES, corpus_of, random_texts, small_texts, texts_of
from tests.data.text.helpers import text_config
from tests.faults import is_about, only_fault_of

ALL = [Majority, BowLogreg, NBSVM]


def fitted(estimator: Any, texts: Texts) -> Any:
    estimator.fit(texts)
    return estimator


def words_in(texts: Texts, row: int) -> list[int]:
    return [id for id in texts.ids(row).tolist() if id != START]


def test_the_majority_gives_every_text_the_training_parts_shares() -> None:
    texts = small_texts(classes=3)
    majority = fitted(Majority(), texts)
    labels = texts.corpus.labels[texts.rows.train].tolist()
    shares = [labels.count(index) / len(labels) for index in range(3)]
    np.testing.assert_allclose(majority.predict(texts, texts.rows.test), [shares] * len(texts.rows.test), rtol=1e-15)
    assert majority.parameters == 3
    np.testing.assert_array_equal(majority.artifacts()["shares"], shares)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("make", ALL)
def test_probabilities_are_such_and_come_out_the_same_again(make: type[Estimator], classes: int) -> None:
    texts = small_texts(classes=classes)
    first, second = fitted(make(), texts), fitted(make(), texts)
    found = first.predict(texts, texts.rows.test)
    assert found.dtype == np.float64
    assert found.shape == (15, classes)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(found, second.predict(texts, texts.rows.test))
    np.testing.assert_allclose(first.predict(texts, texts.rows.test[[3]]), found[[3]], rtol=1e-12)
    assert first.predict(texts, texts.rows.test[:0]).shape == (0, classes)
    assert first.artifacts().keys() == second.artifacts().keys()
    for name, array in first.artifacts().items():
        np.testing.assert_array_equal(array, second.artifacts()[name])


@pytest.mark.parametrize("make", ALL)
def test_nothing_is_learned_from_the_other_parts(make: type[Estimator]) -> None:
    texts = small_texts()
    written, labels = random_texts()
    half = len(written) // 2
    changed = corpus_of([*written[:half], *(["good bad unheard"] * half)], [*labels[:half], *(1 - labels[half:])])
    others = texts_of(changed, texts.rows, texts.tokeniser.words)
    one, other = fitted(make(), texts), fitted(make(), others)
    np.testing.assert_array_equal(one.predict(texts, texts.rows.train), other.predict(others, texts.rows.train))


@pytest.mark.parametrize("make", [BowLogreg, NBSVM])
def test_what_tells_the_classes_apart_is_found(make: type[Estimator]) -> None:
    texts = small_texts(texts=400, classes=3)
    found = fitted(make(), texts).predict(texts, texts.rows.test)
    right = np.mean(found.argmax(axis=1) == texts.labels(texts.rows.test))
    assert right > 0.75  # a text in five tells nothing


@pytest.mark.parametrize("make", [BowLogreg, NBSVM])
def test_a_word_tells_whatever_place_in_a_long_text_it_has(make: type[Estimator]) -> None:
    """Networks see 8 ids of these texts; the word that tells is the third of 30."""
    written = [f"the film {word} {'was it a plot ' * 7}" for word in ("bad", "good") * 10]
    rows = np.arange(20)
    texts = texts_of(corpus_of(written, [0, 1] * 10), PartRows(rows[:10], rows[10:15], rows[15:]), maxlen=8)
    found = fitted(make(), texts).predict(texts, rows[10:])
    np.testing.assert_array_equal(found.argmax(axis=1), [0, 1] * 5)


@pytest.mark.parametrize("make", [BowLogreg, NBSVM])
def test_a_class_that_the_training_part_lacks_gets_no_probability(make: type[Estimator]) -> None:
    texts = small_texts(classes=3)
    kept = texts.rows.train[texts.labels(texts.rows.train) != 1]
    without = dataclasses.replace(texts, rows=dataclasses.replace(texts.rows, train=kept))
    found = fitted(make(), without).predict(without, texts.rows.test)
    assert (found[:, 1] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    told = texts.labels(texts.rows.test) != 1
    assert np.mean(found.argmax(axis=1)[told] == texts.labels(texts.rows.test)[told]) > 0.6


@pytest.mark.parametrize("make", [BowLogreg, NBSVM])
def test_one_class_is_nothing_to_learn_from(make: type[Estimator]) -> None:
    texts = small_texts()
    kept = texts.rows.train[texts.labels(texts.rows.train) == 1]
    alone = dataclasses.replace(texts, rows=dataclasses.replace(texts.rows, train=kept))
    assert is_about(only_fault_of(make().fit, alone), "dataset.split.train", "two classes", " pos.")


def weighted_by_loop(texts: Texts, rows: list[int], weighting: str) -> tuple[list[int], np.ndarray]:
    """Return the training part's words, and each text's numbers by the formula."""
    train = texts.rows.train.tolist()
    words = sorted({word for row in train for word in words_in(texts, row)})
    found = np.zeros((len(rows), len(words)))
    for place, row in enumerate(rows):
        for column, word in enumerate(words):
            count = words_in(texts, row).count(word)
            holding = sum(word in words_in(texts, other) for other in train)
            idf = 1 + math.log((1 + len(train)) / (1 + holding))
            tf = 1 + math.log(count) if count else 0.0
            found[place, column] = {"count": count, "binary": float(count > 0), "tfidf": tf * idf}[weighting]
        if weighting == "tfidf" and found[place].any():
            found[place] /= math.sqrt(sum(number**2 for number in found[place]))
    return words, found


@pytest.mark.parametrize("weighting", ["count", "binary", "tfidf"])
def test_a_bag_of_words_is_at_the_minimum_of_its_formula(weighting: str) -> None:
    texts, C = small_texts(), 0.7
    bag = fitted(BowLogreg(C, weighting), texts)
    learned = bag.artifacts()
    words, numbers = weighted_by_loop(texts, texts.rows.train.tolist(), weighting)
    np.testing.assert_array_equal(learned["words"], words)
    weights, intercept = learned["weights"][0], learned["intercepts"][0]
    wrong = 1 / (1 + np.exp(-(numbers @ weights + intercept))) - texts.labels(texts.rows.train)
    # The derivatives of |w|^2 / 2 + C x the losses vanish.
    np.testing.assert_allclose(weights + C * wrong @ numbers, 0, atol=5e-3)
    assert C * wrong.sum() == pytest.approx(0, abs=5e-3)
    assert bag.parameters == len(words) + 1
    _, asked = weighted_by_loop(texts, texts.rows.test.tolist(), weighting)
    expected = 1 / (1 + np.exp(-(asked @ weights + intercept)))
    np.testing.assert_allclose(bag.predict(texts, texts.rows.test)[:, 1], expected, rtol=1e-9)


def test_a_bag_of_words_of_three_classes_is_multinomial() -> None:
    texts = small_texts(classes=3)
    bag = fitted(BowLogreg(), texts)
    learned = bag.artifacts()
    words, asked = weighted_by_loop(texts, texts.rows.test.tolist(), "tfidf")
    logits = asked @ learned["weights"].T + learned["intercepts"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(bag.predict(texts, texts.rows.test), expected, rtol=1e-9)
    assert bag.parameters == 3 * (len(words) + 1)


def sets_by_loop(texts: Texts, rows: list[int], longest: int) -> list[set[tuple[int, ...]]]:
    held = []
    for row in rows:
        ids = words_in(texts, row)
        runs = range(1, longest + 1)
        held.append({tuple(ids[at : at + length]) for length in runs for at in range(len(ids) - length + 1)})
    return held


def log_ratios_by_loop(texts: Texts, longest: int, alpha: float, of: int) -> dict[tuple[int, ...], float]:
    """Return r of each n-gram, counted text by text."""
    train = texts.rows.train.tolist()
    held = sets_by_loop(texts, train, longest)
    inside = {gram: alpha for grams in held for gram in grams}
    outside = dict(inside)
    for row, grams in zip(train, held, strict=True):
        side = inside if texts.corpus.labels[row] == of else outside
        for gram in grams:
            side[gram] += 1
    p, q = sum(inside.values()), sum(outside.values())
    return {gram: math.log(inside[gram] / p) - math.log(outside[gram] / q) for gram in inside}


def named(learned: dict[str, Any], size: int) -> list[tuple[int, ...]]:
    """Return each weight's n-gram."""
    pairs = [(int(learned["grams_1"][key // size]), int(key % size)) for key in learned["grams_2"]]
    return [*((int(id),) for id in learned["grams_1"]), *pairs]


@pytest.mark.parametrize("classes", [2, 3])
def test_without_the_regression_nbsvm_is_naive_bayes(classes: int) -> None:
    """With beta 0 each class's logit is the sum of r and naive Bayes's intercept, times mean|w|."""
    texts = small_texts(classes=classes)
    model = fitted(NBSVM(beta=0.0, alpha=0.5), texts)
    learned = model.artifacts()
    grams = named(learned, texts.tokeniser.size)
    labels = texts.labels(texts.rows.train).tolist()
    for place, of in enumerate([1] if classes == 2 else range(classes)):
        ratios = log_ratios_by_loop(texts, 2, 0.5, of)
        assert set(grams) == set(ratios)
        weights = learned["weights"][place]
        scale = weights[0] / ratios[grams[0]]
        assert scale > 0
        np.testing.assert_allclose(weights, [scale * ratios[gram] for gram in grams], rtol=1e-9, atol=1e-14)
        prior = math.log(labels.count(of) / (len(labels) - labels.count(of)))
        assert learned["intercepts"][place] == pytest.approx(scale * prior, rel=1e-9)
    assert model.parameters == (1 if classes == 2 else 3) * (len(grams) + 1)


def test_with_the_regression_alone_nbsvm_is_at_the_minimum_of_its_formula() -> None:
    texts, C = small_texts(), 0.3
    learned = fitted(NBSVM(beta=1.0, C=C), texts).artifacts()
    grams, ratios = named(learned, texts.tokeniser.size), log_ratios_by_loop(texts, 2, 1.0, 1)
    held = sets_by_loop(texts, texts.rows.train.tolist(), 2)
    numbers = np.array([[ratios[gram] * (gram in text) for gram in grams] for text in held])
    scales = np.array([ratios[gram] for gram in grams])
    weights, intercept = learned["weights"][0] / scales, learned["intercepts"][0]
    wrong = 1 / (1 + np.exp(-(numbers @ weights + intercept))) - texts.labels(texts.rows.train)
    np.testing.assert_allclose(weights + C * wrong @ numbers, 0, atol=2e-3)
    assert intercept + C * wrong.sum() == pytest.approx(0, abs=2e-3)


def test_nbsvm_interpolates_weights_and_intercept() -> None:
    texts = small_texts(seed=3)
    bayes, both, regression = (fitted(NBSVM(beta=beta), texts).artifacts() for beta in (0.0, 0.25, 1.0))
    for name in ("weights", "intercepts"):
        np.testing.assert_allclose(both[name], 0.75 * bayes[name] + 0.25 * regression[name], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("classes", [2, 3])
def test_nbsvm_predicts_by_its_weights(classes: int) -> None:
    texts = small_texts(classes=classes)
    model = fitted(NBSVM(), texts)
    learned = model.artifacts()
    grams = named(learned, texts.tokeniser.size)
    for row, found in zip(texts.rows.test, model.predict(texts, texts.rows.test), strict=True):
        (held,) = sets_by_loop(texts, [row], 2)
        at = [place for place, gram in enumerate(grams) if gram in held]
        each = [
            1 / (1 + math.exp(-math.fsum([*weights[at], intercept])))
            for weights, intercept in zip(learned["weights"], learned["intercepts"], strict=True)
        ]
        expected = [1 - each[0], each[0]] if classes == 2 else [likely / sum(each) for likely in each]
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_pair_of_words_tells_what_its_words_do_not() -> None:
    written = ["not good and bad", "not bad and good"] * 10
    rows = np.arange(20)
    texts = texts_of(corpus_of(written, [0, 1] * 10), PartRows(rows[:10], rows[10:15], rows[15:]))
    truth = texts.labels(rows[10:])
    pairs = fitted(NBSVM(), texts).predict(texts, rows[10:])
    np.testing.assert_array_equal(pairs.argmax(axis=1), truth)
    alone = fitted(NBSVM(ngrams=1), texts).predict(texts, rows[10:])
    np.testing.assert_allclose(alone, 0.5, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "arguments", "expected"),
    [
        (BowLogreg, {"C": 0}, [("C", "> 0", "0")]),
        (BowLogreg, {"C": math.inf}, [("C", "> 0", "inf")]),
        (BowLogreg, {"C": True}, [("C", "> 0", "True")]),
        (
            BowLogreg,
            {"C": "1", "weighting": "tfdf"},
            [("C", "> 0", "'1'"), ("weighting", "count, binary, tfidf", "'tfdf'")],
        ),
        (
            NBSVM,
            {"ngrams": 0, "alpha": 0, "beta": 1.5, "C": -1},
            [("alpha", "> 0", "0"), ("C", "> 0", "-1"), ("ngrams", ">= 1", "0"), ("beta", "0 to 1", "1.5")],
        ),
        (NBSVM, {"ngrams": 2.0}, [("ngrams", ">= 1", "2.0")]),
        (NBSVM, {"beta": None}, [("beta", "0 to 1", "None")]),
    ],
)
def test_wrong_arguments_are_refused_all_at_once(
    make: Any, arguments: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(InputError) as caught:
        make(**arguments)
    for fault, (key, allowed, value) in zip(caught.value.faults, expected, strict=True):
        assert is_about(fault, f"model.{key}", allowed, f"Received: {value}."), fault


def test_the_helper_knows_as_many_classes_as_are_asked_for() -> None:
    assert small_texts(classes=3).classes == CLASSES


@pytest.mark.parametrize("make", [BowLogreg, NBSVM])
def test_a_file_that_is_sorted_by_class_is_learned_as_a_shuffled_one(make: type[Estimator]) -> None:
    """The words are cut amid those that occur once: by their place in the file, those of one class would be known."""
    random = np.random.default_rng(1)
    written, labels = [], np.repeat([1, 0], 600)
    for label in labels:
        common, rare = random.integers(0, 40, 3) + 10 * label, random.integers(0, 20_000, 12)
        written.append(" ".join([*(f"common{word}" for word in common), *(f"rare{word}" for word in rare)]))

    def accuracy(rows: Any) -> float:
        corpus = corpus_of([written[row] for row in rows], labels[rows])
        texts = make_texts(corpus, text_config(num_words=5000), 1)
        test = texts.rows.test
        return float(np.mean(fitted(make(), texts).predict(texts, test).argmax(axis=1) == texts.labels(test)))

    in_order, shuffled = accuracy(np.arange(1200)), accuracy(random.permutation(1200))
    error = (2 * 0.25 / 240) ** 0.5  # of the difference of two shares of 240 texts each, at most
    assert in_order == pytest.approx(shuffled, abs=3 * error)
    assert in_order > 0.7


def test_of_characters_pairs_are_words_as_well() -> None:
    """The class is told by the order of two letters alone."""
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    fillers = random.choice(list("abcdef"), (200, 2, 4))
    written = ["".join([*fillers[row, 0], ("xy", "yx")[row % 2], *fillers[row, 1]]) for row in range(200)]
    texts = make_texts(corpus_of(written, labels), text_config(tokens="characters"), 1)
    bag, test = fitted(BowLogreg(), texts), texts.rows.test
    found = bag.predict(texts, test)
    assert np.mean(found.argmax(axis=1) == texts.labels(test)) == 1
    learned = bag.artifacts()
    pairs = {text[at : at + 2] for text in (written[row] for row in texts.rows.train) for at in range(len(text) - 1)}
    assert len(learned["pairs"]) == len(pairs)
    assert bag.parameters == len(texts.tokeniser.words) + len(pairs) + 1
    again = BowLogreg()
    again.restore(learned)
    np.testing.assert_array_equal(again.predict(texts, test), found)
    assert "pairs" not in fitted(BowLogreg(), small_texts()).artifacts()
