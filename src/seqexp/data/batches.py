"""Feed windows to TensorFlow: one gather a batch from one float32 array, every shape known to the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from seqexp.data.arrays import Rows
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts


class Gather(Protocol):
    """From a tensor of (batch,) rows to their samples."""

    def __call__(self, rows: Any, width: int = 0) -> Any:
        """Return the samples; of texts in buckets, so many ids."""


def gather_windows(windows: Windows) -> Gather:
    """Return a function from a tensor of (batch,) window rows to (batch, timesteps, columns) float32.

    The array is captured once as a tensor; besides it only the batches in flight take memory. Inputs that stay
    on disk are gathered by numpy instead: the same values, and the system keeps in memory what fits.
    """
    import tensorflow as tf

    if isinstance(windows.inputs, np.memmap):

        def gather_from_disk(rows: Any, width: int = 0) -> Any:  # noqa: ARG001 (windows have one length)
            samples = tf.numpy_function(windows.samples, [rows], tf.float32, stateful=False)
            return tf.ensure_shape(samples, (rows.shape[0], *windows.shape))

        return gather_from_disk

    array = tf.constant(windows.inputs)
    offsets = tf.constant(windows.offsets)

    def gather(rows: Any, width: int = 0) -> Any:  # noqa: ARG001 (windows have one length)
        return tf.gather(array, rows[:, None] + offsets)

    return gather


def window_batches(windows: Windows, gather: Gather) -> Callable[[Any, int], tuple[Any, Any]]:
    """Return a function from (batch,) window rows to their samples and their targets, as a graph.

    Shapes: samples (batch, timesteps, columns), targets (batch, 1), both float32.
    """
    import tensorflow as tf

    target = tf.constant(windows.target_values.astype(np.float32))

    def batch(rows: Any, width: int = 0) -> tuple[Any, Any]:  # noqa: ARG001 (windows have one length)
        return gather(rows), tf.gather(target, rows + windows.delay)[:, None]

    return batch


def padded_batches(rows: Rows, size: int) -> Rows:
    """Return (batches, size) int64: all rows in order, the last batch filled up with its last row."""
    missing = -len(rows) % size
    return np.pad(rows, (0, missing), mode="edge").reshape(-1, size)


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
