"""What Keras has no public interface for; tests/models/test_compat.py says when one of these is gone."""

from __future__ import annotations

from typing import Any

from keras.src.api_export import REGISTERED_OBJS_TO_NAMES


def save_under(cls: type, name: str) -> None:
    """Have a layer's class be saved under another name, such as that of Keras's own layer."""
    REGISTERED_OBJS_TO_NAMES[cls] = name


def flat_layers(network: Any) -> list[Any]:
    """Return the layers of a Keras model, those inside models and wrappers included."""
    return list(network._flatten_layers())


def operation_of(tensor: Any) -> Any:
    """Return the layer or operation that gave a tensor of a graph."""
    return tensor._keras_history.operation
