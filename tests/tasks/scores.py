"""The value of a metric for arrays that a test chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target


def value_of(
    metric: Metric, truth: NDArray[Any], predictions: NDArray[Any], seasonal: Floats | None = None
) -> float | None:
    """Return the figure of a part; see `Score` for the arrays."""
    return Score("test", np.arange(len(truth)), Target(), truth, predictions, {}, seasonal).value(metric)
