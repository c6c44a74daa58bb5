"""What a trained model predicts for rows of its task, and whether two predictions are the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Rows
from seqexp.data.samples import Samples
from seqexp.models.plugins import telling_where
from seqexp.runs.prepare import Prepared
from seqexp.tasks.score import Score


def predicted(prepared: Prepared, samples: Samples, rows: Rows, batch: int | None = None) -> NDArray[Any]:
    """Return what the model gives out for rows of some samples, in the target's shape.

    Raises:
        PredictionError: If it is of no use.
        PluginError: If a user's own code raises.
    """
    model = prepared.model
    with telling_where(prepared.plugins):
        return prepared.task.shaped(model.predict(samples, rows, batch), rows, model.subject)


def ranking_figure(prepared: Prepared, rows: Rows, predictions: NDArray[Any]) -> float:
    """Return the figure that ranks, of predictions for any rows."""
    task, point = prepared.task, prepared.task.target.point(predictions)
    return Score("test", rows, task.target, task.truth(rows), point, {}, task.seasonal).figure(task.metric)


def spread(rows: Rows, most: int) -> Rows:
    """Return at most so many of the rows, spread evenly, each once and rising."""
    known = distinct(rows)
    at = np.linspace(0, len(known) - 1, min(most, len(known))).round().astype(np.int64)
    return known[np.unique(at)]


def distinct(rows: Rows) -> Rows:
    """Return the rows, each once and rising."""
    return rows if bool((rows[1:] > rows[:-1]).all()) else np.unique(rows)


def difference(one: NDArray[Any], other: NDArray[Any]) -> str | None:
    """Return in words how predictions differ, sample by sample; None where all are equal, bit for bit."""
    same = one.reshape(len(one), -1) == other.reshape(len(other), -1)
    changed = int((~same.all(axis=1)).sum())
    if not changed:
        return None
    return f"{changed:,} of {len(one):,} differ, by up to {float(np.abs(one - other).max()):.3g}"
