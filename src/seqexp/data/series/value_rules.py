"""Which of the values of a series that were recorded are measurements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.config.digests import ALL, sentinels_of
from seqexp.config.errors import Fault, not_one_of, raise_any, wrong
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Floats, Mask


@dataclass(frozen=True)
class ValueRules:
    """A measurement is a number that is no sentinel and lies within its column's valid range.

    Values are (rows, columns), or (rows,) where the rules are those of one column.
    """

    sentinels: Floats  # (numbers, columns), filled up with NaN, which equals nothing
    low: Floats  # (columns,)
    high: Floats  # (columns,)

    def declared(self, values: Floats) -> Mask:
        """Return which values are sentinels."""
        found = np.zeros(values.shape, dtype=bool)
        for numbers in self.sentinels:
            found |= values == numbers
        return found

    def outside(self, values: Floats) -> Mask:
        """Return which values lie out of their range and are no sentinels."""
        if not (np.isfinite(self.low).any() or np.isfinite(self.high).any()):
            return np.zeros(values.shape, dtype=bool)
        return ((values < self.low) | (values > self.high)) & ~self.declared(values)

    def refused(self, values: Floats) -> Mask:
        """Return which values are either."""
        return np.asarray(self.declared(values) | self.outside(values))

    def of(self, column: int) -> ValueRules:
        """Return the rules of one column, given its number."""
        kept = slice(column, column + 1)
        return ValueRules(self.sentinels[:, kept], self.low[kept], self.high[kept])


def value_rules(columns: tuple[str, ...], dataset: SeriesConfig) -> ValueRules:
    """Return what dataset.sentinels and dataset.valid say of the columns, given their names."""
    numbers = [[float(number) for number in sentinels_of(dataset, name)] for name in columns]
    most = max(map(len, numbers), default=0)
    padded = [[*given, *[np.nan] * (most - len(given))] for given in numbers]
    ends = [(dataset.valid or {}).get(name, (None, None)) for name in columns]
    low = np.array([-np.inf if first is None else first for first, _ in ends])
    high = np.array([np.inf if last is None else last for _, last in ends])
    return ValueRules(np.array(padded, dtype=np.float64).reshape(len(columns), most).T, low, high)


def check_rule_names(columns: tuple[str, ...], dataset: SeriesConfig) -> None:
    """Check that dataset.sentinels and dataset.valid name columns that are there, and one each.

    Raises:
        InputError: With a fault for each name that is none, or two.
    """
    faults: list[Fault] = []
    for key, given in (("dataset.sentinels", dataset.sentinels), ("dataset.valid", dataset.valid)):
        names = given if isinstance(given, dict) else ()
        known = (*columns, ALL) if key == "dataset.sentinels" else columns
        faults += [not_one_of(key, name, known) for name in names if name not in known]
    if isinstance(dataset.sentinels, dict) and ALL in dataset.sentinels and ALL in columns:
        what = "stands for every column, and the file has one of that name: rename it there, or give a list of numbers"
        faults.append(wrong(f"dataset.sentinels.{ALL}", f"{what} for every column. Received: {dataset.sentinels}."))
    raise_any(faults)
