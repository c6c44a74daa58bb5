"""What is left open of a learning rate's schedule, and which of its keys belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seqexp.config.errors import Fault, wrong
from seqexp.config.schema import TrainingConfig

# What null stands for, where a schedule has the key at all.
_USUAL: Mapping[str, Mapping[str, Any]] = {
    "exponential": {"schedule_factor": 0.5, "schedule_patience": 1},
    "plateau": {"schedule_factor": 0.5, "schedule_patience": 3},
}
_KEYS = ("schedule_factor", "schedule_patience")


def schedule_faults(training: Any, sound: Callable[..., bool]) -> Iterator[Fault]:
    """Yield the faults between the schedule's keys in the section `training`, if it is one.

    What needs a key that has a fault of its own, as `sound` says of keys, isn't checked.
    """
    if not isinstance(training, dict) or not sound("training.schedule"):
        return
    name = training.get("schedule", "constant")
    for key in _KEYS:
        if sound(f"training.{key}") and training.get(key) is not None and name not in _USUAL:
            what = f"must be null with training.schedule={name}: it is for {' and '.join(_USUAL)}"
            yield wrong(f"training.{key}", f"{what}. Received: {training[key]}.")
    if name == "plateau" and sound("training.patience", "training.schedule_patience"):
        yield from _patience_faults(training)


def _patience_faults(training: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the fault of a training that stops before its plateau schedule could do anything."""
    stops = training["patience"]
    waits = training.get("schedule_patience") or _USUAL["plateau"]["schedule_patience"]
    if stops is not None and waits >= stops:
        what = f"must be less than training.patience ({stops}), or training stops before the learning rate falls"
        yield wrong("training.schedule_patience", f"{what}. Received: {waits}.")


def with_schedule(training: TrainingConfig) -> TrainingConfig:
    """Return the training with what its schedule leaves open."""
    usual = _USUAL.get(training.schedule, {})
    return training.model_copy(update={key: usual[key] for key in usual if getattr(training, key) is None})
