"""What a search proposes from: its settings, its space, and the experiment that values of its keys make."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from omegaconf import OmegaConf
from pydantic import ValidationError

from seqexp.config.composition import Composer
from seqexp.config.errors import Fault, InputError, collecting, nearest, refused, shown, wrong
from seqexp.config.launcher import launcher_of
from seqexp.config.locations import check_config_dir
from seqexp.config.messages import faults_of
from seqexp.config.overrides import ONE_RUN, Parsed, group_faults, last_of_each_key, parse
from seqexp.config.plan import Plan, check_jobs, parse_all, told_of, usable_of
from seqexp.config.schema import Experiment
from seqexp.config.search.check import samples_of, task_faults
from seqexp.config.search.grammar import WHERE, among_override, entry_of_yaml
from seqexp.config.search.space import Choice, Entry, Real, SearchConfig, Space, Value, in_order

_T = TypeVar("_T")

OPTUNA = "optuna"
SWEEPERS = ("basic", OPTUNA)
_SWEEPER = "hydra/sweeper"
_SECTION = "hydra.sweeper"


@dataclass(frozen=True)
class Search:
    """A checked search.

    Attributes:
        settings: How many trials, where they are kept, how they are proposed and pruned.
        space: What is drawn.
        fixed: The overrides that are the same in every trial.
    """

    settings: SearchConfig
    space: Space
    fixed: tuple[Parsed, ...]
    composer: Composer
    own_layers: Collection[str]

    def experiment(self, values: Mapping[str, Value]) -> tuple[Experiment, list[str]]:
        """Return the experiment that values of the searched keys make, and all its overrides.

        Raises:
            InputError: If they don't go together; each by itself was checked before.
        """
        job = self.job(values)
        (experiment,) = check_jobs([job], self.composer, [], self.own_layers)
        return experiment, list(told_of(job))

    def job(self, values: Mapping[str, Value]) -> list[Parsed]:
        """Return the overrides of a trial."""
        parsed, faults = parse(self.space.overrides(values))
        assert not faults, faults
        return last_of_each_key([*self.fixed, *parsed])

    @property
    def sample(self) -> Experiment:
        """One of the experiments that it may propose, always the same."""
        experiment, _ = self.experiment(next(samples_of(self.space)))
        return experiment

    @property
    def identity(self) -> dict[str, Any]:
        """What must be the same for trials of two command lines to belong to one study."""
        experiment = self.sample
        return {
            "space": {entry.key: str(entry) for entry in self.space.entries},
            "experiment": experiment.model_dump(mode="json", exclude={"tracking"}),
            "sampler": self.settings.sampler.model_dump(),
            "pruner": self.settings.pruner.model_dump(),
        }


def sweeper_of(texts: Sequence[str], config_dir: str | None) -> str:
    """Return the name of the sweeper that overrides ask for, or the preset among them; of one run, the first.

    Raises:
        InputError: There is no such sweeper.
    """
    if ONE_RUN in texts:
        return SWEEPERS[0]
    parsed, _ = parse(texts, intervals=True)
    for item in reversed(parsed):
        if item.key == _SWEEPER:
            name = str(item.override.get_value_element_as_str())
            if name not in SWEEPERS:
                raise refused(
                    _SWEEPER, f"must be one of {', '.join(SWEEPERS)}. Received: {name!r}.{nearest(name, SWEEPERS)}"
                )
            return name
    presets = [item for item in parsed if item.key == "experiment" and not item.is_sweep]
    if not presets or group_faults(presets, check_config_dir(config_dir)):
        return SWEEPERS[0]
    try:
        composed = Composer(check_config_dir(config_dir)).compose([presets[-1].text])
    except InputError:
        return SWEEPERS[0]  # reported where the files are checked
    return str(composed.hydra.runtime.choices.get(_SWEEPER))


def plan_search(
    texts: Sequence[str],
    *,
    multirun: bool = False,
    config_dir: str | None = None,
    own_layers: Collection[str] = (),
) -> Plan:
    """Compose and check a search: its settings, its space, and samples of what it may propose.

    Args:
        texts: Hydra overrides; those with several values are what is searched.
        multirun: Whether several values are a sweep (`-m`).
        config_dir: The user's own configuration folder, if any.
        own_layers: Names of a plugin's classes: the check takes their arguments as they are.

    Raises:
        InputError: With every fault.
    """
    folder = check_config_dir(config_dir)
    parsed, faults = parse_all(texts, folder, intervals=True)
    composer = Composer(folder)
    unknown = group_faults(parsed, folder)
    faults += list(unknown.values())
    usable = last_of_each_key(usable_of(parsed, unknown))
    files = [item.text for item in usable if not item.is_sweep and (item.is_group or _is_hydras_own(item))]
    try:
        composed = composer.compose(files)
    except InputError as error:
        raise InputError(*faults, *error.faults) from None
    if not multirun and (composed.hydra.mode is None or composed.hydra.mode.name != "MULTIRUN"):
        faults.append(Fault(_SWEEPER, f"{_SWEEPER}={OPTUNA} searches with many trials: add -m."))
    said = [item for item in usable if item.key == "sweep.seeds"]
    seeds = said[-1].override.value() if said else (composed.get("sweep") or {}).get("seeds")
    if seeds is not None:
        faults.append(Fault("sweep.seeds", f"sweep.seeds={seeds} is for grids: a search compares trials of one seed."))
        usable = [item for item in usable if item not in said]
    launcher = _or_fault(
        lambda: launcher_of(
            OmegaConf.to_container(composed.hydra.launcher), str(composed.hydra.runtime.choices.get("hydra/launcher"))
        ),
        faults,
    )
    ours = [item for item in usable if item.key.startswith(f"{_SECTION}.")]
    rest = [item for item in usable if item not in ours]
    settings = _or_fault(lambda: _settings(OmegaConf.to_container(composed.hydra.sweeper), ours), faults)
    params = settings.params if settings is not None else {}
    space = _or_fault(lambda: _space(rest, params, composed.hydra.runtime.choices, composer), faults)
    if space is not None and not space.searched and not unknown:
        faults.append(
            Fault(
                _SWEEPER,
                f"{_SWEEPER}={OPTUNA} must have something to search, such as 'model.units=range(8,65,8)' or "
                "'training.learning_rate=tag(log, interval(1e-4,1e-2))'.",
            )
        )
    if settings is None or space is None or launcher is None:
        raise InputError(*faults)
    taken = {entry.key for entry in space.entries}
    fixed = tuple(item for item in rest if item.key not in taken)
    search = Search(settings, space, fixed, composer, own_layers)
    samples = list(samples_of(space))
    told = len(faults)
    try:
        experiments = check_jobs([search.job(values) for values in samples], composer, faults, own_layers)
    except InputError as error:
        raise InputError(*error.faults[:told], *_shortened(error.faults[told:], search, samples)) from None
    same = task_faults(experiments)
    if same:
        raise InputError(*same)
    axes = tuple(entry.key for entry in space.searched)
    return Plan(tuple(experiments), True, axes, launcher=launcher, search=search)


def _shortened(faults: Sequence[Fault], search: Search, samples: Sequence[Mapping[str, Value]]) -> list[Fault]:
    """Return the first fault of each key: the values of a range are refused for the same reason."""
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(fault.key, fault)
    for entry in search.space.searched:
        if entry.key in first and isinstance(entry.among, Real) and _takes_whole_numbers(entry, search, samples):
            ends = f"int(interval({int(entry.among.low)},{int(entry.among.high)}))"
            text = f"{first[entry.key].text} {entry.key}={ends} draws whole numbers."
            first[entry.key] = Fault(entry.key, text)
    return list(first.values())


def _takes_whole_numbers(entry: Entry, search: Search, samples: Sequence[Mapping[str, Value]]) -> bool:
    """Return whether the largest of the numbers would do for a key if it were an integer, not a float."""
    assert isinstance(entry.among, Real)
    if not (entry.among.low.is_integer() and entry.among.high.is_integer()):
        return False
    values = next(sample for sample in samples if entry.key in sample)
    whole, _ = parse([f"{entry.element or entry.key}={int(entry.among.high)}"])
    faults: list[Fault] = []
    with collecting(faults):
        check_jobs([last_of_each_key([*search.job(values), *whole])], search.composer, [], search.own_layers)
    return all(fault.key != entry.key for fault in faults)


def _is_hydras_own(item: Parsed) -> bool:
    return item.is_hydra and not item.key.startswith(f"{_SECTION}.")


def _or_fault(make: Callable[[], _T], faults: list[Fault]) -> _T | None:
    with collecting(faults):
        return make()
        return None


def _settings(composed: Any, ours: Sequence[Parsed]) -> SearchConfig:
    faults = []
    section = dict(composed)
    for item in ours:
        *parents, last = item.key.removeprefix(f"{_SECTION}.").split(".")
        if item.is_sweep:
            faults.append(Fault(item.key, f"{shown(item.text)}: one search has one value of it."))
            continue
        node = section
        for name in parents:
            node = node.setdefault(name, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            node[last] = item.override.value()
    try:
        settings = SearchConfig.model_validate(section)
    except ValidationError as error:
        raise InputError(*faults, *faults_of(error, SearchConfig, _SECTION)) from None
    if faults:
        raise InputError(*faults)
    return settings


def _space(parsed: Sequence[Parsed], params: Mapping[str, Any], groups: Mapping[str, Any], composer: Composer) -> Space:
    """Return the space of the command line's and the YAML's entries: the former take the latter's place."""
    faults: list[Fault] = []
    entries: dict[str, Entry] = {}
    for key, written in params.items():
        entry = _or_fault(partial(entry_of_yaml, key, written, composer.folder), faults)
        if entry is not None:
            entries[entry.key] = entry
    for item in parsed:
        before = entries.get(item.key)
        if item.is_hydra or not (item.is_sweep or before):
            continue
        among = _or_fault(partial(among_override, item, composer.folder), faults)
        if among is not None:
            element = str(item.override.get_key_element())
            entries[item.key] = Entry(item.key, among, before.when if before else {}, element)
    given = {str(key): str(value) for key, value in groups.items()} | {
        item.key: among_override(item, composer.folder).samples(1)[0]
        for item in parsed
        if not item.is_sweep and not item.is_hydra
    }
    ordered, circle = in_order(list(entries.values()))
    if circle:
        faults.append(
            Fault(WHERE, f"{WHERE}: the conditions of {', '.join(entry.key for entry in circle)} go round in a circle.")
        )
    for entry in entries.values():
        faults += _condition_faults(entry, entries, given)
    if faults:
        raise InputError(*faults)
    return Space(tuple(ordered), {key: value for key, value in given.items() if key not in entries})


def _condition_faults(entry: Entry, entries: Mapping[str, Entry], given: Mapping[str, Value]) -> list[Fault]:
    faults = []
    for key, allowed in entry.when.items():
        where = f"{WHERE}.{entry.key}.when.{key}"
        if key not in entries and key not in given:
            known = [other for other in (*entries, *given) if other != entry.key]
            faults.append(wrong(where, f"must be a key that is searched or set.{nearest(key, known)}"))
            continue
        among = entries[key].among if key in entries else None
        if isinstance(among, Choice):
            strange = [value for value in allowed if value not in among.values]
            faults += [
                wrong(
                    where,
                    f"must be one of {', '.join(among.texts)}. Received: {value!r}."
                    f"{nearest(str(value), [str(each) for each in among.values])}",
                )
                for value in strange
            ]
    return faults
