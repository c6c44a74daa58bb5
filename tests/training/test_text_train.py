"""Training on texts as a whole: which texts are seen, what is minimised, which epoch is best, that it learns."""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.data.text.texts import Texts
from seqexp.models.events import Epoch, Validating
from seqexp.models.training_state import TrainingState
from seqexp.training.train_step import Steps, TrainStep
from tests.factories import Listener, train
from tests.training.texts import network_of, telling_texts, text_experiment

Call = tuple[np.ndarray, np.ndarray, int]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What the training step is given, call by call; the step itself runs as ever."""
    found: list[Call] = []
    real = TrainStep.run

    def run(self: TrainStep, rows: Any, weights: Any, width: int = 0, rates: Any = None) -> Steps:
        found.append((rows, weights, width))
        return real(self, rows, weights, width, rates)

    monkeypatch.setattr(TrainStep, "run", run)
    return found


def seen(calls: list[Call]) -> Counter[int]:
    """Return how often each text counts."""
    counted: Counter[int] = Counter()
    for rows, weights, _ in calls:
        assert set(np.unique(weights)) <= {0.0, 1.0}
        counted.update(rows[weights == 1].tolist())
    return counted


@pytest.mark.parametrize("bucket", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_training_text_counts_once_an_epoch(calls: list[Call], bucket: bool) -> None:
    texts, setup = telling_texts(150, bucket=bucket), text_experiment("embedding_mlp", "training.epochs=2")
    train(network_of(texts, setup), texts, setup)
    assert len(texts.rows.train) % texts.batch_size  # so that the last batch is filled up
    assert seen(calls) == Counter(dict.fromkeys(texts.rows.train.tolist(), 2))
    each = len(calls) // 2
    if bucket:
        assert 1 < len({width for _, _, width in calls}) <= 8
        assert all(texts.kept[rows].max() <= width <= 16 for rows, _, width in calls)
    else:
        assert {width for _, _, width in calls} == {0}
    orders = [np.concatenate([rows.ravel() for rows, _, _ in calls[first : first + each]]) for first in (0, each)]
    assert orders[0].tolist() != orders[1].tolist()


@pytest.mark.parametrize("sampling", ["epoch", "random"])
@pytest.mark.parametrize("steps", [2, 100])
def test_steps_per_epoch_is_the_most_that_an_epoch_takes(calls: list[Call], sampling: str, steps: int) -> None:
    texts, listener = telling_texts(150), Listener()
    setup = text_experiment("embedding_mlp", f"training.steps_per_epoch={steps}", f"dataset.sampling={sampling}")
    train(network_of(texts, setup), texts, setup, listener=listener)
    whole = -(-len(texts.rows.train) // texts.batch_size)
    due = steps if sampling == "random" else min(steps, whole)
    assert [told[1:] for told in listener.told if told[0] == "step"] == [
        (epoch, step, due) for epoch in (1, 2) for step in range(1, due + 1)
    ]
    counted = seen(calls[:due])
    assert sum(counted.values()) == (due * texts.batch_size if sampling == "random" or steps == 2 else 75)
    assert set(counted) <= set(texts.rows.train.tolist())
    if sampling == "epoch":
        assert max(counted.values()) == 1


def figures_by_loop(network: Any, texts: Texts, rows: np.ndarray) -> tuple[float, float]:
    """Return the mean of -log p of the true class, and the share of right ones, text by text."""
    losses, right = [], []
    for row in rows.tolist():
        positive = float(network(texts.inputs[row : row + 1])[0, 0])
        label = int(texts.corpus.labels[row])
        losses.append(-np.log(positive if label else 1 - positive))
        right.append((positive > 0.5) == bool(label))
    return float(np.mean(losses)), float(np.mean(right))


@pytest.mark.parametrize("bucket", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_figures_of_an_epoch_are_means_over_its_texts(bucket: bool) -> None:
    """With steps that change nothing, training and validation figures are those of the first weights."""
    texts = telling_texts(150, bucket=bucket)
    setup = text_experiment("embedding_mlp", "training.optimizer=sgd", "training.learning_rate=1e-30")
    network = network_of(texts, setup)
    first = network.get_weights()
    reached = train(network, texts, setup)
    for one, other in zip(network.get_weights(), first, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-25)
    expected = figures_by_loop(network, texts, texts.rows.train)
    of_val = figures_by_loop(network, texts, texts.rows.val)
    for epoch in reached.epochs:
        assert (epoch.metrics["loss"], epoch.metrics["accuracy"]) == pytest.approx(expected, rel=1e-4)
        assert (epoch.metrics["val_loss"], epoch.metrics["val_accuracy"]) == pytest.approx(of_val, rel=1e-4)
        assert all(type(value) is float for value in epoch.metrics.values())


def reached_by(monitor: str, values: list[float]) -> TrainingState:
    reached = TrainingState(monitor)
    for number, value in enumerate(values, start=1):
        reached.add(Epoch(number, {monitor: value}), [np.array(number)], np.zeros(1))
    return reached


@pytest.mark.parametrize(
    ("monitor", "values", "best"),
    [
        ("val_accuracy", [0.5, 0.8, 0.7, 0.8], 2),
        ("val_accuracy", [float("nan"), 0.0, float("inf"), 0.4], 4),
        ("val_loss", [0.5, 0.8, 0.4, 0.4], 3),
    ],
)
def test_accuracies_are_to_rise_and_losses_to_fall(monitor: str, values: list[float], best: int) -> None:
    reached = reached_by(monitor, values)
    assert reached.best is not None
    assert reached.best.number == best
    assert reached.epochs_since_best == len(values) - best


@pytest.mark.parametrize("monitor", ["val_accuracy", "val_loss"])
def test_the_best_epoch_by_the_monitor_is_kept(monitor: str) -> None:
    texts = telling_texts(120, seed=4)
    setup = text_experiment(
        "embedding_mlp", f"training.monitor={monitor}", "training.epochs=6", "training.learning_rate=0.3"
    )
    network, weights = network_of(texts, setup), []
    listener = Listener()
    listener.hear = lambda event: (  # type: ignore[method-assign]
        weights.append(network.get_weights()) if isinstance(event, Validating) else None
    )
    reached = train(network, texts, setup, listener=listener)
    values = [epoch.metrics[monitor] for epoch in reached.epochs]
    assert len(set(values)) > 1
    best = int(np.argmax(values) if monitor == "val_accuracy" else np.argmin(values))
    assert reached.best is not None
    assert reached.best_weights is not None
    assert reached.best.number == best + 1
    for one, other in zip(reached.best_weights, weights[best], strict=True):
        np.testing.assert_array_equal(one, other)
    network.set_weights(reached.best_weights)
    assert reached.best_predictions is not None
    positive = np.array([float(network(texts.inputs[row : row + 1])[0, 0]) for row in texts.rows.val])
    np.testing.assert_allclose(reached.best_predictions[:, 1], positive, rtol=1e-4, atol=1e-6)
    accuracy = np.mean((positive > 0.5) == texts.labels(texts.rows.val))
    assert reached.best.metrics["val_accuracy"] == pytest.approx(accuracy)


def test_patience_counts_epochs_without_a_higher_accuracy() -> None:
    texts = telling_texts(120)
    setup = text_experiment("embedding_mlp", "training.epochs=40", "training.patience=2", "training.learning_rate=0.1")
    reached = train(network_of(texts, setup), texts, setup)
    assert reached.best is not None
    assert len(reached.epochs) == reached.best.number + 2 < 40


@pytest.mark.parametrize(
    ("model", "classes", "bucket"),
    [("dense_bow", 2, False), ("embedding_mlp", 3, True), ("gru", 2, True), ("conv1d_text", 3, False)],
)
def test_a_word_that_tells_the_class_is_learned(model: str, classes: int, bucket: bool) -> None:
    texts = telling_texts(240, classes, bucket=bucket)
    setup = text_experiment(model, "training.epochs=15")
    reached = train(network_of(texts, setup), texts, setup)
    labels = texts.labels(texts.rows.val)
    majority = np.mean(labels == texts.majority)
    assert reached.best is not None
    assert reached.best_predictions is not None
    assert reached.best_predictions.shape == (60, classes)
    assert reached.best.metrics["val_accuracy"] > majority + 0.3
    assert reached.epochs[-1].metrics["loss"] < 0.5 * reached.epochs[0].metrics["loss"]


def test_a_graph_is_traced_once_for_each_width(calls: list[Call]) -> None:
    texts, setup = telling_texts(150, bucket=True), text_experiment("embedding_mlp", "training.epochs=3")
    network = network_of(texts, setup)
    traced: list[bool | None] = []

    class Traced(keras.layers.Layer):
        """Notes each time that it is part of a graph that is being built."""

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            traced.append(training)
            return inputs

    last = network.layers[-1]
    noted = keras.Model(network.inputs, last(Traced()(last.input)))
    traced.clear()
    train(noted, texts, setup)
    widths = {width for _, _, width in calls}
    assert traced.count(True) <= len(widths)
    assert traced.count(False) == 1  # the validation part fits in a batch
