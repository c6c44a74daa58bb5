"""Feed texts to TensorFlow: one gather a batch from one int32 array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqexp.data.series.batches import Gather
from seqexp.data.text.texts import Texts


def gather_texts(texts: Texts) -> Gather:
    """Return a function from a tensor of (batch,) corpus rows and a width to (batch, width) int32 ids.

    A width of 0 means whole rows; another leaves out padding alone, as `Texts.widths` counts it.
    """
    import tensorflow as tf

    array = tf.constant(texts.inputs)

    def gather(rows: Any, width: int = 0) -> Any:
        ids = tf.gather(array, rows)
        return ids if not width else ids[:, -width:] if texts.tokeniser.padding == "pre" else ids[:, :width]

    return gather


def text_batches(texts: Texts, gather: Gather) -> Callable[[Any, int], tuple[Any, Any]]:
    """Return a function from (batch,) corpus rows and a width to ids and labels, as a graph.

    Shapes: ids (batch, width) int32, labels (batch, 1) float32.
    """
    import tensorflow as tf

    labels = tf.constant(texts.corpus.labels.astype(np.float32))

    def batch(rows: Any, width: int = 0) -> tuple[Any, Any]:
        return gather(rows, width), tf.gather(labels, rows)[:, None]

    return batch
