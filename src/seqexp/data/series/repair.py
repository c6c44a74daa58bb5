"""Make a regular series of what was recorded: time stamps in order, each once, and missing values replaced.

The rule "hold" (dataset.repair) uses nothing from the future. Rows are put in the order of their time stamps; of rows
with the same time stamp the first stays. A gap of at most `max_gap` rows is filled with copies of the row before it; a
longer one stays, and no window crosses it. A sentinel, a value out of its valid range or a missing value becomes the
column's last valid value (the first valid one at the beginning). A replaced value may be an input, never a target: it
was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from seqexp.config.errors import Fault, InputError, refused
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Floats, Mask, Rows, Times, make_read_only
from seqexp.data.findings import left_out
from seqexp.data.series.months import moved, rows_between
from seqexp.data.series.series import Series
from seqexp.data.series.value_rules import ValueRules, value_rules

# Rows handled at once: 30 MB of 14 columns.
CHUNK_ROWS = 1 << 18


@dataclass(frozen=True)
class RowOrder:
    """Which recorded row each row of the regular series is."""

    rows: Rows | None  # (rows,) int64, or None where every row is the recorded one
    inserted: Mask | None  # (rows,) bool, the copies that fill gaps; None where there are none
    times: Times  # (rows,) datetime64[us]
    breaks: Rows  # (gaps,) int64, rows before which a gap lies that no window crosses
    unordered: int  # recorded rows whose time stamp lies before the one of the row before
    duplicates: int  # recorded rows that were left out, for their time stamp is there already
    gaps: int  # how many gaps there are, of any length
    missing: int  # rows that all gaps together lack
    longest: int  # rows that the longest gap lacks

    def __post_init__(self) -> None:
        make_read_only(self, "rows", "inserted", "times", "breaks")

    @property
    def filled(self) -> int:
        """Rows inserted to fill gaps."""
        return 0 if self.inserted is None else int(self.inserted.sum())

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True)
class Repaired:
    """A regular series; its values are made chunk by chunk."""

    series: Series  # as recorded
    order: RowOrder  # which recorded row each row is
    sentinels: Mapping[str, int]  # values of each column that were sentinels; columns without are left out
    outside: Mapping[str, int]  # values of each column that lie out of its valid range; columns without are left out
    missing: Mapping[str, int]  # values of each column that were not there; columns without are left out
    replaces: bool  # whether they are replaced
    _first_valid: Floats
    _rules: ValueRules

    def __len__(self) -> int:
        return len(self.order)

    @property
    def replaced(self) -> Mapping[str, int]:
        """Values of each column that are replaced."""
        return self.bad if self.replaces else {}

    @property
    def bad(self) -> Mapping[str, int]:
        """Values of each column that are no measurements, replaced or not; columns without are left out."""
        counts = (self.sentinels, self.outside, self.missing)
        totals = {name: sum(count.get(name, 0) for count in counts) for name in self.series.columns}
        return {name: total for name, total in totals.items() if total}

    def chunks(self, first: int = 0, end: int | None = None) -> Iterator[tuple[int, Floats, Mask]]:
        """Yield (first row, values (n, columns) float64, bad (n, columns) bool) of the rows [first, end).

        `bad` marks the values that were replaced or inserted: they were not measured.
        """
        end = len(self) if end is None else end
        # The last valid value may have been recorded any time before: begin at the first row if that matters.
        begin = 0 if self.replaced else first
        last_valid = self._first_valid
        for start, raw in _raw_chunks(self.series, self.order, begin, end):
            bad = _bad(raw, self._rules) if self.replaces else np.zeros(raw.shape, dtype=bool)
            values = _with_last_valid(raw, bad, last_valid) if bad.any() else np.asarray(raw)
            last_valid = values[-1]
            if self.order.inserted is not None:
                bad |= self.order.inserted[start : start + len(raw), None]
            skip = max(0, first - start)
            if skip < len(values):
                yield start + skip, values[skip:], bad[skip:]

    def measured(self, column: int) -> Rows:
        """Return the rows in which a column, given its number, was measured, as (rows,) int64."""
        found = [first + np.flatnonzero(~bad[:, column]) for first, _, bad in self.chunks()]
        return np.concatenate(found).astype(np.int64)


def repair(series: Series, dataset: SeriesConfig, max_gap: int | None) -> Repaired:
    """Find what is wrong with a series as recorded, and how it is repaired.

    `max_gap` is how many missing rows a window may cross at most; None: any number. boundary=lecture leaves rows and
    time stamps as recorded.

    Raises:
        InputError: If a column holds no valid value, or values are missing and the rule is "off", or the gaps
            to fill are longer than the series.
    """
    replaces = dataset.repair == "hold"
    order = find_order(series, max_gap, dataset)
    rules = value_rules(series.columns, dataset)
    counts = np.zeros((3, len(series.columns)), dtype=np.int64)  # of sentinels, values out of range, missing values
    first_valid = np.full(len(series.columns), np.nan)
    for start, raw in _raw_chunks(series, order, 0, len(order)):
        fresh = slice(None) if order.inserted is None else ~order.inserted[start : start + len(raw)]
        absent = np.isnan(raw)
        kinds = rules.declared(raw), rules.outside(raw), absent
        bad = kinds[0] | kinds[1] | absent
        counts += [found[fresh].sum(axis=0) for found in kinds]
        invalid = bad if replaces else absent
        for column in np.flatnonzero(np.isnan(first_valid) & ~invalid.all(axis=0)):
            first_valid[column] = raw[np.argmin(invalid[:, column]), column]
    _check_values(series, dataset, counts[2], first_valid)
    sentinels, outside, missing = (_counts(series, found) for found in counts)
    return Repaired(series, order, sentinels, outside, missing, replaces, first_valid, rules)


def _check_values(series: Series, dataset: SeriesConfig, missing: Rows, first_valid: Floats) -> None:
    empty = [name for name, value in zip(series.columns, first_valid, strict=True) if np.isnan(value)]
    targets = dataset.target if isinstance(dataset.target, list) else ()
    if empty:
        raise InputError(
            *(
                Fault(
                    "dataset.target" if name == dataset.target or name in targets else "dataset.format.drop",
                    f"column {name!r} of {series.origin} holds no valid value. "
                    f"{left_out(dataset, series.columns, name, empty)}",
                )
                for name in empty
            )
        )
    if dataset.repair == "off" and missing.any():
        names = [name for name, count in zip(series.columns, missing, strict=True) if count]
        raise refused("dataset.repair", f"must be hold where values are missing. Missing in: {', '.join(names)}.")


def find_order(series: Series, max_gap: int | None, dataset: SeriesConfig) -> RowOrder:
    """Look at the time stamps; put the rows in order, each once, and fill short gaps, where that is the rule.

    `max_gap` is how many missing rows a window may cross at most; None: any number. boundary=lecture is blind to time
    stamps.

    Raises:
        InputError: If the gaps to fill are longer than the series.
    """
    stamps, rows, unordered, duplicates = _in_order(series)
    interval = max(series.interval, 1)
    lacking = np.maximum(np.rint(rows_between(stamps, interval, series.months)).astype(np.int64) - 1, 0)
    facts = (unordered, duplicates, int((lacking > 0).sum()), int(lacking.sum()), int(lacking.max(initial=0)))
    if not _puts_in_order(dataset):
        return RowOrder(None, None, series.times, _recorded_breaks(series, dataset, max_gap), *facts)
    fills = lacking if max_gap is None else np.where(lacking <= max_gap, lacking, 0)
    if fills.sum() > len(series):
        why = f"filling gaps would insert {fills.sum():,} rows into a series of {len(series):,}"
        received = "null" if dataset.max_gap is None else repr(dataset.max_gap)
        longest = f"The longest gap lacks {facts[-1]:,} rows"
        raise refused("dataset.max_gap", f"must be shorter: {why}. {longest}. Received: {received}.")
    inserted: Mask | None = None
    if fills.any():
        appearances = np.append(1 + fills, 1)  # of each row: itself, and the copies after it
        first = np.concatenate([[0], np.cumsum(appearances)[:-1]])
        position = np.repeat(np.arange(len(stamps)), appearances)
        copies = np.arange(len(position)) - first[position]
        inserted = copies > 0
        rows = (np.arange(len(stamps)) if rows is None else rows)[position]
        stamps = moved(stamps[position], copies, interval, series.months)
        breaks = first[np.flatnonzero(lacking > fills) + 1]
    else:
        breaks = np.flatnonzero(lacking > fills) + 1
    ordered = series.times if rows is None else stamps.astype("datetime64[us]")
    return RowOrder(rows, inserted, ordered, breaks.astype(np.int64), *facts)


def rows_in_order(series: Series, dataset: SeriesConfig) -> Rows | None:
    """Return which recorded rows the repaired series has, in its order; None: all of them, as recorded."""
    return _in_order(series)[1] if _puts_in_order(dataset) else None


def _puts_in_order(dataset: SeriesConfig) -> bool:
    return dataset.repair == "hold" and dataset.boundary != "lecture"


def _in_order(series: Series) -> tuple[Rows, Rows | None, int, int]:
    """Return time stamps in order and each once, their recorded rows, how many step back, how many were left out.

    Both are (rows,) int64, the first in microseconds; the second is None where every row is the recorded one.
    """
    stamps = np.asarray(series.times).astype("datetime64[us]").astype(np.int64)
    unordered = int((stamps[1:] < stamps[:-1]).sum())
    rows: Rows | None = None
    if unordered:
        rows = np.argsort(stamps, kind="stable")
        stamps = stamps[rows]
    repeated = np.concatenate([[False], stamps[1:] == stamps[:-1]])
    duplicates = int(repeated.sum())
    if duplicates:
        rows = (np.arange(len(stamps)) if rows is None else rows)[~repeated]
        stamps = stamps[~repeated]
    return stamps, rows, unordered, duplicates


def _recorded_breaks(series: Series, dataset: SeriesConfig, max_gap: int | None) -> Rows:
    """Return the rows as recorded before which time jumps: ahead for longer than max_gap, or back."""
    if dataset.boundary == "lecture" or max_gap is None:
        return np.empty(0, dtype=np.int64)
    distance = rows_between(
        np.asarray(series.times).astype("datetime64[us]").astype(np.int64), series.interval, series.months
    )
    lacking = np.rint(distance).astype(np.int64) - 1
    return (np.flatnonzero((lacking > max_gap) | (distance <= 0)) + 1).astype(np.int64)


def _raw_chunks(series: Series, order: RowOrder, begin: int, end: int) -> Iterator[tuple[int, Floats]]:
    for start in range(begin, end, CHUNK_ROWS):
        rows = slice(start, min(start + CHUNK_ROWS, end))
        yield start, np.asarray(series.values[rows if order.rows is None else order.rows[rows]])


def _bad(raw: Floats, rules: ValueRules) -> Mask:
    return np.asarray(np.isnan(raw) | rules.refused(raw))


def _with_last_valid(raw: Floats, bad: Mask, before: Floats) -> Floats:
    """Return the values with each bad one replaced by the last valid one above it, or by `before`."""
    values = raw.copy()
    for column in np.flatnonzero(bad.any(axis=0)):
        last = np.maximum.accumulate(np.where(bad[:, column], -1, np.arange(len(raw))))
        values[:, column] = np.where(last < 0, before[column], raw[last, column])
    return values


def _counts(series: Series, counts: Rows) -> dict[str, int]:
    return {name: int(count) for name, count in zip(series.columns, counts, strict=True) if count}
