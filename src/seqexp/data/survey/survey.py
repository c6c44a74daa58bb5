"""What a series is like before a training: figures of its columns, facts about its time stamps, its windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.config.errors import Fault, collecting
from seqexp.config.schema import Experiment
from seqexp.data.series.series import Series
from seqexp.data.series.windows import Windows, check_fit, make_windows
from seqexp.data.survey.statistics import ColumnStatistics, column_statistics

_LISTED = 5
# A distance that is off a whole number of intervals by more than this share of one is uneven.
_TOLERANCE = 0.05


@dataclass(frozen=True)
class Gap:
    """Rows that lack between two recorded ones.

    Attributes:
        after, before: The time stamps beside it.
        rows: How many rows lack.
    """

    after: np.datetime64
    before: np.datetime64
    rows: int


@dataclass(frozen=True)
class TimeStampFacts:
    """Facts about the time stamps, taken in order and each once.

    Attributes:
        first, last: The earliest and the latest.
        interval: The usual distance, microseconds.
        distances: How many distances there are.
        other: How many of them differ from the interval.
        uneven: How many of them are not a whole number of intervals.
        unordered: Rows recorded with a time stamp before that of the row before.
        duplicates: Rows whose time stamp is there already.
        gaps: How many gaps there are.
        missing: Rows that all gaps together lack.
        longest: The longest gaps, longest first, five at most.
    """

    first: np.datetime64
    last: np.datetime64
    interval: int
    distances: int
    other: int
    uneven: int
    unordered: int
    duplicates: int
    gaps: int
    missing: int
    longest: tuple[Gap, ...]


def stamp_facts(series: Series) -> TimeStampFacts:
    """Look at the time stamps of a series."""
    recorded = np.asarray(series.times).astype("datetime64[us]").astype(np.int64)
    unordered = int((recorded[1:] < recorded[:-1]).sum())
    stamps = np.sort(recorded) if unordered else recorded
    distinct = stamps[np.concatenate([[True], stamps[1:] != stamps[:-1]])]
    interval = max(series.interval, 1)
    distances = np.diff(distinct)
    multiples = np.rint(distances / interval)
    lacking = np.maximum(multiples.astype(np.int64) - 1, 0)
    uneven = (np.abs(distances / interval - multiples) > _TOLERANCE) | (multiples == 0)
    longest = [row for row in np.argsort(-lacking, kind="stable")[:_LISTED] if lacking[row]]
    times = distinct.astype("datetime64[us]")
    return TimeStampFacts(
        first=times[0],
        last=times[-1],
        interval=series.interval,
        distances=len(distances),
        other=int((distances != interval).sum()),
        uneven=int(uneven.sum()),
        unordered=unordered,
        duplicates=len(stamps) - len(distinct),
        gaps=int((lacking > 0).sum()),
        missing=int(lacking.sum()),
        longest=tuple(Gap(times[row], times[row + 1], int(lacking[row])) for row in longest),
    )


@dataclass(frozen=True)
class Survey:
    """Figures and facts of a series, and whether its configuration fits it.

    Attributes:
        series: As recorded.
        experiment: Its dataset section says how windows are cut.
        columns: Figures of each column.
        stamps: Facts about the time stamps.
        windows: None if they can't be made.
        misfits: Faults of the configuration: it doesn't fit this series.
        faults: Faults of the series: no windows can be made of it as the configuration repairs it.
    """

    series: Series
    experiment: Experiment
    columns: tuple[ColumnStatistics, ...]
    stamps: TimeStampFacts
    windows: Windows | None
    misfits: tuple[Fault, ...]
    faults: tuple[Fault, ...]


def make_survey(series: Series, experiment: Experiment) -> Survey:
    """Look at a whole series; whatever is wrong with it is kept, not raised.

    Args:
        series: As recorded.
        experiment: Its dataset section, and training.score_every.
    """
    columns = column_statistics(series, experiment.series.sentinels)
    windows: Windows | None = None
    misfits, faults = list[Fault](), list[Fault]()
    with collecting(misfits):
        check_fit(series, experiment.series)
    with collecting(faults):
        windows = None if misfits else make_windows(series, experiment)
    return Survey(series, experiment, columns, stamp_facts(series), windows, tuple(misfits), tuple(faults))
