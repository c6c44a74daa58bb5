"""Every model of conf/model: how many parameters, that it trains, that all of it learns, that it can be saved."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from seqexp.config.locations import choices
from seqexp.models.layers import OWN_LAYERS, LastTimestep
from seqexp.models.network import build_network, use_plain_recurrence
from seqexp.models.registry import NO_PLUGINS
from seqexp.tasks.target import Problem
from tests.factories import estimators_for, experiment

ESTIMATORS, TEXT_ESTIMATORS = estimators_for("forecast"), estimators_for("classify")
# Made for texts: test_text_network.py holds them.
OF_TEXTS = (
    "conv1d_text", "conv_lstm", "dense_bow", "embedding_mlp", "lstm_bidirectional", "lstm_reversed",
)  # fmt: skip
NETWORKS = sorted(set(choices("model", None)) - set(ESTIMATORS) - set(TEXT_ESTIMATORS) - set(OF_TEXTS))
# conv1d is too short for less.
SHAPE = (64, 3)

LSTM, HEAD = 4 * (14 * 32 + 32 * 32 + 32), 32 + 1
# By formula, at 240 timesteps of 14 columns. test_network.py holds those of the published table.
PARAMETERS = {
    "simple_rnn": 14 * 32 + 32 * 32 + 32 + HEAD,
    "lstm": LSTM + HEAD,
    "lstm_dropout": LSTM + HEAD,
    "lstm_stacked": LSTM + 4 * (32 * 32 + 32 * 32 + 32) + HEAD,
    "gru_reversed": 3 * (14 * 32 + 32 * 32 + 2 * 32) + HEAD,
    "gru_large_head": 3 * (14 * 32 + 32 * 32 + 2 * 32) + (32 * 32 + 32) + HEAD,
    "dlinear": 2 * 14 * (240 + 1) + 14 + 1,
    "tcn": (3 * 14 * 32 + 32) + 11 * (3 * 32 * 32 + 32) + (14 * 32 + 32) + HEAD,
    "nlinear": 240 + 1,
    "rlinear": 240 + 1 + 2 * 14,
    "sparsetsf": 25 + 240 // 24,
    "segrnn": 25 * 512 + 3 * 512 * (512 + 512 + 2) + 513 * 24 + (1 + 1) * 256,
    "gru_seq2seq": 3 * (14 * 32 + 32 * 32 + 2 * 32) + 3 * (32 + 32 * 32 + 2 * 32) + HEAD,
    "tsmixer": 1 * (2 * 2 * 240 * 14 + 240 * 241 + 15 * 64 + 65 * 14) + 241 + 14 + 1,
    "attention": 15 * 32 + 4 * 32 * 32 + 33 * 64 + 65 * 32 + 2 * 2 * 32 + HEAD,
}


def network_of(model: str, shape: tuple[int, int] = SHAPE) -> Any:
    return build_network(experiment(f"model={model}").model, Problem(shape), seed=0)


def learning_network_of(model: str) -> Any:
    """Return a network all of whose weights can learn: columns that are no target have some that nothing depends on."""
    problem = Problem(SHAPE, numbers=3, targets=(0, 1, 2)) if model == "rlinear" else Problem(SHAPE)
    return build_network(experiment(f"model={model}").model, problem, seed=0)


def samples(batch: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(batch, *SHAPE)).astype(np.float32)


@pytest.mark.parametrize("model", PARAMETERS)
def test_parameters(model: str) -> None:
    network = network_of(model, (240, 14))
    assert network.count_params() == PARAMETERS[model]
    assert network.output_shape == (None, 1)


@pytest.mark.parametrize("model", ESTIMATORS)
def test_estimators_are_made_from_their_yaml(model: str) -> None:
    assert NO_PLUGINS.make_estimator(experiment(f"model={model}").model.estimator or {}).artifacts is not None


@pytest.mark.parametrize("model", TEXT_ESTIMATORS)
def test_estimators_of_texts_are_made_from_their_yaml(model: str) -> None:
    estimator = NO_PLUGINS.make_estimator(experiment(f"model={model}").model.estimator or {}, "classify")
    assert estimator.task == "classify"


# What Keras's own layers make up is trained and saved by other tests, too.
OWN = (
    "dlinear", "tcn", "tsmixer", "attention", "lstm_stacked",
    "nlinear", "rlinear", "sparsetsf", "segrnn", "gru_seq2seq",
)  # fmt: skip
OWN_FIRST = [pytest.param(model, marks=[] if model in OWN else pytest.mark.slow) for model in NETWORKS]
# XLA takes up to a minute to compile a recurrent network.
WITH_JIT = [pytest.param(model, True, marks=[] if model == "dlinear" else pytest.mark.slow) for model in NETWORKS]


@pytest.mark.parametrize(("model", "jit"), [*((model, False) for model in NETWORKS), *WITH_JIT])
def test_two_steps_change_every_weight_and_stay_finite(model: str, jit: bool) -> None:
    network = learning_network_of(model)
    use_plain_recurrence(network)
    network.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="mae", jit_compile=jit)
    before = network.get_weights()
    losses = [network.train_on_batch(samples(), np.arange(4.0)[:, None]) for _ in range(2)]
    assert np.isfinite(losses).all()
    for old, new, weight in zip(before, network.get_weights(), network.weights, strict=True):
        assert np.isfinite(new).all(), weight.path
        assert not np.array_equal(old, new), weight.path


@pytest.mark.parametrize("model", OWN_FIRST)
def test_gradients_reach_every_weight(model: str) -> None:
    network = learning_network_of(model)
    random = np.random.default_rng(1)  # at their initial values the derivatives by RevIN's weights cancel out
    network.set_weights([w + random.normal(scale=0.01, size=w.shape) for w in network.get_weights()])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((network(samples(16), training=False) - np.arange(16.0)[:, None]) ** 2)
    for gradient, weight in zip(
        tape.gradient(loss, network.trainable_variables), network.trainable_variables, strict=True
    ):
        assert gradient is not None, weight.path
        assert np.abs(gradient.numpy()).max() > 0, weight.path


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own saving, NumPy 2
@pytest.mark.parametrize("model", OWN_FIRST)
def test_a_saved_model_gives_the_same_forecasts(model: str, tmp_path: Path) -> None:
    network = network_of(model)
    random = np.random.default_rng(1)
    network.set_weights([w + random.normal(scale=0.05, size=w.shape) for w in network.get_weights()])
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert [type(layer).__name__ for layer in loaded.layers] == [type(layer).__name__ for layer in network.layers]
    # Where they are recurrent layers they are now Keras's own.
    forecasts = network(samples(), training=False)
    np.testing.assert_allclose(loaded(samples(), training=False), forecasts, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name", [name for name in sorted(OWN_LAYERS) if not hasattr(layers, name) and name != "MultiHot"]
)
@pytest.mark.filterwarnings("ignore:layer .* runs Keras's own loop")  # which alone computes in bfloat16
def test_own_layers_in_mixed_precision(name: str) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "TCN": {"filters": 4},
        "MixerBlock": {"units": 4},
        "EncoderBlock": {"heads": 2, "units": 4},
        "LastValue": {"layers": [layers.Flatten(), layers.Dense(2)], "targets": [0, 2]},
        "RevIN": {"layers": [layers.Flatten(), layers.Dense(2)], "targets": [0, 2]},
        "PerColumn": {"layers": [layers.Flatten(), layers.Dense(1)], "targets": [0, 2]},
        "SegRNN": {"targets": [0, 2], "leads": 3, "units": 4, "segment_length": 2},
        "Seq2Seq": {"targets": [0, 2], "leads": 3, "units": 4},
        "SparseTSF": {"leads": 3, "period": 2},
    }
    columns = 1 if name == "SparseTSF" else 4
    layer = OWN_LAYERS[name](**arguments.get(name, {}), dtype="mixed_bfloat16")
    inputs = np.random.default_rng(0).normal(size=(2, 8, columns)).astype(np.float32)
    outputs = layer(inputs)
    assert outputs.dtype == tf.bfloat16
    assert all(weight.dtype == "float32" for weight in layer.weights)
    assert tuple(outputs.shape) == layer.compute_output_shape((2, 8, columns))
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.dtype_policy.name == "mixed_bfloat16"


def test_own_layers_come_before_kerass() -> None:
    assert NO_PLUGINS.layer_class("TCN", "model.layers.0") is OWN_LAYERS["TCN"]
    assert NO_PLUGINS.layer_class("GRU", "model.layers.0") is OWN_LAYERS["GRU"]
    assert NO_PLUGINS.layer_class("keras/GRU", "model.layers.0") is layers.GRU


def test_a_reversed_gru_reads_the_window_backward() -> None:
    network = network_of("gru_reversed")
    forward = network_of("gru")
    forward.set_weights(network.get_weights())
    x = samples()
    np.testing.assert_allclose(network(x), forward(x[:, ::-1]), atol=1e-6)


def test_depth_stacks_lstm_layers() -> None:
    network = build_network(experiment("model=lstm_stacked", "model.depth=3").model, Problem(SHAPE), seed=0)
    assert [type(layer) for layer in network.layers[1:]] == [*[OWN_LAYERS["LSTM"]] * 3, LastTimestep, layers.Dense]


def test_the_tcn_of_the_yaml_sees_the_whole_window() -> None:
    assert network_of("tcn", (240, 14)).layers[1].receptive_field >= 240


def test_no_model_is_without_a_test() -> None:
    published = {"mlp", "gru", "gru_dropout", "gru_stacked", "gru_bidirectional", "conv1d", "conv_gru"}
    assert set(NETWORKS) == published | set(PARAMETERS)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own saving, NumPy 2
def test_another_process_loads_a_model_of_own_layers(tmp_path: Path) -> None:
    network = network_of("tcn")
    network.save(tmp_path / "model.keras")
    np.save(tmp_path / "samples.npy", samples())
    program = (
        "import keras, numpy, seqexp.models.layers\n"
        "model = keras.saving.load_model('model.keras', compile=False)\n"
        "numpy.save('forecasts.npy', model(numpy.load('samples.npy'), training=False))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_allclose(np.load(tmp_path / "forecasts.npy"), network(samples(), training=False), rtol=1e-6)
