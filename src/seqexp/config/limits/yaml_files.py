"""What a folder of YAML files must not hold: what is no file, what has no end, what unfolds to millions of values.

Hydra opens every file that is named as one, and OmegaConf copies what an alias stands for each time that it stands
there; so this is looked at before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import yaml

from seqexp.config.errors import Fault, shown, wrong
from seqexp.config.limits.file_kinds import kind_of

# Far above what anybody writes by hand: models of a thousand layers have 10,000 values.
MOST_VALUES = 20_000
_MOST_LEVELS = 50
_MOST_BYTES = 1_000_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BEGIN = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_END = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def folder_faults(folder: Path, groups: tuple[str, ...]) -> Iterator[Fault]:
    """Yield what no file of these groups in a user's own configuration folder may be; syntax is not looked at."""
    for group in groups:
        for path in sorted((folder / group).rglob("*.yaml")):
            what = _what_is_wrong(path)
            if what:
                yield wrong("--config-dir", f"must hold YAML files that can be read: {path} {what}.")


def shape_faults(folder: Path, picked: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what of a user's own files, by group and name, is no mapping: a text, a list, an empty model."""
    for group, name in picked.items():
        path = folder / group / f"{name}.yaml"
        with suppress(OSError, ValueError, yaml.YAMLError):  # Hydra says why it can't be read
            root = yaml.compose(path.read_bytes(), Loader=_Loader)
            is_empty = root is None or root.tag.endswith(":null")  # as a training may be that changes nothing
            if group == "model" if is_empty else not isinstance(root, yaml.MappingNode):
                what = f"must be a mapping of keys ('key: value'). Received: {_in_words(root)}."
                yield Fault(group, f"{group}/{path.name} {what}")


def _in_words(node: yaml.Node | None) -> str:
    if node is None:
        return "an empty file"
    if not isinstance(node, yaml.ScalarNode):
        return "a list"
    return f"the text {shown(node.value)}" if node.tag.endswith(":str") else str(node.value)


def _what_is_wrong(path: Path) -> str:
    try:
        kind = kind_of(path)
        if kind != "a file":
            return f"is {kind}, not a file" if kind else "is a link to nothing"
        if path.stat().st_size > _MOST_BYTES:
            return f"has {path.stat().st_size:,} bytes, and may have {_MOST_BYTES:,} at most"
        text = path.read_bytes()
    except OSError as error:  # a link to itself, too
        return f"can't be read ({error.strerror or error})"
    try:
        return _too_much(text)
    except yaml.YAMLError:
        return ""  # Hydra says where it is wrong, once the file is picked


def _too_much(text: bytes) -> str:
    """Return what is wrong with the values of a YAML file, an alias counted as all that it stands for."""
    sizes: dict[str, int] = {}  # of what each anchor stands for
    opened: list[tuple[str | None, int]] = []  # the anchors of what is not closed yet, and the values before them
    values = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in opened):
                return f"refers to itself: *{event.anchor} stands within &{event.anchor}"
            values += sizes.get(event.anchor or "", 0)
        elif isinstance(event, _BEGIN):
            opened.append((event.anchor, values))
            values += 1
        elif isinstance(event, _END):
            anchor, before = opened.pop()
            if anchor is not None:
                sizes[anchor] = values - before
        elif isinstance(event, yaml.ScalarEvent):
            values += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        if values > MOST_VALUES:
            return f"unfolds to more than {MOST_VALUES:,} values"
        if len(opened) > _MOST_LEVELS:
            return f"is nested more than {_MOST_LEVELS} levels deep"
    return ""
