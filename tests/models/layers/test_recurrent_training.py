"""Trainings with the compiled layers: as with Keras's own, step for step, and to the bit the same each time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.models.layers import recurrent
from tests.models.layers.recurrent_pairs import STOCK, assert_all_near, normal

DROPOUT = {"dropout": 0.2, "recurrent_dropout": 0.3}
STEPS, BATCH, TIMESTEPS, COLUMNS = 20, 40, 6, 3


def network(layer: str, *, ours: bool, **arguments: Any) -> Any:
    """Return a small network whose weights and masks are the same for both kinds."""
    keras.utils.set_random_seed(5)
    name = layer.removeprefix("Bidirectional ")
    made = (getattr(recurrent, name) if ours else STOCK[name])(8, seed=11, **arguments)
    if name != layer:
        made = (recurrent.Bidirectional if ours else keras.layers.Bidirectional)(made)
    model = keras.Sequential([keras.Input((TIMESTEPS, COLUMNS)), made, keras.layers.Dense(1)])
    model.compile(keras.optimizers.RMSprop(1e-2), "mse", jit_compile=False)
    return model


def train(model: Any, steps: int = STEPS) -> list[float]:
    """Train to tell the sums of sequences; return the loss of each step."""
    losses = []
    for step in range(steps):
        x = normal(step, BATCH, TIMESTEPS, COLUMNS)
        losses.append(float(model.train_on_batch(x, x.sum(axis=(1, 2))[:, None])))
        model.reset_metrics()
    return losses


@pytest.mark.parametrize(
    ("layer", "arguments"),
    [
        pytest.param("GRU", {}, marks=pytest.mark.slow),
        ("GRU", DROPOUT),
        ("LSTM", {"dropout": 0.2}),
        ("SimpleRNN", DROPOUT),
        pytest.param("Bidirectional GRU", {"recurrent_dropout": 0.3}, marks=pytest.mark.slow),
    ],
)
def test_a_training_follows_keras_step_for_step(layer: str, arguments: dict[str, Any]) -> None:
    ours, stock = (network(layer, ours=mine, **arguments) for mine in (True, False))
    losses = [train(model) for model in (ours, stock)]
    assert len(set(losses[0])) == STEPS
    # RMSprop divides by the gradients' size: where one is next to nothing, so does rounding count.
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    assert_all_near(ours.get_weights(), stock.get_weights(), near=3e-4)


def weights_digest(layer: str, **arguments: Any) -> str:
    """Return what tells the weights after a short training from all others, to the bit."""
    model = network(layer, ours=True, **arguments)
    train(model, 5)
    return hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()


def digests() -> list[str]:
    return [weights_digest("LSTM"), weights_digest("Bidirectional GRU", **DROPOUT)]


@pytest.mark.slow
def test_a_training_is_the_same_to_the_bit_in_one_process_and_in_others() -> None:
    code = (
        "from tests.models.layers import test_recurrent_training as t; print(*t.digests());"
        "from seqexp.models.kernels.recurrent import forward, backward;"
        "print(len(forward.signatures), len(backward.signatures))"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    here = digests()
    assert here == digests()
    printed = [process.communicate(timeout=120)[0].split("\n") for process in processes]
    assert printed[0][0].split() == printed[1][0].split() == here
    # One compilation serves all layers: it takes ten seconds, so that another would be felt.
    assert printed[0][1] == printed[1][1] == "1 1"
