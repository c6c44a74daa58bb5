"""Batches of texts of about one length, so that short ones don't pay for the longest that there is."""

from __future__ import annotations

import numpy as np

from seqexp.data.samples import Floats32
from seqexp.data.series.splits import Rows

# Batches whose texts are sorted together: enough for batches of even length, few enough to stay mixed.
POOL = 25
# Different lengths of batches: a graph is traced for each.
WIDTHS = 8


def by_length(rows: Rows, weights: Floats32, lengths: Rows, generator: np.random.Generator) -> tuple[Rows, Floats32]:
    """Sort drawn texts by length within pools of batches; batches stand in random order then.

    Args:
        rows: (batches, batch) as drawn.
        weights: (batches, batch).
        lengths: (texts,) of every text of the corpus.
        generator: Orders the batches.
    """
    size = rows.shape[1]
    flat, flat_weights = rows.ravel().copy(), weights.ravel().copy()
    for first in range(0, len(flat), POOL * size):
        pool = slice(first, first + POOL * size)
        order = np.argsort(lengths[flat[pool]], kind="stable")
        flat[pool], flat_weights[pool] = flat[pool][order], flat_weights[pool][order]
    order = generator.permutation(len(rows))
    return flat.reshape(rows.shape)[order], flat_weights.reshape(rows.shape)[order]


def widths_of(lengths: Rows, maxlen: int) -> Rows:
    """Return how many ids hold every text of each batch: one of a few lengths, for which graphs are traced.

    Args:
        lengths: (batches, batch), ids of each text that are not padding.
        maxlen: Ids a row.
    """
    step = -(-maxlen // WIDTHS)
    needed = np.maximum(lengths.max(axis=1), 1)
    found: Rows = np.minimum(-(-needed // step) * step, maxlen).astype(np.int64)
    return found
