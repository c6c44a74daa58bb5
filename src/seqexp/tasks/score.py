"""One definition of every score, for the network and for the baselines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats, Part, Rows
from seqexp.data.series.windows import Windows
from seqexp.tasks.metric import skill


@dataclass(frozen=True)
class PartScore:
    """A model's forecasts for one part, beside the naive ones for the same windows.

    Attributes:
        part: "val" or "test".
        rows: (windows,) int64 window rows.
        predictions, naive, targets: (windows,) float64, normalised.
    """

    part: Part
    rows: Rows
    predictions: Floats
    naive: Floats
    targets: Floats

    @property
    def mae(self) -> float:
        """Mean absolute error of the model, normalised."""
        return mean_absolute_error(self.predictions, self.targets)

    @property
    def naive_mae(self) -> float:
        """Mean absolute error of the naive forecast for the same windows, normalised."""
        return mean_absolute_error(self.naive, self.targets)

    @property
    def skill(self) -> float:
        """1 - mae / naive mae: the share of the naive error that the model takes away."""
        return skill(self.mae, self.naive_mae)


def score(windows: Windows, part: Part, predictions: Floats) -> PartScore:
    """Put a model's forecasts for one part beside the targets and the naive forecasts.

    Args:
        windows: The data.
        part: "val" or "test".
        predictions: (windows,) normalised forecasts for the part's rows, in their order.
    """
    rows = getattr(windows.rows, part)
    return PartScore(part, rows, predictions.astype(np.float64), windows.last_seen(rows), windows.targets(rows))


def mean_absolute_error(predictions: Floats, targets: Floats) -> float:
    """Return the mean of |prediction - target| in float64."""
    return float(np.mean(np.abs(predictions - targets)))
