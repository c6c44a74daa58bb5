"""The result of one check of data, and the phrases that results share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqexp.config.durations import roughly

Level = Literal["ok", "note", "finding"]
Outcomes = Iterator[tuple[Level, str]]  # of one check: the level and the text of each result


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check: what was found, where, and what to do about it, in one line of text.

    A "finding" would harm a training, a "note" is worth knowing; "ok": nothing was found.
    """

    level: Level
    name: str  # what was checked
    text: str


def results_of(checks: Iterable[tuple[str, Outcomes, str]]) -> Iterator[CheckResult]:
    """Yield the results of checks, given the name of each, its outcomes, and what is said where there are none."""
    for name, outcomes, when_well in checks:
        for level, text in list(outcomes) or [("ok", when_well)]:
            yield CheckResult(level, name, text)


def length(rows: int, interval: int) -> str:
    """Return a number of rows and how long they take, given the microseconds between two rows."""
    return f"{rows:,} {'row' if rows == 1 else 'rows'} ({roughly(rows * interval)})"


def stamp(time: np.datetime64) -> str:
    """Return a time stamp for a person, to the second."""
    return str(time.astype("datetime64[s]")).replace("T", " ")


def drop(name: str) -> str:
    """Return the key that leaves a column out."""
    return f"dataset.format.drop=['{name}'] leaves it out"
