"""What Keras has no public interface for; tests/models/test_compat.py says when one of these is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras.src import backend
from keras.src.api_export import REGISTERED_OBJS_TO_NAMES


def set_home(folder: Path) -> None:
    """Have Keras keep what it downloads in this folder, whatever KERAS_HOME was when it was imported."""
    backend.config._KERAS_DIR = str(folder)


def save_under(cls: type, name: str) -> None:
    """Have a layer's class be saved under another name, such as that of Keras's own layer."""
    REGISTERED_OBJS_TO_NAMES[cls] = name


def flat_layers(network: Any) -> list[Any]:
    """Return the layers of a Keras model, those inside models and wrappers included."""
    return list(network._flatten_layers())


def operation_of(tensor: Any) -> Any:
    """Return the layer or operation that gave a tensor of a graph."""
    return tensor._keras_history.operation
