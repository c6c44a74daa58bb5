"""Rows as a logger may have written them, and what the rule of repair makes of them, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from seqexp.data.arrays import Floats
from seqexp.data.series.repair import Repaired
from seqexp.data.series.series import Series
from tests.factories import minutes, series_of

SENTINEL = -9999.0
CELLS = st.sampled_from([0.0, -0.0, 1.0, 2.0, 3.5, -5.0, SENTINEL, np.nan])


@dataclass(frozen=True)
class Recorded:
    """Rows as a logger may have written them: minutes and values, in the file's order."""

    stamps: list[float]
    rows: list[list[float]]

    @property
    def series(self) -> Series:
        return series_of(np.array(self.rows), times=minutes(*self.stamps))


@st.composite
def recorded(draw: Any) -> Recorded:
    """Draw rows 10 minutes apart: some lacking, some twice, out of order, with sentinels and missing values."""
    count = draw(st.integers(8, 24))
    distances = [1] * count
    # Most distances are 10 minutes: the others are gaps.
    for index in draw(st.lists(st.integers(0, count - 1), max_size=count // 3, unique=True)):
        distances[index] = draw(st.integers(2, 8))
    grid = [10.0 * sum(distances[:index]) for index in range(count)]
    stamps = grid + draw(st.lists(st.sampled_from(grid), max_size=6))
    stamps = draw(st.permutations(stamps))
    rows = draw(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=len(stamps), max_size=len(stamps)))
    index = draw(st.integers(0, len(stamps) - 1))
    if stamps[index] in stamps[:index]:  # it would be left out
        index = stamps.index(stamps[index])
    rows[index] = [1.5, 2.5, -3.5]  # at least one valid value a column
    return Recorded(stamps, rows)


def is_bad(value: float) -> bool:
    return value == SENTINEL or value != value


@dataclass
class Expected:
    """What the rule makes of recorded rows, one row after the other."""

    stamps: list[float]
    rows: list[list[float]]
    bad: list[list[bool]]
    breaks: list[int]


def by_loop(of: Recorded, max_gap: int | None) -> Expected:
    """Repair as the rule says: dict of first rows, walk over the ten-minute grid, hold the last valid value."""
    first: dict[float, list[float]] = {}
    for stamp, row in zip(of.stamps, of.rows, strict=True):
        first.setdefault(stamp, row)
    result = Expected([], [], [], [])
    before = None
    for stamp in sorted(first):
        lacking: list[float] = []
        while before is not None and before + 10 * (len(lacking) + 1) < stamp:
            lacking.append(before + 10 * (len(lacking) + 1))
        if before is not None and (max_gap is None or len(lacking) <= max_gap):
            for filled in lacking:
                result.stamps.append(filled)
                result.rows.append(list(first[before]))
                result.bad.append([True] * 3)
        elif lacking:
            result.breaks.append(len(result.stamps))
        result.stamps.append(stamp)
        result.rows.append(list(first[stamp]))
        result.bad.append([is_bad(value) for value in first[stamp]])
        before = stamp
    for column in range(3):
        last = next(row[column] for row in result.rows if not is_bad(row[column]))
        for row in result.rows:
            if is_bad(row[column]):
                row[column] = last
            last = row[column]
    return result


def random_rows(seed: int, rows: int) -> Recorded:
    """Return normal values, some missing, some rows lacking, some twice, some in the wrong order."""
    random = np.random.default_rng(seed)
    grid = np.cumsum(np.where(random.random(rows) < 0.06, random.integers(2, 6, rows), 1)) * 10.0
    stamps = np.concatenate([grid, random.choice(grid, rows // 12)])
    order = np.argsort(stamps + 25 * random.normal(size=len(stamps)) * (random.random(len(stamps)) < 0.2))
    values = random.normal(size=(len(stamps), 3))
    values[random.random(values.shape) < 0.05] = np.nan
    values[random.random(values.shape) < 0.05] = SENTINEL
    values[np.argmin(stamps[order])] = 0.5  # a valid first row
    return Recorded(stamps[order].tolist(), values.tolist())


def whole(of: Repaired, first: int = 0, end: int | None = None) -> tuple[Floats, Any]:
    """Return all values and which of them were not measured."""
    pieces = list(of.chunks(first, end))
    assert [start for start, _, _ in pieces] == [
        first + sum(len(v) for _, v, _ in pieces[:i]) for i in range(len(pieces))
    ]
    return np.concatenate([values for _, values, _ in pieces]), np.concatenate([bad for _, _, bad in pieces])
