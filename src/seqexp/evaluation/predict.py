"""Forecasts of a network for many windows, in batches of one shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqexp.data.batches import Gather, padded_batches
from seqexp.data.series import Floats
from seqexp.data.splits import Rows

# Larger than a training batch: no gradients are kept, and fewer calls are made.
EVALUATION_BATCH = 512


def make_predictor(network: Any, gather: Gather, *, jit_compile: bool) -> Callable[[Rows], Floats]:
    """Return a function from (windows,) rows to (windows,) float64 normalised forecasts.

    Every window is scored: the last batch is filled up to the one shape that the graph knows, and the
    forecasts of what fills it are dropped. The graph is traced once and follows the network's weights.
    """
    import tensorflow as tf

    size = EVALUATION_BATCH

    @tf.function(  # type: ignore[untyped-decorator]
        jit_compile=jit_compile, input_signature=[tf.TensorSpec((size, *network.input_shape[1:]))]
    )
    def forward(samples: Any) -> Any:
        return network(samples, training=False)[:, 0]

    @tf.function(input_signature=[tf.TensorSpec((size,), tf.int64)])  # type: ignore[untyped-decorator]
    def predict_batch(rows: Any) -> Any:
        return forward(gather(rows))

    def predict(rows: Rows) -> Floats:
        batches = padded_batches(rows, size)
        return np.concatenate([predict_batch(batch).numpy() for batch in batches])[: len(rows)].astype(np.float64)

    return predict
