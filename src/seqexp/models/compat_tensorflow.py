"""What TensorFlow has no public interface for; tests/models/test_compat.py says when one of these is gone."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext


def is_watched(tensor: Any) -> bool:
    """Return whether a gradient tape watches a tensor: a derivative with respect to it may be asked for."""
    return bool(record.should_record_backprop([tensor]))


def is_compiled_by_xla() -> bool:
    """Return whether XLA will compile the graph that is being built: it can't call other machine code."""
    return not tf.executing_eagerly() and bool(GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))
