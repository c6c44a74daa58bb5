"""Values that lie apart from all others of their column, whatever its tail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats
from seqexp.data.survey.statistics import KEPT, RARE, ColumnStatistics

# What loggers and data portals write for a value that is not there, and what a counter of 8 to 32 bits ends with.
CODES = {sign * code for code in (99.0, 999.0, 9999.0, 99999.0, 999999.0, 6999.0, 1e20, 1e30) for sign in (1, -1)}
CODES |= {-32768.0, 32767.0, 65535.0, 4294967295.0, 655.35, 6553.5, -99.9, -999.9, -9999.9, 990.0, -127.0}
CODES |= {9.96921e36, -3.4028234663852886e38, 3.4028234663852886e38}
_ALONE = 0.2  # of a column's values: one that stands alone may be more frequent than `RARE`
_CHANCE, _CHANCE_OF_CODE = 1e-4, 1e-2  # of such a distance in a tail like that of the others
_AGAIN = 3  # times that one value far out is no chance
_WIDEST_GAPS = 3.0  # times the widest gap within the tail, as ratios
_LEAST = 1.5  # times as far from the median as all others
_TAIL = 0.1  # of the values on a side are its tail
_FEWEST_VALUES, _FEWEST_ROWS = 8, 20  # by which a tail is known


@dataclass(frozen=True)
class Outliers:
    """Values of a column beyond a gap that its tail doesn't explain."""

    values: tuple[tuple[float, int], ...]  # (value, count), from the gap outwards
    nearest: float  # the farthest of the other values on this side
    ratio: float  # how many times as far from the median as that one, at least
    spread: float  # how many times as far as the nearest of them the farthest one is

    @property
    def rows(self) -> int:
        """How many values they are."""
        return sum(count for _, count in self.values)

    @property
    def is_code(self) -> bool:
        """Whether it is one value that stands for a missing one elsewhere."""
        return len(self.values) == 1 and self.values[0][0] in CODES

    @property
    def is_one(self) -> bool:
        """Whether it is one value that comes again, or a code."""
        return self.is_code or (len(self.values) == 1 and self.rows > 1)

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest."""
        ends = sorted((self.values[0][0], self.values[-1][0]))
        return ends[0], ends[1]


def outliers(column: ColumnStatistics) -> list[Outliers]:
    """Return the values that lie apart from the others, below and above.

    Distances are from the median, and taken as ratios: in a tail that falls off like d^-a, the farthest value is r
    times as far as the second one by a chance of r^-a, whatever the unit. `a` is Hill's estimate (1975, Annals of
    Statistics 3) from the values on this side of the gap. A heavy tail has a small one: rain may lie far out.
    """
    below = [pair for pair in reversed(column.lowest) if pair[0] < column.median]
    above = [pair for pair in column.highest if pair[0] > column.median]
    found = []
    for side in (below, above):
        distances = np.abs(np.array([value for value, _ in side]) - column.median)
        counts = np.array([count for _, count in side], dtype=np.float64)
        first = _first_beyond(distances, counts, [value for value, _ in side], column.valid)
        if first is not None:
            ratio = float(distances[first] / distances[first - 1])
            spread = float(distances[-1] / distances[first])
            found.append(Outliers(tuple(side[first:]), side[first - 1][0], ratio, spread))
    return found


def _first_beyond(distances: Floats, counts: Floats, values: list[float], total: int) -> int | None:
    """Return the number of the first value beyond such a gap; None if there is none.

    The nearest gap counts: what lies beyond it would pass for a tail of the others.

    Args:
        distances: (values,) from the median, rising.
        counts: (values,) how often each occurs.
        values: The values themselves.
        total: How many values the column has.
    """
    logs, beyond = np.log(distances), counts[::-1].cumsum()[::-1]
    gaps = np.diff(logs, prepend=logs[:1])
    wide = np.flatnonzero(gaps >= np.log(_LEAST))
    for first in map(int, wide[wide >= _FEWEST_VALUES]):
        alone, begin = first == len(logs) - 1, max(first - KEPT, 0)
        inner = counts[begin:first]
        if beyond[first] > (_ALONE if alone else RARE) * total or inner.sum() < _FEWEST_ROWS:
            continue
        # Few rows may have a heavier tail than the rest, such as prices of scarce hours: the heavier one counts.
        tails = [begin + _tail_of(inner, rows) for rows in (_FEWEST_ROWS, _TAIL * inner.sum())]
        decay = min(_decay(logs[tail:first], counts[tail:first]) for tail in tails)
        comes_again = alone and (values[first] in CODES or counts[first] >= _AGAIN)
        chance = _CHANCE_OF_CODE if comes_again else _CHANCE
        widest = gaps[min(tails) + 1 : first].max()
        if np.exp(-decay * gaps[first]) < chance and gaps[first] > _WIDEST_GAPS * widest:
            return first
    return None


def _tail_of(counts: Floats, rows: float) -> int:
    """Return where the tail of so many rows begins, or of more where few different values hold them."""
    length = int(np.searchsorted(counts[::-1].cumsum(), rows)) + 1
    return max(len(counts) - max(length, _FEWEST_VALUES), 0)


def _decay(logs: Floats, counts: Floats) -> float:
    """Return Hill's estimate from rising logarithms of distances, of which the first is where the tail begins."""
    return float(counts[1:].sum() / max(counts[1:] @ (logs[1:] - logs[0]), 1e-12))
