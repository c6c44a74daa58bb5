"""The training step against Keras's own, and what it does where Keras's would ruin the weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.schema import TrainingConfig
from seqexp.training.fit import compiled
from tests.factories import small_experiment

SHAPE, BATCH = (6, 3), 16
CLASSES = {
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "sgd": keras.optimizers.SGD,
}


def settings(**changes: Any) -> TrainingConfig:
    return small_experiment("model=gru").training.model_copy(update=changes)


def gru() -> Any:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input(SHAPE), keras.layers.GRU(4), keras.layers.Dense(1)])


def linear(kernel: float = 0.1) -> Any:
    network = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1)])
    network.set_weights([np.linspace(-kernel, kernel, 18)[:, None], np.zeros(1)])
    return network


def batches(count: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(seed)
    return [
        (generator.normal(size=(BATCH, *SHAPE)).astype("f4"), generator.normal(size=(BATCH, 1)).astype("f4"))
        for _ in range(count)
    ]


def step(trainee: Any, samples: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> dict[str, float]:
    """Run one step as fit runs it and return what the callback is told."""
    given = np.ones(BATCH, "f4") if weights is None else weights.astype("f4")
    trainee.make_train_function()
    logs = trainee.train_function(iter([(samples, targets, given)]))
    return {name: float(value) for name, value in logs.items()}


def weights_of(network: Any) -> np.ndarray:
    return np.concatenate([weight.ravel() for weight in network.get_weights()])


@pytest.mark.parametrize(
    ("optimizer", "clipnorm"), [*((name, None) for name in CLASSES), ("rmsprop", 0.05), ("sgd", 0.05)]
)
def test_steps_equal_kerass_own(optimizer: str, clipnorm: float | None) -> None:
    changes = {"optimizer": optimizer, "clipnorm": clipnorm, "learning_rate": 0.01}
    compare_with_keras(linear, CLASSES[optimizer](learning_rate=0.01, clipnorm=clipnorm), changes)


@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_steps_of_every_loss_equal_kerass_own(loss: str) -> None:
    compare_with_keras(linear, keras.optimizers.RMSprop(learning_rate=0.001), {"loss": loss})


@pytest.mark.parametrize("jit", [False, True])
def test_steps_of_a_recurrent_network_equal_kerass_own(jit: bool) -> None:
    compare_with_keras(gru, keras.optimizers.RMSprop(learning_rate=0.001), {}, jit=jit)


def compare_with_keras(make: Any, optimizer: Any, changes: dict[str, Any], *, jit: bool = False) -> None:
    ours, stock = make(), make()
    trainee = compiled(ours, settings(**changes), jit_compile=jit)
    stock.compile(optimizer, loss=changes.get("loss", "mae"), weighted_metrics=["mae"], jit_compile=False)
    before = weights_of(ours)
    for samples, targets in batches(3):
        trainee.reset_metrics()
        logs = step(trainee, samples, targets)
        reference = stock.train_on_batch(samples, targets, return_dict=True)
        assert logs["loss"] == logs["step_loss"] == pytest.approx(reference["loss"], rel=1e-5)
        assert logs["mae"] == pytest.approx(reference["mae"], rel=1e-5)
    np.testing.assert_allclose(weights_of(ours), weights_of(stock), rtol=1e-5, atol=1e-6)
    assert np.abs(weights_of(ours) - before).max() > 1e-4
    assert int(trainee.optimizer.iterations) == 3


def test_windows_of_weight_0_do_not_count() -> None:
    (samples, targets), (other, _) = batches(2)
    weights = (np.arange(BATCH) < 5).astype("f4")
    network = linear()
    before = network.get_weights()
    errors = (network(samples[:5]) - targets[:5]).numpy()
    trainee = compiled(network, settings(optimizer="sgd", learning_rate=0.5, loss="mse"), jit_compile=False)
    logs = step(trainee, samples, targets, weights)
    assert logs["loss"] == pytest.approx(np.mean(errors**2), rel=1e-5)
    assert logs["mae"] == pytest.approx(np.mean(np.abs(errors)), rel=1e-5)
    # A window counts as much as one of a full batch: the sum of the five is divided by all sixteen.
    gradient = (2 * errors * samples[:5].reshape(5, -1)).sum(axis=0) / BATCH
    np.testing.assert_allclose(network.get_weights()[0][:, 0], before[0][:, 0] - 0.5 * gradient, rtol=1e-4, atol=1e-6)

    filled_otherwise = linear()
    trainee = compiled(filled_otherwise, settings(optimizer="sgd", learning_rate=0.5, loss="mse"), jit_compile=False)
    step(trainee, np.concatenate([samples[:5], other[5:]]), np.concatenate([targets[:5], targets[5:] + 9]), weights)
    np.testing.assert_array_equal(weights_of(filled_otherwise), weights_of(network))


def test_the_epochs_loss_is_the_mean_over_its_windows() -> None:
    network = linear()
    trainee = compiled(network, settings(optimizer="sgd", learning_rate=1e-30, loss="mse"), jit_compile=False)
    (samples, targets), (others, more) = batches(2)
    step(trainee, samples, targets)
    logs = step(trainee, others, more, np.arange(BATCH) < 3)
    errors = np.concatenate([network(samples) - targets, network(others[:3]) - more[:3]])
    assert logs["loss"] == pytest.approx(np.mean(errors**2), rel=1e-5)
    assert logs["mae"] == pytest.approx(np.mean(np.abs(errors)), rel=1e-5)
    assert logs["step_loss"] == pytest.approx(np.mean(errors[BATCH:] ** 2), rel=1e-5)


@pytest.mark.parametrize("jit", [False, True])
def test_the_gradient_norm_is_that_of_the_whole_gradient_before_clipping(jit: bool) -> None:
    (samples, targets), *_ = batches(1)
    network = linear()
    errors = (network(samples) - targets).numpy()
    by_kernel = (2 * errors * samples.reshape(BATCH, -1)).mean(axis=0)
    by_bias = (2 * errors).mean()
    trainee = compiled(network, settings(loss="mse", clipnorm=1e-3), jit_compile=jit)
    expected = np.sqrt((by_kernel**2).sum() + by_bias**2)
    assert step(trainee, samples, targets)["gradient_norm"] == pytest.approx(expected, rel=1e-5)


def ruinous(kind: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return a network and a batch whose loss, gradient or gradient's norm is not finite."""
    (samples, targets), *_ = batches(1)
    if kind == "NaN target":
        targets[3] = np.nan
    if kind == "infinite sample":
        samples[3, 2, 1] = np.inf
    if kind == "norm too large for float32":
        samples *= 1e30
    # The loss overflows while its gradient, a mean of samples, does not.
    if kind == "infinite loss":
        return linear(kernel=3e38), np.full_like(samples, 10.0), targets
    return linear(), samples, targets


@pytest.mark.parametrize(
    ("kind", "jit"),
    [
        ("NaN target", False),
        ("NaN target", True),
        ("infinite sample", False),
        ("norm too large for float32", False),
        ("infinite loss", False),
        ("infinite loss", True),
    ],
)
def test_a_step_that_is_not_finite_changes_neither_weights_nor_optimizer(kind: str, jit: bool) -> None:
    network, samples, targets = ruinous(kind)
    trainee = compiled(network, settings(optimizer="adam"), jit_compile=jit)
    good, good_targets = batches(1, seed=9)[0]
    if kind != "infinite loss":
        step(trainee, good, good_targets)  # so that the optimizer's state is not all zeros
    weights = weights_of(network)
    state = [variable.numpy() for variable in trainee.optimizer.variables]
    logs = step(trainee, samples, targets)
    assert not (np.isfinite(logs["step_loss"]) and np.isfinite(logs["gradient_norm"]))
    np.testing.assert_array_equal(weights_of(network), weights)
    for variable, before in zip(trainee.optimizer.variables, state, strict=True):
        np.testing.assert_array_equal(variable.numpy(), before)
