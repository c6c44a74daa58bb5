"""What a command line asks for: the checked experiments of one run or of a whole sweep.

Hydra reports one fault and stops, knows no ranges, and takes 0.2 s a job to compose. So each different
choice of files is composed once, the values are set on copies of it, and every job is checked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from seqexp.config.check import experiment_of
from seqexp.config.composition import Base, Composer, compose_base, declared_types
from seqexp.config.errors import Fault, InputError, collecting, shown, wrong
from seqexp.config.launcher import Launcher, Serial, launcher_faults, launcher_of
from seqexp.config.locations import check_config_dir
from seqexp.config.overrides import Parsed, expand, group_faults, last_of_each_key, parse, sweep_faults
from seqexp.config.schema import Experiment
from seqexp.config.unknown_keys import unknown_keys

if TYPE_CHECKING:
    from seqexp.config.search.plan import Search


@dataclass(frozen=True)
class Plan:
    """The jobs of one command line.

    Attributes:
        experiments: One for a run; for a sweep one a job, in the order in which they run.
        is_sweep: Whether the jobs are children of one parent.
        axes: The keys that the sweep varies.
        overrides: Of each experiment: those that tell it from the composed files, one value a key.
        launcher: Where a sweep's jobs run.
        search: What proposes the jobs, where they are no grid; `experiments` are then samples of what it may propose.
    """

    experiments: tuple[Experiment, ...]
    is_sweep: bool
    axes: tuple[str, ...]
    overrides: tuple[tuple[str, ...], ...] = ()
    launcher: Launcher = field(default_factory=lambda: Serial(kind="serial"))
    search: Search | None = None


def make_plan(
    texts: Sequence[str],
    *,
    multirun: bool = False,
    config_dir: str | None = None,
    own_layers: Collection[str] = (),
) -> Plan:
    """Compose and check everything that the overrides ask for.

    Args:
        texts: Hydra overrides, such as "model=gru" and "dataset.step=3,6".
        multirun: Whether several values are a sweep (`-m`).
        config_dir: The user's own configuration folder, if any.
        own_layers: Names of a plugin's classes: the check takes their arguments as they are.

    Raises:
        InputError: With every fault of every override and of every job.
    """
    folder = check_config_dir(config_dir)
    parsed, faults = parse_all(texts, folder)
    composer = Composer(folder)
    files = _composed(usable_of(parsed, group_faults(parsed, folder)), composer)
    is_sweep = multirun or files.mode == "MULTIRUN"
    if is_sweep:
        extra, more = parse([f"{key}={value}" for key, value in files.axes.items()])
        parsed, faults = last_of_each_key([*extra, *parsed]), faults + more
    seeds, more = _axis_of_seeds(parsed, files, is_sweep=is_sweep)
    parsed, faults = last_of_each_key([*parsed, *seeds]) if seeds else parsed, faults + more
    unknown = group_faults(parsed, folder)
    faults += list(unknown.values())
    usable = usable_of(parsed, unknown)
    launcher: Launcher = Serial(kind="serial")
    if is_sweep:
        impossible = sweep_faults(usable, folder)
        if impossible:
            raise InputError(*faults, *impossible)
        if files.launcher is not None:
            with collecting(faults):
                launcher = launcher_of(files.launcher, files.chosen_launcher)
    else:
        faults += [_needs_multirun(item) for item in usable if item.is_sweep]
        usable = [item for item in usable if not item.is_sweep]
    jobs = expand(usable, folder)
    experiments = check_jobs(jobs, composer, faults, own_layers)
    axes = tuple(item.key for item in usable if item.is_sweep)
    return Plan(tuple(experiments), is_sweep, axes, tuple(map(told_of, jobs)), launcher)


def parse_all(
    texts: Sequence[str], folder: Path | None, *, intervals: bool = False
) -> tuple[list[Parsed], list[Fault]]:
    """Return the overrides of a command line, without those of a launcher that can't be, and what is wrong."""
    parsed, faults = parse(texts, intervals=intervals)
    refused = launcher_faults(parsed, folder)
    return [item for item in parsed if item.text not in refused], [*faults, *filter(None, refused.values())]


def told_of(job: Sequence[Parsed]) -> tuple[str, ...]:
    """Return a job's overrides without those of Hydra itself and of the sweep."""
    return tuple(item.text for item in job if not item.is_hydra and item.key.split(".")[0] != "sweep")


def load_config_of_job(config: DictConfig, own_layers: Collection[str] = ()) -> Experiment:
    """Return the Experiment of a configuration that Hydra has composed for a job.

    Raises:
        InputError: With every fault.
    """
    section = OmegaConf.to_container(config.model, resolve=False)
    return experiment_of(config, declared_types(section) if isinstance(section, dict) else None, own_layers)


def usable_of(parsed: Sequence[Parsed], unknown: Mapping[str, Fault]) -> list[Parsed]:
    """Return the overrides that can be checked further: not those of a file that doesn't exist."""
    broken = {item.key for item in parsed if item.text in unknown}
    return [
        item
        for item in parsed
        if item.text not in unknown and not (item.key.split(".")[0] in broken and not item.is_group)
    ]


def _needs_multirun(item: Parsed) -> Fault:
    return Fault(
        item.key, f"{item.text!r} names several values: add -m to sweep over them, or quote the value: {item.key}='…'."
    )


def check_jobs(
    jobs: Sequence[Sequence[Parsed]], composer: Composer, faults: list[Fault], own_layers: Collection[str]
) -> list[Experiment]:
    """Return the experiment of each job; raise with all faults if there are any."""
    bases: dict[tuple[str, ...], Base] = {}
    experiments = []
    for job in jobs:
        files = tuple(item.text for item in job if item.is_group)
        hydra = tuple(item.text for item in job if item.is_hydra and not item.is_group)
        with collecting(faults):
            if (*files, *hydra) not in bases:
                bases[*files, *hydra] = compose_base(files, hydra, composer)
            base = bases[*files, *hydra]
            values = [item for item in job if not item.is_group and not item.is_hydra]
            experiments.append(_experiment(base, values, own_layers))
    if faults:
        raise InputError(*faults)
    return experiments


@dataclass(frozen=True)
class _Files:
    """What the files that a command line picks say of the sweep; nothing where they can't be composed.

    Attributes:
        mode: Hydra's mode.
        axes: The values of each axis that a preset names, as in an override.
        seed: The first seed.
        seeds: How many seeds there are, if any number is said.
        launcher: The section hydra.launcher.
        chosen_launcher: Which file it is of.
    """

    mode: str | None = None
    axes: Mapping[str, Any] = field(default_factory=dict)
    seed: Any = 0
    seeds: Any = None
    launcher: Any = None
    chosen_launcher: str = ""


def _composed(parsed: Sequence[Parsed], composer: Composer) -> _Files:
    texts = [item.text for item in parsed if (item.is_group or item.is_hydra) and not item.is_sweep]
    try:
        config = composer.compose(texts)
    except InputError:
        return _Files()  # the jobs are composed later, and report it
    hydra = config.hydra
    params = OmegaConf.to_container(hydra.sweeper.params) if hydra.sweeper.get("params") else {}
    assert isinstance(params, dict)
    return _Files(
        hydra.mode.name if hydra.mode is not None else None,
        {key: value for key, value in params.items() if isinstance(key, str)},
        config.get("seed"),
        (config.get("sweep") or {}).get("seeds"),
        OmegaConf.to_container(hydra.launcher),
        str(hydra.runtime.choices.get("hydra/launcher")),
    )


def _axis_of_seeds(parsed: Sequence[Parsed], files: _Files, *, is_sweep: bool) -> tuple[list[Parsed], list[Fault]]:
    """Return the axis that sweep.seeds stands for, or what is wrong with it."""
    said = [item for item in parsed if item.key == "sweep.seeds"]
    if any(item.is_sweep for item in said):
        return [], [wrong("sweep.seeds", "must be one number: how many seeds. Received: several.")]
    seeds = said[-1].override.value() if said else files.seeds
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        return [], []  # whatever it is, the check of the configuration says so
    if not is_sweep:
        text = f"sweep.seeds={seeds} makes seeds an axis of a sweep: add -m."
        return [], [Fault("sweep.seeds", text)] if said else []
    chosen = [item for item in parsed if item.key == "seed"]
    if any(item.is_sweep for item in chosen):
        text = f"sweep.seeds={seeds} and {chosen[-1].text} both name the seeds: leave out one of them."
        return [], [Fault("sweep.seeds", text)]
    first = chosen[-1].override.value() if chosen else files.seed
    if isinstance(first, bool) or not isinstance(first, int):
        return [], []
    return parse([f"seed={','.join(str(first + number) for number in range(seeds))}"])


def _experiment(base: Base, values: Sequence[Parsed], own_layers: Collection[str]) -> Experiment:
    config = base.config.copy()
    faults = list(base.faults)
    for item in values:
        missing = unknown_keys(item, base)
        if missing:
            faults += missing
            continue
        try:
            OmegaConf.update(config, item.key, item.override.value(), merge=True, force_add=item.adds)
        except (OmegaConfBaseException, AssertionError, ValueError) as error:
            faults.append(_not_set(item, config, error))
    try:
        experiment = experiment_of(config, base.model_defaults, own_layers)
    except InputError as error:
        kinds = [fault.key for fault in base.faults if fault.key == "model"]  # the file is of no kind, or of several
        raise InputError(*faults, *(fault for fault in error.faults if fault.key not in kinds)) from None
    if faults:
        raise InputError(*faults)
    return experiment


def _not_set(item: Parsed, config: DictConfig, error: Exception) -> Fault:
    there = OmegaConf.select(config, item.key, throw_on_resolution_failure=False)
    kind = "a mapping" if OmegaConf.is_dict(there) else "a list" if OmegaConf.is_list(there) else None
    if kind:
        return wrong(item.key, f"must be {kind}. Received: {shown(item.override.value())}.")
    return Fault(item.key, f"{shown(item.text)} can't be set: {str(error).splitlines()[0]}")
