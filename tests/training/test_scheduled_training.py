"""Trainings with a schedule and with weight decay against plain loops; and resumed to the bit."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.schema import Experiment
from seqexp.data.samples import epoch_rows
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.models.events import Epoch
from seqexp.models.network import build_network
from seqexp.models.training_state import TrainingDiverged
from seqexp.tasks.target import Problem
from seqexp.training.checkpoint import Checkpoint, decode, encode
from tests.factories import Listener, random_series, small_experiment, train

RATE, STEPS = 0.05, 4
SGD = ("model=mlp", "training.optimizer=sgd", "training.loss=mse", f"training.learning_rate={RATE}")
SCHEDULES = {
    "warm-up": ("training.warmup=0.3",),
    "cosine": ("training.schedule=cosine", "training.warmup=0.2"),
    "exponential": ("training.schedule=exponential", "training.schedule_factor=0.7"),
    "plateau": ("training.schedule=plateau", "training.schedule_patience=1"),
}


def linear_network() -> Any:
    network = keras.Sequential([keras.Input((6, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    network.set_weights([np.linspace(-0.3, 0.3, 18)[:, None], np.array([0.5])])
    return network


def by_loop(windows: Windows, setup: Experiment, rate_of: Any, decay: float = 0.0) -> tuple[Any, list[float]]:
    """Return the weights, and the learning rate of each epoch's last step, of gradient descent on the squared error.

    Each step takes the decay's share, times the learning rate, off every weight before it goes down the gradient.
    """
    kernel, bias, rates = np.linspace(-0.3, 0.3, 18), 0.5, []
    for epoch in range(setup.training.epochs):
        rows, _ = epoch_rows(windows.rows.train, "random", seed=setup.seed, epoch=epoch, batches=STEPS, batch_size=16)
        for number, batch in enumerate(rows):
            rate = rate_of(epoch, epoch * STEPS + number)
            samples = windows.samples(batch).reshape(len(batch), -1).astype(np.float64)
            error = samples @ kernel + bias - windows.targets(batch)[:, 0, 0]
            kernel, bias = kernel * (1 - decay * rate), bias * (1 - decay * rate)
            kernel = kernel - rate * 2 * (error[:, None] * samples).mean(axis=0)
            bias = bias - rate * 2 * error.mean()
        rates.append(rate)
    return np.append(kernel, bias), rates


def weights_of(network: Any) -> np.ndarray:
    return np.concatenate([weight.ravel() for weight in network.get_weights()])


def cosine(epoch: int, step: int) -> float:
    warm, total = 2, 3 * STEPS  # a share of 0.2
    return RATE * (step + 1) / warm if step < warm else RATE * (1 + np.cos(np.pi * (step - warm) / (total - warm))) / 2


LOOPS: dict[str, Any] = {
    "warm-up": lambda epoch, step: RATE * min(1, (step + 1) / 4),
    "cosine": cosine,
    "exponential": lambda epoch, step: RATE * 0.7**epoch,
}


@pytest.mark.parametrize("each_step", [True, False])
@pytest.mark.parametrize("name", LOOPS)
def test_a_scheduled_training_is_that_of_a_plain_loop(name: str, each_step: bool) -> None:
    setup = small_experiment(*SGD, "training.epochs=3", *SCHEDULES[name])
    windows, network = make_windows(random_series(), setup), linear_network()
    reached = train(network, windows, setup, listener=Listener() if each_step else None)
    weights, rates = by_loop(windows, setup, LOOPS[name])
    np.testing.assert_allclose(weights_of(network), weights, rtol=1e-4, atol=1e-5)
    assert [epoch.metrics["learning_rate"] for epoch in reached.epochs] == pytest.approx(rates, rel=1e-6)


@pytest.mark.slow
def test_xla_takes_the_learning_rates_too() -> None:
    setup = small_experiment(*SGD, "training.epochs=3", *SCHEDULES["cosine"])
    windows, network = make_windows(random_series(), setup), linear_network()
    train(network, windows, setup, jit=True)
    np.testing.assert_allclose(weights_of(network), by_loop(windows, setup, cosine)[0], rtol=1e-4, atol=1e-5)


def test_weights_decay_by_their_share_of_the_learning_rate() -> None:
    setup = small_experiment(*SGD, "training.epochs=2", "training.weight_decay=0.4", *SCHEDULES["exponential"])
    windows, network = make_windows(random_series(), setup), linear_network()
    train(network, windows, setup)
    weights, _ = by_loop(windows, setup, LOOPS["exponential"], decay=0.4)
    np.testing.assert_allclose(weights_of(network), weights, rtol=1e-4, atol=1e-5)
    assert np.abs(weights - by_loop(windows, setup, LOOPS["exponential"])[0]).max() > 0.01


def test_a_training_that_diverges_names_the_learning_rate_of_that_step() -> None:
    setup = small_experiment(*SGD[:-1], "training.learning_rate=1e30", "training.epochs=2", "training.warmup=0.5")
    windows = make_windows(random_series(), setup)
    with pytest.raises(TrainingDiverged) as caught:
        train(linear_network(), windows, setup)
    assert caught.value.learning_rate == pytest.approx(1e30 * caught.value.step / 4)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in ("cosine", "plateau") else pytest.mark.slow) for name in SCHEDULES]
)
def test_a_scheduled_training_that_goes_on_is_the_one_that_never_stopped(name: str) -> None:
    setup = small_experiment(
        "model=mlp", "training.optimizer=adamw", "training.learning_rate=0.1", "training.epochs=5",
        "training.weight_decay=0.1", *SCHEDULES[name],
    )  # fmt: skip
    windows = make_windows(random_series(), setup)  # noise: it soon gets worse
    written: dict[int, bytes] = {}

    def keep(state: Checkpoint) -> None:
        written[state.epoch] = encode(state, {})

    whole = build_network(setup.model, Problem(windows.shape), seed=setup.seed)
    reached = train(whole, windows, setup, keep=keep)
    assert len({epoch.metrics["learning_rate"] for epoch in reached.epochs}) > 1  # plateau has fallen, too
    for epoch in (1, 4):
        other = build_network(setup.model, Problem(windows.shape), seed=9)
        went_on = train(other, windows, setup, begin=decode(written[epoch])[0], listener=Listener())
        assert [v.numpy().tobytes() for v in other.variables] == [v.numpy().tobytes() for v in whole.variables]
        assert [without_time(e) for e in went_on.epochs] == [without_time(e) for e in reached.epochs]


def without_time(epoch: Epoch) -> dict[str, float]:
    return {**epoch.metrics, "epoch_seconds": epoch.number}
