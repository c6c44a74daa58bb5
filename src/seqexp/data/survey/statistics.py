"""What the columns of a series hold: figures of the values that were recorded, in one pass from disk or memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats
from seqexp.data.series.repair import CHUNK_ROWS
from seqexp.data.series.series import Series
from seqexp.data.series.value_rules import ValueRules

# Quartiles are taken from so many rows at most: random blocks of the series.
SAMPLE, _BLOCK = 1 << 18, 256
# What lies more than so many interquartile ranges outside the quartiles is kept for a look.
FAR = 20.0
_KEPT = 16  # far values a side


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
        far: (value, count) of the values farthest from the quartiles, the lowest 16 and the highest 16 of those
            more than `FAR` interquartile ranges away.
        near: Lowest and highest of the other valid values.
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
    far: tuple[tuple[float, int], ...]
    near: tuple[float, float]

    @property
    def is_constant(self) -> bool:
        """Whether all valid values are one and the same."""
        return self.valid > 0 and self.low == self.high


def column_statistics(series: Series, rules: ValueRules, chunk: int = CHUNK_ROWS) -> tuple[ColumnStatistics, ...]:
    """Return the figures of each column, over all rows as recorded; they are read in chunks, twice at most."""
    lower, upper = _quartiles(series, rules)
    tallies = [_Tally(low, high) for low, high in zip(lower, upper, strict=True)]
    for start in range(0, len(series), chunk):
        # By columns: each is worked on alone.
        values = np.array(series.values[start : start + chunk], order="F")
        for index, tally in enumerate(tallies):
            tally.add(start, values[:, index], rules.of(index))
    return tuple(tally.column(name) for name, tally in zip(series.columns, tallies, strict=True))


def _quartiles(series: Series, rules: ValueRules) -> Floats:
    """Return (2, columns): the lower and the upper quartile of each column's valid values; NaN without any."""
    if len(series) <= SAMPLE:
        sample = np.array(series.values)
    else:
        blocks = np.random.default_rng(0).integers(0, len(series) - _BLOCK, SAMPLE // _BLOCK)
        sample = np.concatenate([series.values[first : first + _BLOCK] for first in np.sort(blocks)])
    found = np.full((2, sample.shape[1]), np.nan)
    for index, column in enumerate(sample.T):
        valid = column[np.isfinite(column) & ~rules.of(index).refused(column)]
        if len(valid):
            found[:, index] = np.quantile(valid, (0.25, 0.75))
    return found


class _Tally:
    """Collects the figures of one column, chunk by chunk."""

    def __init__(self, lower: float, upper: float) -> None:
        self._lower, self._upper = lower, upper
        reach = FAR * (upper - lower)
        self._bounds = lower - reach, upper + reach
        self._count, self._missing, self._sentinels, self._outside, self._infinite = 0, 0, 0, 0, 0
        self._mean, self._squares = 0.0, 0.0
        self._low, self._high = np.inf, -np.inf
        self._near = np.inf, -np.inf
        self._far: Counter[float] = Counter()
        self._same, self._absent = _Stretches(), _Stretches()

    def add(self, start: int, values: Floats, rules: ValueRules) -> None:
        """Add rows: (rows,) values as recorded, of which the first is the series' row `start`."""
        declared, outside, is_finite = rules.declared(values), rules.outside(values), np.isfinite(values)
        self._sentinels += int(declared.sum())
        self._outside += int(outside.sum())
        self._missing += int(np.isnan(values).sum())
        self._infinite += int((np.isinf(values) & ~declared & ~outside).sum())
        is_valid = is_finite & ~declared & ~outside
        self._same.add(start, np.where(is_valid, values, np.nan))
        self._absent.add(start, np.where(is_valid, np.nan, 1.0))
        valid = values[is_valid]
        if len(valid):
            self._add_moments(valid)
            self._add_far(valid)

    def _add_moments(self, valid: Floats) -> None:
        """Merge mean and squares as Chan, Golub and LeVeque (1983) do: nothing is lost to cancellation."""
        count, mean = len(valid), float(valid.mean())
        total, ahead = self._count + count, mean - self._mean
        self._squares += float(np.square(valid - mean).sum()) + ahead * ahead * self._count * count / total
        self._mean += ahead * count / total
        self._count = total
        self._low, self._high = min(self._low, float(valid.min())), max(self._high, float(valid.max()))

    def _add_far(self, valid: Floats) -> None:
        is_far = (valid < self._bounds[0]) | (valid > self._bounds[1])
        near = valid[~is_far]
        if len(near):
            self._near = min(self._near[0], float(near.min())), max(self._near[1], float(near.max()))
        if is_far.any():
            numbers, counts = np.unique(valid[is_far], return_counts=True)
            self._far.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
            below = sorted(number for number in self._far if number < self._lower)[:_KEPT]
            above = sorted(number for number in self._far if number > self._upper)[-_KEPT:]
            # What is dropped has 16 beyond it, and never fewer: the counts of the kept ones are whole.
            self._far = Counter({number: self._far[number] for number in (*below, *above)})

    def column(self, name: str) -> ColumnStatistics:
        """Return the figures of all rows added."""
        some = self._count > 0
        nan = float("nan")
        return ColumnStatistics(
            name=name,
            valid=self._count,
            mean=self._mean if some else nan,
            sd=float(np.sqrt(self._squares / self._count)) if some else nan,
            low=self._low if some else nan,
            high=self._high if some else nan,
            lower=float(self._lower),
            upper=float(self._upper),
            missing=self._missing,
            sentinels=self._sentinels,
            outside=self._outside,
            infinite=self._infinite,
            stuck=self._same.longest,
            stretches=self._same.stretches,
            absent=self._absent.longest,
            far=tuple(sorted(self._far.items())),
            near=self._near,
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
