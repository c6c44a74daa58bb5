"""The Embedding against Keras's own: values, gradients, masks, files; and gradients that are the same again."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.models.layers.embedding import Embedding

# Keras 3 saves weights through NumPy's older protocol.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

IDS = np.random.default_rng(0).integers(0, 9, (5, 7)).astype(np.int32)


def pair(words: int = 9, size: int = 4, **more: Any) -> tuple[Any, Any]:
    """Return our layer and Keras's, with the same table."""
    ours, stock = Embedding(words, size, **more), keras.layers.Embedding(words, size, **more)
    table = np.random.default_rng(1).normal(size=(words, size)).astype(np.float32)
    for layer in (ours, stock):
        layer.build((None, None))
        layer.set_weights([table])
    return ours, stock


def gradient(layer: Any, ids: Any, *, jit: bool = False) -> np.ndarray:
    """Return the gradient of a sum in which every output weighs differently, as a whole table."""
    weights = np.random.default_rng(2).normal(size=(*ids.shape, layer.output_dim)).astype(np.float32)

    @tf.function(jit_compile=jit)
    def found() -> Any:
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(ids) * weights)
        return tf.convert_to_tensor(tape.gradient(total, layer.embeddings.value))

    table: np.ndarray = found().numpy()
    return table


def gradient_by_loop(ids: np.ndarray, words: int, size: int) -> np.ndarray:
    weights = np.random.default_rng(2).normal(size=(*ids.shape, size)).astype(np.float32)
    table = np.zeros((words, size))
    for text, row in zip(ids.tolist(), weights.tolist(), strict=True):
        for word, weight in zip(text, row, strict=True):
            table[word] += weight
    return table


@pytest.mark.parametrize("kind", ["int32", "int64", "float32", "uint8"])
def test_values_are_kerass(kind: str) -> None:
    ours, stock = pair()
    ids = IDS.astype(kind)
    np.testing.assert_array_equal(ours(ids), stock(ids))
    np.testing.assert_array_equal(ours(ids)[2, 3], ours.get_weights()[0][IDS[2, 3]])


@pytest.mark.parametrize("jit", [False, True])
def test_gradients_are_kerass_and_those_of_a_loop(jit: bool) -> None:
    ours, stock = pair()
    found = gradient(ours, IDS, jit=jit)
    np.testing.assert_allclose(found, gradient(stock, IDS), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found, gradient_by_loop(IDS, 9, 4), rtol=1e-5, atol=1e-6)


def test_words_that_do_not_occur_have_no_gradient() -> None:
    ours, _ = pair(words=20)
    found = gradient(ours, IDS)
    assert (found[9:] == 0).all()
    assert (found[np.unique(IDS)] != 0).any(axis=1).all()


@pytest.mark.parametrize("jit", [False, True])
def test_gradients_are_the_same_bit_for_bit(jit: bool) -> None:
    """On a batch so large that several threads would add up its rows; most of its ids are a few frequent ones."""
    ids = (np.random.default_rng(3).zipf(1.3, (128, 300)) % 2000).astype(np.int32)
    ours, _ = pair(2000, 32)
    first = gradient(ours, ids, jit=jit)
    assert all(gradient(ours, ids, jit=jit).tobytes() == first.tobytes() for _ in range(5))
    np.testing.assert_allclose(first, gradient_by_loop(ids, 2000, 32), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("mask_zero", [False, True])
def test_masks_are_kerass(mask_zero: bool) -> None:
    ours, stock = pair(mask_zero=mask_zero)
    mask = ours.compute_mask(tf.constant(IDS))
    if not mask_zero:
        assert mask is None
        assert stock.compute_mask(tf.constant(IDS)) is None
        return
    np.testing.assert_array_equal(mask, IDS != 0)
    networks = [
        keras.Sequential([keras.Input((7,), dtype="int32"), layer, keras.layers.GlobalAveragePooling1D()])
        for layer in (ours, stock)
    ]
    found = networks[0](IDS)
    np.testing.assert_allclose(found, networks[1](IDS), rtol=1e-6)
    table = ours.get_weights()[0]
    by_hand = [np.mean([table[word] for word in text if word], axis=0) for text in IDS.tolist()]
    np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-6)


def test_frozen_vectors_stay() -> None:
    ours, _ = pair(trainable=False)
    assert ours.trainable_variables == []
    network = keras.Sequential([keras.Input((7,), dtype="int32"), ours, keras.layers.Flatten(), keras.layers.Dense(1)])
    before = ours.get_weights()[0].copy()
    network.compile(keras.optimizers.SGD(1.0), "mse")
    network.train_on_batch(IDS, np.arange(5.0)[:, None])
    np.testing.assert_array_equal(ours.get_weights()[0], before)
    ours.trainable = True
    network.compile(keras.optimizers.SGD(1.0), "mse")
    network.train_on_batch(IDS, np.arange(5.0)[:, None])
    assert (ours.get_weights()[0] != before).any()


def test_half_precision_is_kerass() -> None:
    policy = keras.DTypePolicy("mixed_float16")
    ours, stock = pair(dtype=policy)
    assert ours(IDS).dtype == stock(IDS).dtype == tf.float16
    np.testing.assert_array_equal(ours(IDS), stock(IDS))


def test_regularisation_of_the_table_is_kerass() -> None:
    found = []
    for layer in pair(embeddings_regularizer="l2"):
        layer(IDS)
        found.append(float(sum(layer.losses)))
    assert found[0] == pytest.approx(found[1])
    assert found[0] > 0


def network() -> Any:
    ours, _ = pair(mask_zero=True)
    return keras.Sequential([keras.Input((7,), dtype="int32"), ours, keras.layers.GlobalAveragePooling1D()])


@pytest.mark.slow
def test_a_saved_network_names_keras_alone_and_loads_without_seqexp(tmp_path: Path) -> None:
    ours = network()
    ours.save(tmp_path / "ours.keras")
    with zipfile.ZipFile(tmp_path / "ours.keras") as archive:
        text = archive.read("config.json").decode()
    assert "seqexp" not in text
    (entry,) = [layer for layer in json.loads(text)["config"]["layers"] if layer["class_name"] == "Embedding"]
    assert (entry["module"], entry["registered_name"]) == ("keras.layers", None)
    np.save(tmp_path / "ids.npy", IDS)
    code = (
        "import sys; sys.modules['seqexp'] = None; import keras, numpy as np;"
        "model = keras.models.load_model('ours.keras');"
        "np.save('found.npy', model.predict(np.load('ids.npy'), verbose=0))"
    )
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    np.testing.assert_allclose(np.load(tmp_path / "found.npy"), ours(IDS), rtol=1e-6)


def test_a_configuration_makes_the_same_layer() -> None:
    arguments = {"mask_zero": True, "embeddings_initializer": "zeros", "name": "words", "trainable": False}
    layer = Embedding(9, 4, **arguments)
    again = Embedding.from_config(layer.get_config())
    assert type(again) is Embedding
    assert again.get_config() == layer.get_config() == keras.layers.Embedding(9, 4, **arguments).get_config()


def test_the_same_seed_gives_kerass_vectors() -> None:
    tables = []
    for cls in (Embedding, keras.layers.Embedding):
        keras.utils.set_random_seed(4)
        layer = cls(9, 4)
        layer.build((None, None))
        tables.append(layer.get_weights()[0])
    np.testing.assert_array_equal(tables[0], tables[1])
