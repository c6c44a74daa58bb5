"""TensorFlow's threads, set before it begins."""

from __future__ import annotations

import tensorflow as tf


def use_threads(threads: int) -> None:
    """Let TensorFlow use so many threads, as seqexp does."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
