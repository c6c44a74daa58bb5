"""What would harm a training in a single column: values that stand for missing ones, columns that are no sensors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from seqexp.config.digests import ALL
from seqexp.config.durations import DAY
from seqexp.config.overrides import as_mapping
from seqexp.data.arrays import Floats, Mask
from seqexp.data.findings import Outcomes, remedy, stamp
from seqexp.data.series.value_rules import ValueRules, value_rules
from seqexp.data.survey.limits import QuantityLimits, limits_of
from seqexp.data.survey.outliers import Outliers, outliers
from seqexp.data.survey.rows import OrderedRows
from seqexp.data.survey.statistics import ColumnStatistics
from seqexp.data.survey.survey import Survey

_FEW = 0.05  # of a column's values: where more lie beyond its limits, it isn't what its name says
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
    values: tuple[float, ...]  # the lowest different ones, four at most


def impossible(survey: Survey) -> Outcomes:
    """Yield columns with values that their unit or their name rules out."""
    for index, column in enumerate(survey.columns):
        limits = _limits(survey, index)
        if limits:
            where = _where(survey, index, limits.rules_out)
            values = ", ".join(f"{value:.6g}" for value in where.values[:3])
            more = " …" if len(where.values) > 3 else ""
            text = f"{column.name} is {values}{more} in {_rows(survey, where)}; {limits.what}"
            yield "finding", f"{text}. {_valid(survey, column.name, limits.low, limits.high)}"


def _limits(survey: Survey, index: int) -> QuantityLimits | None:
    """Return the limits of a column that has values beyond them; None where so many are that its name must mislead."""
    column = survey.columns[index]
    limits = limits_of(column, survey.series.units.get(column.name, ""))
    if not limits or not limits.rules_out(np.array([column.low, column.high])).any():
        return None
    return limits if _where(survey, index, limits.rules_out).rows <= _FEW * column.valid else None


def apart(survey: Survey, *, coded: bool) -> Outcomes:
    """Yield columns with values far from all others: `coded`, one that stands for a missing one, else any others."""
    for index, column in enumerate(survey.columns):
        limits = _limits(survey, index)
        both = [item for item in outliers(column) if not (limits and limits.rules_out(np.array(item.range)).any())]
        for item in both:
            if item.is_one == coded:
                yield from _outlying(survey, index, item, both)
        known = {value for item in both for value, _ in item.values}
        if coded:
            yield from _slips(survey, index, known, limits)


def _outlying(survey: Survey, index: int, item: Outliers, both: list[Outliers]) -> Outcomes:
    column, name = survey.columns[index], survey.columns[index].name
    bound, is_above = _bound(column, item), item.nearest > column.median
    where = _where(survey, index, lambda values: values > bound if is_above else values < bound)
    low, high = item.range
    values = f"{low:.10g}" if low == high else f"from {low:.6g} to {high:.6g}"
    ratio = f"{item.ratio:,.1f}" if item.ratio < 1e6 else f"{item.ratio:.3g}"
    text = f"{name} is {values} in {_rows(survey, where)}, {ratio} times as far from the median as any other"
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


def _slips(survey: Survey, index: int, known: set[float], limits: QuantityLimits | None) -> Outcomes:
    """Yield a value within the range of all others that single rows slip to, or the only negative one."""
    column = survey.columns[index]
    if column.distinct <= FINE:
        return

    def is_known(value: float) -> bool:
        return value in known or bool(limits and limits.rules_out(np.array(value)))

    for value, count in column.leaps[:1]:
        total = sum(times for _, times in column.leaps)
        if is_known(value) or count < _SLIPS or count < _SAME_SLIPS * total:
            continue
        where = _where(survey, index, _equal_to(value))
        if count >= where.rows / 2:
            text = f"{column.name} slips to {value:.10g} and back in {_rows(survey, where)}"
            yield "finding", f"{text}. {_sentinels(survey, column.name, [value])}"
            return
    (value, count), (second, _) = column.lowest[:2]
    if value < 0 <= second and count > 1 and not is_known(value):
        where = _where(survey, index, _equal_to(value))
        if where.beside > column.lower:
            text = f"{column.name} is {value:.10g} in {_rows(survey, where)}, and otherwise never negative"
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
    """Return the remedy that declares limits of a column, beside all that are declared already; none gets wider."""
    known = dict(survey.experiment.series.valid or {})
    first, last = known.get(name, [None, None])
    lows, highs = ([end for end in ends if end is not None] for ends in ((first, low), (last, high)))
    both = [max(lows, default=None), min(highs, default=None)]
    return _declared(survey, f"dataset.valid={as_mapping({**known, name: both})}")


def _sentinels(survey: Survey, name: str, values: list[float]) -> str:
    """Return the remedy that declares values as a column's sentinels, beside all that are declared already."""
    given = survey.experiment.series.sentinels
    known = dict(given) if isinstance(given, dict) else {} if given == [-9999] else {ALL: given}
    if ALL in survey.series.columns and ALL in {*known, name}:
        return f"Rename the column {ALL!r} in the file: in dataset.sentinels that stands for every column"
    values = [*known.get(name, []), *values]
    return _declared(survey, f"dataset.sentinels={as_mapping({**known, name: values})}")


def _declared(survey: Survey, override: str) -> str:
    """Return the remedy that declares values as missing, and has them repaired: only that keeps them out of windows."""
    return remedy(override, *(["dataset.repair=hold"] if survey.experiment.series.repair == "off" else []))


def constant(survey: Survey) -> Outcomes:
    """Yield columns that never change."""
    names = [column.name for column in survey.columns if column.is_constant]
    in_training = [name for name in survey.windows.constant if name not in names] if survey.windows else []
    for name in names:
        if survey.experiment.series.repair == "hold":
            yield "note", f"{name} never changes: left out"
        else:
            yield "finding", f"{name} never changes. {survey.without(name, names)}"
    for name in in_training:
        yield "note", f"{name} never changes in the training rows: left out"


def stuck(survey: Survey) -> Outcomes:
    """Yield columns that keep a value for longer than a day, or than 12 rows.

    It is an error where the sensor otherwise moves from row to row, over many different values. Clouds, visibility or
    a rounded dew point may stay for days.
    """
    day = rows_a_day(survey)
    for index, column in enumerate(survey.columns):
        run = column.stuck
        usual = (column.valid - run.rows) / max(column.stretches - 1, 1)  # of all others
        if column.is_constant or run.rows <= day or run.rows <= STUCK * usual or _is_reported(survey, index, run.value):
            continue
        time = f"{survey.length(run.rows)} from {stamp(survey.rows.time(run.first))}"
        text = f"{column.name} stays at {run.value:g} for {time}, usually for {usual:.3g} rows"
        if run.value in (column.low, column.high):  # calm, dry or foggy: a limit is a value, too
            yield "note", f"{text}; it is the column's limit"
        elif (usual > _NEVER_RESTS or column.distinct < _EXACT) and not (
            usual <= _RARELY_RESTS and run.rows > _TOO_LONG * day
        ):
            few = f"has only {column.distinct:,} different values"
            why = few if column.distinct < _EXACT else "often keeps a value for some rows"
            yield "note", f"{text}; it {why}, so this may be real"
        elif run.rows < _SPOILS * len(survey.rows):
            yield "note", f"{text}; {run.rows / len(survey.rows):.2%} of the rows"
        elif column.name in survey.targets:
            yield "finding", f"{text}. Empty these cells of the file: what wasn't measured is no target"
        else:
            yield "finding", f"{text}. Empty these cells of the file, or leave it out. {survey.without(column.name)}"


def _is_reported(survey: Survey, index: int, value: float) -> bool:
    """Return whether a value of a column is impossible, or apart from all others."""
    limits = _limits(survey, index)
    apart = {far for item in outliers(survey.columns[index]) for far, _ in item.values}
    return value in apart or bool(limits and limits.rules_out(np.array(value)))


def counting(survey: Survey) -> Outcomes:
    """Yield columns that only rise, or only fall: numbers of rows, and readings of a meter."""
    one_way = [column for column in survey.columns if _goes_one_way(column)]
    counters = [column.name for column in one_way if _counts(column)]
    for column in one_way:
        how = "rises" if column.rising else "falls"
        new = "validation and test hold values that training has never seen"
        if column.name in counters:
            way_out = survey.without(column.name, counters)
            yield "finding", f"{column.name} {how} with every row, as a counter: {new}. {way_out}"
        else:
            yield "note", f"{column.name} only {how}: {new}"


def _goes_one_way(column: ColumnStatistics) -> bool:
    pairs, moves = column.valid - 1, column.rising + column.falling
    return pairs >= FINE and moves > pairs / 2 and 0 in (column.rising, column.falling)


def _counts(column: ColumnStatistics) -> bool:
    moves = column.rising + column.falling
    return moves >= _EVERY * (column.valid - 1) and column.steps >= _COUNTS * moves


def equal(survey: Survey) -> Outcomes:
    """Yield columns that are the same in every row."""
    figures = [(c.valid, c.low, c.high, c.mean, c.sd, c.stretches) for c in survey.columns]
    for (i, one), (j, other) in itertools.combinations(enumerate(survey.columns), 2):
        if figures[i] == figures[j] and not one.is_constant and _same(survey.rows, i, j):
            name = one.name if other.name in survey.targets else other.name
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


def _equal_to(value: float) -> Callable[[Floats], Mask]:
    return lambda values: values == value


def _where(survey: Survey, index: int, is_meant: Callable[[Floats], Mask]) -> Occurrences:
    """Return in which rows a column has values that are meant, one or more."""
    rules = value_rules(survey.series.columns, survey.experiment.series).of(index)
    column = np.concatenate(list(_column(survey.rows, index, rules)))
    there = is_meant(column)
    rows = np.flatnonzero(there)
    begins, ends = rows[~there[rows - 1] | (rows == 0)], rows[~np.append(there, False)[rows + 1]]
    beside = np.concatenate([column[begins[begins > 0] - 1], column[ends[ends < len(column) - 1] + 1]])
    beside = beside[~np.isnan(beside)]
    lowest = tuple(np.unique(column[rows])[:4].tolist())
    return Occurrences(
        len(rows), int(rows[0]), len(begins), float(np.median(beside)) if len(beside) else np.nan, lowest
    )


def _column(rows: OrderedRows, index: int, rules: ValueRules) -> Iterator[Floats]:
    """Yield a column in chunks, NaN where it is refused."""
    for _, values in rows.chunks():
        refused: Mask = rules.refused(values[:, index])
        yield np.where(refused, np.nan, values[:, index])


def _rows(survey: Survey, where: Occurrences) -> str:
    since = stamp(survey.rows.time(where.first))
    return f"1 row, {since}" if where.rows == 1 else f"{where.rows:,} rows from {since}"
