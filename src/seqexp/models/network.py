"""Build the Keras network that a model's layer list describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from seqexp.config.errors import InputError, nearest
from seqexp.config.repeat import copies, is_repeat, written_out
from seqexp.config.schema import ModelConfig
from seqexp.models.registry import argument_names, is_layer, layer_class

# The output of a forecast of one number, where the YAML gives no head.
REGRESSION_HEAD: tuple[Any, ...] = ({"Dense": {"units": 1}},)


def build_network(model: ModelConfig, shape: tuple[int, int], *, seed: int) -> Any:
    """Return a Keras model from (batch, timesteps, columns) to (batch, 1).

    Args:
        model: Its layer list, and its head if it gives one.
        shape: (timesteps, columns) of one sample, known to the graph.
        seed: Of the initial weights and of every dropout mask.

    Raises:
        InputError: If a layer doesn't exist, refuses an argument, or doesn't fit the one before it.
    """
    import keras

    keras.utils.clear_session(free_memory=True)
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(shape=shape, name="window")
    outputs = _stack(inputs, model.layers or [], "model.layers")
    outputs = _stack(outputs, model.head if model.head is not None else REGRESSION_HEAD, "model.head")
    if tuple(outputs.shape) != (None, 1):
        raise InputError(
            f"model.layers must end in one number a window, shape (batch, 1). Received: {_text(outputs.shape)}. "
            f"The last recurrent layer must not return sequences; a convolution wants a pooling layer after it."
        )
    with _refusing("model.layers: the network is refused"):
        network = keras.Model(inputs, outputs, name=_identifier(model.name))
    if not network.trainable_variables:
        raise InputError("model.layers and model.head hold nothing to learn: give a layer that has weights.")
    return network


def _stack(tensor: Any, entries: Sequence[Any], key: str) -> Any:
    """Apply layers one after the other; say which one is at fault."""
    for placed in written_out(entries, key):
        layer = _layer(placed.entry, placed.where)
        repetition = f", {placed.repetition}" if placed.repetition else ""
        name = f"{placed.where} ({layer.__class__.__name__}{repetition})"
        with _refusing(f"{name} doesn't fit its input of shape {_text(tensor.shape)}"):
            tensor = layer(tensor)
        if not hasattr(tensor, "shape"):
            raise InputError(f"{name} must give one output. Received: {len(tensor)} of them.")
    return tensor


def _layer(entry: Any, where: str) -> Any:
    name, arguments = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    cls = layer_class(name, where)
    arguments = {key: _argument(value, f"{where}.{name}.{key}") for key, value in (arguments or {}).items()}
    known = argument_names(cls)
    unknown = [key for key in arguments if key not in known]
    if unknown:
        raise InputError(f"{where}.{name}.{key} is not an argument of {name}.{nearest(key, known)}" for key in unknown)
    with _refusing(f"{where} ({name})"):
        return cls(**arguments)


def _argument(value: Any, where: str) -> Any:
    """Return an argument's value; a mapping from a layer's name to its arguments becomes that layer."""
    if isinstance(value, list):
        return [item for index, entry in enumerate(value) for item in _items(entry, f"{where}.{index}")]
    if isinstance(value, Mapping) and len(value) == 1:
        name = str(next(iter(value)))
        if is_layer(name):
            return _layer(value, where)
    if _repeats_layers(value):
        raise InputError(f"{where} is one layer: repeat stands in lists of layers alone.")
    return value


def _items(entry: Any, where: str) -> list[Any]:
    """Return what an item of an argument's list becomes: one value, or the layers that it repeats."""
    if not _repeats_layers(entry):
        return [_argument(entry, where)]
    return [_argument(placed.entry, placed.where) for placed in copies(entry, where)]


def _repeats_layers(value: Any) -> bool:
    """Return whether an argument repeats layers; one of a user's own layer may be called repeat, too."""
    return is_repeat(value) and any(key == "layers" or is_layer(str(key)) for key in value)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn whatever Keras raises about a layer into the message that a person reads."""
    try:
        yield
    except Exception as error:
        raise InputError(f"{what}: {_reason(error)}") from error


def recurrent_layers(network: Any) -> list[Any]:
    """Return the recurrent layers, those inside wrappers included."""
    import keras

    return [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.RNN)]


def use_plain_recurrence(network: Any) -> None:
    """Keep recurrent layers off cuDNN kernels, which XLA has none of."""
    for layer in recurrent_layers(network):
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False


def _reason(error: Exception) -> str:
    """Return the line of a message that says why; Keras puts where it happened before it, and colours it."""
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    return said[0] if said else error.__class__.__name__


def _text(shape: Any) -> str:
    return "(" + ", ".join("batch" if size is None else str(size) for size in shape) + ")"


def _identifier(name: str) -> str:
    """Return a name that Keras accepts for a model."""
    return "".join(c if c.isalnum() or c in "_.-" else "_" for c in name)
