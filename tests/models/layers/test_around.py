"""Layers around others against numpy: what they subtract, give back, and in which order forecasts stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from seqexp.models.layers import GRU, LastValue, PerColumn, RevIN

TARGETS, LEADS = [2, 0], 3


def samples(batch: int = 4, timesteps: int = 6, columns: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(3, 2, (batch, timesteps, columns)).astype(np.float32)


def linear(numbers: int) -> list[Any]:
    return [layers.Flatten(), layers.Dense(numbers, bias_initializer="uniform")]


def linear_of(x: np.ndarray, dense: Any) -> np.ndarray:
    kernel, bias = dense.get_weights()
    return x.reshape(len(x), -1) @ kernel + bias


def test_the_last_value_is_subtracted_and_given_back_to_every_lead() -> None:
    x, within = samples(), linear(6)
    given = LastValue(within, TARGETS, LEADS)(x)
    moves = linear_of(x - x[:, -1:], within[1]).reshape(4, LEADS, 2)
    expected = [[[moves[b, k, i] + x[b, -1, c] for i, c in enumerate(TARGETS)] for k in range(LEADS)] for b in range(4)]
    np.testing.assert_allclose(given, np.reshape(expected, (4, 6)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("affine", "scale"), [(True, True), (False, True), (False, False)])
def test_revin_normalises_and_takes_it_back(affine: bool, scale: bool) -> None:
    x, within, random = samples(), linear(6), np.random.default_rng(1)
    layer = RevIN(within, TARGETS, LEADS, affine=affine, scale=scale)
    layer.build(x.shape)
    weight, bias = np.ones(3), np.zeros(3)
    if affine:
        weight, bias = random.uniform(0.5, 2, 3), random.normal(size=3)
        layer.weight.assign(weight[None, None])
        layer.bias.assign(bias[None, None])
    mean, std = x.mean(axis=1, keepdims=True), np.sqrt(x.var(axis=1, keepdims=True) + 1e-5) if scale else 1.0
    y = linear_of((x - mean) / std * weight + bias, within[1]).reshape(4, LEADS, 2)
    back = (y - bias[TARGETS]) / weight[TARGETS] * (std[:, :, TARGETS] if scale else 1.0) + mean[:, :, TARGETS]
    np.testing.assert_allclose(layer(x), back.reshape(4, 6), rtol=1e-4, atol=1e-4)


def test_each_target_column_is_forecast_from_itself_alone_by_the_same_weights() -> None:
    x, within = samples(), linear(LEADS)
    given = PerColumn(within, TARGETS, LEADS)(x)
    assert [tuple(weight.shape) for weight in within[1].weights] == [(6, LEADS), (LEADS,)]
    alone = [linear_of(x[:, :, c], within[1]) for c in TARGETS]  # of each (batch, leads)
    np.testing.assert_allclose(given, np.stack(alone, axis=2).reshape(4, 6), rtol=1e-5, atol=1e-5)


def test_quantiles_stand_side_by_side() -> None:
    x = samples()
    within = linear(LEADS * 2)
    given = np.reshape(PerColumn(within, TARGETS, LEADS)(x), (4, LEADS, 2, 2))
    alone = [linear_of(x[:, :, c], within[1]).reshape(4, LEADS, 2) for c in TARGETS]
    np.testing.assert_allclose(given, np.stack(alone, axis=2), rtol=1e-5, atol=1e-5)
    within = linear(LEADS * 2 * 2)
    given = np.reshape(LastValue(within, TARGETS, LEADS)(x), (4, LEADS, 2, 2))
    moves = linear_of(x - x[:, -1:], within[1]).reshape(4, LEADS, 2, 2)
    np.testing.assert_allclose(given, moves + x[:, -1, TARGETS][:, None, :, None], rtol=1e-5, atol=1e-5)


def test_a_constant_window_stays_finite_and_what_moves_alike_is_forecast_alike() -> None:
    flat = np.full((1, 6, 3), 7, np.float32)
    for cls in (LastValue, RevIN):
        layer = cls([layers.Flatten(), layers.Dense(6)], TARGETS, LEADS)
        np.testing.assert_allclose(layer(flat), np.full((1, 6), 7), atol=1e-4)
        np.testing.assert_allclose(layer(samples() + 50), np.asarray(layer(samples())) + 50, atol=1e-3)


def test_dropout_within_is_on_while_training_alone() -> None:
    layer, x = PerColumn([GRU(4), layers.Dropout(0.5), layers.Dense(LEADS)], TARGETS, LEADS), samples()
    np.testing.assert_array_equal(layer(x), layer(x))
    assert not np.array_equal(layer(x), layer(x, training=True))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own saving, NumPy 2
def test_layers_nest_and_are_saved_with_what_they_hold(tmp_path: Path) -> None:
    within = [PerColumn([GRU(4), layers.Dense(LEADS)], TARGETS, LEADS)]
    inputs = keras.Input((6, 3))
    network = keras.Model(inputs, RevIN(within, TARGETS, LEADS)(inputs))
    network.set_weights([w + 0.1 for w in network.get_weights()])
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(loaded(samples()), network(samples()), rtol=1e-5, atol=1e-5)
    outer, saved = loaded.layers[-1], network.layers[-1]
    assert [type(layer).__name__ for layer in outer.layers[0].layers] == ["GRU", "Dense"]
    assert (outer.targets, outer.leads, outer.affine) == (saved.targets, saved.leads, saved.affine)


@pytest.mark.parametrize(
    ("make", "facts"),
    [
        (lambda: LastValue(linear(6), [0, -1], 3), ["dataset.inputs", "target 2 of 2 isn't"]),
        (lambda: LastValue(linear(6), [], 3), ["`targets`", "Received: []"]),
        (lambda: LastValue([], [0], 3), ["`layers`", "Received: []"]),
        (lambda: LastValue(["Flatten"], [0], 3), ["`layers`", "['Flatten']"]),
        (lambda: LastValue(linear(6), [0], 0), ["`leads`", "Received: 0"]),
        (lambda: LastValue(linear(6), [0, 3], 3)(samples()), ["3 columns", "Received: [0, 3]"]),
        (lambda: LastValue(linear(5), [0, 1], 3)(samples()), ["3 leads x 2 targets", "Received: 5"]),
        (lambda: LastValue([layers.Dense(6)], [0, 1], 3)(samples()), ["(batch, 6)", "(4, 6, 6)"]),
        (lambda: PerColumn(linear(4), [0, 1], 3)(samples()), ["3 leads x 1 targets", "Received: 4"]),
        (lambda: PerColumn([layers.Dense(3)], [0, 1], 3)(samples()), ["each of 3 leads", "(None, 6, 3)"]),
        (lambda: PerColumn([layers.Conv1D(2, 9)], [0], 1)(samples()), ["`layers.0` (Conv1D)", "(None, 6, 1)"]),
        (lambda: RevIN(linear(6), [0, 1], 3)(samples()[:, 0]), ["RevIN needs inputs (batch, timesteps, columns)"]),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, facts: list[str]) -> None:
    with pytest.raises(ValueError, match=re.escape(facts[0])) as caught:
        make()
    assert all(fact in str(caught.value) for fact in facts), caught.value
