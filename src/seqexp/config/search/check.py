"""Which values of a search are checked before anything runs, and what its trials may not differ in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from seqexp.config.errors import Fault, shown, wrong
from seqexp.config.schema import Experiment
from seqexp.config.search.space import Entry, Space, Value

# Samples of the space that are checked before anything runs: all combinations of the keys that matter to others, up
# to so many, the other keys one at a time.
_COMBINATIONS = 200
_VALUES = 32
# What may differ between trials whose figures are compared: neither the task nor what gives other figures by chance.
_SAME_TASK = ("lookback", "step", "batch_size", "sampling", "calendar", "memory")
_SAME_TEXT_TASK = ("num_words", "maxlen", "padding", "truncating", "bucket")


def samples_of(space: Space) -> Iterator[dict[str, Value]]:
    """Yield values to be checked: the keys that matter to others in all combinations, the others one at a time."""
    named = {key for entry in space.entries for key in entry.when}
    first = sorted(
        space.searched, key=lambda entry: (entry.key not in named and "." in entry.key, not _of_data(entry), entry.key)
    )
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
            told = repr(drawn)
            if told not in seen:
                seen.add(told)
                yield drawn


def _chosen(values: Mapping[str, Value], entry: Entry) -> Value:
    return values[entry.key]


def _of_data(entry: Entry) -> bool:
    return entry.key.startswith("dataset.")


def task_faults(experiments: Sequence[Experiment]) -> list[Fault]:
    """Return what trials may not differ in: their figures could not be ranked."""
    found: dict[str, list[Any]] = {}
    for experiment in experiments:
        dataset = experiment.dataset.model_dump(exclude={*_SAME_TASK, *_SAME_TEXT_TASK})
        told = {
            "seed": experiment.seed,
            **{f"dataset.{key}": value for key, value in dataset.items()},
            "training.score_every": experiment.training.score_every,
            "tracking": experiment.tracking.model_dump(),
        }
        for key, value in told.items():
            values = found.setdefault(key, [])
            if value not in values:
                values.append(value)
    return [
        wrong(
            key,
            f"must be the same in all trials of a search, or their figures could not be ranked. "
            f"Received: {', '.join(map(shown, values[:3]))}{', …' if len(values) > 3 else ''}.",
        )
        for key, values in found.items()
        if len(values) > 1
    ]
