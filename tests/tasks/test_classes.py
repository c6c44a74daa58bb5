"""One definition of every score of a classification: each against a plain loop."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.arrays import Floats, Rows
from seqexp.tasks.classes import as_probabilities, calibration, confusion, log_losses, most_probable
from seqexp.tasks.metric import ACCURACY, METRICS
from seqexp.tasks.score import Score
from tests.data.text.corpora import small_texts
from tests.factories import class_score, score_part
from tests.tasks.scores import value_of

NAMES = tuple("abcdef")


def score_of(probabilities: Any, labels: Any, majority: int = 0) -> Score:
    return class_score(probabilities, labels, NAMES[: np.shape(probabilities)[1]], majority)


def value(score: Score, metric: str) -> float | None:
    return value_of(METRICS[metric], score.truth, score.predictions)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Return scores of two to four classes, ties and absent classes among them."""
    classes = draw(st.integers(2, 4))
    texts = draw(st.integers(1, 25))
    parts = st.lists(st.integers(0, 4), min_size=classes, max_size=classes).filter(any)
    drawn = np.array(draw(st.lists(parts, min_size=texts, max_size=texts)), np.float64)
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=texts, max_size=texts))
    return score_of(drawn / drawn.sum(axis=1, keepdims=True), labels, draw(st.integers(0, classes - 1)))


def predicted_by_loop(score: Score) -> list[int]:
    return [row.index(max(row)) for row in score.predictions.tolist()]


@given(scores())
def test_accuracy_loss_and_skill_equal_loops(score: Score) -> None:
    labels, predicted, texts = score.truth.tolist(), predicted_by_loop(score), len(score.truth)
    assert most_probable(score.predictions).tolist() == predicted
    right = sum(map(int.__eq__, labels, predicted))
    by_majority = labels.count(int(score.baselines["majority"][:1].argmax()))
    assert score.figure(ACCURACY) == pytest.approx(right / texts)
    assert score.baseline(ACCURACY) == pytest.approx(by_majority / texts)
    if by_majority == texts:
        assert score.skill(ACCURACY) is None  # a baseline that never errs leaves nothing to take away
    else:
        expected = 1 - (texts - right) / (texts - by_majority)
        assert score.skill(ACCURACY) == pytest.approx(expected, abs=1e-12)
    true = [row[label] for row, label in zip(score.predictions.tolist(), labels, strict=True)]
    losses = [-math.log(min(max(p, 1e-7), 1 - 1e-7)) for p in true]
    assert value(score, "loss") == pytest.approx(math.fsum(losses) / texts, rel=1e-12)


@given(scores())
def test_the_confusion_equals_a_loop(score: Score) -> None:
    classes = len(score.target.classes)
    expected = [[0] * classes for _ in range(classes)]
    for label, predicted in zip(score.truth.tolist(), predicted_by_loop(score), strict=True):
        expected[label][predicted] += 1
    assert confusion(score.truth, score.predictions).tolist() == expected
    assert confusion(score.truth, score.predictions).dtype == np.int64


def f1_by_loop(labels: list[int], predicted: list[int], of: int) -> float:
    both = sum(label == of == guess for label, guess in zip(labels, predicted, strict=True))
    return 2 * both / (labels.count(of) + predicted.count(of)) if of in (*labels, *predicted) else 0.0


@given(scores())
def test_f1_equals_a_loop(score: Score) -> None:
    labels, predicted = score.truth.tolist(), predicted_by_loop(score)
    if len(score.target.classes) == 2:
        assert value(score, "f1") == pytest.approx(f1_by_loop(labels, predicted, 1))
    else:
        seen = sorted({*labels, *predicted})
        assert value(score, "f1") == pytest.approx(sum(f1_by_loop(labels, predicted, of) for of in seen) / len(seen))


def auc_by_loop(score: Score, of: int) -> float:
    """Return how often a text of the class has a higher probability of it than another; a tie counts half."""
    pairs = list(zip(score.predictions[:, of].tolist(), score.truth.tolist(), strict=True))
    inside, outside = [p for p, label in pairs if label == of], [p for p, label in pairs if label != of]
    return sum((p > q) + (p == q) / 2 for p in inside for q in outside) / (len(inside) * len(outside))


@given(scores())
def test_auc_equals_a_loop_and_needs_every_class(score: Score) -> None:
    classes = range(len(score.target.classes))
    if set(score.truth.tolist()) != set(classes):
        assert value(score, "auc") is None
    elif len(classes) == 2:
        assert value(score, "auc") == pytest.approx(auc_by_loop(score, 1))
    else:
        assert value(score, "auc") == pytest.approx(sum(auc_by_loop(score, of) for of in classes) / len(classes))


@given(scores(), st.integers(1, 12))
def test_calibration_equals_a_loop(score: Score, bins: int) -> None:
    found = calibration(score.truth, score.predictions, bins)
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for row, label, predicted in zip(
        score.predictions.tolist(), score.truth.tolist(), predicted_by_loop(score), strict=True
    ):
        of = [index for index in range(bins) if found.edges[index] < max(row) <= found.edges[index + 1]]
        held[of[0]].append((max(row), label == predicted))
    np.testing.assert_allclose(found.edges, [index / bins for index in range(bins + 1)], rtol=1e-12)
    assert found.count.tolist() == [len(each) for each in held]
    error = 0.0
    for index, each in enumerate(held):
        if not each:
            assert math.isnan(found.confidence[index])
            assert math.isnan(found.right[index])
            continue
        sure, right = sum(p for p, _ in each) / len(each), sum(is_right for _, is_right in each) / len(each)
        assert found.confidence[index] == pytest.approx(sure)
        assert found.right[index] == pytest.approx(right)
        error += abs(right - sure) * len(each) / len(score.truth)
    assert found.ece == pytest.approx(error, abs=1e-12)


def test_a_model_that_is_as_sure_as_it_is_right_has_no_calibration_error() -> None:
    score = score_of([[0.75, 0.25]] * 4, [0, 0, 0, 1])
    assert value(score, "ece") == pytest.approx(0.0, abs=1e-12)
    assert value(score_of([[1.0, 0.0]] * 4, [0, 0, 0, 1]), "ece") == pytest.approx(0.25)


def test_a_model_that_predicts_the_majority_has_no_skill() -> None:
    score = score_of([[0.2, 0.5, 0.3]] * 7, [0, 1, 1, 1, 2, 2, 1], majority=1)
    assert score.figure(ACCURACY) == score.baseline(ACCURACY) == pytest.approx(4 / 7)
    assert score.skill(ACCURACY) == 0.0


def test_of_two_classes_the_second_is_the_positive_one() -> None:
    score = score_of([[0.1, 0.9], [0.6, 0.4], [0.8, 0.2], [0.7, 0.3]], [1, 1, 0, 0])
    assert value(score, "f1") == pytest.approx(2 / 3)  # precision 1, recall 1 / 2
    assert value(score, "auc") == 1.0


def test_the_loss_stays_finite_where_the_model_is_sure_and_wrong() -> None:
    assert value(score_of([[1.0, 0.0]], [1]), "loss") == pytest.approx(-math.log(1e-7), rel=1e-12)
    assert value(score_of([[1.0, 0.0]], [0]), "loss") == pytest.approx(1e-7, rel=1e-6)


def test_the_loss_is_keras_s() -> None:
    import keras

    generator = np.random.default_rng(0)
    drawn = generator.random((50, 3))
    probabilities = drawn / drawn.sum(axis=1, keepdims=True)
    labels = generator.integers(0, 3, 50)
    theirs = float(keras.losses.SparseCategoricalCrossentropy()(labels, probabilities))
    assert log_losses(labels, probabilities).mean() == pytest.approx(theirs, rel=1e-5)
    positive = probabilities[:, :1]
    theirs = float(keras.losses.BinaryCrossentropy()((labels == 1)[:, None].astype("f4"), positive))
    assert log_losses((labels == 1).astype(np.int64), as_probabilities(positive)).mean() == pytest.approx(
        theirs, rel=1e-5
    )


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_output_is_the_probability_of_the_second_class(shape: tuple[int, ...]) -> None:
    outputs = np.array([0.0, 0.25, 0.5, 1.0], np.float32).reshape(shape)
    found = as_probabilities(outputs)  # type: ignore[arg-type]
    assert found.dtype == np.float64
    assert found.tolist() == [[1.0, 0.0], [0.75, 0.25], [0.5, 0.5], [0.0, 1.0]]


def test_an_output_a_class_stays_as_it_is() -> None:
    outputs = np.array([[0.1, 0.2, 0.7]], np.float32)
    found = as_probabilities(outputs)  # type: ignore[arg-type]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, outputs)
    assert as_probabilities(np.empty((0, 3))).shape == (0, 3)
    assert as_probabilities(np.empty(0)).shape == (0, 2)


@pytest.mark.parametrize("part", ["val", "test"])
def test_a_score_holds_every_text_of_its_part(part: Any) -> None:
    texts = small_texts(classes=3)
    rows: Rows = getattr(texts.rows, part)
    drawn: Floats = np.random.default_rng(0).dirichlet([1.0] * 3, len(rows))
    score = score_part(texts, part, drawn.astype(np.float32))  # type: ignore[arg-type]
    assert score.part == part
    np.testing.assert_array_equal(score.rows, rows)
    assert score.truth[:].tolist() == [int(texts.corpus.labels[row]) for row in rows]
    assert score.predictions[:].dtype == np.float64
    assert score.target.classes == ("neg", "pos", "other")
    trained = texts.corpus.labels[texts.rows.train].tolist()
    assert score.baselines["majority"][:1].argmax() == max(range(3), key=trained.count)
