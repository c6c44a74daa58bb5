"""The training step against Keras's own, and what it does where Keras's would ruin the weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.config.schema import TrainingConfig
from seqexp.training.objective import forecasting
from seqexp.training.train_step import Steps, TrainStep, joined, make_optimizer
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


Batch = tuple[np.ndarray, np.ndarray]


def trainee_of(network: Any, given: list[Batch], *, jit: bool, **changes: Any) -> TrainStep:
    """Return a trainee whose n-th row stands for the n-th sample of these batches."""
    samples, targets = (tf.constant(np.concatenate(arrays)) for arrays in zip(*given, strict=True))

    def make_batch(rows: Any, width: int) -> Any:
        return tf.gather(samples, rows), tf.gather(targets, rows)

    training = settings(**changes)
    return TrainStep(network, training, make_batch, forecasting(training.loss), batch_size=BATCH, jit_compile=jit)


def run(trainee: TrainStep, first: int = 0, count: int = 1, weights: np.ndarray | None = None) -> Steps:
    """Take steps on batches `first` and after, as fit takes them."""
    rows = np.arange(first * BATCH, (first + count) * BATCH).reshape(count, BATCH)
    given = np.ones((count, BATCH), "f4") if weights is None else weights.astype("f4").reshape(count, BATCH)
    return trainee.run(rows, given)


def weights_of(network: Any) -> np.ndarray:
    return np.concatenate([weight.ravel() for weight in network.get_weights()])


@pytest.mark.parametrize(
    ("optimizer", "clipnorm"), [*((name, None) for name in CLASSES), ("rmsprop", 0.05), ("sgd", 0.05)]
)
def test_steps_equal_kerass_own(optimizer: str, clipnorm: float | None) -> None:
    changes = {"optimizer": optimizer, "clipnorm": clipnorm, "learning_rate": 0.01}
    compare_with_keras(linear, CLASSES[optimizer](learning_rate=0.01, clipnorm=clipnorm), changes)


@pytest.mark.parametrize("optimizer", CLASSES)
def test_weight_decay_is_kerass_own(optimizer: str) -> None:
    changes = {"optimizer": optimizer, "weight_decay": 0.5, "learning_rate": 0.01}
    compare_with_keras(linear, CLASSES[optimizer](learning_rate=0.01, weight_decay=0.5), changes)


@pytest.mark.parametrize(("optimizer", "decay"), [("adamw", 0.004), *((n, None) for n in CLASSES if n != "adamw")])
def test_without_weight_decay_that_of_keras_stays(optimizer: str, decay: float | None) -> None:
    assert make_optimizer(settings(optimizer=optimizer)).weight_decay == decay
    assert make_optimizer(settings(optimizer=optimizer, weight_decay=0.0)).weight_decay == 0


@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_steps_of_every_loss_equal_kerass_own(loss: str) -> None:
    compare_with_keras(linear, keras.optimizers.RMSprop(learning_rate=0.001), {"loss": loss})


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_steps_of_a_recurrent_network_equal_kerass_own(jit: bool) -> None:
    compare_with_keras(gru, keras.optimizers.RMSprop(learning_rate=0.001), {}, jit=jit)


def compare_with_keras(make: Any, optimizer: Any, changes: dict[str, Any], *, jit: bool = False) -> None:
    ours, stock, given = make(), make(), batches(3)
    trainee = trainee_of(ours, given, jit=jit, **changes)
    stock.compile(optimizer, loss=changes.get("loss", "mae"), weighted_metrics=["mae"], jit_compile=False)
    before = weights_of(ours)
    for number, (samples, targets) in enumerate(given):
        steps = run(trainee, number)
        reference = stock.train_on_batch(samples, targets, return_dict=True)
        stock.reset_metrics()
        assert steps.losses.tolist() == [pytest.approx(reference["loss"], rel=1e-5)]
        assert steps.counted.tolist() == [BATCH]
        assert (steps.scores / steps.counted).tolist() == [pytest.approx(reference["mae"], rel=1e-5)]
    np.testing.assert_allclose(weights_of(ours), weights_of(stock), rtol=1e-5, atol=1e-6)
    assert np.abs(weights_of(ours) - before).max() > 1e-4
    assert int(trainee.optimizer.iterations) == 3


def test_regularisation_is_part_of_the_loss_as_in_keras() -> None:
    def make() -> Any:
        dense = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.1))
        network = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), dense])
        network.set_weights([np.linspace(-1, 1, 18)[:, None], np.zeros(1)])
        return network

    compare_with_keras(make, keras.optimizers.RMSprop(learning_rate=0.001), {})


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_steps_in_one_call_equal_steps_one_by_one(jit: bool) -> None:
    given, weights = batches(5), np.arange(5 * BATCH) % 7 > 0
    together, apart = gru(), gru()
    once = run(trainee_of(together, given, jit=jit), 0, 5, weights)
    trainee = trainee_of(apart, given, jit=jit)
    each = [run(trainee, number, 1, weights[number * BATCH : (number + 1) * BATCH]) for number in range(5)]
    np.testing.assert_array_equal(weights_of(together), weights_of(apart))
    assert len(once) == 5
    for name in ("losses", "norms", "scores", "counted"):
        assert getattr(once, name).dtype == np.float64
        assert getattr(once, name).tolist() == getattr(joined(each), name).tolist()


def test_the_first_step_that_is_not_finite_is_the_last() -> None:
    given = batches(5)
    given[2][1][7] = np.nan
    network, before = linear(), linear()
    steps = run(trainee_of(network, given, jit=False), 0, 5)
    good = run(trainee_of(before, given, jit=False), 0, 2)
    assert steps.diverged
    assert not good.diverged
    assert len(steps) == 3
    assert steps.norms[:2].tolist() == good.norms.tolist()
    np.testing.assert_array_equal(weights_of(network), weights_of(before))


def test_windows_of_weight_0_do_not_count() -> None:
    (samples, targets), (other, _) = batches(2)
    weights = np.arange(BATCH) < 5
    sgd = {"optimizer": "sgd", "learning_rate": 0.5, "loss": "mse"}
    network = linear()
    before = network.get_weights()
    errors = (network(samples[:5]) - targets[:5]).numpy()
    steps = run(trainee_of(network, [(samples, targets)], jit=False, **sgd), weights=weights)
    assert steps.losses[0] == pytest.approx(np.mean(errors**2), rel=1e-5)
    assert steps.counted[0] == 5
    assert steps.scores[0] == pytest.approx(np.abs(errors).sum(), rel=1e-5)
    # A window counts as much as one of a full batch: the sum of the five is divided by all sixteen.
    gradient = (2 * errors * samples[:5].reshape(5, -1)).sum(axis=0) / BATCH
    np.testing.assert_allclose(network.get_weights()[0][:, 0], before[0][:, 0] - 0.5 * gradient, rtol=1e-4, atol=1e-6)

    filled_otherwise = linear()
    filled = (np.concatenate([samples[:5], other[5:]]), np.concatenate([targets[:5], targets[5:] + 9]))
    run(trainee_of(filled_otherwise, [filled], jit=False, **sgd), weights=weights)
    np.testing.assert_array_equal(weights_of(filled_otherwise), weights_of(network))


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_gradient_norm_is_that_of_the_whole_gradient_before_clipping(jit: bool) -> None:
    given = batches(1)
    samples, targets = given[0]
    network = linear()
    errors = (network(samples) - targets).numpy()
    by_kernel = (2 * errors * samples.reshape(BATCH, -1)).mean(axis=0)
    by_bias = (2 * errors).mean()
    trainee = trainee_of(network, given, jit=jit, loss="mse", clipnorm=1e-3)
    expected = np.sqrt((by_kernel**2).sum() + by_bias**2)
    assert run(trainee).norms[0] == pytest.approx(expected, rel=1e-5)


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
    trainee = trainee_of(network, [*batches(1, seed=9), (samples, targets)], jit=jit, optimizer="adam")
    if kind != "infinite loss":
        run(trainee)  # so that the optimizer's state is not all zeros
    weights = weights_of(network)
    state = [variable.numpy() for variable in trainee.optimizer.variables]
    assert run(trainee, 1).diverged
    np.testing.assert_array_equal(weights_of(network), weights)
    for variable, before in zip(trainee.optimizer.variables, state, strict=True):
        np.testing.assert_array_equal(variable.numpy(), before)
