"""What a series is like before a training: figures of its columns, facts about its time stamps, its windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqexp.config.errors import Fault, collecting
from seqexp.config.schema import Experiment
from seqexp.data.arrays import Mask, Rows
from seqexp.data.findings import left_out, length
from seqexp.data.series.column_names import experiment_in_full
from seqexp.data.series.cutting import check_fit, make_windows
from seqexp.data.series.months import rows_between
from seqexp.data.series.repair import CHUNK_ROWS
from seqexp.data.series.series import Series
from seqexp.data.series.targets import targets_named
from seqexp.data.series.value_rules import value_rules
from seqexp.data.series.windows import Windows
from seqexp.data.survey.rows import OrderedRows, rows_as_trained
from seqexp.data.survey.statistics import ColumnStatistics, column_statistics

_LISTED = 5
# A distance that is off a whole number of intervals by more than this share of one is uneven.
_TOLERANCE = 0.05


@dataclass(frozen=True)
class Gap:
    """Rows that lack between two recorded ones."""

    after: np.datetime64  # the time stamps beside it
    before: np.datetime64
    rows: int  # how many lack


@dataclass(frozen=True)
class TimeStampFacts:
    """Facts about the time stamps, taken in order and each once."""

    first: np.datetime64  # the earliest
    last: np.datetime64  # the latest
    interval: int  # the usual distance, microseconds
    distances: int  # how many there are
    other: int  # of them, those that differ from the interval
    uneven: int  # of them, those that are not a whole number of intervals
    unordered: int  # rows recorded with a time stamp before that of the row before
    duplicates: int  # rows whose time stamp is there already
    differing: int  # of them, those that hold other values than the first row of their time stamp
    gaps: int  # how many there are
    missing: int  # rows that all gaps together lack
    longest: tuple[Gap, ...]  # the longest gaps, longest first, five at most


def stamp_facts(series: Series) -> TimeStampFacts:
    """Look at the time stamps of a series."""
    recorded = np.asarray(series.times).astype("datetime64[us]").astype(np.int64)
    unordered = int((recorded[1:] < recorded[:-1]).sum())
    order = np.argsort(recorded, kind="stable") if unordered else np.arange(len(recorded))
    stamps = recorded[order]
    is_first = np.concatenate([[True], stamps[1:] != stamps[:-1]])
    distinct = stamps[is_first]
    distances = rows_between(distinct, series.interval, series.months)
    multiples = np.rint(distances)
    lacking = np.maximum(multiples.astype(np.int64) - 1, 0)
    uneven = (np.abs(distances - multiples) > _TOLERANCE) | (multiples == 0)
    longest = [row for row in np.argsort(-lacking, kind="stable")[:_LISTED] if lacking[row]]
    times = distinct.astype("datetime64[us]")
    return TimeStampFacts(
        first=times[0],
        last=times[-1],
        interval=series.interval,
        distances=len(distances),
        other=int((distances != 1).sum()),
        uneven=int(uneven.sum()),
        unordered=unordered,
        duplicates=len(stamps) - len(distinct),
        differing=_differing(series, order, is_first),
        gaps=int((lacking > 0).sum()),
        missing=int(lacking.sum()),
        longest=tuple(Gap(times[row], times[row + 1], int(lacking[row])) for row in longest),
    )


def _differing(series: Series, order: Rows, is_first: Mask) -> int:
    """Return how many rows repeat a time stamp with other values than its first row has."""
    again = order[~is_first]
    first = order[is_first][np.cumsum(is_first)[~is_first] - 1]
    count = 0
    for start in range(0, len(again), CHUNK_ROWS):
        one, other = (np.asarray(series.values[rows[start : start + CHUNK_ROWS]]) for rows in (first, again))
        count += int(((one != other) & ~(np.isnan(one) & np.isnan(other))).any(axis=1).sum())
    return count


@dataclass(frozen=True)
class Survey:
    """Figures and facts of a series before its values are repaired, and whether its configuration fits it."""

    series: Series  # as recorded
    rows: OrderedRows  # of it, as a training has them: what figures are of, and what rows are numbered by
    experiment: Experiment  # its dataset section says how windows are cut
    columns: tuple[ColumnStatistics, ...]
    stamps: TimeStampFacts
    windows: Windows | None  # None if they can't be made
    misfits: tuple[Fault, ...]  # of the configuration: it doesn't fit this series
    faults: tuple[Fault, ...]  # of the series: no windows can be made of it as the configuration repairs it

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the columns to forecast; none if it isn't said and there are several."""
        return targets_named(self.experiment.series, self.series.columns)

    @property
    def obstacles(self) -> tuple[Fault, ...]:
        """What keeps the series from being cut into windows, but for a target that nobody has chosen yet."""
        faults = (*self.misfits, *self.faults)
        return tuple(fault for fault in faults if self.targets or fault.key != "dataset.target")

    def length(self, rows: int) -> str:
        """Return a number of rows and how long they take."""
        return length(rows, self.series.interval, self.series.months)

    def without(self, name: str, beside: Sequence[str] = ()) -> str:
        """Return the remedy for a column that is better left out, and others beside it; see `left_out`."""
        return left_out(self.experiment.series, self.series.columns, name, beside)


@np.errstate(over="ignore", invalid="ignore")  # what values near the largest number make is found, not warned of
def make_survey(series: Series, experiment: Experiment) -> Survey:
    """Look at a whole series before its values are repaired; whatever is wrong with it is kept, not raised."""
    experiment = experiment_in_full(experiment, series.named)
    windows: Windows | None = None
    misfits, faults = list[Fault](), list[Fault]()
    if not series.stacked:  # whatever doesn't fit a mixture may fit one of its series
        with collecting(misfits):
            check_fit(series, experiment.series)
    rows = rows_as_trained(series, experiment.series)
    columns = column_statistics(rows, value_rules(series.columns, experiment.series))
    with collecting(faults):
        windows = None if misfits else make_windows(series, experiment)
    return Survey(series, rows, experiment, columns, stamp_facts(series), windows, tuple(misfits), tuple(faults))


def survey_of_targets(windows: Windows, experiment: Experiment) -> Survey:
    """Return what the series is like if it had no columns but those to forecast."""
    names = windows.target.names
    indices = [windows.series.columns.index(name) for name in names]
    series = replace(windows.series, columns=names, values=windows.series.values[:, indices])
    rows = rows_as_trained(series, experiment.series)
    columns = column_statistics(rows, value_rules(series.columns, experiment.series))
    return Survey(series, rows, experiment, columns, stamp_facts(series), windows, (), ())
