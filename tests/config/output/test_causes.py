"""What is told of an exception: all of ours, and of TensorFlow's the line that says why."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from seqexp.config.output.causes import line_of_cause, said_by


def _errors() -> dict[str, tuple[Callable[[], object], str]]:
    import keras
    import tensorflow as tf

    def look_up() -> object:
        network = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(5, 3, name="ids")])
        return tf.function(lambda: network(tf.fill([2, 4], 9)))()

    compiled = tf.function(tf.reshape, jit_compile=True)
    traced = tf.function(lambda values, rows: tf.reshape(values, [rows, 7]))
    return {
        "graph": (look_up, r"^indices\[0,0\] = 9 is not in \[0, 5\) \(at \S*ids\S*/GatherV2\)$"),
        "at once": (lambda: tf.reshape(tf.zeros([10]), [3, 7]), "^Input to reshape .* 10 values, .* has 21$"),
        "trace": (lambda: traced(tf.zeros([10]), tf.constant(3)), r"^Dimension .* for Reshape with .*\[10\], \[2\]"),
        "XLA": (lambda: compiled(tf.zeros([10]), tf.constant([3, 4])), "^Input to reshape .* 10 values, .* has 12$"),
        "memory": (
            lambda: tf.function(lambda n: tf.zeros([n, n]) + 1)(tf.constant(2_000_000)),
            r"^OOM when .* shape\[2000000,2000000\] and type float$",
        ),
        "python": (
            tf.function(lambda: tf.numpy_function(lambda: 1 / 0, [], tf.float32)),
            "^ZeroDivisionError: division by zero$",
        ),
        "layer": (lambda: keras.layers.Conv1D(3, 9)(tf.zeros([2, 4, 1])), "^[^\n]*$"),
    }


@pytest.mark.parametrize(
    "name", ["graph", "at once", "trace", "XLA", pytest.param("memory", marks=pytest.mark.slow), "python", "layer"]
)
def test_of_tensorflows_errors_the_reason_is_one_line(name: str) -> None:
    raising, wanted = _errors()[name]
    with pytest.raises(Exception) as caught:  # noqa: PT011 (of TensorFlow's many classes)
        raising()
    said = said_by(caught.value)
    assert re.search(wanted, said), (said, str(caught.value))
    assert not any(mark in said for mark in ("{{", "[Op:", "File ", "\n", "/job:"))


def test_what_others_say_is_told_whole() -> None:
    assert said_by(ValueError("one\ntwo")) == "one\ntwo"
    assert said_by(ValueError()) == "ValueError"


def test_several_roots_are_told_by_the_first() -> None:
    said = "Graph execution error:\n\n2 root error(s) found.\n  (0) INVALID_ARGUMENT:  short\n\t [[{{node a}}]]\n (1)"
    assert said_by(ValueError(said)) == "short"


def test_the_code_before_what_it_raised_is_left_out() -> None:
    retold = 'in user code:\n\n    File "own.py", line 3, in call  *\n        raise X\n\n    ValueError: boom\n'
    assert line_of_cause(ValueError(retold)) == "boom"
