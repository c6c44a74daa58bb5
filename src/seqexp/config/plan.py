"""What a command line asks for: the checked experiments of one run or of a whole sweep.

Hydra reports one fault and stops, knows no ranges, and takes 0.2 s a job to compose. So each different
choice of files is composed once, the values are set on copies of it, and every job is checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from seqexp.config import model_section
from seqexp.config.check import experiment_of
from seqexp.config.errors import InputError, nearest, nearest_key
from seqexp.config.locations import check_config_dir, choices, conf_dir
from seqexp.config.overrides import Parsed, expand, group_faults, parse
from seqexp.config.schema import Experiment

# Dictionaries of the user's own: any key may be added under them.
_OPEN = ("tracking.tags",)


@dataclass(frozen=True)
class Plan:
    """The jobs of one command line.

    Attributes:
        experiments: One for a run; for a sweep one a job, in the order in which they run.
        is_sweep: Whether the jobs are children of one parent.
        axes: The keys that the sweep varies.
    """

    experiments: tuple[Experiment, ...]
    is_sweep: bool
    axes: tuple[str, ...]


@dataclass(frozen=True)
class _Base:
    """A composition of files, before values are set: what the values are checked against."""

    config: DictConfig
    model_file: str
    faults: tuple[str, ...]


def make_plan(texts: Sequence[str], *, multirun: bool = False, config_dir: str | None = None) -> Plan:
    """Compose and check everything that the overrides ask for.

    Args:
        texts: Hydra overrides, such as "model=gru" and "dataset.step=3,6".
        multirun: Whether several values are a sweep (`-m`).
        config_dir: The user's own configuration folder, if any.

    Raises:
        InputError: With every fault of every override and of every job.
    """
    folder = check_config_dir(config_dir)
    parsed, faults = parse(texts)
    unknown = group_faults(parsed, folder)
    faults += list(unknown.values())
    usable = _usable(parsed, unknown)
    mode, presets = _sweep_of_presets(usable, folder)
    is_sweep = multirun or mode == "MULTIRUN"
    if is_sweep:
        chosen = {item.key for item in usable}
        extra, more = parse([text for text in presets if text.split("=")[0] not in chosen])
        usable, faults = [*extra, *usable], faults + more
    else:
        faults += [_needs_multirun(item) for item in usable if item.is_sweep]
        usable = [item for item in usable if not item.is_sweep]
    experiments = _check_jobs(expand(usable, folder), folder, faults)
    axes = tuple(item.key for item in usable if item.is_sweep)
    return Plan(tuple(experiments), is_sweep, axes)


def load_config_of_job(config: DictConfig) -> Experiment:
    """Return the Experiment of a configuration that Hydra has composed for a job.

    Raises:
        InputError: With every fault.
    """
    return experiment_of(config, _declared_by_file(config))


def _declared_by_file(config: DictConfig) -> Mapping[str, Any]:
    return model_section.declared(OmegaConf.to_container(config.model, resolve=False))  # type: ignore[arg-type]


def _usable(parsed: Sequence[Parsed], unknown: Mapping[str, str]) -> list[Parsed]:
    """Return the overrides that can be checked further: not those of a file that doesn't exist."""
    broken = {item.key for item in parsed if item.text in unknown}
    return [
        item
        for item in parsed
        if item.text not in unknown and not (item.key.split(".")[0] in broken and not item.is_group)
    ]


def _needs_multirun(item: Parsed) -> str:
    return f"{item.text!r} names several values: add -m to sweep over them, or quote the value: {item.key}='…'."


def _check_jobs(jobs: Sequence[Sequence[Parsed]], folder: Path | None, faults: list[str]) -> list[Experiment]:
    """Return the experiment of each job; raise with all faults if there are any."""
    bases: dict[tuple[str, ...], _Base] = {}
    experiments = []
    for job in jobs:
        files = tuple(item.text for item in job if item.is_group)
        try:
            if files not in bases:
                bases[files] = _compose_base(files, folder)
            base = bases[files]
            values = [item for item in job if not item.is_group and not item.is_hydra]
            experiments.append(_experiment(base, values))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(dict.fromkeys(faults))
    return experiments


def _compose_base(files: Sequence[str], folder: Path | None) -> _Base:
    config = _compose(files, folder)
    choice = config.hydra.runtime.choices.model
    file = f"model/{choice}.yaml"
    model = OmegaConf.to_container(config.model, resolve=False)
    assert isinstance(model, dict)
    return _Base(config, file, tuple(model_section.yaml_faults({str(k): v for k, v in model.items()}, file)))


def _sweep_of_presets(parsed: Sequence[Parsed], folder: Path | None) -> tuple[str | None, list[str]]:
    """Return Hydra's mode and the sweep's axes, as a preset may set both."""
    files = [item.text for item in parsed if item.is_group and not item.is_sweep]
    try:
        hydra = _compose(files, folder).hydra
    except InputError:
        return None, []  # the jobs are composed later, and report it
    params = OmegaConf.to_container(hydra.sweeper.params) if hydra.sweeper.get("params") else {}
    assert isinstance(params, dict)
    mode = hydra.mode.name if hydra.mode is not None else None
    return mode, [f"{key}={value}" for key, value in params.items() if isinstance(key, str)]


def _compose(files: Sequence[str], folder: Path | None) -> DictConfig:
    searchpath = [f"hydra.searchpath=[file://{folder}]"] if folder else []
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(conf_dir()), version_base="1.3"):
            return compose("config", [*searchpath, *files], return_hydra_config=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(" ".join(str(error).split())) from None


def _experiment(base: _Base, values: Sequence[Parsed]) -> Experiment:
    config = base.config.copy()
    faults = list(base.faults)
    for item in values:
        fault = _unknown_key(item.key, base)
        if fault:
            faults.append(fault)
            continue
        with open_dict(config):
            try:
                OmegaConf.update(config, item.key, item.override.value(), merge=True)
            except OmegaConfBaseException as error:
                faults.append(f"{item.text!r} can't be set: {str(error).splitlines()[0]}")
    try:
        experiment = experiment_of(config, _declared_by_file(base.config))
    except InputError as error:
        raise InputError([*faults, *error.faults]) from None
    if faults:
        raise InputError(faults)
    return experiment


def _unknown_key(key: str, base: _Base) -> str | None:
    """Return a message if the composed files have no such key."""
    if key.startswith(tuple(f"{parent}." for parent in _OPEN)):
        return None
    container = OmegaConf.to_container(base.config, resolve=False)
    node: Any = container
    for depth, part in enumerate(key.split(".")):
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return _unknown_message(key, key.split(".")[:depth], node, base)
    return None


def _unknown_message(key: str, parents: list[str], node: Any, base: _Base) -> str:
    if parents == ["model"]:
        names = ", ".join(model_section.declared(node)) or "no hyperparameters"
        name = key.split(".")[1]
        hint = nearest(name, list(node), "model.") or _declared_elsewhere(name)
        return f"{key} is not a key of {base.model_file}, which declares {names}.{hint}"
    return f"{key} is not a key.{nearest_key(key, list(node) if isinstance(node, dict) else [])}"


def _declared_elsewhere(hyperparameter: str) -> str:
    """Return which of seqexp's models do declare a hyperparameter."""
    models = [n for n, choice in choices("model").items() if hyperparameter in OmegaConf.load(choice.path)]
    return f" Declared by: {', '.join(models)}." if models else ""
