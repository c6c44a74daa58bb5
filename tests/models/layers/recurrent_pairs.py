"""A recurrent layer of ours beside Keras's own with the same weights, and what both say of the same inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from seqexp.models.layers import recurrent

STOCK = {"SimpleRNN": keras.layers.SimpleRNN, "LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU}
OURS = {"SimpleRNN": recurrent.SimpleRNN, "LSTM": recurrent.LSTM, "GRU": recurrent.GRU}
NEAR = 1e-5  # of the largest value of a tensor: where float32 sums cancel, nothing is promised of a single value


def normal(seed: int, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Return float32 values that are the same in every run."""
    return np.random.default_rng([seed, *shape]).normal(0, scale, shape).astype(np.float32)


def set_weights(layer: Any, seed: int = 0) -> None:
    """Set weights, biases included, of a size that keeps the states within bounds over some timesteps."""
    shapes = [w.shape for w in layer.get_weights()]
    layer.set_weights([normal(seed + i, *shape, scale=0.5 / shape[0] ** 0.5) for i, shape in enumerate(shapes)])


def pair(name: str, columns: int, **arguments: Any) -> tuple[Any, Any]:
    """Return a layer of ours and Keras's own, of the same weights."""
    layers = []
    for kind in (OURS, STOCK):
        more = {} if name == "SimpleRNN" or kind is OURS else {"use_cudnn": False}
        layer = kind[name](**arguments, **more)
        batch = 2 if arguments.get("stateful") else None
        layer.build((batch, None, columns))
        set_weights(layer)
        layers.append(layer)
    return layers[0], layers[1]


def states_for(name: str, batch: int, units: int) -> list[Any]:
    """Return initial states."""
    return [tf.constant(normal(50 + i, batch, units)) for i in range(2 if name == "LSTM" else 1)]


def outputs_and_gradients(layer: Any, x: Any, states: Sequence[Any] = (), **call: Any) -> list[Any]:
    """Return the outputs; and a loss's derivatives by the inputs, the initial states and the weights."""
    weights = [variable.value for variable in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = tf.nest.flatten(layer(x, initial_state=list(states) or None, **call))
        loss = tf.add_n([tf.reduce_sum(output * normal(90, *output.shape)) for output in outputs])
    return [*outputs, *tape.gradient(loss, [x, *states, *weights], unconnected_gradients="zero")]


def assert_all_near(ours: Sequence[Any], stock: Sequence[Any], near: float = NEAR) -> None:
    """Check tensors against others, each to a share of its largest value."""
    assert len(ours) == len(stock)
    arrays = ([np.asarray(tensor) for tensor in tensors] for tensors in (ours, stock))
    for number, (mine, theirs) in enumerate(zip(*arrays, strict=True)):
        assert mine.shape == theirs.shape
        assert np.isfinite(theirs).all()
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=near * np.abs(theirs).max(), err_msg=f"tensor {number}")


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Divide batches as on a machine with so many cores."""
    with mock.patch.object(recurrent, "_threads", return_value=count):
        yield
