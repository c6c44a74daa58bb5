"""Check what stands under `model`: the common keys, and the hyperparameters that its YAML declares."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeGuard

from seqexp.config.errors import Fault, InputError, nearest, shown, wrong
from seqexp.config.repeat import MAX_LAYERS, is_repeat, layers_in, repeated
from seqexp.config.schema import DURATION

KINDS = ("layers", "estimator", "builder")
_EITHER = "must give one of model.layers, model.estimator and model.builder, and no other."
COMMON = ("name", *KINDS, "stem", "head", "embedding")
RECURRENT = ("GRU", "LSTM", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_HAVE_RECURRENT_DROPOUT = (*RECURRENT, "GRUCell", "LSTMCell", "SimpleRNNCell")

_REFERENCE = re.compile(r"\$\{\s*model\.([A-Za-z_]\w*)")
_RATES = ("dropout", "recurrent_dropout", "rate")
_COUNTS = ("units", "filters", "kernel_size", "pool_size", "depth", "strides", "dilation_rate")


def declared(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters that a model's section declares, with their values."""
    return {key: value for key, value in model.items() if key not in COMMON}


def yaml_faults(model: Mapping[str, Any], file: str, added: Collection[str] = ()) -> Iterator[Fault]:
    """Yield what is wrong with a model's YAML as written, before any override.

    `model` is the section with its interpolations unresolved, `file` the file's name for messages; those of the keys
    that are `added` come from elsewhere: from a preset.
    """
    if not _is_of_one_kind(model):
        yield Fault("model", f"{file} must give one of {', '.join(KINDS[:-1])} and {KINDS[-1]}, and no other.")
    used = set(_REFERENCE.findall(str({key: value for key, value in model.items() if key != "name"})))
    own = [name for name in model if name not in added]
    for name in declared(model):
        if name not in used and name not in added:
            text = f"{file} declares {name!r}, which nothing in it uses: use it as ${{model.{name}}} or remove it."
            yield Fault(f"model.{name}", text)
    for name in added:
        hint = nearest(name, own, "model.")
        yield wrong(f"model.{name}", f"is set by a preset, but {file} does not declare it.{hint}")
    for name in sorted(used - set(model)):
        yield Fault(f"model.{name}", f"{file} uses ${{model.{name}}} but does not declare {name!r}.")


def section_faults(
    model: Mapping[str, Any], written: Any, defaults: Mapping[str, Any], own_layers: Collection[str] = ()
) -> list[Fault]:
    """Return what is wrong with the section's values.

    Args:
        model: The section with its interpolations resolved.
        written: The same section with its interpolations unresolved: a value that only refers to a faulty
            hyperparameter, such as ${model.depth}, is not reported again.
        defaults: The hyperparameters as the YAML declares them; they give the types.
        own_layers: Names of a plugin's classes, of whose arguments nothing is known here.
    """
    faults = hyperparameter_faults(declared(model), defaults)
    if not _is_of_one_kind(model):
        faults.append(wrong("model", _EITHER))
    elif model.get("builder") is not None:
        for part in ("stem", "head"):
            if model.get(part) is not None:
                what = "must be null with model.builder, which makes the whole network"
                faults.append(wrong(f"model.{part}", f"{what}. Received: {shown(model[part])}."))
    keys = {fault.key for fault in faults}
    for part in ("stem", "layers", "head"):
        found = layer_faults(model.get(part), f"model.{part}", own_layers)
        faults += [fault for fault in found if not _refers_to(written, fault.key, keys)]
    total = sum(layers_in(model[part]) for part in ("stem", "layers", "head") if isinstance(model.get(part), list))
    if total > MAX_LAYERS:
        what = f"must make at most {MAX_LAYERS:,} layers with all repeats"
        faults.append(wrong("model.layers", f"{what}. Received: {total:,}."))
    keys = {fault.key for fault in faults}
    numbers = number_faults(written, "model")
    return [*faults, *(n for n in numbers if n.key not in keys and not n.key.startswith("model.embedding."))]


def _refers_to(written: Any, key: str, keys: Collection[str]) -> bool:
    """Return whether the section has at `key` an interpolation of one of `keys`, such as ${model.depth}."""
    node = written
    for name in key.split(".")[1:]:
        if isinstance(node, Mapping) and name in node:
            node = node[name]
        elif isinstance(node, list) and name.isdigit() and int(name) < len(node):
            node = node[int(name)]
        else:
            return False
    return isinstance(node, str) and any(f"model.{name}" in keys for name in _REFERENCE.findall(node))


def _is_of_one_kind(model: Mapping[str, Any]) -> bool:
    return sum(model.get(kind) is not None for kind in KINDS) == 1


def hyperparameter_faults(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[Fault]:
    """Return the hyperparameters whose value has another type than their default, the YAML's, or is out of range."""
    faults = []
    for name, value in values.items():
        allowed, fits = _rule(name, defaults.get(name, value))
        if isinstance(value, Mapping):
            allowed = "one value or a list of them"
        if isinstance(value, Mapping) or not fits(value):
            faults.append(wrong(f"model.{name}", f"must be {allowed}. Received: {shown(value)}."))
    return faults


def layer_faults(layers: Any, key: str = "model.layers", own_layers: Collection[str] = ()) -> list[Fault]:
    """Return the faults that can be seen in a list of layers without knowing the layers themselves."""
    if not isinstance(layers, list):
        return []  # None, or of a type that the schema refuses
    return [fault for index, entry in enumerate(layers) for fault in _entry_faults(entry, f"{key}.{index}", own_layers)]


def _entry_faults(entry: Any, where: str, own_layers: Collection[str]) -> list[Fault]:
    if isinstance(entry, str):
        return []
    if is_repeat(entry):
        try:
            _, inner = repeated(entry, where)
        except InputError as error:
            return list(error.faults)
        return [fault for key, layer in inner for fault in _entry_faults(layer, key, own_layers)]
    if not _is_layer_entry(entry):
        what = "must be a layer's name, alone or with a mapping of its arguments"
        return [wrong(where, f"{what}. Received: {shown(entry)}.")]
    return [
        Fault(where, f"{where}: {layer} has no recurrent_dropout; only {', '.join(RECURRENT)} have it.")
        for layer, arguments in _nested(entry)
        if "recurrent_dropout" in arguments
        and layer.rpartition("/")[2] not in _HAVE_RECURRENT_DROPOUT
        and layer not in own_layers
    ]


def number_faults(node: Any, key: str) -> list[Fault]:
    """Return the numbers within a part of the section that are not finite: no argument can use them."""
    if isinstance(node, float) and not math.isfinite(node):
        return [wrong(key, f"must be a finite number. Received: {node!r}.")]
    children = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    return [fault for name, child in children for fault in number_faults(child, f"{key}.{name}")]


def _is_layer_entry(entry: Any) -> bool:
    if not isinstance(entry, Mapping) or len(entry) != 1:
        return False
    ((name, arguments),) = entry.items()
    return isinstance(name, str) and (arguments is None or isinstance(arguments, Mapping))


def _nested(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (name, arguments) of a layer, and of the layers within its arguments (a wrapper's)."""
    for name, arguments in entry.items():
        inner: Collection[Any] = arguments if isinstance(arguments, list) else ()  # what a repeat holds
        if isinstance(arguments, Mapping):
            yield name, arguments
            inner = arguments.values()
        for value in inner:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Mapping):
                    yield from _nested(item)


def _kind(name: str, default: Any) -> str:
    """Return a hyperparameter's kind by the field's usual names; `top_units` is a kind of units."""
    if default is None or isinstance(default, list):
        return ""  # the YAML leaves it open, or gives one value a dimension
    return next((known for known in (*_RATES, *_COUNTS) if f"_{name}".endswith(f"_{known}")), "")


def _rule(name: str, default: Any) -> tuple[str, Callable[[Any], bool]]:
    """Return what a hyperparameter must be, in words and as a check; no words where anything is allowed."""
    kind = _kind(name, default)
    if name == "season":
        words = "auto, a number of rows >= 1, or a time such as 1d"
        return words, lambda v: v == "auto" or is_length(v) or (is_integer(v) and v >= 1)
    if is_length(default):
        return "a number of rows >= 1, or a time such as 1d", lambda v: is_length(v) or (is_integer(v) and v >= 1)
    if kind in _RATES:
        return "in [0, 1)", lambda v: is_number(v) and 0 <= v < 1
    if kind in _COUNTS:
        # Whether memory holds as much shows when it is built.
        return "an integer >= 1 and < 2**63", lambda v: is_integer(v) and 1 <= v < 2**63
    rules: tuple[tuple[type, str, Callable[[Any], bool]], ...] = (
        (bool, "true or false", lambda v: isinstance(v, bool)),
        (int, "an integer >= -2**63 and < 2**63", lambda v: is_integer(v) and is_number(v)),
        (float, "a number", is_number),
        (str, "a text", lambda v: isinstance(v, str)),
        (list, "a list", lambda v: isinstance(v, list)),
    )
    return next(((words, fits) for type_, words, fits in rules if isinstance(default, type_)), ("", lambda _: True))


def is_length(value: Any) -> TypeGuard[str]:
    """Return whether a value is a length of time; where one is declared, a number of rows does as well."""
    return isinstance(value, str) and re.fullmatch(DURATION, value) is not None


def is_integer(value: Any) -> TypeGuard[int]:
    """Return whether a value is an integer; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> TypeGuard[float]:
    """Return whether a value is a finite number, of 64 bits if it is an integer; true and false are none."""
    if is_integer(value):
        return -(2**63) <= value < 2**63
    return isinstance(value, float) and math.isfinite(value)
