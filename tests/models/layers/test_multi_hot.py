"""MultiHot against Keras's CategoryEncoding without padding, and against a loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from seqexp.models.layers.multi_hot import MultiHot

# Keras 3 saves weights through NumPy's older protocol.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

IDS = np.random.default_rng(0).integers(0, 12, (5, 7)).astype(np.int32)


def by_loop(ids: Any, size: int) -> list[list[float]]:
    return [[float(word != 0 and word in text) for word in range(size)] for text in ids.tolist()]


def test_values_are_category_encodings_without_padding() -> None:
    expected = keras.layers.CategoryEncoding(12, output_mode="multi_hot")(IDS).numpy()
    assert expected[:, 0].any()
    expected[:, 0] = 0
    found = MultiHot(12)(IDS)
    assert found.dtype == tf.float32
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=40)
@given(
    arrays.arrays("int32", st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.integers(0, 9)),
    st.integers(1, 12),
)
def test_values_are_those_of_a_loop(ids: Any, size: int) -> None:
    """Ids from num_tokens on are left out."""
    np.testing.assert_array_equal(MultiHot(size)(ids), by_loop(ids, size))


@pytest.mark.parametrize("kind", ["int32", "int64", "float32"])
def test_ids_may_be_of_any_kind(kind: str) -> None:
    np.testing.assert_array_equal(MultiHot(12)(IDS.astype(kind)), by_loop(IDS, 12))


@pytest.mark.parametrize("length", [7, None])
def test_shapes_are_known_to_the_graph(length: int | None) -> None:
    inputs = keras.Input((length,), dtype="int32")
    outputs = MultiHot(12)(inputs)
    assert tuple(outputs.shape) == (None, 12)
    network = keras.Model(inputs, keras.layers.Dense(2)(outputs))
    assert network.count_params() == 26
    assert network(IDS).shape == (5, 2)


@pytest.mark.parametrize("jit", [False, True])
def test_it_runs_in_a_graph_and_in_half_precision(jit: bool) -> None:
    layer = MultiHot(12, dtype="float16")
    found = tf.function(layer, jit_compile=jit)(IDS)
    assert found.dtype == tf.float16
    np.testing.assert_array_equal(found, by_loop(IDS, 12))


def test_padding_and_order_make_no_difference() -> None:
    longer = np.concatenate([np.zeros((5, 3), np.int32), IDS[:, ::-1], IDS], axis=1)
    np.testing.assert_array_equal(MultiHot(12)(longer), MultiHot(12)(IDS))


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((7,), dtype="int32"), MultiHot(12, name="words"), keras.layers.Dense(1)])
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded(IDS), network(IDS))
    layer = network.layers[0]
    assert MultiHot.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize("count", [0, -1, 1.5, True, None, "3"])
def test_a_count_that_is_none_is_refused(count: Any) -> None:
    with pytest.raises(ValueError, match=r"`num_tokens` must be an integer >= 1\. Received: "):
        MultiHot(count)
