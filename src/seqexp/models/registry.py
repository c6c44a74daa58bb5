"""Names in a model's YAML, and the classes that they mean.

A name means seqexp's own layer, else Keras's; `keras/GRU` is always Keras's. Nothing is ever imported
because a YAML names its path.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from seqexp.config.errors import InputError, nearest
from seqexp.models.estimators import Estimator, Naive, SeasonalNaive
from seqexp.models.ridge import Ridge

ESTIMATORS: dict[str, type[Estimator]] = {"Naive": Naive, "SeasonalNaive": SeasonalNaive, "Ridge": Ridge}

# Bases, and layers made from what a YAML can't hold: Python code, other libraries' modules, a saved program.
_NOT_FOR_YAML = ("Layer", "InputLayer", "Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper")


def layer_class(name: str, where: str) -> Any:
    """Return the layer class that a name means.

    Args:
        name: Such as "GRU" or "keras/GRU".
        where: The key that holds the name, for the message.

    Raises:
        InputError: If there is no such layer.
    """
    space, _, plain = name.rpartition("/")
    known = _layers_of(space)
    if plain in known:
        return known[plain]
    known = _layers_of("")
    raise InputError(f"{where}: {name!r} is not a Keras layer.{nearest(plain, list(known))}")


def argument_names(cls: Any) -> list[str]:
    """Return the arguments that a layer's class knows: its own first, then those of what it is made from."""
    names = [
        name
        for base in cls.__mro__
        if "__init__" in vars(base) and base is not object
        for name, parameter in inspect.signature(base.__init__).parameters.items()
        if name != "self" and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return list(dict.fromkeys(names))


def is_layer(name: str) -> bool:
    """Return whether a name means a layer."""
    space, _, plain = name.rpartition("/")
    return plain in _layers_of(space)


def make_estimator(entry: Mapping[str, Any]) -> Estimator:
    """Return the estimator that a model's YAML names.

    Args:
        entry: One name with its arguments, such as {"Naive": None}.

    Raises:
        InputError: If there is none of that name, or it refuses an argument.
    """
    if len(entry) != 1:
        raise InputError(f"model.estimator must be one name with its arguments. Received: {dict(entry)!r}.")
    name, arguments = next(iter(entry.items()))
    if name not in ESTIMATORS:
        raise InputError(
            f"model.estimator must be one of {', '.join(ESTIMATORS)}. Received: {name!r}."
            f"{nearest(name, list(ESTIMATORS))}"
        )
    try:
        return ESTIMATORS[name](**(arguments or {}))
    except TypeError as error:
        raise InputError(f"model.estimator.{name}: {error}") from None


def _layers_of(space: str) -> dict[str, Any]:
    """Return the layers of a name's space: "keras" for `keras/GRU`; "" for a plain name, seqexp's own first."""
    import keras

    from seqexp.models.layers import OWN_LAYERS

    if space not in ("", "keras"):
        return {}
    stock = {
        name: value
        for name, value in vars(keras.layers).items()
        if isinstance(value, type) and issubclass(value, keras.layers.Layer) and name not in _NOT_FOR_YAML
    }
    return stock if space else {**stock, **OWN_LAYERS}
