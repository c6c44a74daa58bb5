"""Predictions of a network for many samples, in batches of one shape."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.data.samples import Samples
from seqexp.training.feed import end_of_portion, feed_of, padded_batches

# Larger than a training batch: no gradients are kept, and fewer calls are made. Of 128 to 2,048, on windows of
# 240 x 14, it is within a tenth of the best for mlp, conv1d, gru and gru_stacked alike.
EVALUATION_BATCH = 512
# Numbers that a network gives at most for the batches of one call, 64 MB, and for one of them.
MOST_NUMBERS = 1 << 24
# Batches that are predicted in one call: few enough that an interrupt takes effect soon.
PORTION = 16


def make_predictor(
    network: Any,
    samples: Samples,
    *,
    jit_compile: bool,
    outputs: Callable[[Any], Any] = lambda outputs: outputs,
    batch: int | None = None,
) -> Callable[[Rows], Floats]:
    """Return a function from (samples,) rows to (samples, numbers) float32 predictions.

    Every sample is scored: the last batch is filled up to the one shape that the graph knows, and the predictions of
    what fills it are dropped. The graph is traced once, and once more for each width of batches, and follows the
    weights of the network, a Keras model from samples to (batch, outputs); `outputs` makes predictions, (batch,
    numbers), of what it gives, by default the same. `batch` is how many samples are predicted at once; None: as many as
    is best.
    """
    import tensorflow as tf

    size, portion = _sizes(network, batch)
    gather = feed_of(samples).gather

    @tf.function(jit_compile=jit_compile, autograph=False)  # type: ignore[untyped-decorator]
    def forward(inputs: Any) -> Any:
        return outputs(network(inputs, training=False))

    @cache
    def predict_batches(width: int) -> Any:
        def predict(rows: Any) -> Any:
            # Two at a time: samples are gathered while those before are predicted.
            due = tf.TensorSpec(None, tf.float32)
            return tf.map_fn(
                lambda batch: forward(gather(batch, width)), rows, parallel_iterations=2, fn_output_signature=due
            )

        graph = tf.function(predict, input_signature=[tf.TensorSpec((None, size), tf.int64)], autograph=False)
        return graph.get_concrete_function()

    def predict(rows: Rows) -> Floats:
        order = samples.scoring_order(rows)
        batches = padded_batches(rows[order], size)
        widths = samples.widths(batches)
        predictions, first = np.empty((len(rows), network.output_shape[-1]), dtype=np.float32), 0
        while first < len(batches):
            end = end_of_portion(widths, first, portion)
            found = predict_batches(int(widths[first]))(tf.constant(batches[first:end])).numpy()
            at = order[first * size : end * size]
            predictions[at] = found.reshape(-1, found.shape[-1])[: len(at)]
            first = end
        return predictions

    return predict


def _sizes(network: Any, batch: int | None) -> tuple[int, int]:
    """Return how many samples a batch has, and how many batches a call: fewer where a network gives many numbers."""
    numbers = network.output_shape[-1]
    size = batch or max(1, min(EVALUATION_BATCH, MOST_NUMBERS // PORTION // numbers))
    return size, max(1, min(PORTION, MOST_NUMBERS // (size * numbers)))
