"""Scale columns by their training rows alone: nothing of validation or test enters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqexp.data.series.repair import Repaired
from seqexp.data.series.series import Floats


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of each column over the training rows.

    Attributes:
        mean: (columns,) float64.
        std: (columns,) float64, population standard deviation; 1 for a column that never changes.
    """

    mean: Floats
    std: Floats

    def extended(self, columns: int) -> Scaling:
        """Return the scaling with so many columns more that are left as they are."""
        return Scaling(np.append(self.mean, np.zeros(columns)), np.append(self.std, np.ones(columns)))


def fit_scaling(repaired: Repaired, first: int, end: int) -> tuple[Scaling, NDArray[np.bool_]]:
    """Return mean and standard deviation of the rows [first, end), and which columns change there.

    Two passes over the rows: the mean, then the squares of what differs from it.

    Args:
        repaired: The series.
        first: First training row.
        end: Row after the last training row.
    """
    columns, rows = len(repaired.series.columns), end - first
    total, low, high = np.zeros(columns), np.full(columns, np.inf), np.full(columns, -np.inf)
    for _, values, _ in repaired.chunks(first, end):
        total += values.sum(axis=0)
        low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
    mean = total / rows
    squares = np.zeros(columns)
    for _, values, _ in repaired.chunks(first, end):
        squares += np.square(values - mean).sum(axis=0)
    # By its range: rounding gives a column that is always 0.1 a deviation of 1e-16.
    changes = high > low
    return Scaling(mean, np.where(changes, np.sqrt(squares / rows), 1.0)), changes
