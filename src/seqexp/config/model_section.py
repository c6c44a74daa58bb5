"""Check what stands under `model`: the common keys, and the hyperparameters that its YAML declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

COMMON = ("name", "layers", "estimator", "head")
RECURRENT = ("GRU", "LSTM", "SimpleRNN")

_REFERENCE = re.compile(r"\$\{\s*model\.([A-Za-z_]\w*)")
_RATES = ("dropout", "recurrent_dropout", "rate")
_COUNTS = ("units", "filters", "kernel_size", "pool_size", "depth", "strides", "dilation_rate")


def declared(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters that a model's section declares, with their values."""
    return {key: value for key, value in model.items() if key not in COMMON}


def yaml_faults(model: Mapping[str, Any], file: str) -> list[str]:
    """Return what is wrong with a model's YAML as written, before any override.

    Args:
        model: The section with its interpolations unresolved.
        file: The file's name, for the messages.
    """
    faults = []
    if (model.get("layers") is None) == (model.get("estimator") is None):
        faults.append(f"{file} must give either layers or estimator, and not both.")
    used = set(_REFERENCE.findall(str({key: value for key, value in model.items() if key != "name"})))
    faults += [
        f"{file} declares {name!r}, which none of its layers uses: use it as ${{model.{name}}} or remove it."
        for name in declared(model)
        if name not in used
    ]
    faults += [f"{file} uses ${{model.{name}}} but does not declare {name!r}." for name in sorted(used - set(model))]
    return faults


def hyperparameter_faults(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    """Return the hyperparameters whose value has another type than the YAML's, or is out of range.

    Args:
        values: This run's values.
        defaults: The values that the YAML declares; they give the types.
    """
    faults = []
    for name, value in values.items():
        allowed = _allowed(name, defaults.get(name, value))
        if allowed and not _fits(name, value, defaults.get(name, value)):
            faults.append(f"model.{name} must be {allowed}. Received: {value!r}.")
    return faults


def layer_faults(layers: Any, key: str = "model.layers") -> list[str]:
    """Return the faults that can be seen in a list of layers without knowing the layers themselves."""
    if not isinstance(layers, list):
        return []  # None, or of a type that the schema refuses
    faults = []
    for index, entry in enumerate(layers):
        where = f"{key}.{index}"
        if isinstance(entry, str):
            continue
        if not isinstance(entry, dict) or len(entry) != 1:
            faults.append(f"{where} must be a layer's name, alone or with its arguments. Received: {entry!r}.")
            continue
        faults += [
            f"{where}: {layer} has no recurrent_dropout; only {', '.join(RECURRENT)} have it."
            for layer, arguments in _nested(entry)
            if "recurrent_dropout" in arguments and layer.rpartition("/")[2] not in RECURRENT
        ]
    return faults


def _nested(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (name, arguments) of a layer, and of the layers within its arguments (a wrapper's)."""
    for name, arguments in entry.items():
        if isinstance(arguments, Mapping):
            yield name, arguments
            for value in arguments.values():
                if isinstance(value, Mapping):
                    yield from _nested(value)


def _kind(name: str) -> str:
    """Return a hyperparameter's kind by the field's usual names; `top_units` is a kind of units."""
    for known in (*_RATES, *_COUNTS):
        if name == known or name.endswith(f"_{known}"):
            return known
    return ""


def _allowed(name: str, default: Any) -> str:
    kind = _kind(name)
    if kind in _RATES:
        return "in [0, 1)"
    if kind in _COUNTS:
        return "an integer >= 1"
    for kinds, words in (
        ((bool,), "true or false"),
        ((int,), "an integer"),
        ((float,), "a number"),
        ((str,), "a text"),
        ((list,), "a list"),
    ):
        if isinstance(default, kinds):
            return words
    return ""


def _fits(name: str, value: Any, default: Any) -> bool:
    kind = _kind(name)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in _RATES:
        return number and 0 <= value < 1
    if kind in _COUNTS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, int):
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(default, float):
        return number
    return isinstance(value, type(default))
