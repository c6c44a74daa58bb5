"""Quantiles that a network forecasts: the loss against a loop over the formula, what it learns, what is scored."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.data.arrays import Floats
from seqexp.training.objective import forecasting, forecasting_quantiles, mean_pinball

LEVELS = (0.1, 0.5, 0.9)
BATCH, NUMBERS = 5, 4


def by_loop(targets: Floats, quantiles: Floats) -> list[float]:
    """Return the pinball loss of each sample of (batch, numbers) targets and (batch, numbers, levels) quantiles."""
    found = []
    for truth, given in zip(targets.tolist(), quantiles.tolist(), strict=True):
        costs = []
        for y, levels in zip(truth, given, strict=True):
            for level, q in zip(LEVELS, levels, strict=True):
                costs.append(level * (y - q) if y >= q else (1 - level) * (q - y))
        found.append(sum(costs) / len(costs))
    return found


def test_the_loss_is_the_mean_over_numbers_and_levels() -> None:
    random = np.random.default_rng(0)
    targets, outputs = random.normal(size=(BATCH, NUMBERS)), random.normal(size=(BATCH, NUMBERS, 3))
    weights = random.uniform(size=BATCH)
    objective = forecasting_quantiles(LEVELS)
    given = tf.constant(outputs.reshape(BATCH, -1), tf.float32)
    loss = objective.loss(tf.constant(targets, tf.float32), given, sample_weight=tf.constant(weights, tf.float32))
    costs = by_loop(targets, outputs)
    assert float(loss) == pytest.approx(sum(map(float.__mul__, costs, weights.tolist())) / BATCH, rel=1e-5)
    counted = objective.count(tf.constant(targets, tf.float32), given).numpy()
    np.testing.assert_allclose(counted, np.abs(targets - outputs[..., 1]).mean(axis=1), rtol=1e-5)
    truth, quantiles = targets.reshape(BATCH, 2, 2), outputs.reshape(BATCH, 2, 2, 3)
    assert objective.figure(truth, quantiles) == pytest.approx(sum(costs) / BATCH, rel=1e-9)
    assert mean_pinball(np.array(LEVELS), quantiles, truth) == objective.figure(truth, quantiles)


def test_the_median_alone_costs_half_its_absolute_error() -> None:
    random = np.random.default_rng(1)
    targets, outputs = (tf.constant(random.normal(size=(BATCH, NUMBERS)), tf.float32) for _ in range(2))
    half = float(forecasting("mae").loss(targets, outputs)) / 2
    assert float(forecasting_quantiles((0.5,)).loss(targets, outputs)) == pytest.approx(half, rel=1e-5)


def test_quantiles_are_sorted_which_never_costs_more() -> None:
    random = np.random.default_rng(2)
    targets, outputs = random.normal(size=(200, NUMBERS)), random.normal(size=(200, NUMBERS, 3))
    given = forecasting_quantiles(LEVELS).outputs(tf.constant(outputs.reshape(200, -1))).numpy()
    np.testing.assert_array_equal(given.reshape(200, NUMBERS, 3), np.sort(outputs, axis=-1))
    before, after = by_loop(targets, outputs), by_loop(targets, given.reshape(outputs.shape))
    assert all(b <= a + 1e-12 for a, b in zip(before, after, strict=True))


def test_a_bias_learns_the_quantiles_of_what_it_sees() -> None:
    values = np.random.default_rng(3).exponential(size=(4096, 1)).astype(np.float32)
    layer = keras.layers.Dense(3, kernel_initializer="zeros")
    network = keras.Sequential([keras.Input((1,)), layer])
    objective = forecasting_quantiles(LEVELS)
    network.compile(keras.optimizers.Adam(0.02), objective.loss)
    network.fit(np.zeros_like(values), values, batch_size=256, epochs=30, verbose=0)
    learned = objective.outputs(network(np.zeros((1, 1)))).numpy()[0]
    np.testing.assert_allclose(learned, np.quantile(values, LEVELS), atol=0.1)
