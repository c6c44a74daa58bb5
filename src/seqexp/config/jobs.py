"""From the overrides of a job to its checked Experiment.

Hydra takes 0.2 s to compose a configuration. So each choice of files is composed once, and the values of the jobs are
set on copies of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from seqexp.config import model_section
from seqexp.config.check import Monitors, experiment_of
from seqexp.config.composed.bounds import SPLIT, Places, as_sections, completed, places_of
from seqexp.config.composed.compat_omegaconf import limited_references
from seqexp.config.composed.own_name import name_of_file
from seqexp.config.composition import Base, Composer, as_plain, compose_base
from seqexp.config.errors import Fault, collecting, nearest, nearest_path, raise_any, shown, wrong
from seqexp.config.limits.settings import HERE, Place
from seqexp.config.locations import choices
from seqexp.config.overrides import Parsed
from seqexp.config.schema import OF_COLUMNS, Experiment

_OF_OWN_FILES = ("csv", "text")  # datasets whose file the user names
_DISTANCES = {"dataset.lead", "dataset.delay"}


class JobChecker:
    """Makes the checked experiments of jobs.

    Args:
        composer: Composes the files that the overrides pick.
        monitors: What training.monitor may be for each kind of dataset.
        own_layers: Names of a plugin's classes.
        typed: The keys that the command line sets, as `keys_set` gives them.
        place: Where the jobs run.
    """

    def __init__(
        self,
        composer: Composer,
        monitors: Monitors,
        own_layers: Collection[str] = (),
        typed: Collection[str] = (),
        place: Place = HERE,
    ) -> None:
        self.composer = composer
        self._monitors = monitors
        self._own_layers = own_layers
        self._typed = typed
        self._place = place
        self._bases: dict[tuple[str, ...], Base] = {}

    def experiments(self, jobs: Sequence[Sequence[Parsed]]) -> list[Experiment]:
        """Return the experiment of each job.

        Raises:
            InputError: With the faults of all jobs.
        """
        faults: list[Fault] = []
        experiments = []
        for job in jobs:
            with collecting(faults):
                experiments.append(self._experiment(job))
        raise_any(faults)
        return experiments

    def _base(self, job: Sequence[Parsed]) -> Base:
        files = tuple(item.text for item in job if item.is_group)
        hydra = tuple(item.text for item in job if item.is_hydra and not item.is_group)
        if (*files, *hydra) not in self._bases:
            self._bases[*files, *hydra] = compose_base(files, hydra, self.composer)
        return self._bases[*files, *hydra]

    def composed(self, job: Sequence[Parsed]) -> DictConfig:
        """Return the configuration of a job, which must be checked already; its interpolations are as they are written.

        Raises:
            InputError: A file can't be composed.
        """
        return _configured(job, self._base(job))[0]

    def _experiment(self, job: Sequence[Parsed]) -> Experiment:
        base = self._base(job)
        config, faults = _configured(job, base)
        found: list[Fault] = []
        with collecting(found):
            experiment = experiment_of(
                config, self._monitors, base.model_defaults, self._own_layers, self._typed, self._place
            )
        is_reported = any(fault.key == "model" for fault in base.faults)  # the file is of no kind, or of several
        raise_any([*faults, *(fault for fault in found if not (is_reported and fault.key == "model"))])
        return experiment


def _configured(job: Sequence[Parsed], base: Base) -> tuple[DictConfig, list[Fault]]:
    """Return a copy of the composed files with the values of a job set, and the faults of files and values."""
    config = base.config.copy()
    faults = list(base.faults)
    for item in job:
        if item.is_group or item.is_hydra:
            continue
        missing = unknown_keys(item, base)
        if missing:
            faults += missing
            continue
        try:
            adds = item.adds or _is_open(item.key.split("."))
            merges = item.key != "dataset.sentinels" or _is_mapping(config, item)  # a list may become a mapping
            OmegaConf.update(
                config, item.key, as_sections(item.key, item.override.value()), merge=merges, force_add=adds
            )
        except (OmegaConfBaseException, AssertionError, ValueError) as error:
            faults.append(_not_set(item, config, error))
    _replace_the_other_distance(job, config)
    _name_after_file(job, config, base)
    with collecting(faults):
        _complete_split(job, config, base)
    return config, faults


def _is_mapping(config: DictConfig, item: Parsed) -> bool:
    """Return whether a key holds a mapping into which another one is merged."""
    there = _there(config, item.key)
    return OmegaConf.is_dict(there) and isinstance(item.override.value(), dict)


def _there(config: DictConfig, key: str) -> object:
    """Return what a key holds, its references resolved; None where it holds nothing or can't be resolved."""
    with limited_references():
        return OmegaConf.select(config, key, throw_on_resolution_failure=False)


def _name_after_file(job: Sequence[Parsed], config: DictConfig, base: Base) -> None:
    """Call a dataset that nobody has named as its file is called: runs of all files would be those of "csv"."""
    before, now = base.content.get("dataset"), as_plain(config).get("dataset")
    if not isinstance(before, dict) or not isinstance(now, dict) or before.get("name") not in _OF_OWN_FILES:
        return
    path, is_named = now.get("path"), any(key == "dataset.name" for item in job for key, _ in _values(item))
    if isinstance(path, str) and "${" not in path and not is_named:  # a path with ${dataset.name} would change with it
        OmegaConf.update(config, "dataset.name", name_of_file(path, _datasets()) or before["name"])


@cache
def _datasets() -> tuple[str, ...]:
    """Return the names of seqexp's own datasets."""
    return tuple(choices("dataset"))


def _replace_the_other_distance(job: Sequence[Parsed], config: DictConfig) -> None:
    """Set dataset.delay to null where an override gives dataset.lead, and the other way round: they say one thing."""
    values = [pair for item in job for pair in ((item.key, item.override.value()), *_values(item))]
    # A mapping, which is no distance, is given as well: it has its fault.
    given = {
        name
        for name in _DISTANCES
        for key, value in values
        if value is not None and (key == name or key.startswith(f"{name}."))
    }
    if len(given) == 1:
        (other,) = _DISTANCES - given
        if _there(config, other) is not None:
            OmegaConf.update(config, other, None)


def _complete_split(job: Sequence[Parsed], config: DictConfig, base: Base) -> None:
    """Let the parts of a series that are not given follow those that are.

    Raises:
        InputError: Rows and shares are mixed.
    """
    before, now = places_of(base.content), places_of(OmegaConf.to_container(config, resolve=False))
    if before is None or now is None:
        return
    given = {key.removeprefix(f"{SPLIT}.") for item in job for key, _ in _values(item)} & set(now)
    for key, value in completed(now, before, given, _usual_split()).items():
        if value is not now[key]:
            OmegaConf.update(config, f"{SPLIT}.{key}", value)


@cache
def _usual_split() -> Places:
    """Return the bounds of a dataset that says nothing of them."""
    usual = places_of({"dataset": OmegaConf.to_container(OmegaConf.load(choices("dataset")["csv"].path))})
    assert usual is not None
    return usual


def _values(item: Parsed) -> Iterator[tuple[str, object]]:
    """Yield the keys that an override sets, each with its value; of a section, those in it."""
    yield from _within(item.key, as_sections(item.key, item.override.value()))


def _within(key: str, value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        yield key, value
        return
    for name, each in value.items():
        yield from _within(f"{key}.{name}", each)


def keys_set(parsed: Sequence[Parsed]) -> set[str]:
    """Return the dotted keys that overrides set, those within mappings among them."""
    plain = [item for item in parsed if not item.is_sweep]
    return {item.key for item in parsed if item.is_sweep} | {key for item in plain for key, _ in _values(item)}


def values_set(job: Sequence[Parsed]) -> tuple[str, ...]:
    """Return a job's overrides as text, without those of Hydra itself and of the sweep."""
    return tuple(item.text for item in job if not item.is_hydra and item.key.split(".")[0] != "sweep")


def _not_set(item: Parsed, config: DictConfig, error: Exception) -> Fault:
    there = _there(config, item.key)
    kind = "[first, end]" if re.fullmatch(rf"{SPLIT}\.\w+", item.key) else None
    kind = kind or "a mapping" if OmegaConf.is_dict(there) else "a list" if OmegaConf.is_list(there) else None
    if kind:
        return wrong(item.key, f"must be {kind}. Received: {shown(item.override.value())}.")
    return Fault(item.key, f"{shown(item.text)} can't be set: {str(error).splitlines()[0]}")


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
        return [Fault(item.key, f"{shown(item.text)}: {item.key} already exists: leave out the +.")]
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
    if _is_open(parents):
        return []
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


def _is_open(parts: list[str]) -> bool:
    """Return whether a section's keys are the user's own: the labels or the columns of a file."""
    return parts[:1] == ["dataset"] and parts[1:2] != [] and parts[1] in ("labels", "where", *OF_COLUMNS)


def _may_be_added(parts: list[str]) -> bool:
    """Return whether a key needs no declaration: a tag, or what the chosen layers take."""
    return parts[:2] == ["tracking", "tags"] or (
        parts[0] == "model" and len(parts) > 1 and parts[1] in model_section.COMMON
    )


def _declared_elsewhere(hyperparameter: str) -> str:
    """Return which of seqexp's models do declare a hyperparameter."""
    if hyperparameter in model_section.COMMON:
        return ""
    models = [name for name, choice in choices("model").items() if hyperparameter in OmegaConf.load(choice.path)]
    return f" Declared by: {', '.join(models)}." if models else ""
