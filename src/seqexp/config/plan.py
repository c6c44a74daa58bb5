"""What a command line asks for: the checked experiments of one run, of a sweep over a grid, or of a search.

Hydra reports one fault and stops, and has no ranges of values. Here every override and every job is checked, and all
faults are reported at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from omegaconf import OmegaConf

from seqexp.config.check import Monitors
from seqexp.config.composed.axes import with_axes
from seqexp.config.composed.hydra_section import LAUNCHER, OPTUNA, SWEEPER, SWEEPERS, launcher_kinds, settable
from seqexp.config.composition import Composer, as_plain
from seqexp.config.errors import Fault, InputError, collecting, not_one_of, raise_any
from seqexp.config.jobs import JobChecker, keys_set, values_set
from seqexp.config.launcher import Launcher, Serial, launchable, launcher_of
from seqexp.config.limits.settings import Place, thread_faults
from seqexp.config.locations import check_config_dir
from seqexp.config.overrides import (
    ONE_RUN,
    Parsed,
    expand,
    group_faults,
    last_of_each_key,
    parse,
    sweep_faults,
    usable_of,
)
from seqexp.config.schema import Experiment
from seqexp.config.search.search import SECTION, Search, make_search


@dataclass(frozen=True)
class Plan:
    """The jobs of one command line.

    Attributes:
        experiments: One for a run; for a sweep one per job, in the order in which they run.
        is_sweep: Whether the jobs are children of one parent.
        axes: The keys that the sweep varies.
        overrides: Of each experiment: those that set or pick something of it, one value per key.
        launcher: Where a sweep's jobs run.
        search: What proposes the jobs, where they are no grid; `experiments` are then samples of what it may propose.
    """

    experiments: tuple[Experiment, ...]
    is_sweep: bool
    axes: tuple[str, ...]
    overrides: tuple[tuple[str, ...], ...]
    launcher: Launcher
    search: Search | None = None

    @property
    def tracked_in(self) -> tuple[str, ...]:
        """Return the names of the MLflow experiments of the jobs; a sweep's own run is in the first."""
        return tuple(dict.fromkeys(experiment.tracking.experiment for experiment in self.experiments))


def make_plan(
    texts: Sequence[str],
    monitors: Monitors,
    *,
    multirun: bool = False,
    config_dir: str | None = None,
    own_layers: Collection[str] = (),
) -> Plan:
    """Compose and check everything that the overrides ask for.

    Args:
        texts: Hydra overrides, such as "model=gru" and "dataset.step=3,6".
        monitors: What training.monitor may be for each kind of dataset; the first is what `auto` stands for.
        multirun: Whether several values are a sweep (`-m`).
        config_dir: The user's own configuration folder, if any.
        own_layers: Names of a plugin's classes: the check takes their arguments as they are.

    Raises:
        InputError: With every fault of every override and of every job.
    """
    composer = Composer(check_config_dir(config_dir))
    is_search = sweeper_of(texts, composer) == OPTUNA
    parsed, faults = parse(texts, intervals=is_search)
    parsed, strange = settable(last_of_each_key(parsed) if is_search else parsed, is_search=is_search)
    parsed, more = launchable(
        parsed, launcher_kinds(composer.folder), _chosen_by_preset(parsed, composer).get(LAUNCHER, "serial")
    )
    faults += [*strange, *more]
    typed = keys_set(parsed)
    files = _files_of(parsed, composer, is_search=is_search)
    is_sweep = multirun or files.mode == "MULTIRUN"
    if is_sweep and not is_search:
        axes, more = parse([f"{key}={value}" for key, value in files.sweeper["params"].items()])
        parsed, faults = last_of_each_key([*axes, *parsed]), [*faults, *more]
    unknown = group_faults(parsed, composer.folder)
    faults += unknown.values()
    if is_search and files.faults:
        raise InputError(*faults, *files.faults)
    if is_search and not is_sweep:
        faults.append(Fault(SWEEPER, f"{SWEEPER}={OPTUNA} searches with many trials: add -m."))
    usable = with_axes(
        usable_of(parsed, unknown), files.sweep, files.seed, faults, is_sweep=is_sweep, is_search=is_search
    )
    launcher: Launcher = Serial(kind="serial")
    if files.launcher is not None:
        with collecting(faults):
            checked = launcher_of(files.launcher, files.groups[LAUNCHER])
            launcher = checked if is_sweep else launcher
    if launcher.kind == "parallel":
        faults += thread_faults("hydra.launcher.threads", launcher.threads, launcher)
    checker = JobChecker(composer, monitors, own_layers, typed, Place(launcher, is_sweep))
    if not is_search:
        return _grid(usable, checker, launcher, faults, is_sweep=is_sweep)
    with collecting(faults):
        search = make_search(usable, files.sweeper, files.groups, checker, is_complete=not unknown)
        experiments = search.checked_samples()
    raise_any(faults)
    return Plan(tuple(experiments), True, tuple(entry.key for entry in search.space.searched), (), launcher, search)


def _grid(
    usable: Sequence[Parsed], checker: JobChecker, launcher: Launcher, faults: list[Fault], *, is_sweep: bool
) -> Plan:
    """Return the plan of one run, or of a sweep over all combinations of the values.

    Raises:
        InputError: With the faults that were found before, and those of every job.
    """
    folder = checker.composer.folder
    impossible = sweep_faults(usable, folder) if is_sweep else []
    if impossible:
        raise InputError(*faults, *impossible)
    if not is_sweep:
        for item in usable:
            if item.is_sweep:
                what = f"add -m to sweep over them, or quote the value: {item.key}='…'."
                faults.append(Fault(item.key, f"{item.text!r} names several values: {what}"))
        usable = [item for item in usable if not item.is_sweep]
    jobs = expand(usable, folder)
    with collecting(faults):
        experiments = checker.experiments(jobs)
    raise_any(faults)
    axes = tuple(item.key for item in usable if item.is_sweep)
    return Plan(tuple(experiments), is_sweep, axes, tuple(map(values_set, jobs)), launcher)


def composition(texts: Sequence[str], part: Literal["job", "hydra", "all"], config_dir: str | None = None) -> str:
    """Return what the overrides of one run compose as YAML, its interpolations as written: all, or without Hydra's own.

    They must be checked already.

    Raises:
        InputError: The files can't be composed.
    """
    composer, (parsed, _) = Composer(check_config_dir(config_dir)), parse(texts)
    config = JobChecker(composer, {}).composed(parsed)
    own = composer.compose([item.text for item in parsed if item.is_group or item.is_hydra]).hydra
    sections = {"hydra": OmegaConf.to_yaml({"hydra": own}), "job": OmegaConf.to_yaml(config)}
    return sections[part] if part != "all" else "".join(sections.values())


def sweeper_of(texts: Sequence[str], composer: Composer) -> str:
    """Return the name of the sweeper that overrides ask for, or the preset among them; of one run, the first.

    Raises:
        InputError: There is no such sweeper.
    """
    if ONE_RUN in texts:
        return SWEEPERS[0]
    parsed, _ = parse(texts, intervals=True)
    for item in reversed(parsed):
        if item.key == SWEEPER:
            name = str(item.override.get_value_element_as_str())
            if name not in SWEEPERS:
                raise InputError(not_one_of(SWEEPER, name, SWEEPERS))
            return name
    return _chosen_by_preset(parsed, composer).get(SWEEPER, SWEEPERS[0])


def _chosen_by_preset(parsed: Sequence[Parsed], composer: Composer) -> dict[str, str]:
    """Return which file of each group the preset picks, by group; nothing where there is none that can be composed."""
    presets = [item for item in parsed if item.key == "experiment" and not item.is_sweep]
    if not presets or group_faults(presets, composer.folder):
        return {}
    try:
        composed = composer.compose([presets[-1].text])
    except InputError:
        return {}  # reported where the files are checked
    return {str(group): str(name) for group, name in composed.hydra.runtime.choices.items()}


@dataclass(frozen=True)
class _Files:
    """What the files that a command line picks say of the sweep.

    Where they can't be composed, all but `faults` is empty. The jobs of a grid are composed by themselves later, and
    report it.
    """

    faults: tuple[Fault, ...] = ()  # why they can't be composed
    mode: str | None = None  # Hydra's
    seed: Any = 0  # the first one
    sweep: Mapping[str, Any] = field(default_factory=dict)  # the section `sweep`
    launcher: Any = None  # the section hydra.launcher
    sweeper: Mapping[str, Any] = field(default_factory=lambda: {"params": {}})  # the section hydra.sweeper
    groups: Mapping[str, str] = field(default_factory=dict)  # which file of each is picked


def _files_of(parsed: Sequence[Parsed], composer: Composer, *, is_search: bool) -> _Files:
    usable = usable_of(parsed, group_faults(parsed, composer.folder))
    picked = [item for item in usable if (item.is_group or item.is_hydra) and not item.is_sweep]
    # The settings of a search are checked by their own names and ranges.
    texts = [item.text for item in picked if not (is_search and item.key.startswith(f"{SECTION}."))]
    try:
        config = composer.compose(texts)
    except InputError as error:
        return _Files(error.faults)
    hydra = config.hydra
    sweeper = as_plain(hydra.sweeper)
    params = sweeper.get("params") or {}
    return _Files(
        mode=hydra.mode.name if hydra.mode is not None else None,
        seed=config.get("seed"),
        sweep=as_plain(config.sweep) if OmegaConf.is_dict(config.get("sweep")) else {},
        launcher=OmegaConf.to_container(hydra.launcher),
        sweeper={**sweeper, "params": {key: value for key, value in params.items() if isinstance(key, str)}},
        groups={str(group): str(name) for group, name in hydra.runtime.choices.items()},
    )
