"""Parse the overrides of a command line one by one, so that every fault is found at once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, OverrideType
from hydra.errors import HydraException

from seqexp.config.errors import nearest
from seqexp.config.locations import GROUPS, choices

SECTIONS = ("seed", "dataset", "model", "training", "tracking", "experiment", "hydra")


@dataclass(frozen=True)
class Parsed:
    """One override as Hydra's grammar reads it.

    Attributes:
        text: As the user wrote it.
        key: Such as "model.units", or a group such as "model".
        override: Hydra's own object.
        is_group: Whether it picks a file of a group instead of setting a value.
    """

    text: str
    key: str
    override: Override
    is_group: bool

    @property
    def is_hydra(self) -> bool:
        """Whether it concerns Hydra itself (launcher, sweeper, output folder)."""
        return self.key == "hydra" or self.key.startswith(("hydra.", "hydra/"))

    @property
    def is_sweep(self) -> bool:
        """Whether it names several values."""
        return bool(self.override.is_sweep_override())


def parse(texts: Sequence[str]) -> tuple[list[Parsed], list[str]]:
    """Return the overrides that can be read, and a message for each that can't."""
    parser = OverridesParser.create()
    parsed, faults = [], []
    for text in texts:
        try:
            override = parser.parse_override(text)
        except HydraException as error:
            faults.append(_unreadable(text, str(error)))
            continue
        fault = _refused(text, override)
        if fault:
            faults.append(fault)
            continue
        key = str(override.key_or_group)
        is_group = key in GROUPS and not isinstance(_plain(override), dict)
        parsed.append(Parsed(text, key, override, is_group or key.startswith("hydra/")))
    return parsed, faults


def _unreadable(text: str, reason: str) -> str:
    if "=" not in text:
        return f"{text!r} is not an override: write key=value, such as model=gru or model.units=64."
    return f"{text!r} can't be read as key=value: {reason.splitlines()[0]}"


def _refused(text: str, override: Override) -> str | None:
    if override.type == OverrideType.DEL:
        return f"{text!r}: keys can't be removed; set the key to null instead, where null is allowed."
    key = str(override.key_or_group)
    section = key.split(".", maxsplit=1)[0].split("/", maxsplit=1)[0]
    if section not in SECTIONS:
        return f"{key} is not a key.{nearest(section, SECTIONS)} Known: {', '.join(SECTIONS)}."
    return None


def _plain(override: Override) -> Any:
    return None if override.is_sweep_override() else override.value()


def group_faults(parsed: Sequence[Parsed], config_dir: Path | None) -> dict[str, str]:
    """Return a message for each override that picks a file which its group doesn't have, by its text."""
    faults = {}
    for item in parsed:
        if not item.is_group or item.is_hydra:
            continue
        known = list(choices(item.key, config_dir))
        for name in values_of(item, config_dir):
            if name not in known and not (name == "null" and item.key == "experiment"):
                faults[item.text] = (
                    f"{item.key} must be one of {', '.join(known)}. Received: {name!r}.{nearest(name, known)}"
                )
    return faults


def values_of(item: Parsed, config_dir: Path | None) -> list[str]:
    """Return the values of one override as text: one, or all those of a sweep."""
    if not item.is_sweep:
        return [str(item.override.get_value_element_as_str())]
    value = item.override.value()
    if isinstance(value, Glob):
        names = choices(item.key, config_dir) if item.is_group else {}
        return [
            name
            for name in names
            if any(fnmatch(name, pattern) for pattern in value.include)
            and not any(fnmatch(name, pattern) for pattern in value.exclude)
        ]
    return [str(text) for text in item.override.sweep_string_iterator()]


def expand(parsed: Sequence[Parsed], config_dir: Path | None) -> list[list[Parsed]]:
    """Return the jobs of a sweep: each a list of overrides with one value, in Hydra's own order.

    Args:
        parsed: The overrides; several without a sweep among them give one job.
        config_dir: The user's own configuration folder, if any.
    """
    parser = OverridesParser.create()
    axes = []
    for item in parsed:
        if not item.is_sweep:
            axes.append([item])
            continue
        texts = [f"{item.override.get_key_element()}={value}" for value in values_of(item, config_dir)]
        axes.append([Parsed(t, item.key, parser.parse_override(t), item.is_group) for t in texts])
    return [list(job) for job in itertools.product(*axes)]
