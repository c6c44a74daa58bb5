"""Faults between the keys of a series that can be seen without its data."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from seqexp.config.durations import as_length, microseconds
from seqexp.config.errors import Fault, wrong
from seqexp.config.schema import Bounds


def series_faults(
    dataset: Mapping[str, Any], training: Mapping[str, Any] | None, sound: Callable[..., bool]
) -> Iterator[Fault]:
    """Yield what of a series' section, and of its training, doesn't go together.

    Args:
        dataset: The section's plain values.
        training: Those of the training; None where there are none.
        sound: Whether keys have no fault of their own: what needs others isn't checked.
    """
    if sound("dataset.lookback", "dataset.step"):
        yield from _lookback_faults(dataset["lookback"], dataset["step"])
    if sound("dataset.lead", "dataset.delay") and dataset["lead"] is not None and dataset["delay"] is not None:
        what = "and dataset.delay, which is lead - step, must not both be given: set the one that isn't meant to null"
        yield wrong("dataset.lead", f"{what}. Received: {dataset['lead']}, and {dataset['delay']} for dataset.delay.")
    if sound("dataset.source", "dataset.path", "dataset.url", "dataset.official", "dataset.stand_in"):
        yield from _source_faults(dataset)
    if sound("dataset.where", "dataset.path") and dataset.get("where") and dataset["path"] is None:
        what = f"must be {{}} without dataset.path: it chooses rows of a file of your own. {dataset['name']} is whole"
        yield wrong("dataset.where", f"{what}. Received: {dataset['where']}.")
    if sound("dataset.official") and dataset["official"]:
        yield from _stamp_faults(dataset["official"])
    if sound("dataset.valid"):
        yield from _range_faults(dataset.get("valid") or {})
    names = [name for name in ("train", "val", "test") if sound(f"dataset.split.{name}")]
    yield from _split_faults({name: Bounds.model_validate(dataset["split"][name]) for name in names})
    yield from _window_faults(dataset, training, sound)


def _window_faults(
    dataset: Mapping[str, Any], training: Mapping[str, Any] | None, sound: Callable[..., bool]
) -> Iterator[Fault]:
    """Yield what of the windows doesn't go together."""
    if sound("dataset.boundary", "dataset.horizon") and dataset["boundary"] == "lecture" and dataset["horizon"] != 1:
        what = "must be 1 with dataset.boundary=lecture, whose index arithmetic has one row as its target"
        yield wrong("dataset.horizon", f"{what}. Received: {dataset['horizon']!r}.")
    if sound("dataset.sampling", "training.steps_per_epoch") and dataset["sampling"] == "epoch":
        steps = training["steps_per_epoch"] if training else None
        if steps is not None:
            what = "must be null with dataset.sampling=epoch, where an epoch is each training window once"
            yield wrong("training.steps_per_epoch", f"{what}. Received: {steps}.")


def _lookback_faults(lookback: int | str, step: int | str) -> Iterator[Fault]:
    if isinstance(lookback, str) != isinstance(step, str):
        return  # they can be compared only once the series' interval is known
    long = microseconds(lookback) if isinstance(lookback, str) else lookback
    short = microseconds(step) if isinstance(step, str) else step
    for key, value in (("lookback", long), ("step", short)):
        if value == 0:
            yield wrong(f"dataset.{key}", "must be longer than 0. Received: 0.")
    if long and short and long % short:
        below = long // short * short
        around = [value for value in (below, below + short) if value > 0]
        near = " or ".join(map(str if isinstance(lookback, int) else as_length, around))
        what = f"must be a multiple of dataset.step ({step}). Received: {lookback}. Nearest: {near}."
        yield wrong("dataset.lookback", what)


def _source_faults(dataset: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield why there is no data to be had, if that can be seen."""
    name = dataset["name"]
    if dataset["path"] is not None:
        return
    if dataset["source"] == "simulated":
        if dataset["stand_in"] is None:
            yield wrong("dataset.source", f"must not be simulated: {name} has no stand-in. Give dataset.path=FILE.")
    elif dataset["official"] is None:
        yield wrong("dataset.path", f"must name a csv or parquet file: {name} has no other source. Received: null.")
    elif dataset["url"] is None:
        yield wrong("dataset.url", "must say where the official file is. Received: null.")


def _stamp_faults(official: Mapping[str, Any]) -> Iterator[Fault]:
    for which in ("first", "last"):
        stamp, due = official[which], ""
        try:
            if datetime.fromisoformat(stamp).tzinfo is not None:
                due = "without a time zone"
        except ValueError:
            due = "a time stamp as in ISO 8601"
        if due:
            yield wrong(f"dataset.official.{which}", f"must be {due}. Received: {stamp!r}.")


def _range_faults(ranges: Mapping[str, list[float | None]]) -> Iterator[Fault]:
    for name, ends in ranges.items():
        low, high = ends if len(ends) == 2 else (1, 0)
        if low is not None and high is not None and low >= high:
            what = "must be [lowest, highest] with lowest < highest, null for no limit"
            yield wrong(f"dataset.valid.{name}", f"{what}. Received: {_listed(ends)}.")


def _listed(ends: Sequence[float | None]) -> str:
    return f"[{', '.join('null' if end is None else repr(end) for end in ends)}]"


def _split_faults(parts: Mapping[str, Bounds]) -> Iterator[Fault]:
    """Yield the faults of the splits; a part that is left out has been reported already."""
    sound = {}
    for name, part in parts.items():
        key = f"dataset.split.{name}"
        first, end = part.first or 0, part.end
        is_share = part.is_fraction or part.ends_at_share
        if part.first is None and name == "train":
            yield wrong(f"{key}.first", "must be a row or a share of the rows: no part is before it. Received: None.")
        elif (part.is_fraction and not 0 <= first <= 1) or (is_share and end is not None and not 0 <= end <= 1):
            yield wrong(key, f"must hold fractions in [0, 1], or whole row numbers. Received: {_text(part)}.")
        elif first < 0 or (end is not None and first >= end and not part.ends_at_share):
            yield wrong(key, f"must be rows [first, end) with 0 <= first < end. Received: {_text(part)}.")
        else:
            sound[name] = part
    for (before, left), (after, right) in itertools.pairwise(sound.items()):
        # Rows and fractions can be ordered only once the number of rows is known.
        if left.is_fraction != right.is_fraction or left.ends_at_share or right.first is None:
            continue
        if left.end is None or left.end > right.first:
            what = f"must end before dataset.split.{after} begins. Received: {_text(left)} and {_text(right)}."
            yield wrong(f"dataset.split.{before}", what)


def _text(part: Bounds) -> str:
    return f"[{'null' if part.first is None else part.first}, {'null' if part.end is None else part.end})"
