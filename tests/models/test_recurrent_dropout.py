"""Recurrent dropout draws one mask per sequence and keeps it for every timestep (Gal), as the runner trains it.

The mask is read off the layer's outputs in real training steps, compiled by XLA or not: the weights are set
such that a GRU's state is a simple sum in which each timestep's mask stands alone.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.schema import ModelConfig
from seqexp.data.samples import epoch_rows
from seqexp.data.series.windows import Windows
from seqexp.models.network import build_network, use_plain_recurrence
from seqexp.tasks.target import Problem
from tests.factories import Listener, small_experiment, small_windows, train

UNITS, RATE = 3, 0.5
SETUP = small_experiment("model=gru_dropout", "training.epochs=2")
STEPS, BATCH, TIMESTEPS = 8, 16, 6


class Noted(keras.layers.Layer):
    """Passes its input on and keeps that of the last training step in a variable, which XLA can write too."""

    def build(self, shape: Any) -> None:
        self.last = self.add_weight(shape=(BATCH, *shape[1:]), trainable=False, initializer="zeros")

    def call(self, states: Any, training: bool = False) -> Any:
        if training:
            self.last.assign(states)
        return states


def states_of_training(kernel: Any, recurrent: Any, candidate_bias: float, *, jit: bool) -> tuple[np.ndarray, Windows]:
    """Train a GRU of fixed weights; return its states (steps, batch, timesteps, units) in every training step.

    Both gates are held open by their biases (update 0, reset 1), and the activation is linear, so that
    state[t] = kernel . (mask * x[t]) + recurrent . (mask * state[t - 1]) + bias.
    """
    gru = {"units": UNITS, "dropout": RATE, "recurrent_dropout": RATE, "activation": "linear", "return_sequences": True}
    model = ModelConfig(name="test", layers=[{"GRU": gru}, "Flatten"])
    base = build_network(model, Problem((TIMESTEPS, 3)), seed=1)
    use_plain_recurrence(base)
    layer, noted = base.layers[1], Noted()
    zeros, bias = np.zeros((3, UNITS)), np.zeros((2, 3 * UNITS))
    bias[0] = np.repeat([-40.0, 40.0, candidate_bias], UNITS)
    layer.set_weights([np.hstack([zeros, zeros, kernel]), np.hstack([zeros, zeros, recurrent]), bias])
    layer.trainable = False
    head = keras.layers.Dense(1)(keras.layers.Flatten()(noted(layer.output)))
    network = keras.Model(base.inputs, head)
    states: list[np.ndarray] = []
    windows = small_windows("model=gru_dropout")
    train(network, windows, SETUP, jit=jit, listener=Listener(lambda: states.append(noted.last.numpy())))
    return np.array(states), windows


def check_masks(masks: np.ndarray) -> None:
    """Check masks (steps, batch, timesteps, units): one per sequence, kept for every timestep, never drawn again."""
    kept = masks > 0.5
    np.testing.assert_allclose(masks, kept / (1 - RATE), atol=1e-4)
    assert (kept == kept[:, :, :1]).all()
    one_a_sequence = kept[:, :, 0]
    # 8 x 16 x 3 draws: a standard deviation of the share is 0.026.
    assert abs(1 - one_a_sequence.mean() - RATE) < 5 * 0.026
    for batch in one_a_sequence:
        assert len(np.unique(batch, axis=0)) > 3  # of 8 possible masks, in 16 sequences
    assert len({batch.tobytes() for batch in one_a_sequence}) == STEPS


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_recurrent_mask_is_one_a_sequence(jit: bool) -> None:
    states, _ = states_of_training(np.zeros((3, UNITS)), np.eye(UNITS), 1.0, jit=jit)
    assert states.shape == (STEPS, BATCH, TIMESTEPS, UNITS)
    np.testing.assert_allclose(states[:, :, 0], 1.0, atol=1e-6)
    # state[t] = 1 + mask * state[t - 1]
    check_masks((states[:, :, 1:] - 1) / states[:, :, :-1])


def test_the_input_mask_is_one_a_sequence() -> None:
    states, windows = states_of_training(np.eye(UNITS), np.zeros((UNITS, UNITS)), 0.0, jit=False)
    rows = [epoch_rows(windows.rows.train, "random", seed=0, epoch=e, batches=4, batch_size=BATCH)[0] for e in (0, 1)]
    samples = np.array([windows.samples(batch) for batch in np.concatenate(rows)])
    # state[t] = mask * x[t]
    check_masks(states / samples)


def test_nothing_is_dropped_in_evaluation() -> None:
    gru = {"units": UNITS, "dropout": RATE, "recurrent_dropout": RATE}
    network = build_network(ModelConfig(name="test", layers=[{"GRU": gru}]), Problem((TIMESTEPS, 3)), seed=1)
    samples = np.random.default_rng(0).normal(size=(4, TIMESTEPS, 3)).astype(np.float32)
    stock = keras.Sequential([keras.Input((TIMESTEPS, 3)), keras.layers.GRU(UNITS), keras.layers.Dense(1)])
    stock.set_weights(network.get_weights())
    np.testing.assert_allclose(network(samples, training=False), stock(samples), rtol=1e-5, atol=1e-6)
    assert not np.allclose(network(samples, training=True), stock(samples), atol=1e-3)
