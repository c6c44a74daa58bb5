"""What overrides and files may set of Hydra's own: all else of it could run code, or write where it likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from seqexp.config.errors import Fault, not_one_of, shown, wrong
from seqexp.config.launcher import KINDS, ON_THE_COMMAND_LINE
from seqexp.config.locations import choices
from seqexp.config.overrides import Parsed

LAUNCHER, SWEEPER, OPTUNA = "hydra/launcher", "hydra/sweeper", "optuna"
SWEEPERS = ("basic", OPTUNA)
_SECTIONS = ("hydra.launcher", "hydra.sweeper")  # their keys are checked by types of their own
_MAY_BE_SET = ("hydra.mode", LAUNCHER, SWEEPER)
# What Hydra itself writes into its section.
_ITS_OWN = ("hydra.searchpath", "hydra.job.override_dirname", "hydra.runtime.cwd", "hydra.runtime.config_sources")
ONLY = f"can't be set: of Hydra's own keys only {', '.join(_MAY_BE_SET)} and the keys of the last two can"


def launcher_kinds(config_dir: Path | None) -> dict[str, str | None]:
    """Return the names that hydra/launcher may have, and the kind of each: the user's own files set keys of one.

    The kind is None where a file says none, as it is made of others.
    """
    own = {name: file for name, file in choices(LAUNCHER, config_dir).items() if name not in KINDS}
    found = {**{kind: kind for kind in KINDS}, **{name: _kind_in(file.path) for name, file in own.items()}}
    return dict(sorted(found.items()))


def _kind_in(path: Path) -> str | None:
    written = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    kind = written.get("kind") if isinstance(written, dict) else None
    return kind if isinstance(kind, str) else None


def not_there(group: str, name: str, config_dir: Path | None) -> Fault:
    """Return the fault of a file's list of defaults that picks what a group of Hydra's doesn't have."""
    known = {LAUNCHER: list(launcher_kinds(config_dir)), SWEEPER: list(SWEEPERS)}
    return not_one_of(group, name, known[group]) if group in known else wrong(group, f"{ONLY}. Received: {name!r}.")


def settable(parsed: Sequence[Parsed], *, is_search: bool) -> tuple[list[Parsed], list[Fault]]:
    """Return the overrides without those that set what is Hydra's own, and the faults of these."""
    kept, faults = list[Parsed](), list[Fault]()
    for item in parsed:
        if not item.is_hydra or item.key in _MAY_BE_SET or item.key.startswith("hydra.launcher"):
            kept.append(item)
        elif not item.key.startswith("hydra.sweeper"):
            faults.append(wrong(item.key, f"{ONLY}."))
        elif is_search:
            kept.append(item)
        else:
            faults.append(wrong(item.key, f"is a setting of a search: add {SWEEPER}={OPTUNA}."))
    return kept, faults


def hydra_section_faults(
    composed: Mapping[str, Any], untouched: Mapping[str, Any], texts: Sequence[str], config_dir: Path | None
) -> Iterator[Fault]:
    """Yield a fault for each key of Hydra's section that a file sets and may not.

    Args:
        composed: The section as composed, with interpolations unresolved.
        untouched: The section as it is without any file of the user's.
        texts: The overrides that were composed.
        config_dir: The user's own configuration folder.
    """
    picked, own = composed["runtime"]["choices"], untouched["runtime"]["choices"]
    for key, known in ((LAUNCHER, list(launcher_kinds(config_dir))), (SWEEPER, SWEEPERS)):
        if picked.get(key) not in known:
            yield not_one_of(key, picked.get(key), known)
    for group in sorted(group for group in {*picked, *own} if str(group).startswith("hydra/")):
        if group not in _MAY_BE_SET and picked.get(group) != own.get(group):
            yield wrong(group, f"{ONLY}. Received: {shown(picked.get(group))}.")
    given = [text for texts in composed["overrides"].values() for text in texts]
    if sorted(given) != sorted(texts):
        yield wrong("hydra.overrides", f"{ONLY}.")
    is_basic = picked.get(SWEEPER) == SWEEPERS[0]
    left = [*_MAY_BE_SET, "hydra.launcher", "hydra.overrides", "hydra.runtime.choices", *_ITS_OWN]
    left.append("hydra.sweeper.params" if is_basic else "hydra.sweeper")
    for key, value in _differing(composed, untouched, "hydra"):
        if not any(key == name or key.startswith(f"{name}.") for name in left):
            yield wrong(key, f"{ONLY}. Received: {shown(value)}.")
    if not any(text.lstrip("+").startswith("hydra.launcher") for text in texts):
        for name in ON_THE_COMMAND_LINE:
            if composed["launcher"].get(name):
                what = f"runs or reaches what is not of this sweep, so no file sets it: write hydra.launcher.{name}=…"
                yield wrong(f"hydra.launcher.{name}", f"{what} on the command line.")


def _differing(composed: Any, untouched: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys, and the values, in which a section is not as it is without the user's files."""
    if isinstance(composed, Mapping) and isinstance(untouched, Mapping) and untouched:
        for name in {**untouched, **composed}:
            yield from _differing(composed.get(name), untouched.get(name), f"{key}.{name}")
    elif composed != untouched:
        yield key, composed
