"""What is too much for the store, for the machine, or for a training: limits that no single key's type gives."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seqexp.config.errors import Fault, shown, wrong
from seqexp.config.launcher import Launcher, Serial
from seqexp.config.limits.machine import cores
from seqexp.config.schema import LARGEST

# Of MLflow: what is longer it refuses, or cuts without a word.
LONGEST_KEY, LONGEST_TEXT, LONGEST_EXPERIMENT = 250, 8000, 250
_THREADS_A_CORE = 4  # more only wait for each other


@dataclass(frozen=True)
class Place:
    """Where jobs run, which decides some limits."""

    launcher: Launcher  # of a sweep; one run needs none, and is on this machine
    is_sweep: bool


HERE = Place(Serial(kind="serial"), is_sweep=False)


def steps_faults(training: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the fault of more training steps than can be counted; both counts are sound."""
    epochs, steps = training["epochs"], training["steps_per_epoch"]
    if steps is not None and epochs * steps > LARGEST:
        what = f"must be at most {LARGEST // epochs} with training.epochs={epochs}: {LARGEST} steps in all"
        yield wrong("training.steps_per_epoch", f"{what}. Received: {steps}.")


def tag_faults(tags: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the faults of tags that MLflow would refuse or cut; names and values are texts."""
    for name, value in tags.items():
        if not _is_name(name):
            what = (
                f"must have names of at most {LONGEST_KEY} letters, digits, spaces and _ - . : / that are no path from "
                "elsewhere, such as ../a or a//b"
            )
            yield wrong("tracking.tags", f"{what}. Received: {shown(name)}.")
        elif len(value) > LONGEST_TEXT:
            yield _too_long(f"tracking.tags.{name}", value, LONGEST_TEXT)


def text_faults(key: str, value: str | None) -> Iterator[Fault]:
    """Yield the fault of a text that is too long for the store: tracking.note, or tracking.experiment."""
    longest = LONGEST_EXPERIMENT if key == "tracking.experiment" else LONGEST_TEXT
    if value is not None and len(value) > longest:
        yield _too_long(key, value, longest)


def _too_long(key: str, value: str, longest: int) -> Fault:
    return wrong(key, f"must be a text of at most {longest} characters. Received: {len(value)}, {shown(value)}.")


def _is_name(name: str) -> bool:
    plain = re.fullmatch(r"[/\w.\- :]+", name) is not None and len(name) <= LONGEST_KEY
    return plain and posixpath.normpath(name) == name and name != "." and not name.startswith(("/", ".."))


def thread_faults(key: str, threads: int | None, launcher: Launcher) -> Iterator[Fault]:
    """Yield the fault of more threads than this machine has a use for, where jobs run on it."""
    most = _THREADS_A_CORE * cores()
    if launcher.kind in ("serial", "parallel") and threads is not None and threads > most:
        what = f"must be an integer >= 1 and <= {most}, {_THREADS_A_CORE} a core, or null"
        yield wrong(key, f"{what}. Received: {threads}.")


def offline_faults(offline: bool, place: Place) -> Iterator[Fault]:
    """Yield the fault of a sweep that is to be recorded without a store."""
    if offline and place.is_sweep:
        what = (
            "can't be used with -m: a sweep finds in the store which of its jobs are done. Record it in a file "
            "(tracking.uri=sqlite:///mlflow.db), or train the jobs one by one, without -m. Received: true."
        )
        yield wrong("tracking.offline", what)
