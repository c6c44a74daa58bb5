"""What training and evaluation ask of data, be it windows of a series or texts."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seqexp.data.series.splits import Rows

Floats32 = NDArray[np.float32]


class PartRows(Protocol):
    """The rows of each part: each names one sample."""

    @property
    def train(self) -> Rows:
        """(samples,) int64."""

    @property
    def val(self) -> Rows:
        """(samples,) int64."""

    @property
    def test(self) -> Rows:
        """(samples,) int64."""


class Samples(Protocol):
    """Samples by their rows, with what is to be said of each."""

    @property
    def rows(self) -> PartRows:
        """The rows of each part."""

    @property
    def batch_size(self) -> int:
        """Samples a training batch."""

    def targets(self, rows: Rows) -> NDArray[Any]:
        """Return (samples,): what is to be said of each."""

    def arrange(self, rows: Rows, weights: Floats32, generator: np.random.Generator) -> tuple[Rows, Floats32]:
        """Return an epoch's (batches, batch) rows and weights in the order in which they are trained on.

        Args:
            rows: (batches, batch) as drawn.
            weights: (batches, batch).
            generator: Where chance is needed.
        """

    def scoring_order(self, rows: Rows) -> Rows:
        """Return the positions of (samples,) rows in the order in which they are scored."""

    def widths(self, batches: Rows) -> Rows:
        """Return (batches,) int64: how many timesteps of each batch's samples are needed; 0: all."""


class AsDrawn:
    """Samples of one length: nothing is gained by another order."""

    def arrange(self, rows: Rows, weights: Floats32, generator: np.random.Generator) -> tuple[Rows, Floats32]:
        """Return both as they are."""
        return rows, weights

    def scoring_order(self, rows: Rows) -> Rows:
        """Return the order of the rows."""
        return np.arange(len(rows), dtype=np.int64)

    def widths(self, batches: Rows) -> Rows:
        """Return 0 for each batch."""
        return np.zeros(len(batches), dtype=np.int64)
