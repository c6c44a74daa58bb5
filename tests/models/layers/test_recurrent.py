"""The compiled recurrent layers give what Keras's own give, and so do their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.models.kernels.numbers import ACTIVATIONS
from tests.models.layers.recurrent_pairs import (
    assert_all_near,
    normal,
    outputs_and_gradients,
    pair,
    states_for,
    threads,
)

FLAGS = ("return_sequences", "return_state", "go_backwards", "use_bias", "zero_output_for_mask")
MASKS = ("none", "random", "whole rows", "leading")


def mask_of(kind: str, batch: int, timesteps: int) -> Any:
    random = np.random.default_rng([batch, timesteps])
    mask = random.random((batch, timesteps)) < 0.6
    if kind == "whole rows":
        mask[random.random(batch) < 0.5] = False
        mask[0] = False
    elif kind == "leading":
        mask = np.arange(timesteps) >= random.integers(0, timesteps + 1, (batch, 1))
    return None if kind == "none" else tf.constant(mask)


@st.composite
def cases(draw: Any) -> dict[str, Any]:
    """Draw a layer and what it is called with."""
    name = draw(st.sampled_from(["SimpleRNN", "LSTM", "GRU"]))
    arguments = {"units": draw(st.integers(1, 40)), "seed": 3, **{flag: draw(st.booleans()) for flag in FLAGS}}
    arguments["activation"] = draw(st.sampled_from(["tanh", "tanh", *ACTIVATIONS]))
    if name != "SimpleRNN":
        # Gates without a bound let values grow beyond all float32 numbers in a few timesteps.
        arguments["recurrent_activation"] = draw(st.sampled_from(["sigmoid", "sigmoid", "hard_sigmoid", "tanh"]))
        arguments["implementation"] = draw(st.sampled_from([1, 2]))
    if name == "GRU":
        arguments["reset_after"] = draw(st.booleans())
    for which in ("dropout", "recurrent_dropout"):
        arguments[which] = draw(st.sampled_from([0.0, 0.0, 0.4]))
    return {
        "name": name,
        "arguments": arguments,
        "batch": draw(st.one_of(st.integers(1, 70), st.sampled_from([16, 17, 32, 48, 70]))),
        "timesteps": draw(st.integers(1, 12)),
        "columns": draw(st.integers(1, 20)),
        "mask": draw(st.sampled_from(MASKS)),
        "training": draw(st.booleans()),
        "has_states": draw(st.booleans()),
        "parts": draw(st.sampled_from([1, 2, 3])),
    }


def check(
    name: str,
    arguments: dict[str, Any],
    *,
    batch: int = 35,
    timesteps: int = 5,
    columns: int = 4,
    mask: str = "none",
    training: bool = True,
    has_states: bool = False,
    parts: int = 2,
) -> None:
    """Compare a layer of ours with Keras's own."""
    ours, stock = pair(name, columns, **arguments)
    x = tf.constant(normal(1, batch, timesteps, columns))
    states = states_for(name, batch, arguments["units"]) if has_states else []
    call = {"mask": mask_of(mask, batch, timesteps), "training": training}
    with threads(parts):
        assert ours.why_stock() is None
        assert_all_near(outputs_and_gradients(ours, x, states, **call), outputs_and_gradients(stock, x, states, **call))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(case=cases())
def test_values_and_gradients_are_those_of_keras(case: dict[str, Any]) -> None:
    check(**case)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, derandomize=True)
@given(case=cases())
def test_values_and_gradients_are_those_of_keras_in_many_cases(case: dict[str, Any]) -> None:
    check(**case)
