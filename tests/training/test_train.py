"""Training as a whole: what it minimises, which epoch is best, when it stops, and how it fails."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.schema import Experiment
from seqexp.data.samples import epoch_rows
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.models.network import build_network
from seqexp.models.training_state import TrainingDiverged, TrainingState
from seqexp.tasks.target import Problem
from seqexp.training.objective import mean_loss
from tests.factories import Listener, random_series, series_of, small_experiment, small_windows, train

START, RATE = -2.0, 0.05


def bias_network() -> Any:
    """Return a network of which only the bias learns: its inputs are multiplied by 0."""
    inputs = keras.Input((6, 3))
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(keras.layers.Rescaling(0.0)(inputs)))
    network = keras.Model(inputs, outputs)
    network.set_weights([np.zeros((18, 1)), np.array([START])])
    return network


def shifted_windows(setup: Experiment) -> Windows:
    """Return windows whose training targets lie around 0, validation targets at -1 (7 of 10) and at +1.

    A bias that rises from -2 to 0 passes the best forecast of the validation part on its way: its median, -1,
    by the mean absolute error; its mean, -0.4, by the mean squared one.
    """
    values = np.random.default_rng(0).normal(size=(600, 3))
    plain = make_windows(series_of(values), setup)
    normalised = np.where(np.arange(150) % 10 < 7, -1.0, 1.0)
    values[300:450, 1] = plain.to_unit(normalised)
    return make_windows(series_of(values), setup)


def bias_by_loop(windows: Windows, setup: Experiment) -> list[dict[str, Any]]:
    """Do the whole training by hand: gradient descent on one number."""
    bias, epochs = START, []
    targets = windows.targets(windows.rows.val)[:, 0, 0]
    for epoch in range(setup.training.epochs):
        rows, _ = epoch_rows(windows.rows.train, "random", seed=setup.seed, epoch=epoch, batches=4, batch_size=16)
        losses, errors = [], []
        for batch in rows:
            error = bias - windows.targets(batch)[:, 0, 0]
            errors.append(np.abs(error).mean())
            if setup.training.loss == "mae":
                losses.append(np.abs(error).mean())
                bias -= setup.training.learning_rate * np.sign(error).mean()
            else:
                losses.append((error**2).mean())
                bias -= setup.training.learning_rate * 2 * error.mean()
        epochs.append(
            {
                "bias": bias,
                "loss": np.mean(losses),
                "mae": np.mean(errors),
                "val_mae": np.abs(bias - targets).mean(),
                "val_mse": ((bias - targets) ** 2).mean(),
            }
        )
    return epochs


def bias_setup(*overrides: str) -> Experiment:
    return small_experiment("model=mlp", "training.optimizer=sgd", f"training.learning_rate={RATE}", *overrides)


@pytest.fixture(scope="module")
def by_mae() -> tuple[Experiment, Windows, Any, TrainingState, Listener]:
    setup = bias_setup("training.epochs=12")
    windows, network, listener = shifted_windows(setup), bias_network(), Listener()
    return setup, windows, network, train(network, windows, setup, listener=listener), listener


Trained = tuple[Experiment, Windows, Any, TrainingState, Listener]


def test_every_figure_of_every_epoch_is_that_of_training_by_hand(by_mae: Trained) -> None:
    setup, windows, network, reached, _ = by_mae
    expected = bias_by_loop(windows, setup)
    assert [epoch.number for epoch in reached.epochs] == list(range(1, 13))
    for epoch, figures in zip(reached.epochs, expected, strict=True):
        assert epoch.metrics["loss"] == pytest.approx(figures["loss"], rel=1e-5)
        assert epoch.metrics["mae"] == pytest.approx(figures["mae"], rel=1e-5)
        assert epoch.metrics["val_loss"] == epoch.metrics["val_mae"] == pytest.approx(figures["val_mae"], rel=1e-5)
        assert epoch.metrics["learning_rate"] == pytest.approx(RATE)
        assert epoch.metrics["gradient_norm"] <= 1.0
        assert epoch.metrics["epoch_seconds"] > 0
        assert all(type(value) is float for value in epoch.metrics.values())
    assert network.get_weights()[1][0] == pytest.approx(expected[-1]["bias"], rel=1e-5)


def test_the_best_epoch_is_kept_though_the_last_one_is_worse(by_mae: Trained) -> None:
    setup, windows, network, reached, _ = by_mae
    expected = bias_by_loop(windows, setup)
    best = int(np.argmin([figures["val_mae"] for figures in expected]))
    assert 2 < best < 9  # neither the first nor the last
    assert reached.best is not None
    assert reached.best.number == best + 1
    assert reached.best_weights is not None
    assert reached.best_weights[1][0] == pytest.approx(expected[best]["bias"], rel=1e-5)
    assert reached.best_weights[1][0] < network.get_weights()[1][0] - 0.1
    assert reached.best_predictions is not None
    assert reached.best_predictions.dtype == np.float32
    assert reached.best_predictions.shape == (len(windows.rows.val), 1, 1)
    np.testing.assert_allclose(reached.best_predictions, expected[best]["bias"], rtol=1e-5)


def test_the_listener_hears_of_everything_in_order(by_mae: Trained) -> None:
    _, _, _, reached, listener = by_mae
    best, expected = math.inf, []
    for epoch in reached.epochs:
        expected += [("step", epoch.number, step, 4) for step in (1, 2, 3, 4)]
        expected += [("validation", epoch.number), ("epoch", epoch.number, epoch.metrics["val_mae"] < best)]
        best = min(best, epoch.metrics["val_mae"])
    assert listener.told == expected


def test_how_steps_are_divided_over_calls_shows_in_no_figure() -> None:
    setup = small_experiment("model=gru_dropout", "training.steps_per_epoch=13")
    windows = small_windows("model=gru_dropout")
    results = []
    for listener in (None, Listener()):  # without a listener in a few calls, with one step by step
        network = build_network(setup.model, Problem(windows.shape), seed=0)
        reached = train(network, windows, setup, listener=listener)
        results.append(([{**epoch.metrics, "epoch_seconds": 0} for epoch in reached.epochs], network.get_weights()))
    (figures, weights), (others, other_weights) = results
    assert figures == others
    for one, other in zip(weights, other_weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_is_traced_again_between_epochs() -> None:
    setup = small_experiment("model=gru_dropout", "training.epochs=3", "training.steps_per_epoch=13")
    windows = small_windows("model=gru_dropout")
    network = build_network(setup.model, Problem(windows.shape), seed=0)
    traced: list[bool | None] = []

    class Traced(keras.layers.Layer):
        """Notes each time that it is part of a graph that is being built."""

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            traced.append(training)
            return inputs

    noted = keras.Model(network.inputs, Traced()(network.outputs[0]))
    traced.clear()
    train(noted, windows, setup)
    assert sorted(traced, key=str) == [False, True]  # once for training, once for forecasts


@pytest.mark.parametrize("patience", [1, 3])
def test_patience_counts_epochs_without_a_better_one(patience: int, by_mae: Trained) -> None:
    setup = bias_setup("training.epochs=12", f"training.patience={patience}")
    reached = train(bias_network(), by_mae[1], setup)
    best = by_mae[3].best
    assert best is not None
    assert reached.best is not None
    assert reached.best.number == best.number
    assert len(reached.epochs) == best.number + patience
    assert len(reached.epochs) < 12


def test_the_monitor_may_be_the_validation_loss() -> None:
    setup = bias_setup(
        "training.epochs=16", "training.loss=mse", "training.learning_rate=0.02", "training.monitor=val_loss"
    )
    windows = shifted_windows(setup)
    expected = bias_by_loop(windows, setup)
    reached = train(bias_network(), windows, setup)
    by_loss = int(np.argmin([figures["val_mse"] for figures in expected]))
    by_mae = int(np.argmin([figures["val_mae"] for figures in expected]))
    assert by_loss != by_mae
    assert reached.best is not None
    assert reached.best.number == by_loss + 1
    for epoch, figures in zip(reached.epochs, expected, strict=True):
        assert epoch.metrics["loss"] == pytest.approx(figures["loss"], rel=1e-5)
        assert epoch.metrics["val_loss"] == pytest.approx(figures["val_mse"], rel=1e-5)
        assert epoch.metrics["val_mae"] == pytest.approx(figures["val_mae"], rel=1e-5)


# Windows of one timestep, so that a spoilt target is not part of many samples.
SHORT = ("model=mlp", "dataset.lookback=2", "training.learning_rate=0.01", "training.optimizer=sgd")


def spoilt_windows(setup: Experiment, epoch: int, batch: int, value: float) -> Windows:
    """Return windows where a target first seen in this batch, counted from 0, is of this value."""
    windows = make_windows(random_series(), setup)
    drawn = [
        epoch_rows(windows.rows.train, "random", seed=0, epoch=e, batches=4, batch_size=16)[0][b].tolist()
        for e, b in [(e, b) for e in range(3) for b in range(4) if (e, b) <= (epoch, batch)]
    ]
    before, now = {row for rows in drawn[:-1] for row in rows}, drawn[-1]
    # The target of `row` is in row + 3, which the window of row + 5 sees.
    row = next(row for row in now if not {row, row + 5} & before and row + 5 not in now)
    inputs, targets = windows.inputs.copy(), windows.target.values.copy()
    inputs[row + 3, 1] = targets[row + 3, 0] = value
    return replace(windows, inputs=inputs, target=replace(windows.target, values=targets))


@pytest.mark.parametrize(("epoch", "batch"), [(0, 0), (1, 0), (1, 2)])
def test_a_loss_that_is_not_finite_ends_the_training_with_what_one_needs_to_know(epoch: int, batch: int) -> None:
    setup = small_experiment(*SHORT, "training.epochs=3")
    windows = spoilt_windows(setup, epoch, batch, math.nan)
    network = build_network(setup.model, Problem(windows.shape), seed=0)
    kept: list[Any] = [network.get_weights()]
    listener = Listener(lambda: kept.append(network.get_weights()))
    with pytest.raises(TrainingDiverged) as caught:
        train(network, windows, setup, listener=listener)
    error = caught.value
    assert (error.epoch, error.step) == (epoch + 1, batch + 1)
    assert error.learning_rate == pytest.approx(0.01)
    assert math.isnan(error.gradient_norm)
    assert f"in epoch {epoch + 1} at step {batch + 1}: loss nan, gradient norm nan" in str(error)
    assert ("last finite one nan" in str(error)) == ((epoch, batch) == (0, 0))
    # The weights are those after the last good step.
    assert len(kept) == 1 + 4 * epoch + batch
    for weight, good in zip(network.get_weights(), kept[-1], strict=True):
        np.testing.assert_array_equal(weight, good)


def test_the_loss_that_is_told_is_that_of_the_step() -> None:
    setup = small_experiment(*SHORT, "training.epochs=3", "training.loss=mse")
    windows = spoilt_windows(setup, 0, 3, 1e18)  # a loss of 1e36 / 16
    larger = np.array([1e3, 1, 1], dtype=np.float32)  # a gradient of 1e20, whose square is beyond float32
    windows = replace(windows, inputs=windows.inputs * larger)
    network = build_network(setup.model, Problem(windows.shape), seed=0)
    with pytest.raises(TrainingDiverged, match=r"at step 4: loss 6\.25e") as caught:
        train(network, windows, small_experiment(*SHORT, "training.loss=mse", "training.learning_rate=1e-12"))
    assert math.isinf(caught.value.gradient_norm)
    assert "last finite one nan" not in str(caught.value)


@pytest.mark.parametrize("rate", [1e8, 1e30, 1e37])
def test_weights_stay_finite_whatever_the_learning_rate(rate: float) -> None:
    setup = small_experiment(
        "model=mlp", "training.optimizer=sgd", "training.loss=mse", f"training.learning_rate={rate}"
    )
    windows = small_windows("model=mlp")
    network = build_network(setup.model, Problem(windows.shape), seed=0)
    with pytest.raises(TrainingDiverged):
        train(network, windows, setup)
    assert all(np.isfinite(weight).all() for weight in network.get_weights())


def test_moving_averages_stay_finite_too() -> None:
    setup = small_experiment(*SHORT)
    windows = spoilt_windows(setup, 1, 1, math.nan)
    spoilt = np.where(np.isnan(windows.inputs), np.float32(np.inf), windows.inputs)
    row = int(np.flatnonzero(np.isinf(spoilt[:, 1]))[0])
    spoilt[row - 5] = spoilt[row]  # the window's own timestep is spoilt as well
    windows = replace(windows, inputs=spoilt)
    inputs = keras.Input(windows.shape)
    hidden = keras.layers.BatchNormalization()(keras.layers.Flatten()(inputs))
    network = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    with pytest.raises(TrainingDiverged):
        train(network, windows, setup)
    assert all(np.isfinite(weight).all() for weight in network.get_weights())


@pytest.mark.parametrize("loss", ["mae", "mse", "huber"])
def test_mean_loss_is_kerass(loss: str) -> None:
    generator = np.random.default_rng(0)
    predictions, targets = generator.normal(size=100), 2 * generator.normal(size=100)
    predictions[:4] = targets[:4] + np.array([-1.0, 0.0, 1.0, 1.0001])
    keras_loss = keras.losses.get(loss)(targets[:, None].astype("f4"), predictions[:, None].astype("f4"))
    assert mean_loss(loss, predictions, targets) == pytest.approx(float(np.mean(keras_loss)), rel=1e-6)
    assert mean_loss(loss, np.array([np.inf]), np.zeros(1)) == math.inf
    assert math.isnan(mean_loss(loss, np.array([np.nan, 1.0]), np.zeros(2)))


MODELS = {
    "mlp": (),
    "gru": (),
    "gru_dropout": (),
    "gru_stacked": ("model.units=4", "model.top_units=4"),
    "gru_bidirectional": ("model.units=4",),
    "conv1d": ("model.filters=4", "model.kernel_size=2", "model.pool_size=2"),
    "conv_gru": ("model.filters=4", "model.kernel_size=2", "model.pool_size=2", "model.units=4"),
}


@pytest.mark.parametrize(
    "model",
    [pytest.param(model, marks=[] if model in ("mlp", "gru_dropout") else pytest.mark.slow) for model in MODELS],
)
def test_every_model_trains_and_forecasts(model: str) -> None:
    setup = small_experiment(
        f"model={model}", "dataset.lookback=24", "training.epochs=1", "training.steps_per_epoch=1", *MODELS[model]
    )
    windows = make_windows(random_series(), setup)
    network = build_network(setup.model, Problem(windows.shape), seed=0)
    before = network.get_weights()
    reached = train(network, windows, setup)
    assert reached.best_predictions is not None
    assert np.isfinite(reached.best_predictions).all()
    assert reached.best_predictions.std() > 0
    assert any((weight != old).any() for weight, old in zip(network.get_weights(), before, strict=True))
