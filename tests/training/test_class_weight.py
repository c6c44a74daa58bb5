"""Classes that weigh alike: in what is minimised, against a plain loop, and in nothing that is reported."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.schema import Experiment
from seqexp.data.samples import PartRows, epoch_rows
from seqexp.data.text.texts import Texts
from seqexp.training.objective import balanced
from tests.factories import train
from tests.training.texts import telling_texts, text_experiment

RATE = 0.5
SGD = ("training.optimizer=sgd", f"training.learning_rate={RATE}", "training.epochs=3")


def uneven_texts(classes: int) -> Texts:
    """Return texts of which 36 of the training part are of the first class, and ever fewer of the next ones."""
    texts = telling_texts(240, classes)
    train_rows, labels = texts.rows.train, texts.corpus.labels[texts.rows.train]
    kept = np.concatenate([train_rows[labels == number][: 36 // (4 * number + 1)] for number in range(classes)])
    return dataclasses.replace(texts, rows=PartRows(np.sort(kept), texts.rows.val, texts.rows.test))


def bias_network(classes: int) -> Any:
    """Return a network of which only the bias learns: its inputs are multiplied by 0."""
    last = {2: keras.layers.Dense(1, activation="sigmoid")}.get(classes, keras.layers.Dense(classes, "softmax"))
    return keras.Sequential([keras.Input((16,), dtype="int32"), keras.layers.Rescaling(0.0), last])


def probabilities(bias: np.ndarray) -> np.ndarray:
    if len(bias) == 1:
        positive = 1 / (1 + np.exp(-bias[0]))
        return np.array([1 - positive, positive])
    return np.exp(bias) / np.exp(bias).sum()


def by_loop(texts: Texts, setup: Experiment, classes: int, weights: list[float]) -> tuple[np.ndarray, list[float]]:
    """Return the bias after gradient descent on the weighed cross-entropy, and each epoch's mean of the plain one."""
    bias, losses = np.zeros(1 if classes == 2 else classes), []
    size = texts.batch_size
    for epoch in range(setup.training.epochs):
        batches = -(-len(texts.rows.train) // size)
        drawn = epoch_rows(texts.rows.train, "epoch", seed=0, epoch=epoch, batches=batches, batch_size=size)
        plain, counted = 0.0, 0
        for rows, are_counted in zip(*drawn, strict=True):
            gradient, p = np.zeros_like(bias), probabilities(bias)
            for label in texts.corpus.labels[rows[are_counted == 1]]:
                truth = np.eye(classes)[label]
                gradient += weights[label] * (p - truth)[1:] if classes == 2 else weights[label] * (p - truth)
                plain -= np.log(p[label])
                counted += 1
            bias = bias - RATE * gradient / size
        losses.append(plain / counted)
    return bias, losses


@pytest.mark.parametrize("classes", [2, 3])
def test_a_training_with_balanced_classes_is_that_of_a_plain_loop(classes: int) -> None:
    texts = uneven_texts(classes)
    labels = texts.corpus.labels[texts.rows.train].tolist()
    weights = [len(labels) / (classes * labels.count(number)) for number in range(classes)]
    assert max(weights) > 2 * min(weights)
    for given, expected in ((None, [1.0] * classes), ("balanced", weights)):
        setup = text_experiment("embedding_mlp", *SGD, f"training.class_weight={given or 'null'}")
        network = bias_network(classes)
        reached = train(network, texts, setup)
        bias, losses = by_loop(texts, setup, classes, expected)
        np.testing.assert_allclose(network.get_weights()[1], bias, rtol=1e-4, atol=1e-6)
        assert [epoch.metrics["loss"] for epoch in reached.epochs] == pytest.approx(losses, rel=1e-4)
        of_val = -np.log(probabilities(bias)[texts.corpus.labels[texts.rows.val]]).mean()
        assert reached.epochs[-1].metrics["val_loss"] == pytest.approx(of_val, rel=1e-4)


@pytest.mark.parametrize("classes", [2, 3])
def test_balanced_weights_are_those_of_scikit_learn(classes: int) -> None:
    weights = pytest.importorskip("sklearn.utils.class_weight")
    labels = np.random.default_rng(0).choice(classes, 50, p=np.arange(1, classes + 1) / sum(range(1, classes + 1)))
    expected = weights.compute_class_weight("balanced", classes=np.arange(classes), y=labels)
    np.testing.assert_allclose(balanced(labels, classes), expected)
    assert balanced(labels, classes)[labels].mean() == pytest.approx(1)


def test_a_class_without_training_texts_weighs_nothing() -> None:
    assert balanced(np.array([0, 0, 2, 0]), 3).tolist() == [4 / 9, 0.0, 4 / 3]
