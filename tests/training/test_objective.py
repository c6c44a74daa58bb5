"""The objectives against loops over the formulas, and the training step on texts against Keras's own."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.tasks.classes import as_probabilities
from seqexp.tasks.metric import ACCURACY
from seqexp.training.objective import Objective, classifying, forecasting
from seqexp.training.train_step import Steps, TrainStep
from tests.factories import experiment
from tests.tasks.scores import value_of

BATCH, LENGTH, WORDS = 16, 7, 20


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def softmax(row: list[float]) -> list[float]:
    largest = max(row)
    powers = [math.exp(value - largest) for value in row]
    return [power / sum(powers) for power in powers]


def by_loop(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> tuple[float, list[float], np.ndarray]:
    """Return the loss as a sum over the batch divided by its size, 1 for each right class, and the probabilities."""
    total, right, found = 0.0, [], []
    for row, label, weight in zip(logits.tolist(), labels.tolist(), weights.tolist(), strict=True):
        chances = [1 - sigmoid(row[0]), sigmoid(row[0])] if len(row) == 1 else softmax(row)
        total -= weight * math.log(chances[label])
        right.append(1.0 if chances.index(max(chances)) == label else 0.0)
        found.append(chances)
    return total / len(labels), right, np.array(found)


def figures(objective: Objective, said: np.ndarray, labels: np.ndarray) -> tuple[float, float | None]:
    """Return the loss and the accuracy of what a network said."""
    probabilities = as_probabilities(said.astype("f8"))
    return objective.figure(labels, probabilities), value_of(ACCURACY, labels, probabilities)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_loss_count_and_outputs_are_those_of_the_formulas(classes: int, from_logits: bool) -> None:
    generator = np.random.default_rng(40 + classes)
    logits = 2 * generator.normal(size=(BATCH, 1 if classes == 2 else classes)).astype("f4")
    labels, weights = generator.integers(0, classes, BATCH), generator.integers(0, 3, BATCH).astype("f4")
    loss, right, chances = by_loop(logits, labels, weights)
    assert 0 < sum(right) < BATCH
    probabilities = tf.sigmoid(logits) if classes == 2 else tf.nn.softmax(logits)
    outputs = tf.constant(logits) if from_logits else probabilities
    targets = tf.constant(labels[:, None].astype("f4"))
    objective = classifying(classes, from_logits=from_logits)
    assert objective.metric == "accuracy"
    assert float(objective.loss(targets, outputs, sample_weight=weights)) == pytest.approx(loss, rel=1e-5)
    counted = objective.count(targets, outputs)
    assert (counted.dtype, counted.shape) == (tf.float32, (BATCH,))
    assert counted.numpy().tolist() == right
    said = objective.outputs(outputs).numpy()
    np.testing.assert_allclose(said, chances[:, 1:] if classes == 2 else chances, rtol=1e-5)
    even, _, _ = by_loop(logits, labels, np.ones(BATCH))
    assert figures(objective, said, labels) == pytest.approx((even, sum(right) / BATCH), rel=1e-5)


@pytest.mark.parametrize("classes", [2, 4])
def test_logits_and_probabilities_give_the_same_gradients(classes: int) -> None:
    generator = np.random.default_rng(0)
    logits = tf.constant(generator.normal(size=(BATCH, 1 if classes == 2 else classes)).astype("f4"))
    targets = tf.constant(generator.integers(0, classes, (BATCH, 1)).astype("f4"))
    found = []
    for from_logits in (False, True):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            outputs = logits if from_logits else tf.sigmoid(logits) if classes == 2 else tf.nn.softmax(logits)
            loss = classifying(classes, from_logits=from_logits).loss(targets, outputs)
        found.append(tape.gradient(loss, logits).numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4, atol=1e-6)


def test_a_probability_of_0_costs_what_keras_lets_it_cost() -> None:
    loss, accuracy = figures(classifying(2, from_logits=False), np.array([0.0, 1.0, 0.5]), np.array([1, 1, 0]))
    assert loss == pytest.approx((-math.log(1e-7) - math.log(1 - 1e-7) + math.log(2)) / 3, rel=1e-9)
    assert accuracy == 2 / 3  # of two equally probable classes the first one is said
    keras_loss = keras.losses.BinaryCrossentropy()(np.array([[1.0], [1.0], [0.0]]), np.array([[0.0], [1.0], [0.5]]))
    assert loss == pytest.approx(float(keras_loss), rel=1e-5)
    said = np.array([[0.4, 0.4, 0.2], [0.0, 1.0, 0.0]])
    of_many = figures(classifying(3, from_logits=False), said, np.array([1, 0]))
    assert of_many == pytest.approx(((-math.log(0.4) - math.log(1e-7)) / 2, 0.0), rel=1e-9)


def test_what_is_not_finite_stays_so() -> None:
    loss, _ = figures(classifying(2, from_logits=False), np.array([np.nan, 0.5]), np.array([1, 1]))
    assert math.isnan(loss)


def test_forecasts_count_absolute_errors() -> None:
    targets, outputs = tf.constant([[1.0], [-2.0]]), tf.constant([[3.0], [-2.5]])
    objective = forecasting("mse")
    assert objective.metric == "mae"
    assert float(objective.loss(targets, outputs)) == pytest.approx((4 + 0.25) / 2)
    assert objective.count(targets, outputs).numpy().tolist() == [2.0, 0.5]
    assert objective.outputs(outputs).numpy().tolist() == [[3.0], [-2.5]]
    assert objective.figure(np.array([1.0, -2.0]), np.array([3.0, -2.5])) == pytest.approx(2.125)


def network_of(classes: int, logits: bool) -> Any:
    keras.utils.set_random_seed(1)
    activation = None if logits else "sigmoid" if classes == 2 else "softmax"
    return keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            keras.layers.Embedding(WORDS, 5),
            keras.layers.Flatten(),
            keras.layers.Dense(1 if classes == 2 else classes, activation=activation),
        ]
    )


def run(network: Any, ids: np.ndarray, labels: np.ndarray, weights: np.ndarray, classes: int, logits: bool) -> Steps:
    """Take a step for each batch, as fit takes them."""
    training = experiment("dataset=imdb").training.model_copy(update={"learning_rate": 0.01})
    samples, targets = tf.constant(ids), tf.constant(labels.astype("f4"))

    def make_batch(rows: Any, width: int) -> Any:
        return tf.gather(samples, rows), tf.gather(targets, rows)[:, None]

    objective = classifying(classes, from_logits=logits)
    trainee = TrainStep(network, training, make_batch, objective, batch_size=BATCH, jit_compile=False)
    return trainee.run(np.arange(len(ids)).reshape(-1, BATCH), weights.reshape(-1, BATCH))


@pytest.mark.parametrize(("classes", "logits"), [(2, False), (2, True), (5, False), (5, True)])
def test_an_epoch_equals_kerass_own_step_by_step(classes: int, logits: bool) -> None:
    generator = np.random.default_rng(3)
    ids = generator.integers(0, WORDS, (4 * BATCH, LENGTH)).astype("i4")
    labels = generator.integers(0, classes, len(ids))
    weights = np.ones(len(ids), "f4")
    weights[-5:] = 0.0  # what fills up the last batch
    ours, stock = network_of(classes, logits), network_of(classes, logits)
    binary = classes == 2
    loss = keras.losses.BinaryCrossentropy if binary else keras.losses.SparseCategoricalCrossentropy
    right = keras.metrics.BinaryAccuracy if binary else keras.metrics.SparseCategoricalAccuracy
    metric = right(name="accuracy", **({"threshold": 0.0 if logits else 0.5} if binary else {}))
    stock.compile(keras.optimizers.RMSprop(0.01), loss(from_logits=logits), weighted_metrics=[metric])
    steps = run(ours, ids, labels, weights, classes, logits)
    for number in range(4):
        batch = slice(number * BATCH, (number + 1) * BATCH)
        theirs = stock.train_on_batch(ids[batch], labels[batch, None], weights[batch], return_dict=True)
        stock.reset_metrics()
        counted = weights[batch].sum()
        assert steps.counted[number] == counted
        assert steps.scores[number] / counted == pytest.approx(theirs["accuracy"], abs=1e-6)
        assert steps.losses[number] == pytest.approx(theirs["loss"] * _keras_share(counted), rel=1e-4)
    for one, other in zip(ours.get_weights(), stock.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    evaluated = stock.evaluate(ids, labels[:, None], batch_size=len(ids), verbose=0, return_dict=True)
    objective = classifying(classes, from_logits=logits)
    said = objective.outputs(ours(ids)).numpy()
    assert figures(objective, said, labels) == pytest.approx((evaluated["loss"], evaluated["accuracy"]), rel=1e-4)


def _keras_share(counted: float) -> float:
    """Return what turns Keras's figure, the sum over a batch divided by its size, into a mean over what counts."""
    return BATCH / counted
