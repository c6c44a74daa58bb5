"""A search: its settings, its space, the experiment that values of its keys make, and the check of it all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from seqexp.config.composed.destinations import STUDIES_KEY, destination_fault
from seqexp.config.composed.hydra_section import OPTUNA, SWEEPER
from seqexp.config.errors import Fault, InputError, collecting, nearest, raise_any, shown, wrong
from seqexp.config.jobs import JobChecker, values_set
from seqexp.config.messages import faults_of
from seqexp.config.overrides import STORAGE_KEYS, Parsed, last_of_each_key, parse
from seqexp.config.schema import Experiment
from seqexp.config.search.grammar import WHERE, among_override, entry_of_yaml
from seqexp.config.search.space import Choice, Entry, Real, SearchConfig, SearchValue, Space, in_order

SECTION = "hydra.sweeper"
_EXAMPLES = "'model.units=range(8,65,8)' or 'training.learning_rate=tag(log, interval(1e-4,1e-2))'"

# Samples of the space that are checked before anything runs: all combinations of the keys that matter to others, up
# to so many, the other keys one at a time.
_COMBINATIONS = 200
_VALUES = 32
# What may differ between trials whose figures are compared: neither the task nor what gives other figures by chance.
_SAME_TASK = ("lookback", "step", "batch_size", "sampling", "calendar", "memory")
_SAME_TEXT_TASK = ("num_words", "maxlen", "padding", "truncating", "bucket")
_PLACES = ("tracking", *STORAGE_KEYS)


@dataclass(frozen=True)
class Search:
    """A checked search."""

    settings: SearchConfig  # how many trials, where they are kept, how they are proposed and pruned
    space: Space  # what is drawn
    fixed: tuple[Parsed, ...]  # the overrides that are the same in every trial
    checker: JobChecker  # makes the experiments of trials

    def experiment(self, values: Mapping[str, SearchValue]) -> tuple[Experiment, list[str]]:
        """Return the experiment that values of the searched keys make, and all its overrides.

        Raises:
            InputError: If they don't go together; each by itself was checked before.
        """
        job = self.job(values)
        (experiment,) = self.checker.experiments([job])
        return experiment, list(values_set(job))

    def job(self, values: Mapping[str, SearchValue]) -> list[Parsed]:
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

    def checked_samples(self) -> list[Experiment]:
        """Return experiments that it may propose: samples of the whole space.

        Raises:
            InputError: With the first fault of each key, or with what trials may not differ in.
        """
        samples = list(samples_of(self.space))
        try:
            experiments = self.checker.experiments([self.job(values) for values in samples])
        except InputError as error:
            raise InputError(*self._first_of_each_key(error.faults, samples)) from None
        faults = _differing(experiments)
        raise_any(faults)
        return experiments

    def _first_of_each_key(self, faults: Sequence[Fault], samples: Sequence[Mapping[str, SearchValue]]) -> list[Fault]:
        """Return one fault a key, for the values of a range are refused for the same reason."""
        first: dict[str, Fault] = {}
        for fault in faults:
            first.setdefault(fault.key, fault)
        for entry in self.space.searched:
            if entry.key in first and isinstance(entry.among, Real) and self._takes_integers(entry, samples):
                ends = f"int(interval({int(entry.among.low)},{int(entry.among.high)}))"
                text = f"{first[entry.key].text} {entry.key}={ends} draws whole numbers."
                first[entry.key] = Fault(entry.key, text)
        return list(first.values())

    def _takes_integers(self, entry: Entry, samples: Sequence[Mapping[str, SearchValue]]) -> bool:
        """Return whether the largest of an entry's numbers is refused, but would do if it were an integer."""
        assert isinstance(entry.among, Real)
        if not (entry.among.low.is_integer() and entry.among.high.is_integer()):
            return False
        values, high = next(sample for sample in samples if entry.key in sample), entry.among.high
        return self._refuses(entry, values, high) and not self._refuses(entry, values, int(high))

    def _refuses(self, entry: Entry, values: Mapping[str, SearchValue], number: float) -> bool:
        changed, _ = parse([f"{entry.element or entry.key}={number}"])
        faults: list[Fault] = []
        with collecting(faults):
            self.checker.experiments([last_of_each_key([*self.job(values), *changed])])
        return any(fault.key == entry.key for fault in faults)


def make_search(
    parsed: Sequence[Parsed],
    section: Mapping[str, Any],
    groups: Mapping[str, Any],
    checker: JobChecker,
    *,
    is_complete: bool = True,
) -> Search:
    """Return the search of a command line.

    Args:
        parsed: The overrides; those with several values are what is searched.
        section: The composed section hydra.sweeper, as plain values.
        groups: The file that is picked of each group.
        checker: Makes the experiments of trials.
        is_complete: Whether `parsed` is all of the command line. Where faulty overrides were left out of it, there may
            be nothing to search.

    Raises:
        InputError: With every fault of the settings and of the space.
    """
    ours = [item for item in parsed if item.key.startswith(f"{SECTION}.")]
    rest = [item for item in parsed if item not in ours]
    faults: list[Fault] = []
    params: Mapping[str, Any] = {}
    with collecting(faults):
        settings = _settings(section, ours)
        params = settings.params
    with collecting(faults):
        space = _space(rest, params, groups, checker)
        in_settings = section.get("params") or any(item.key.startswith(WHERE) for item in ours)
        if is_complete and not space.searched and not (faults and in_settings):  # which are not known then
            raise InputError(Fault(SWEEPER, f"{SWEEPER}={OPTUNA} must have something to search, such as {_EXAMPLES}."))
    raise_any(faults)
    taken = {entry.key for entry in space.entries}
    return Search(settings, space, tuple(item for item in rest if item.key not in taken), checker)


def _settings(composed: Mapping[str, Any], ours: Sequence[Parsed]) -> SearchConfig:
    section = dict(composed)
    is_typed = any(item.key == STUDIES_KEY for item in ours)
    faults = [] if is_typed else [*destination_fault(STUDIES_KEY, section.get("storage"))]
    for item in ours:
        *parents, last = item.key.removeprefix(f"{SECTION}.").split(".")
        if item.is_sweep:
            faults.append(Fault(item.key, f"{shown(item.text)}: a search takes a single value for it."))
            continue
        node = section
        for name in parents:
            node = node.setdefault(name, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            node[last] = item.override.value()
    try:
        settings = SearchConfig.model_validate(section)
    except ValidationError as error:
        raise InputError(*faults, *faults_of(error, SearchConfig, SECTION)) from None
    raise_any(faults)
    return settings


def _space(
    parsed: Sequence[Parsed], params: Mapping[str, Any], groups: Mapping[str, Any], checker: JobChecker
) -> Space:
    """Return the space of the command line's and the YAML's entries: the former replace the latter."""
    folder, faults = checker.composer.folder, list[Fault]()
    entries: dict[str, Entry] = {}
    for key, written in params.items():
        faults += [wrong(f"{WHERE}.{key}", "can't be searched: trials are recorded in one place.")] * (key in _PLACES)
        with collecting(faults):
            entry = entry_of_yaml(key, written, folder)
            entries[entry.key] = entry
    for item in parsed:
        before = entries.get(item.key)
        if item.is_hydra or not (item.is_sweep or before):
            continue
        with collecting(faults):
            among = among_override(item, folder)
            element = str(item.override.get_key_element())
            entries[item.key] = Entry(item.key, among, before.when if before else {}, element)
    given = {str(key): str(value) for key, value in groups.items()} | {
        item.key: among_override(item, folder).samples(1)[0]
        for item in parsed
        if not item.is_sweep and not item.is_hydra
    }
    ordered, circle = in_order(list(entries.values()))
    if circle:
        keys = ", ".join(entry.key for entry in circle)
        faults.append(Fault(WHERE, f"{WHERE}: the conditions of {keys} depend on each other in a circle."))
    for entry in entries.values():
        faults += _condition_faults(entry, entries, given)
    raise_any(faults)
    return Space(tuple(ordered), {key: value for key, value in given.items() if key not in entries})


def _condition_faults(entry: Entry, entries: Mapping[str, Entry], given: Mapping[str, SearchValue]) -> Iterator[Fault]:
    for key, allowed in entry.when.items():
        where = f"{WHERE}.{entry.key}.when.{key}"
        if key not in entries and key not in given:
            known = [other for other in (*entries, *given) if other != entry.key]
            yield wrong(where, f"must be a key that is searched or set.{nearest(key, known)}")
        elif key in entries and isinstance(among := entries[key].among, Choice):
            for value in allowed:
                if value not in among.values:
                    hint = nearest(str(value), [str(each) for each in among.values])
                    yield wrong(where, f"must be one of {', '.join(among.texts)}. Received: {value!r}.{hint}")


def samples_of(space: Space) -> Iterator[dict[str, SearchValue]]:
    """Yield values to be checked: the keys that matter to others in all combinations, the others one at a time."""
    named = {key for entry in space.entries for key in entry.when}

    def rank(entry: Entry) -> tuple[bool, bool, str]:
        return entry.key not in named and "." in entry.key, not entry.key.startswith("dataset."), entry.key

    first = sorted(space.searched, key=rank)
    values = {entry.key: entry.among.samples(_VALUES) for entry in first}
    crossed: list[str] = []
    combinations = 1
    for entry in first:
        if combinations * len(values[entry.key]) > _COMBINATIONS:
            break
        combinations *= len(values[entry.key])
        crossed.append(entry.key)
    alone = [entry.key for entry in first if entry.key not in crossed]
    seen = set()
    for chosen in itertools.product(*(values[key] for key in crossed)):
        base = {**{key: values[key][0] for key in alone}, **dict(zip(crossed, chosen, strict=True))}
        for changed in [base, *({**base, key: value} for key in alone for value in values[key][1:])]:
            drawn = space.draw(partial(_chosen, changed))
            if repr(drawn) not in seen:
                seen.add(repr(drawn))
                yield drawn


def _chosen(values: Mapping[str, SearchValue], entry: Entry) -> SearchValue:
    return values[entry.key]


def _differing(experiments: Sequence[Experiment]) -> list[Fault]:
    """Return what trials may not differ in: their figures could not be ranked."""
    found: dict[str, list[Any]] = {}
    for experiment in experiments:
        dataset = experiment.dataset.model_dump(exclude={*_SAME_TASK, *_SAME_TEXT_TASK})
        values_now = {
            "seed": experiment.seed,
            **{f"dataset.{key}": value for key, value in dataset.items()},
            "training.score_every": experiment.training.score_every,
            "tracking": experiment.tracking.model_dump(),
        }
        for key, value in values_now.items():
            values = found.setdefault(key, [])
            if value not in values:
                values.append(value)
    what = "must be the same in all trials of a search, or their figures could not be ranked"
    return [
        wrong(key, f"{what}. Received: {', '.join(map(shown, values[:3]))}{', …' if len(values) > 3 else ''}.")
        for key, values in found.items()
        if len(values) > 1
    ]
