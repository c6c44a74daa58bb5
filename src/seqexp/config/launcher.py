"""Where a sweep's jobs run: the checked section hydra.launcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from seqexp.config.clusters import Ray, Slurm
from seqexp.config.errors import InputError, nearest, nearest_key
from seqexp.config.locations import choices
from seqexp.config.messages import faults_of
from seqexp.config.overrides import Parsed
from seqexp.config.schema import Positive, Section


class Serial(Section):
    """One job after the other, on this machine."""

    kind: Literal["serial"] = Field(description="one job after the other, each with all cores")


class Parallel(Section):
    """Several jobs at once, on this machine."""

    kind: Literal["parallel"] = Field(description="several jobs at once on this machine")
    workers: Positive | None = Field(description="jobs at once; null: one a core, but not more than there are jobs")
    threads: Positive | None = Field(
        description="CPU threads of each job, where training.threads says nothing; null: the cores, shared evenly"
    )


Launcher = Serial | Parallel | Ray | Slurm

KINDS: Mapping[str, type[Launcher]] = {"serial": Serial, "parallel": Parallel, "ray": Ray, "slurm": Slurm}


def launcher_faults(parsed: Sequence[Parsed], config_dir: Path | None) -> dict[str, str]:
    """Return a message for each override that picks or sets what no launcher has, by its text.

    It is empty for a key of a launcher that there isn't: that is told already.
    """
    faults = {}
    chosen = "serial"
    for item in parsed:
        if item.key == "hydra/launcher":
            known = sorted({*KINDS, *choices("hydra/launcher", config_dir)})
            if item.is_sweep:
                faults[item.text] = f"{item.text} names several launchers: a sweep has one."
                continue
            chosen = str(item.override.get_value_element_as_str()).strip("'\"")
            if chosen not in known:
                faults[item.text] = _unknown(chosen, known)
    known_keys = list(KINDS[chosen].model_fields) if chosen in KINDS else []
    for item in parsed:
        key = item.key.removeprefix("hydra.launcher.")
        if key != item.key and not known_keys:
            faults[item.text] = ""
        elif key != item.key and not _is_key(key, KINDS[chosen]):
            hint = nearest_key(item.key, [name for name in known_keys if name != "kind"])
            faults[item.text] = f"{item.key} is not a key of the launcher {chosen!r}.{hint}"
    return faults


def _is_key(key: str, kind: type[Launcher]) -> bool:
    """Return whether a launcher has a key, or one that holds whatever the cluster knows by such a name."""
    first, dot, _ = key.partition(".")
    field = kind.model_fields.get(first)
    return field is not None and (not dot or "dict" in str(field.annotation))


def _unknown(name: str, known: Sequence[str]) -> str:
    return f"hydra/launcher must be one of {', '.join(known)}. Received: {name!r}.{nearest(name, known)}"


def launcher_of(section: Any, chosen: str) -> Launcher:
    """Return the checked launcher.

    Args:
        section: The composed section hydra.launcher, as plain values.
        chosen: Which file of hydra/launcher was picked.

    Raises:
        InputError: With every fault of the section.
    """
    kind = section.get("kind") if isinstance(section, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(_unknown(chosen if kind is None else str(kind), list(KINDS)))
    try:
        return KINDS[kind].model_validate(section)
    except ValidationError as error:
        raise InputError(faults_of(error, KINDS[kind], "hydra.launcher")) from None
