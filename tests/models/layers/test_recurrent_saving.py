"""What is saved of the compiled layers is Keras's own: it loads where seqexp isn't, and the other way round."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import pytest

from seqexp.models.kernels import recurrent as kernels
from seqexp.models.layers import recurrent
from seqexp.models.layers.recurrent import use_compiled
from tests.models.layers.recurrent_pairs import OURS, STOCK, normal, set_weights

# Keras 3 saves weights through NumPy's older protocol.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = normal(1, 5, 6, 3)


def model_of(kinds: dict[str, Any], bidirectional: Any) -> Any:
    """Return a model with each of the layers."""
    layers = [
        kinds["GRU"](4, return_sequences=True, dropout=0.1),
        bidirectional(kinds["LSTM"](3, return_sequences=True, recurrent_dropout=0.1), name="both"),
        bidirectional(
            kinds["GRU"](3, return_sequences=True),
            backward_layer=kinds["GRU"](3, return_sequences=True, go_backwards=True, activation="relu"),
        ),
        kinds["SimpleRNN"](4),
    ]
    model = keras.Sequential([keras.Input((6, 3)), *layers, keras.layers.Dense(1)])
    for layer in model.layers:
        set_weights(layer)
    return model


def our_model() -> Any:
    return model_of(OURS, recurrent.Bidirectional)


def stock_model() -> Any:
    return model_of(STOCK, keras.layers.Bidirectional)


def recurrent_layers(model: Any) -> list[Any]:
    return [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.RNN)]


def are_ours(model: Any) -> bool:
    both = [layer for layer in model.layers if isinstance(layer, keras.layers.Bidirectional)]
    assert len(recurrent_layers(model)) == 6
    return all(type(layer) in OURS.values() for layer in recurrent_layers(model)) and all(
        type(layer) is recurrent.Bidirectional for layer in both
    )


def entries(config: Any) -> Iterator[dict[str, Any]]:
    """Yield what names a class, wherever it stands in a model's configuration."""
    for value in config.values() if isinstance(config, dict) else config if isinstance(config, list) else []:
        yield from entries(value)
    if isinstance(config, dict) and "class_name" in config:
        yield config


def test_a_saved_model_names_keras_alone(tmp_path: Path) -> None:
    our_model().save(tmp_path / "ours.keras")
    with zipfile.ZipFile(tmp_path / "ours.keras") as archive:
        text = archive.read("config.json").decode()
    assert "seqexp" not in text
    layers = [e for e in entries(json.loads(text)) if e["class_name"] in {*STOCK, "Bidirectional"}]
    assert len(layers) == 8
    assert all(layer["module"] == "keras.layers" and layer["registered_name"] is None for layer in layers)


@pytest.mark.slow
def test_a_saved_model_loads_without_seqexp(tmp_path: Path) -> None:
    model = our_model()
    model.save(tmp_path / "ours.keras")
    np.save(tmp_path / "x.npy", X)
    code = (
        "import sys; sys.modules['seqexp'] = None; import keras, numpy as np;"
        "model = keras.models.load_model('ours.keras');"
        "np.save('y.npy', model.predict(np.load('x.npy'), verbose=0))"
    )
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model.predict(X, verbose=0), rtol=0, atol=1e-6)


def test_a_model_of_keras_becomes_ours(tmp_path: Path) -> None:
    stock = stock_model()
    stock.save(tmp_path / "stock.keras")
    loaded = keras.models.load_model(tmp_path / "stock.keras")
    before = loaded.predict(X, verbose=0)
    assert not are_ours(loaded)
    assert use_compiled(loaded) is loaded
    assert are_ours(loaded)
    with mock.patch.object(kernels, "forward", wraps=kernels.forward) as forward:
        after = loaded.predict(X, verbose=0)
    assert forward.call_count >= 6  # although a graph of Keras's loops was there
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-6)
    assert are_ours(use_compiled(loaded))


def test_use_compiled_leaves_all_other_layers_alone() -> None:
    class Mine(keras.layers.GRU):
        pass

    cell = keras.layers.RNN(keras.layers.GRUCell(3), return_sequences=True)
    model = use_compiled(keras.Sequential([keras.Input((6, 3)), cell, Mine(3), keras.layers.Dense(1)]))
    assert [type(layer) for layer in model.layers] == [keras.layers.RNN, Mine, keras.layers.Dense]


def test_use_compiled_reaches_layers_inside_others() -> None:
    inner = keras.Sequential([keras.Input((6, 3)), keras.layers.GRU(3)])
    times = keras.layers.TimeDistributed(keras.layers.LSTM(2))
    outer = keras.Sequential([keras.Input((2, 6, 3)), times])
    assert type(use_compiled(outer).layers[0].layer) is recurrent.LSTM
    assert type(use_compiled(keras.Sequential([keras.Input((6, 3)), inner])).layers[0].layers[0]) is recurrent.GRU
    x = normal(2, 4, 2, 6, 3)
    ours = outer.predict(x, verbose=0)
    layer = keras.layers.LSTM(2)
    layer.build((None, 6, 3))
    layer.set_weights(outer.get_weights())
    np.testing.assert_allclose(ours[:, 1], layer(x[:, 1]), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", list(OURS))
def test_a_configuration_makes_the_same_layer(name: str) -> None:
    arguments = {"units": 4, "return_sequences": True, "dropout": 0.2, "recurrent_dropout": 0.1, "seed": 3}
    layer = OURS[name](**arguments, activation="relu", use_bias=False, go_backwards=True, name="layer")
    again = OURS[name].from_config(layer.get_config())
    assert type(again) is OURS[name]
    assert again.get_config() == layer.get_config()
    assert layer.get_config() == STOCK[name].from_config(layer.get_config()).get_config()


def test_a_clone_is_ours() -> None:
    model = our_model()
    clone = keras.models.clone_model(model)
    assert are_ours(clone)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.predict(X, verbose=0), model.predict(X, verbose=0))


def test_weights_are_exchanged_both_ways(tmp_path: Path) -> None:
    ours, stock = our_model(), stock_model()
    assert [w.path.split("/")[-1] for w in ours.weights] == [w.path.split("/")[-1] for w in stock.weights]
    for source, target in ((ours, stock), (stock, ours)):
        source.set_weights([normal(8, *w.shape, scale=0.3) for w in source.get_weights()])
        source.save_weights(tmp_path / "of.weights.h5")
        target.set_weights([np.zeros(w.shape) for w in target.get_weights()])
        target.load_weights(tmp_path / "of.weights.h5")
        for one, other in zip(source.get_weights(), target.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(target.predict(X, verbose=0), source.predict(X, verbose=0), rtol=0, atol=1e-6)


def test_the_same_seed_gives_the_same_first_weights() -> None:
    models = []
    for make in (our_model, stock_model):
        keras.utils.set_random_seed(4)
        models.append(keras.models.clone_model(make()))
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other)
