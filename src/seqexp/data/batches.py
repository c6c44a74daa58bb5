"""Batches of windows and of texts as TensorFlow graphs: one gather a batch from one array, with every shape known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from seqexp.data.arrays import Rows
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts

Tensor = Any  # TensorFlow has no types


class Gather(Protocol):
    """A function from a tensor of (batch,) rows to their samples."""

    def __call__(self, rows: Tensor, width: int = 0) -> Tensor:
        """Return the samples; of texts the first or last `width` ids where that is not 0."""


def gather_windows(windows: Windows) -> Gather:
    """Return a function from a tensor of (batch,) window rows to (batch, timesteps, columns) float32.

    The array is captured once as a tensor; besides it only the batches in flight take memory. Inputs that stay
    on disk are gathered by numpy instead: the same values, and the system keeps in memory what fits.
    """
    import tensorflow as tf

    if isinstance(windows.inputs, np.memmap):

        def gather_from_disk(rows: Tensor, width: int = 0) -> Tensor:  # noqa: ARG001 (windows have one length)
            samples = tf.numpy_function(windows.samples, [rows], tf.float32, stateful=False)
            return tf.ensure_shape(samples, (rows.shape[0], *windows.shape))

        return gather_from_disk

    array = tf.constant(windows.inputs)
    offsets = tf.constant(windows.offsets)

    def gather(rows: Tensor, width: int = 0) -> Tensor:  # noqa: ARG001 (windows have one length)
        return tf.gather(array, rows[:, None] + offsets)

    return gather


def window_batches(windows: Windows, gather: Gather) -> Callable[[Tensor, int], tuple[Tensor, Tensor]]:
    """Return a function from (batch,) window rows to their samples and their targets, as a graph.

    Shapes: samples (batch, timesteps, columns), targets (batch, 1), both float32.
    """
    import tensorflow as tf

    target = tf.constant(windows.target_values.astype(np.float32))

    def batch(rows: Tensor, width: int = 0) -> tuple[Tensor, Tensor]:  # noqa: ARG001 (windows have one length)
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

    def gather(rows: Tensor, width: int = 0) -> Tensor:
        ids = tf.gather(array, rows)
        return ids if not width else ids[:, -width:] if texts.tokeniser.padding == "pre" else ids[:, :width]

    return gather


def text_batches(texts: Texts, gather: Gather) -> Callable[[Tensor, int], tuple[Tensor, Tensor]]:
    """Return a function from (batch,) corpus rows and a width to ids and labels, as a graph.

    Shapes: ids (batch, width) int32, labels (batch, 1) float32.
    """
    import tensorflow as tf

    labels = tf.constant(texts.corpus.labels.astype(np.float32))

    def batch(rows: Tensor, width: int = 0) -> tuple[Tensor, Tensor]:
        return gather(rows, width), tf.gather(labels, rows)[:, None]

    return batch
