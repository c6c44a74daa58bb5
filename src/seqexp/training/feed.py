"""Feed samples to TensorFlow: one gather a batch from one array, every shape known to the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from seqexp.data.arrays import Rows
from seqexp.data.samples import Samples
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts

MakeBatch = Callable[[Any, int], tuple[Any, Any]]


@dataclass(frozen=True)
class Feed:
    """What a network is fed with, as graphs.

    Attributes:
        gather: From a tensor of (batch,) rows and a width to the samples; of texts in buckets, so many ids. A width of
            0, the default, means whole ones.
        targets: From a tensor of (batch,) rows to their targets (batch, numbers) float32.
    """

    gather: Callable[..., Any]
    targets: Callable[[Any], Any]

    def batch(self, rows: Any, width: int = 0) -> tuple[Any, Any]:
        """Return the samples of (batch,) rows, and their targets."""
        return self.gather(rows, width), self.targets(rows)


@singledispatch
def feed_of(samples: Samples) -> Feed:
    """Return what feeds a network with samples, in batches of one shape."""
    raise TypeError(f"samples must be windows or texts. Received: {type(samples).__name__}.")


@feed_of.register
def _(windows: Windows) -> Feed:
    """Windows are gathered as (batch, timesteps, columns) float32.

    The array is captured once as a tensor; besides it only the batches in flight take memory. Inputs that stay
    on disk are gathered by numpy instead: the same values, and the system keeps in memory what fits.
    """
    import tensorflow as tf

    offsets = tf.constant(windows.offsets)
    ahead, targets = tf.constant(windows.ahead), tf.constant(windows.target.values.astype(np.float32))
    array = None if isinstance(windows.inputs, np.memmap) else tf.constant(windows.inputs)

    def gather(rows: Any, width: int = 0) -> Any:  # noqa: ARG001 (windows have one length)
        if array is not None:
            return tf.gather(array, rows[:, None] + offsets)
        samples = tf.numpy_function(windows.samples, [rows], tf.float32, stateful=False)
        return tf.ensure_shape(samples, (rows.shape[0], *windows.shape))

    def values(rows: Any) -> Any:
        return tf.reshape(tf.gather(targets, rows[:, None] + ahead), (rows.shape[0], len(ahead) * targets.shape[1]))

    return Feed(gather, values)


@feed_of.register
def _(texts: Texts) -> Feed:
    """Texts are gathered as (batch, width) int32 ids; a width leaves out padding alone, as `Texts.widths` counts it."""
    import tensorflow as tf

    array = tf.constant(texts.inputs)
    labels = tf.constant(texts.corpus.labels.astype(np.float32))

    def gather(rows: Any, width: int = 0) -> Any:
        ids = tf.gather(array, rows)
        return ids if not width else ids[:, -width:] if texts.tokeniser.padding == "pre" else ids[:, :width]

    return Feed(gather, lambda rows: tf.gather(labels, rows)[:, None])


def padded_batches(rows: Rows, size: int) -> Rows:
    """Return (batches, size) int64: all rows in order, the last batch filled up with its last row."""
    missing = -len(rows) % size
    return np.pad(rows, (0, missing), mode="edge").reshape(-1, size)


def end_of_portion(widths: Rows, first: int, size: int) -> int:
    """Return where a portion of at most so many batches ends that begins at `first`: all its batches have one width."""
    same = widths[first : first + size] == widths[first]
    return first + (len(same) if same.all() else int(np.argmin(same)))
