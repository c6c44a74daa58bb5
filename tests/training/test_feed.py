"""What reaches the network: the drawn rows in order, with shapes known to the graph."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.arrays import Rows
from seqexp.data.samples import epoch_rows
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.windows import Windows
from seqexp.models.network import build_network
from seqexp.tasks.target import Problem
from seqexp.training.feed import feed_of, padded_batches
from seqexp.training.predict import make_predictor
from tests.factories import looped_samples, on_disk, random_series, series_of, small_experiment, small_windows, train

WINDOWS = small_windows("model=mlp")


def numbered_windows(*overrides: str) -> Windows:
    """Return windows over a series in whose first column every row holds its own number, unscaled."""
    values = np.random.default_rng(0).normal(size=(600, 3))
    windows = make_windows(series_of(values), small_experiment(*overrides))
    inputs = windows.inputs.copy()
    inputs[:, 0] = np.arange(600)
    return replace(windows, inputs=inputs)


@pytest.fixture
def two_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Windows, Windows]:
    """The same windows with their inputs in memory and on disk."""
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path))
    series, setup = random_series(), small_experiment("model=mlp", "dataset.calendar=true")
    return make_windows(series, setup), make_windows(on_disk(series, tmp_path / "values"), setup)


def test_gather_equals_the_samples_of_a_loop() -> None:
    gather = feed_of(WINDOWS).gather
    for rows in (WINDOWS.rows.train, WINDOWS.rows.test[:1], np.array([400, 12, 400])):
        gathered = gather(tf.constant(rows)).numpy()
        assert gathered.dtype == np.float32
        np.testing.assert_array_equal(gathered, WINDOWS.samples(rows))
        np.testing.assert_array_equal(gathered, looped_samples(WINDOWS.inputs, rows, 12, 2))


def test_every_shape_is_known_to_the_graph() -> None:
    batch = tf.function(feed_of(WINDOWS).batch)
    samples, targets = batch.get_concrete_function(tf.TensorSpec((16,), tf.int64)).structured_outputs
    assert (samples.shape, samples.dtype) == ((16, 6, 3), tf.float32)
    assert (targets.shape, targets.dtype) == ((16, 1), tf.float32)


def test_batches_hold_the_samples_and_the_targets_of_their_rows() -> None:
    batch = feed_of(WINDOWS).batch
    rows = WINDOWS.rows.train[[3, 40, 3, 0]]
    samples, targets = (tensor.numpy() for tensor in batch(tf.constant(rows)))
    np.testing.assert_array_equal(samples, WINDOWS.samples(rows))
    np.testing.assert_array_equal(targets, WINDOWS.targets(rows)[:, 0].astype(np.float32))


def test_gather_from_disk_gives_the_same_bytes(two_windows: tuple[Windows, Windows]) -> None:
    array, mapped = two_windows
    assert isinstance(mapped.inputs, np.memmap)
    for rows in (array.rows.train, array.rows.test[:1], np.array([400, 12, 400])):
        gathered = [feed_of(windows).gather(tf.constant(rows)) for windows in two_windows]
        assert gathered[0].shape == gathered[1].shape == (len(rows), 6, 9)
        assert gathered[0].dtype == gathered[1].dtype == tf.float32
        assert gathered[0].numpy().tobytes() == gathered[1].numpy().tobytes()


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_training_from_disk_gives_the_same_bytes(two_windows: tuple[Windows, Windows], jit: bool) -> None:
    setup = small_experiment("model=mlp")
    reached, forecasts, networks = [], [], []
    for windows in two_windows:
        network = build_network(setup.model, Problem(windows.shape), seed=0)
        reached.append(train(network, windows, setup, jit=jit).epochs)
        predict = make_predictor(network, windows, jit_compile=jit)
        forecasts.append(predict(windows.rows.test))
        networks.append(network)
    for left, right in zip(networks[0].get_weights(), networks[1].get_weights(), strict=True):
        assert left.tobytes() == right.tobytes()
    assert forecasts[0].tobytes() == forecasts[1].tobytes()
    for left, right in zip(*reached, strict=True):
        assert {**left.metrics, "epoch_seconds": 0} == {**right.metrics, "epoch_seconds": 0}


@keras.saving.register_keras_serializable("tests")
class Recorder(keras.layers.Layer):
    """Passes samples on, and notes those that it is shown in training."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[np.ndarray] = []

    def call(self, samples: Any, training: bool = False) -> Any:
        if training:
            shape = samples.shape
            samples = tf.numpy_function(self._note, [samples], tf.float32)
            samples.set_shape(shape)
        return samples

    def _note(self, samples: np.ndarray) -> np.ndarray:
        self.seen.append(samples[:, 0, 0].astype(np.int64) + 12)  # from the first timestep's row to the window's
        return samples


def rows_that_fit_uses(*overrides: str) -> list[Rows]:
    """Run the real training over a network that notes the rows of every step."""
    setup = small_experiment("model=mlp", "training.epochs=3", *overrides)
    windows = numbered_windows("model=mlp", "training.epochs=3", *overrides)
    recorder = Recorder()
    inputs = keras.Input((6, 3))
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(recorder(inputs)))
    network = keras.Model(inputs, outputs)
    train(network, windows, setup)
    return recorder.seen


def test_fit_neither_skips_nor_repeats_a_batch_across_epochs() -> None:
    seen = rows_that_fit_uses("seed=11")
    expected = [
        epoch_rows(WINDOWS.rows.train, "random", seed=11, epoch=epoch, batches=4, batch_size=16)[0]
        for epoch in range(3)
    ]
    assert [rows.tolist() for rows in seen] == np.concatenate(expected).tolist()


def test_fit_shows_each_window_once_an_epoch() -> None:
    seen = rows_that_fit_uses("dataset.sampling=epoch", "training.steps_per_epoch=null")
    assert len(seen) == 3 * 18
    orders = []
    for epoch in range(3):
        # 285 windows in 18 batches of 16: the last three places are filled up.
        order = np.concatenate(seen[18 * epoch : 18 * (epoch + 1)])[:285]
        assert sorted(order.tolist()) == WINDOWS.rows.train.tolist()
        orders.append(order.tolist())
    assert all(left != right for left, right in itertools.combinations(orders, 2))


@given(st.integers(1, 100), st.integers(1, 30))
def test_padded_batches_hold_all_rows_in_order(count: int, size: int) -> None:
    rows = np.arange(7, 7 + count)
    batches = padded_batches(rows, size)
    assert batches.shape == (-(-count // size), size)
    assert batches.ravel()[:count].tolist() == rows.tolist()
    assert (batches.ravel()[count:] == rows[-1]).all()
