"""What libraries have no public interface for is still there, and means what it meant."""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from seqexp.models.compat_keras import flat_layers, operation_of, save_under, set_home
from seqexp.models.compat_tensorflow import is_compiled_by_xla, is_watched


class Faster(keras.layers.Dense):
    """A layer that is saved under another name."""


def test_keras_keeps_what_it_downloads_where_it_is_told_to(tmp_path: Path) -> None:
    before = keras.src.backend.config.keras_home()
    (tmp_path / "file.txt").write_text("kept")
    (tmp_path / "home").mkdir()
    set_home(tmp_path / "home")
    try:
        found = keras.utils.get_file("copy.txt", (tmp_path / "file.txt").as_uri())
    finally:
        set_home(Path(before))
    assert Path(found) == tmp_path / "home" / "datasets" / "copy.txt"


def test_a_layer_is_saved_under_the_name_that_it_is_given() -> None:
    save_under(Faster, "keras.layers.Dense")
    assert keras.saving.serialize_keras_object(Faster(3))["class_name"] == "Dense"
    assert (
        type(keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(Faster(3))))
        is keras.layers.Dense
    )


def test_layers_within_wrappers_and_models_are_found() -> None:
    inner = keras.layers.GRU(2, return_sequences=True)
    network = keras.Sequential([keras.Input((4, 3)), keras.Sequential([keras.layers.Bidirectional(inner)])])
    found = {type(layer).__name__ for layer in flat_layers(network)}
    assert {"Sequential", "Bidirectional", "GRU"} <= found


def test_a_tensor_knows_the_layer_that_gave_it() -> None:
    layer = keras.layers.Dense(2)
    assert operation_of(layer(keras.Input((3,)))) is layer


def test_a_tensor_is_watched_where_its_derivative_may_be_asked_for() -> None:
    watched, other = tf.constant(1.0), tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(watched)
        assert (is_watched(watched), is_watched(other)) == (True, False)
    assert not is_watched(watched)


def test_xla_is_seen_from_within_the_graph_that_it_compiles() -> None:
    seen = []

    def trace(value: tf.Tensor) -> tf.Tensor:
        seen.append(is_compiled_by_xla())
        return value + 1

    for jit in (True, False):
        tf.function(trace, jit_compile=jit)(tf.constant(1.0))
    assert seen == [True, False]
    assert not is_compiled_by_xla()
