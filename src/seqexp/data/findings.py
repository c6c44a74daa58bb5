"""The result of one check of data, and the phrases that results share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqexp.config.durations import months_in_words, roughly
from seqexp.config.output.shell import shell_line
from seqexp.config.overrides import as_list
from seqexp.config.schema import SeriesConfig
from seqexp.data.series.targets import targets_named

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


def length(rows: int, interval: int, months: int) -> str:
    """Return a number of rows and how long they take.

    Two are so many microseconds apart or, where rows follow the calendar, so many months, which are else 0.
    """
    time = months_in_words(rows * months) if months else roughly(rows * interval)
    return f"{rows:,} {'row' if rows == 1 else 'rows'} ({time})"


def stamp(time: np.datetime64) -> str:
    """Return a time stamp for a person, to the second."""
    return str(time.astype("datetime64[s]")).replace("T", " ")


def remedy(*overrides: str) -> str:
    """Return a remedy as it is pasted into a shell, behind the command."""
    return f"Remedy: {shell_line(overrides)}"


def left_out(dataset: SeriesConfig, columns: Sequence[str], name: str, beside: Sequence[str] = ()) -> str:
    """Return the remedy for a column that is better left out; advice where it is the target.

    Args:
        dataset: It may leave out columns already, and says the target, or it is the only column.
        columns: Those of the series.
        name: The column's.
        beside: Others that are better left out for the same reason: remedies that say one each would undo each other.
    """
    targets = targets_named(dataset, columns)
    if name in targets:
        return "It is the target: another dataset.target, or another file, may be forecast"
    names = [column for column in columns if column not in targets and column in (name, *beside)]
    return remedy(f"dataset.format.drop={as_list([*dataset.format.drop, *names])}")
