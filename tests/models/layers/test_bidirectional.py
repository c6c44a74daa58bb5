"""Both directions run the compiled loop, and give what Keras's Bidirectional gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqexp.models.kernels import recurrent as kernels
from seqexp.models.layers.recurrent import GRU, LSTM, Bidirectional, SimpleRNN, use_compiled
from tests.models.layers.recurrent_pairs import OURS, STOCK, assert_all_near, normal, outputs_and_gradients, set_weights

X = tf.constant(normal(1, 20, 5, 3))
MASK = tf.constant(np.random.default_rng(0).random((20, 5)) < 0.6)


def both_of(name: str, wrapper: dict[str, Any] | None = None, **arguments: Any) -> tuple[Any, Any]:
    """Return ours and Keras's own, of the same weights."""
    made = []
    for kinds, both in ((OURS, Bidirectional), (STOCK, keras.layers.Bidirectional)):
        layer = both(kinds[name](4, **arguments), **(wrapper or {}))
        layer.build((None, 5, 3))
        set_weights(layer)
        for direction in (layer.forward_layer, layer.backward_layer):
            direction.cell.seed_generator.state.assign([3, 0])  # which Keras's SimpleRNN does not tell its copies
        made.append(layer)
    return made[0], made[1]


@pytest.mark.parametrize("name", list(OURS))
@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
def test_it_gives_what_keras_gives(name: str, merge_mode: str | None) -> None:
    ours, stock = both_of(name, {"merge_mode": merge_mode})
    assert type(ours.forward_layer) is type(ours.backward_layer) is OURS[name]
    assert_all_near(*(outputs_and_gradients(layer, X) for layer in (ours, stock)))


@pytest.mark.parametrize("name", list(OURS))
@pytest.mark.parametrize(
    "arguments",
    [
        {"return_sequences": True},
        {"return_sequences": True, "return_state": True},
        {"dropout": 0.3, "recurrent_dropout": 0.3},
        {"go_backwards": False, "return_state": True},
    ],
)
@pytest.mark.parametrize("masked", [False, True])
def test_so_it_does_with_all_that_the_layers_know(name: str, arguments: dict[str, Any], masked: bool) -> None:
    ours, stock = both_of(name, **arguments)
    call = {"mask": MASK if masked else None, "training": True}
    found = [outputs_and_gradients(layer, X, **call) for layer in (ours, stock)]
    assert_all_near(*found)


def test_both_directions_run_the_kernels() -> None:
    ours, _ = both_of("GRU")
    with mock.patch.object(kernels, "forward", wraps=kernels.forward) as forward:
        ours(X[:4])
    assert [call.args[3] for call in forward.call_args_list] == [False, True]


def test_initial_states_reach_their_direction() -> None:
    states = [tf.constant(normal(number, 20, 4)) for number in range(4)]
    for name, count in (("LSTM", 4), ("GRU", 2), ("SimpleRNN", 2)):
        ours, stock = both_of(name)
        assert_all_near(*(outputs_and_gradients(layer, X, states[:count]) for layer in (ours, stock)))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's saving
def test_a_backward_layer_of_ones_own_is_respected(tmp_path: Path) -> None:
    def with_backward(kinds: dict[str, Any], both: Any) -> Any:
        forward = kinds["GRU"](4, return_sequences=True)
        backward = kinds["LSTM"](4, return_sequences=True, go_backwards=True, activation="relu")
        layer = both(forward, backward_layer=backward, merge_mode="sum")
        assert layer.backward_layer is backward
        return layer

    ours, stock = with_backward(OURS, Bidirectional), with_backward(STOCK, keras.layers.Bidirectional)
    assert (type(ours.forward_layer), type(ours.backward_layer)) == (GRU, LSTM)
    for layer in (ours, stock):
        layer.build((None, 5, 3))
        set_weights(layer)
    assert_all_near(*(outputs_and_gradients(layer, X) for layer in (ours, stock)))

    keras.Sequential([keras.Input((5, 3)), ours]).save(tmp_path / "model.keras")
    loaded = use_compiled(keras.models.load_model(tmp_path / "model.keras")).layers[0]
    assert (type(loaded), type(loaded.forward_layer), type(loaded.backward_layer)) == (Bidirectional, GRU, LSTM)
    assert loaded.backward_layer.activation is keras.activations.relu
    np.testing.assert_array_equal(loaded(X), ours(X))


def test_a_layer_of_keras_stays_one() -> None:
    layer = Bidirectional(keras.layers.GRU(4), backward_layer=keras.layers.GRU(4, go_backwards=True))
    assert type(layer.forward_layer) is type(layer.backward_layer) is keras.layers.GRU


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_a_configuration_makes_the_same_layer(kind: Any) -> None:
    layer = Bidirectional(kind(4, return_sequences=True, seed=3), merge_mode="ave", name="both")
    again = Bidirectional.from_config(layer.get_config())
    assert type(again) is Bidirectional
    assert type(again.forward_layer) is type(again.backward_layer) is kind
    assert again.get_config() == layer.get_config()
