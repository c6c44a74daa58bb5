"""Forecasts of a network for many windows, in batches of one shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqexp.data.batches import Gather, padded_batches
from seqexp.data.series import Floats
from seqexp.data.splits import Rows

# Larger than a training batch: no gradients are kept, and fewer calls are made. Of 128 to 2,048, on windows of
# 240 x 14, it is within a tenth of the best for mlp, conv1d, gru and gru_stacked alike.
EVALUATION_BATCH = 512
# Batches that are forecast in one call: few enough that an interrupt is heard soon.
PORTION = 16


def make_predictor(network: Any, gather: Gather, *, jit_compile: bool) -> Callable[[Rows], Floats]:
    """Return a function from (windows,) rows to (windows,) float64 normalised forecasts.

    Every window is scored: the last batch is filled up to the one shape that the graph knows, and the
    forecasts of what fills it are dropped. The graph is traced once and follows the network's weights.
    """
    import tensorflow as tf

    size = EVALUATION_BATCH

    @tf.function(jit_compile=jit_compile, autograph=False)  # type: ignore[untyped-decorator]
    def forward(samples: Any) -> Any:
        return network(samples, training=False)[:, 0]

    @tf.function(input_signature=[tf.TensorSpec((None, size), tf.int64)], autograph=False)  # type: ignore[untyped-decorator]
    def predict_batches(rows: Any) -> Any:
        # Two at a time: samples are gathered while those before are forecast.
        outputs = tf.TensorSpec((size,), tf.float32)
        return tf.map_fn(lambda batch: forward(gather(batch)), rows, parallel_iterations=2, fn_output_signature=outputs)

    def predict(rows: Rows) -> Floats:
        batches = padded_batches(rows, size)
        portions = [batches[first : first + PORTION] for first in range(0, len(batches), PORTION)]
        forecasts = [predict_batches(portion).numpy().ravel() for portion in portions]
        return np.concatenate(forecasts)[: len(rows)].astype(np.float64)

    return predict
