"""The simulated station is as hard to forecast as Jena: naive and dense about equal, linear above, GRU on top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from seqexp.data.arrays import Floats
from seqexp.data.stand_ins.station import SENTINEL, simulate_station

pytestmark = pytest.mark.slow

LOOKBACK, STEP, DELAY, STEPS = 1440, 6, 144, 240


@dataclass(frozen=True)
class Task:
    """The normalised record as float32 (rows, 14), every eighth validation row, and naive's MAE on those rows."""

    values: Floats
    rows: NDArray[np.int64]
    naive: float

    def windows(self, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return (rows, 240, 14) and (rows,): what precedes each row, and the temperature 24 h after it."""
        offsets = np.arange(-LOOKBACK, 0, STEP)
        return self.values[rows[:, None] + offsets], self.values[rows + DELAY, 1]

    def skill(self, mae: float) -> float:
        return 1 - mae / self.naive


@pytest.fixture(scope="module")
def task() -> Task:
    values = simulate_station().values
    values = np.where(values == SENTINEL, 0.0, values)
    scaled = ((values - values[:200_000].mean(axis=0)) / values[:200_000].std(axis=0)).astype(np.float32)
    rows = np.arange(201_441, 299_856, 8)[: 96 * 128]
    return Task(scaled, rows, float(np.abs(scaled[rows - STEP, 1] - scaled[rows + DELAY, 1]).mean()))


@pytest.fixture(scope="module")
def linear_skill(task: Task) -> float:
    """Return the skill of ridge regression on the flattened window, fitted to every 17th training row."""
    training = np.arange(LOOKBACK, 199_856, 17)
    size = STEPS * 14 + 1
    square, product = np.zeros((size, size)), np.zeros(size)
    for rows in np.array_split(training, 12):
        inputs, targets = flat(task, rows)
        square += inputs.T @ inputs
        product += inputs.T @ targets
    weights = np.linalg.solve(square + 1000 * np.eye(size), product).astype(np.float32)
    errors = []
    for part in np.array_split(task.rows, 12):
        inputs, targets = flat(task, part)
        errors.append(np.abs(inputs @ weights - targets))
    return task.skill(float(np.concatenate(errors).mean()))


@pytest.fixture(scope="module")
def gru_skill(task: Task) -> float:
    import keras

    return task.skill(min(trained(task, [keras.layers.GRU(32, use_cudnn=False)], epochs=3)))


def flat(task: Task, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
    inputs, targets = task.windows(rows)
    ones = np.ones((len(rows), 1), np.float32)
    return np.concatenate([inputs.reshape(len(rows), -1), ones], axis=1), targets


def trained(task: Task, body: list[object], epochs: int) -> list[float]:
    """Return the validation MAE after each epoch of 500 steps."""
    import keras
    import tensorflow as tf

    series, offsets = tf.constant(task.values), tf.range(-LOOKBACK, 0, STEP, dtype=tf.int64)

    def windows(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(series, rows[:, None] + offsets), tf.gather(series[:, 1], rows + DELAY)

    batches = tf.data.Dataset.random(seed=1).batch(128, drop_remainder=True)
    training = batches.map(lambda draw: windows(LOOKBACK + tf.cast(draw % 198_400, tf.int64)))
    validation = tf.data.Dataset.from_tensor_slices(task.rows).batch(128, drop_remainder=True).map(windows)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((STEPS, 14)), *body, keras.layers.Dense(1)])
    model.compile(keras.optimizers.RMSprop(1e-3), loss="mae", jit_compile=True)
    found = []
    for _ in range(epochs):
        model.fit(training, steps_per_epoch=500, epochs=1, verbose=0, shuffle=False)
        found.append(model.evaluate(validation, verbose=0))
    return found


def test_a_gru_beats_the_naive_forecast(gru_skill: float) -> None:
    assert 0.06 < gru_skill < 0.13


def test_a_linear_model_stands_between_naive_and_gru(linear_skill: float, gru_skill: float) -> None:
    assert 0.01 < linear_skill < gru_skill - 0.01


def test_a_dense_network_is_about_as_good_as_naive(task: Task) -> None:
    import keras

    body = [keras.layers.Flatten(), keras.layers.Dense(32, activation="relu")]
    assert -0.05 < task.skill(min(trained(task, body, epochs=6))) < 0.04
