"""Find the keys of an override that the composed files don't have, and name the nearest that they do."""

from __future__ import annotations

from typing import Any

from omegaconf import OmegaConf

from seqexp.config import model_section
from seqexp.config.composition import Base
from seqexp.config.errors import Fault, nearest, nearest_path, shown, wrong
from seqexp.config.locations import choices
from seqexp.config.overrides import Parsed


def unknown_keys(item: Parsed, base: Base) -> list[Fault]:
    """Return a message for each key that an override sets and that the composed files don't have."""
    parts = item.key.split(".")
    node: Any = base.content
    for depth, part in enumerate(parts):
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return _not_there(item, parts, parts[:depth], node, base)
    value = item.override.value()
    if item.override.is_add() and node is not None and not isinstance(value, dict | list):
        return [Fault(item.key, f"{shown(item.text)}: {item.key} is there already, leave out the +.")]
    return _unknown_within(item, value, node, parts, base)


def _unknown_within(item: Parsed, value: Any, node: Any, parts: list[str], base: Base) -> list[Fault]:
    """Return a message for each unknown key of a mapping that is merged into a section."""
    if not isinstance(value, dict) or not isinstance(node, dict):
        return []
    faults = []
    for name, child in value.items():
        inner = [*parts, str(name)]
        if name in node:
            faults += _unknown_within(item, child, node[name], inner, base)
        else:
            faults += _not_there(item, inner, parts, node, base)
    return faults


def _not_there(item: Parsed, parts: list[str], parents: list[str], node: Any, base: Base) -> list[Fault]:
    key = ".".join(parts)
    if isinstance(node, list):
        return [wrong(key, f"is not there: {'.'.join(parents)} holds {len(node)}, counted from 0.")]
    if _may_be_added(parts):
        return [] if item.adds else [wrong(key, f"is not there yet: write +{item.text} to add it.")]
    if parents == ["model"] and isinstance(node, dict):
        names = ", ".join(model_section.declared(node)) or "no hyperparameters"
        hint = _declared_elsewhere(parts[1]) or nearest(parts[1], list(node), "model.")
        return [wrong(key, f"is not a key of {base.model_file}, which declares {names}.{hint}")]
    pickers = [] if parents else ["experiment", "hydra"]
    siblings = [".".join([*parents, str(name)]) for name in [*node, *pickers]] if isinstance(node, dict) else []
    known = f" Known: {', '.join(siblings)}." if siblings else ""
    return [wrong(key, f"is not a key.{nearest_path(key, [*pickers, *base.keys]) or known}")]


def _may_be_added(parts: list[str]) -> bool:
    """Return whether a key needs no declaration: a tag, or what the chosen layers take."""
    return parts[:2] == ["tracking", "tags"] or (
        parts[0] == "model" and len(parts) > 1 and parts[1] in model_section.COMMON
    )


def _declared_elsewhere(hyperparameter: str) -> str:
    """Return which of seqexp's models do declare a hyperparameter."""
    models = [
        name
        for name, choice in choices("model").items()
        if hyperparameter not in model_section.COMMON and hyperparameter in OmegaConf.load(choice.path)
    ]
    return f" Declared by: {', '.join(models)}." if models else ""
