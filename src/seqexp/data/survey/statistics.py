"""What the columns of a series hold: figures of the values that were recorded, in one pass from disk or memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.data.series.repair import CHUNK_ROWS
from seqexp.data.series.value_rules import ValueRules
from seqexp.data.survey.rows import OrderedRows

# Quantiles are taken from so many rows at most: random blocks of the series.
SAMPLE, _BLOCK = 1 << 18, 256
KEPT = 300  # different values a side that are kept for a look,
RARE = 0.02  # beside those of so many of a column's values, for they may all be wrong
_ENDS = 0.002  # of a long series' values a side, among which the outermost are looked for
# A row leaves its neighbours if it lies so many times as far from them as only one row in fifty does; in a smooth
# series, where next to none does, as only one step in fifty goes.
_LEAVES, _USUAL = 6.0, 0.98
_MOST_LEAPS = 10_000  # different values; a column that has more of them leaps all the time


@dataclass(frozen=True)
class Run:
    """The longest stretch of rows in which something stays the same; its length is 0 where there is none."""

    rows: int = 0  # its length
    first: int = 0  # its first row
    value: float = float("nan")  # what stays the same


@dataclass(frozen=True)
class ColumnStatistics:
    """Figures of one column, over its valid values: finite, no sentinel, and within its valid range.

    Attributes:
        name: The column's name.
        valid: How many values are valid.
        mean, sd, low, high: In the column's unit; sd is the population's. NaN without a valid value.
        lower, upper: Quartiles, of a random sample where the series is long.
        missing: Values that are not there.
        sentinels: Values that are declared sentinels.
        outside: Values out of the valid range that is declared.
        infinite: Other values that are infinite.
        stuck: The longest stretch of one value.
        stretches: How many stretches of one value there are, those of a single row included.
        absent: The longest stretch of values that are not valid; its value tells nothing.
        median: Of the sample.
        distinct: How many different values the sample has.
        lowest, highest: (value, count) of the outermost different values, in rising order; both have all of them where
            there are few. The counts of those that only the sample has are scaled to all rows.
        leaps: (value, count) of what single rows hold that leave both their neighbours far more than others do; the
            commonest first. Empty where rows do so all the time.
        rising, falling: Pairs of valid values, one after the other, of which the second is higher, or lower.
        steps: Pairs of which the second is higher by the usual step, which may be negative.
    """

    name: str
    valid: int
    mean: float
    sd: float
    low: float
    high: float
    lower: float
    upper: float
    missing: int
    sentinels: int
    outside: int
    infinite: int
    stuck: Run
    stretches: int
    absent: Run
    median: float
    distinct: int
    lowest: tuple[tuple[float, int], ...]
    highest: tuple[tuple[float, int], ...]
    leaps: tuple[tuple[float, int], ...]
    rising: int
    falling: int
    steps: int

    @property
    def is_constant(self) -> bool:
        """Whether all valid values are one and the same."""
        return self.valid > 0 and self.low == self.high


def column_statistics(rows: OrderedRows, rules: ValueRules, chunk: int = CHUNK_ROWS) -> tuple[ColumnStatistics, ...]:
    """Return the figures of each column, over all rows in their order; they are read in chunks, twice at most."""
    tallies = [_Tally(sample) for sample in _samples(rows, rules)]
    for start, recorded in rows.chunks(chunk):
        values = np.array(recorded, order="F")  # by columns: each is worked on alone
        for index, tally in enumerate(tallies):
            tally.add(start, values[:, index], rules.of(index))
    return tuple(tally.column(name) for name, tally in zip(rows.series.columns, tallies, strict=True))


@dataclass(frozen=True)
class _Sample:
    """What is known of a column before all its rows are read."""

    size: int  # valid values
    quartiles: Floats  # (3,); NaN without a valid value
    values: Floats  # the different values, in rising order
    counts: Rows  # of each
    cuts: tuple[float, float]  # beyond these the outermost values of a longer series are looked for
    leap: float  # how far a row must leave its neighbours


def _samples(rows: OrderedRows, rules: ValueRules) -> list[_Sample]:
    """Return a sample of each column: the whole of a short series, else random blocks."""
    is_whole = len(rows) <= SAMPLE
    if is_whole:
        values = rows.values(0, len(rows))
    else:
        blocks = np.random.default_rng(0).integers(0, len(rows) - _BLOCK + 1, SAMPLE // _BLOCK)
        values = np.concatenate([rows.values(first, first + _BLOCK) for first in np.sort(blocks).tolist()])
    return [_sample(column, rules.of(index), is_whole) for index, column in enumerate(np.asfortranarray(values).T)]


def _sample(column: Floats, rules: ValueRules, is_whole: bool) -> _Sample:
    measured = np.where(np.isfinite(column) & ~rules.refused(column), column, np.nan)
    values, counts = np.unique(measured[~np.isnan(measured)], return_counts=True)
    if not len(values):
        return _Sample(0, np.full(3, np.nan), values, counts, (-np.inf, np.inf), np.inf)
    valid = np.repeat(values, counts)
    low, high = (-np.inf, np.inf) if is_whole else np.quantile(valid, (_ENDS, 1 - _ENDS))
    moves = (np.abs(_left(measured)), np.abs(np.diff(measured)))
    usual = [float(np.quantile(move[~np.isnan(move)], _USUAL)) for move in moves if not np.isnan(move).all()]
    leap = _LEAVES * next((move for move in usual if move > 0), 0.0)
    return _Sample(len(valid), np.quantile(valid, (0.25, 0.5, 0.75)), values, counts, (low, high), leap or np.inf)


def _left(values: Floats) -> Floats:
    """Return how far each row but the first and the last lies from the nearer end of its neighbours; 0 between them."""
    before, here, after = values[:-2], values[1:-1], values[2:]
    found: Floats = here - np.clip(here, np.minimum(before, after), np.maximum(before, after))
    return found


class _Tally:
    """Collects the figures of one column, chunk by chunk."""

    def __init__(self, sample: _Sample) -> None:
        self._sample = sample
        self._count, self._missing, self._sentinels, self._outside, self._infinite = 0, 0, 0, 0, 0
        self._mean, self._squares = 0.0, 0.0
        self._low, self._high = np.inf, -np.inf
        self._far: Counter[float] = Counter()
        self._leaps: Counter[float] = Counter()
        self._last, self._step = np.nan, np.nan
        self._rising, self._falling, self._steps = 0, 0, 0
        self._same, self._absent = _Stretches(), _Stretches()

    def add(self, start: int, values: Floats, rules: ValueRules) -> None:
        """Add rows: (rows,) values as recorded, of which the first is the series' row `start`."""
        declared, outside, is_finite = rules.declared(values), rules.outside(values), np.isfinite(values)
        self._sentinels += int(declared.sum())
        self._outside += int(outside.sum())
        self._missing += int(np.isnan(values).sum())
        self._infinite += int((np.isinf(values) & ~declared & ~outside).sum())
        is_valid = is_finite & ~declared & ~outside
        measured = np.where(is_valid, values, np.nan)
        self._same.add(start, measured)
        self._absent.add(start, np.where(is_valid, np.nan, 1.0))
        self._add_leaps(measured)
        valid = values[is_valid]
        if len(valid):
            self._add_moments(valid)
            self._add_far(valid)
            self._add_steps(valid)

    def _add_moments(self, valid: Floats) -> None:
        """Merge mean and squares as Chan, Golub and LeVeque (1983) do: nothing is lost to cancellation."""
        count, mean = len(valid), float(valid.mean())
        total, ahead = self._count + count, mean - self._mean
        # Near the largest number there are no squares: the standard deviation is infinite then.
        self._squares += float(np.square(valid - mean).sum()) + ahead * ahead * self._count * count / total
        self._mean += ahead * count / total
        self._count = total
        self._low, self._high = min(self._low, float(valid.min())), max(self._high, float(valid.max()))

    def _add_far(self, valid: Floats) -> None:
        low, high = self._sample.cuts
        far = valid[(valid < low) | (valid > high)]
        if len(far):
            numbers, counts = np.unique(far, return_counts=True)
            self._far.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
            # What is dropped has so many beyond it, and never fewer: the counts of the kept ones are whole.
            pairs = sorted(self._far.items())
            self._far = Counter(dict(pairs if len(pairs) <= 2 * KEPT else [*pairs[:KEPT], *pairs[-KEPT:]]))

    def _add_leaps(self, measured: Floats) -> None:
        if len(measured) > 2 and len(self._leaps) < _MOST_LEAPS:
            leaping = measured[1:-1][np.abs(_left(measured)) > self._sample.leap]  # NaN is no more than anything
            numbers, counts = np.unique(leaping, return_counts=True)
            self._leaps.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))

    def _add_steps(self, valid: Floats) -> None:
        steps = np.diff(valid, prepend=self._last)
        steps = steps[~np.isnan(steps)]  # the first value follows none
        if len(steps):
            self._step = float(np.median(steps)) if np.isnan(self._step) else self._step
            self._rising += int((steps > 0).sum())
            self._falling += int((steps < 0).sum())
            self._steps += int((np.abs(steps - self._step) <= 1e-9 * abs(self._step)).sum())
        self._last = float(valid[-1])

    def _ends(self) -> tuple[tuple[tuple[float, int], ...], tuple[tuple[float, int], ...]]:
        """Return the lowest and the highest values with their counts: of all rows where they are known, else scaled."""
        sample = self._sample
        kept = KEPT + int(RARE * sample.size)
        scale = self._count / max(sample.size, 1)
        outer = np.r_[:kept, -kept:0] if len(sample.values) > 2 * kept else slice(None)
        counts = np.maximum(np.rint(sample.counts[outer] * scale), 1).astype(np.int64)
        of_sample = dict(zip(sample.values[outer].tolist(), counts.tolist(), strict=True))
        pairs = tuple(sorted((of_sample | self._far).items()))
        return (pairs, pairs) if len(pairs) <= 2 * kept else (pairs[:kept], pairs[-kept:])

    def column(self, name: str) -> ColumnStatistics:
        """Return the figures of all rows added."""
        some = self._count > 0
        nan = float("nan")
        lowest, highest = self._ends()
        return ColumnStatistics(
            name=name,
            valid=self._count,
            mean=self._mean if some else nan,
            sd=float(np.sqrt(self._squares / self._count)) if some else nan,
            low=self._low if some else nan,
            high=self._high if some else nan,
            lower=float(self._sample.quartiles[0]),
            upper=float(self._sample.quartiles[2]),
            missing=self._missing,
            sentinels=self._sentinels,
            outside=self._outside,
            infinite=self._infinite,
            stuck=self._same.longest,
            stretches=self._same.stretches,
            absent=self._absent.longest,
            median=float(self._sample.quartiles[1]),
            distinct=len(self._sample.values),
            lowest=lowest,
            highest=highest,
            leaps=tuple(self._leaps.most_common()) if len(self._leaps) < _MOST_LEAPS else (),
            rising=self._rising,
            falling=self._falling,
            steps=self._steps,
        )


class _Stretches:
    """Finds the longest stretch of equal values, which may span chunks; NaN equals nothing."""

    def __init__(self) -> None:
        self.longest = Run()
        self.stretches = 0
        self._open = Run()  # the stretch that the last row belongs to

    def add(self, start: int, values: Floats) -> None:
        """Add rows."""
        edges = np.flatnonzero(values[1:] != values[:-1]) + 1
        firsts = np.concatenate([[0], edges])
        lengths = np.diff(np.append(firsts, len(values)))
        heads = values[firsts]
        lengths[np.isnan(heads)] = 0
        first, goes_on = start, bool(heads[0] == self._open.value)
        if goes_on:
            first, lengths[0] = self._open.first, lengths[0] + self._open.rows
        self.stretches += int((lengths > 0).sum()) - goes_on
        best = int(lengths.argmax())
        if lengths[best] > self.longest.rows:
            begin = first if best == 0 else start + int(firsts[best])
            self.longest = Run(int(lengths[best]), begin, float(heads[best]))
        last_first = first if len(firsts) == 1 else start + int(firsts[-1])
        self._open = Run(int(lengths[-1]), last_first, float(heads[-1]))
