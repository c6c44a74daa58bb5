"""The values of a composed configuration, its interpolations resolved: they refer to other keys, and run nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from seqexp.config.composed.compat_omegaconf import MOST_CHARACTERS, MOST_REFERENCES, limited_references
from seqexp.config.errors import Fault, refused, shown, wrong
from seqexp.config.limits.yaml_files import MOST_VALUES

# Names by which Hydra makes objects and calls functions; here they mean nothing.
_INSTANTIATES = ("_target_", "_args_", "_partial_", "_recursive_", "_convert_")
_REFERENCE = re.compile(r"\$\{[^${}:]*\}")
_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)\\\$\{")


def resolved(config: DictConfig, first: Iterable[str]) -> tuple[dict[str, Any], dict[str, Fault]]:
    """Return the plain values, with None for what can't be resolved, and a fault for each such key.

    Args:
        config: The composition; Hydra's own section is ignored.
        first: The sections of which faults are reported first, in their order.

    Raises:
        InputError: The values are too many, as where each refers to a list of others many times, or twice to a text
            that refers twice to the next.
    """
    faults: dict[str, Fault] = {}
    count = itertools.count(1)
    known = [key for key in first if key in config]
    keys = [*known, *(str(key) for key in config if key != "hydra" and key not in known)]
    values = {}
    with limited_references() as unfolding:
        for key in keys:
            values[key] = _plain(config, key, key, faults, count)
            if unfolding.is_too_much:
                most = f"{MOST_REFERENCES:,} references to other keys, or {MOST_CHARACTERS:,} characters"
                raise refused(key, f"must unfold to at most {most}. Received: more.")
    return values, faults


def _plain(parent: Any, name: Any, key: str, faults: dict[str, Fault], count: Iterator[int]) -> Any:
    if next(count) > MOST_VALUES:
        raise refused(key.partition(".")[0], f"unfolds to more than {MOST_VALUES:,} values.")
    if name in _INSTANTIATES:
        faults[key] = wrong(key, "can't be set: no file and no override names a function or a class to be called.")
        return None
    if OmegaConf.is_interpolation(parent, name):
        written = OmegaConf.to_container(parent, resolve=False)[name]  # type: ignore[index]
        if calls_function(str(written)):
            what = "must refer to keys alone, such as ${dataset.name}: functions such as oc.env are not called"
            faults[key] = wrong(key, f"{what}. Received: {shown(written)}.")
            return None
    try:
        node = parent[name]
    except (OmegaConfBaseException, RecursionError) as error:
        faults[key] = wrong(key, f"can't be resolved: {str(error).splitlines()[0]}.")
        return None
    if OmegaConf.is_dict(node):
        return {str(child): _plain(node, child, f"{key}.{child}", faults, count) for child in node}
    if OmegaConf.is_list(node):
        return [_plain(node, index, f"{key}.{index}", faults, count) for index in range(len(node))]
    return node


def calls_function(text: str) -> bool:
    """Return whether a text has an interpolation that calls a function, such as ${oc.env:NAME}.

    References within references, such as ${model.${name}}, are taken away from the innermost one on; what is then left
    of a call has a colon in it.
    """
    left, before = _ESCAPED.sub(r"\1", text), ""
    while left != before:
        before, left = left, _REFERENCE.sub("x", left)
    return "${" in left and ":" in left[left.index("${") :]
