"""What in the columns of a series would harm a training, one column by itself: values that are none, and no sensors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqexp.config.digests import ALL
from seqexp.config.durations import DAY
from seqexp.config.overrides import as_mapping
from seqexp.data.arrays import Floats, Mask
from seqexp.data.findings import Outcomes, remedy, stamp
from seqexp.data.series.value_rules import ValueRules, value_rules
from seqexp.data.survey.limits import beyond, limits_of
from seqexp.data.survey.outliers import Outliers, outliers
from seqexp.data.survey.rows import OrderedRows
from seqexp.data.survey.statistics import ColumnStatistics
from seqexp.data.survey.survey import Survey

FAR = 3.0  # times as far from the median as all other values: more than an odd day
FINE = 50  # different values: fewer are the levels of a switch or a scale
_LASTS = 6  # rows: what stays for longer is a state, not a slip
_AGAIN = 3  # stretches of one value far out: no chance
_SLIPS, _SAME_SLIPS = 4, 0.6  # as often a value leaves its neighbours, and is that share of all that do
STUCK = 20  # times the usual stretch of one value
_SPOILS = 0.01  # of the rows: a shorter stretch leaves enough to learn from
_NEVER_RESTS, _EXACT = 1.25, 200  # rows that one value usually stays, different values: a sensor that always moves
_RARELY_RESTS, _TOO_LONG = 1.5, 5  # rows that one value usually stays; days that such a sensor doesn't, however coarse
_FEWEST_ROWS = 12  # that one value may stay for, however long they are
_EVERY, _COUNTS = 0.999, 0.9  # of the rows rise; of these, by the same step


@dataclass(frozen=True)
class Occurrences:
    """The rows in which a column has certain values."""

    rows: int
    first: int  # the first of them
    stretches: int  # of rows one after the other
    beside: float  # the median of the values just before and after


def impossible(survey: Survey) -> Outcomes:
    """Yield columns with values that their unit or their name rules out."""
    for index, column in enumerate(survey.columns):
        limits = limits_of(column)
        found = beyond(column, limits) if limits else []
        if limits and found:
            where = _where(survey, index, [value for value, _ in found])
            values = ", ".join(f"{value:.6g}" for value, _ in found[:3])
            text = f"{column.name} is {values}{' …' if len(found) > 3 else ''} in {_rows(survey, where)}; {limits.what}"
            yield "finding", f"{text}. {_valid(survey, column.name, limits.low, limits.high)}"


def apart(survey: Survey, *, coded: bool) -> Outcomes:
    """Yield columns with values far from all others: `coded`, one that stands for a missing one, else any others."""
    for index, column in enumerate(survey.columns):
        limits = limits_of(column)
        ruled_out = {value for value, _ in (beyond(column, limits) if limits else [])}
        both = [item for item in outliers(column) if not ruled_out & {value for value, _ in item.values}]
        for item in both:
            if item.is_one == coded:
                yield from _outlying(survey, index, item, both)
        if coded:
            yield from _slips(survey, index, {value for item in both for value, _ in item.values} | ruled_out)


def _outlying(survey: Survey, index: int, item: Outliers, both: list[Outliers]) -> Outcomes:
    column, name = survey.columns[index], survey.columns[index].name
    where = _where(survey, index, [value for value, _ in item.values])
    low, high = item.range
    values = f"{low:.10g}" if low == high else f"from {low:.6g} to {high:.6g}"
    text = f"{name} is {values} in {_rows(survey, where)}, {item.ratio:,.1f} times as far from the median as any other"
    stays = where.rows / where.stretches
    is_state = (low == high == 0 and stays >= 3) or (low != high and stays >= _LASTS)
    is_tail = item.ratio < max(FAR, item.spread)  # they lie as far from each other as from the rest
    comes_again = item.is_one and where.stretches >= _AGAIN and not is_state
    if not (item.is_code or comes_again) and (is_tail or is_state):
        yield "note", f"{text}: {'a state that it can be in' if is_state else 'rare'}, or an error"
    elif item.is_one:
        yield "finding", f"{text}. {_sentinels(survey, name, [other.range[0] for other in both if other.is_one])}"
    else:
        bounds = {other.range[0] > column.median: _bound(column, other) for other in both if not other.is_one}
        yield "finding", f"{text}. {_valid(survey, name, bounds.get(False), bounds.get(True))}"


def _slips(survey: Survey, index: int, known: set[float]) -> Outcomes:
    """Yield a value within the range of all others that single rows slip to, or the only negative one."""
    column = survey.columns[index]
    if column.distinct <= FINE:
        return
    for value, count in column.leaps[:1]:
        total = sum(times for _, times in column.leaps)
        if value in known or count < _SLIPS or count < _SAME_SLIPS * total:
            continue
        where = _where(survey, index, [value])
        if count >= where.rows / 2:
            text = f"{column.name} slips to {value:.10g} and back in {_rows(survey, where)}"
            yield "finding", f"{text}. {_sentinels(survey, column.name, [value])}"
            return
    (value, count), (second, _) = column.ends[:2]
    if value < 0 <= second and count > 1 and value not in known:
        where = _where(survey, index, [value])
        if where.beside > column.lower:
            text = f"{column.name} is {value:.10g} in {_rows(survey, where)}, and never negative else"
            yield "finding", f"{text}. {_sentinels(survey, column.name, [value])}"


def _bound(column: ColumnStatistics, item: Outliers) -> float:
    """Return a limit between outliers and the other values, as short a number as there is."""
    far = item.values[0][0]
    exact = column.median + (item.nearest - column.median) * min(1.5, math.sqrt(item.ratio))
    for digits in (1, 2, 3, 4):
        rounded = float(f"{exact:.{digits}g}")
        if min(item.nearest, far) < rounded < max(item.nearest, far):
            return rounded
    return exact


def _valid(survey: Survey, name: str, low: float | None, high: float | None) -> str:
    """Return the remedy that declares limits of a column, beside all that are declared already."""
    known = dict(survey.experiment.series.valid or {})
    ends = known.get(name, [None, None])
    both = [old if new is None else new for old, new in zip(ends, (low, high), strict=True)]
    return remedy(f"dataset.valid={as_mapping({**known, name: both})}")


def _sentinels(survey: Survey, name: str, values: list[float]) -> str:
    """Return the remedy that declares values as a column's sentinels, beside all that are declared already."""
    given = survey.experiment.series.sentinels
    known = dict(given) if isinstance(given, dict) else {} if given == [-9999] else {ALL: given}
    if ALL in survey.series.columns and ALL in {*known, name}:
        return f"Rename the column {ALL!r} in the file: in dataset.sentinels that stands for every column"
    return remedy(f"dataset.sentinels={as_mapping({**known, name: [*known.get(name, []), *values]})}")


def infinite(survey: Survey) -> Outcomes:
    """Yield columns with infinite values."""
    for index, column in enumerate(survey.columns):
        if column.infinite:
            where = _where(survey, index, [np.inf, -np.inf])
            ends = [float(f"{end:.6g}") for end in (column.low - _margin(column), column.high + _margin(column))]
            yield (
                "finding",
                f"{column.name} is infinite in {_rows(survey, where)}. {_valid(survey, column.name, *ends)}",
            )


def _margin(column: ColumnStatistics) -> float:
    return (column.high - column.low) or 1.0


def constant(survey: Survey) -> Outcomes:
    """Yield columns that never change."""
    names = [column.name for column in survey.columns if column.is_constant]
    in_training = [name for name in survey.windows.constant if name not in names] if survey.windows else []
    for name in names:
        if survey.experiment.series.repair == "hold":
            yield "note", f"{name} never changes: left out"
        else:
            yield "finding", f"{name} never changes. {survey.without(name)}"
    for name in in_training:
        yield "note", f"{name} never changes in the training rows: left out"


def stuck(survey: Survey) -> Outcomes:
    """Yield columns that keep a value for longer than a day, or than 12 rows.

    It is an error where the sensor otherwise moves from row to row, over many different values. Clouds, visibility or
    a rounded dew point may stay for days.
    """
    day = rows_a_day(survey)
    for column in survey.columns:
        run = column.stuck
        usual = (column.valid - run.rows) / max(column.stretches - 1, 1)  # of all others
        if column.is_constant or run.rows <= day or run.rows <= STUCK * usual:
            continue
        time = f"{survey.length(run.rows)} from {stamp(survey.rows.time(run.first))}"
        text = f"{column.name} stays at {run.value:g} for {time}, usually for {usual:.3g} rows"
        if run.value in (column.low, column.high):  # calm, dry or foggy: a limit is a value, too
            yield "note", f"{text}; it is the column's limit"
        elif (usual > _NEVER_RESTS or column.distinct < _EXACT) and not (
            usual <= _RARELY_RESTS and run.rows > _TOO_LONG * day
        ):
            yield "note", f"{text}; it has {column.distinct:,} values and may rest at one"
        elif run.rows < _SPOILS * len(survey.rows):
            yield "note", f"{text}; {run.rows / len(survey.rows):.2%} of the rows"
        elif column.name == survey.target:
            yield "finding", f"{text}. Empty these cells of the file: what wasn't measured is no target"
        else:
            yield "finding", f"{text}. Empty these cells of the file, or leave it out. {survey.without(column.name)}"


def counting(survey: Survey) -> Outcomes:
    """Yield columns that only rise, or only fall: numbers of rows, and readings of a meter."""
    for column in survey.columns:
        pairs, moves = column.valid - 1, max(column.rising, column.falling)
        if pairs < FINE or min(column.rising, column.falling) or moves <= pairs / 2:
            continue
        how = "rises" if column.rising > column.falling else "falls"
        new = "validation and test hold values that training has never seen"
        if moves >= _EVERY * pairs and column.steps >= _COUNTS * moves:
            yield "finding", f"{column.name} {how} with every row, as a counter: {new}. {survey.without(column.name)}"
        else:
            yield "note", f"{column.name} only {how}: {new}"


def equal(survey: Survey) -> Outcomes:
    """Yield columns that are the same in every row."""
    figures = [(c.valid, c.low, c.high, c.mean, c.sd, c.stretches) for c in survey.columns]
    for (i, one), (j, other) in itertools.combinations(enumerate(survey.columns), 2):
        if figures[i] == figures[j] and not one.is_constant and _same(survey.rows, i, j):
            name = one.name if other.name == survey.target else other.name
            text = f"{one.name} and {other.name} are equal in every row: one of them tells nothing new"
            yield "note", f"{text}. {survey.without(name)}"


def rows_a_day(survey: Survey) -> int:
    """Return the rows of a day, 12 or more."""
    return max(DAY // max(survey.series.interval, 1), _FEWEST_ROWS)


def a_day(survey: Survey) -> str:
    """Return what `rows_a_day` is in words: "a day", or "12 rows" where these are longer."""
    rows = rows_a_day(survey)
    return "a day" if rows * survey.series.interval <= DAY else f"{rows} rows"


def _same(rows: OrderedRows, i: int, j: int) -> bool:
    return all(np.array_equal(values[:, i], values[:, j], equal_nan=True) for _, values in rows.chunks())


def _where(survey: Survey, index: int, values: list[float]) -> Occurrences:
    """Return in which rows a column has one of the values."""
    rules = value_rules(survey.series.columns, survey.experiment.series).of(index)
    column = np.concatenate(list(_column(survey.rows, index, rules)))
    there = np.isin(column, values)
    rows = np.flatnonzero(there)
    begins, ends = rows[~there[rows - 1] | (rows == 0)], rows[~np.append(there, False)[rows + 1]]
    beside = np.concatenate([column[begins[begins > 0] - 1], column[ends[ends < len(column) - 1] + 1]])
    beside = beside[~np.isnan(beside)]
    return Occurrences(len(rows), int(rows[0]), len(begins), float(np.median(beside)) if len(beside) else np.nan)


def _column(rows: OrderedRows, index: int, rules: ValueRules) -> Iterator[Floats]:
    """Yield a column in chunks, NaN where it is refused."""
    for _, values in rows.chunks():
        refused: Mask = rules.refused(values[:, index])
        yield np.where(refused, np.nan, values[:, index])


def _rows(survey: Survey, where: Occurrences) -> str:
    since = stamp(survey.rows.time(where.first))
    return f"1 row, {since}" if where.rows == 1 else f"{where.rows:,} rows from {since}"
