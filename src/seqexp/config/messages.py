"""Turn pydantic's errors into the messages that a person reads: key, what is allowed, what was received."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, StringConstraints, Tag, ValidationError
from pydantic.fields import FieldInfo

from seqexp.config.errors import Fault, nearest, nearest_key, shown, wrong
from seqexp.config.schema import DURATION, FILE_NAME, FLAG, FOLD

_PATTERNED = {
    DURATION: "a time such as 10d, 1h or 30min",
    FILE_NAME: "the name of a file without its folder",
    FLAG: "a word without spaces",
    FOLD: "one of several folds, such as 2/5 or 2/5-sliding",
}
_OF_64_BITS = {(">=", -(2**63)): ">= -2**63", ("<=", 2**63 - 1): "< 2**63"}
_TYPE_NAMES = {int: "an integer", float: "a number", str: "a text", bool: "true or false", dict: "a mapping"}


def faults_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[Fault]:
    """Return one fault for each key, in the order of the keys, of what validating `model` raised.

    The prefix is the dotted key under which the model stands, if any.
    """
    faults: dict[str, Fault] = {}
    for item in error.errors():
        key, field, container = _locate(item["loc"], model)
        full = ".".join([*([prefix] if prefix else []), key])
        if item["type"] in ("union_tag_invalid", "union_tag_not_found"):
            kind, kinds = item["input"].get("kind"), list(_branches(field)) if field else []
            full = f"{full}.kind"
            what = f"must be one of {', '.join(kinds)}. Received: {shown(kind)}.{nearest(kind, kinds)}"
        elif item["type"] == "extra_forbidden":
            what = f"is not a key.{nearest_key(full, list(container.model_fields))}"
        elif item["type"] == "missing":
            what = f"is missing: it must be {allowed_of(field)}." if field else "is missing."
        else:
            allowed = allowed_of(field) if field else item["msg"].lower()
            values = [str(value) for value in _literals(field.annotation)] if field else []
            what = f"must be {allowed}. Received: {shown(item['input'])}.{nearest(item['input'], values)}"
        faults.setdefault(full, wrong(full, what))
    return list(faults.values())


def _locate(loc: Iterable[int | str], model: type[BaseModel]) -> tuple[str, FieldInfo | None, type[BaseModel]]:
    """Walk to the field at fault; stop at the first part that names no field (a union's branch, say)."""
    path: list[str] = []
    field: FieldInfo | None = None
    branches: dict[str, type[BaseModel]] = {}
    parts = list(loc)
    for position, part in enumerate(parts, 1):
        if part in branches:  # the kind of dataset, which is no key
            model, branches = branches[str(part)], {}
            continue
        nested = _model_of(field.annotation) if field and model not in get_args(field.annotation) else model
        if nested is None:
            assert field is not None  # the model itself has been entered
            inner = _tagged(field.annotation, part) if position < len(parts) else None
            if inner is None:
                inner = _element(field.annotation)
                path += [str(part)] if inner is not None else []
            if inner is None:
                break
            field = FieldInfo.from_annotation(inner)
            continue
        model, name = nested, str(part)
        path.append(name)
        field = model.model_fields.get(name)
        if field is None:
            break
        branches = _branches(field)
    return ".".join(path), field, model


def _tagged(annotation: Any, tag: int | str) -> Any:
    """Return the form of a value that a union tells from its others by a tag, which is no key; None: it has no tags."""
    for option in get_args(annotation):
        if any(isinstance(mark, Tag) and mark.tag == tag for mark in getattr(option, "__metadata__", ())):
            return get_args(option)[0]
    return None


def _element(annotation: Any) -> Any:
    """Return what stands in a list or in a mapping, one that may be null as well; None for anything else."""
    is_union = get_origin(annotation) in (Union, types.UnionType)
    options = [part for part in get_args(annotation) if part is not type(None)] if is_union else [annotation]
    return get_args(options[0])[-1] if len(options) == 1 and get_origin(options[0]) in (dict, list) else None


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the section that an annotation stands for, also one that may be null."""
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return next((item for item in options if isinstance(item, type) and issubclass(item, BaseModel)), None)


def _branches(field: FieldInfo) -> dict[str, type[BaseModel]]:
    """Return the sections that a field may hold by their kind, if there are several."""
    if field.discriminator is None:
        return {}
    name = str(field.discriminator)
    return {get_args(item.model_fields[name].annotation)[0]: item for item in get_args(field.annotation)}


def allowed_of(field: FieldInfo) -> str:
    """Return what a field allows in words: "an integer >= 1 or null"."""
    return _allowed(field.annotation, tuple(field.metadata))


def _allowed(annotation: Any, metadata: tuple[Any, ...]) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        return _allowed(inner, (*_flatten(extra), *metadata))
    if origin is Literal:
        return "one of " + ", ".join(str(value) for value in get_args(annotation))
    if origin in (Union, types.UnionType) and bool in get_args(annotation) and _literals(annotation):
        return "one of " + ", ".join([str(value) for value in _literals(annotation)] + ["true", "false"])
    if origin in (Union, types.UnionType):
        parts = [_allowed(part, metadata) for part in get_args(annotation) if part is not type(None)]
        if set(get_args(annotation)) >= {int, float}:
            parts = ["a number", *[part for part in parts if part not in ("an integer", "a number")]]
        nullable = ["null"] if type(None) in get_args(annotation) else []
        return " or ".join([*dict.fromkeys(parts), *nullable])
    patterned = next((str(m.pattern) for m in metadata if isinstance(m, StringConstraints) and m.pattern), "")
    if patterned in _PATTERNED:
        return _PATTERNED[patterned]
    name = _TYPE_NAMES.get(origin or annotation, "a mapping" if _model_of(annotation) else "a list")
    return f"{_qualified(name, metadata)}{_range(metadata)}"


def _flatten(metadata: Iterable[Any]) -> list[Any]:
    """Return the constraints, with those of a pydantic Field taken out of it."""
    return [m for item in metadata for m in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _qualified(name: str, metadata: tuple[Any, ...]) -> str:
    """Return "a non-empty text" for "a text", if empty ones are refused; the same for infinite numbers."""
    if any(isinstance(m, StringConstraints | annotated_types.MinLen) and m.min_length for m in metadata):
        return name.replace("a ", "a non-empty ", 1)
    if any(getattr(m, "allow_inf_nan", None) is False for m in metadata):
        return name.replace("a ", "a finite ", 1)
    return name


def _range(metadata: tuple[Any, ...]) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    ends = [(sign, getattr(m, name)) for name, sign in signs.items() for m in metadata if hasattr(m, name)]
    parts = [_OF_64_BITS.get((sign, end), f"{sign} {end}") for sign, end in ends]
    return " " + " and ".join(parts) if parts else ""


def _literals(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for part in get_args(annotation) for value in _literals(part)]
