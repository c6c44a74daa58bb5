"""What an exception says, as a person reads it: without the call stacks and names of nodes that TensorFlow adds."""

from __future__ import annotations

import re

# Colours; the names of functions; where a tensor was to be put; the operation at the end.
_NOISE = re.compile(
    r"\x1b\[\d*m|\{\{[^{}]*\}\} ?| on /job:\S+| by allocator \S+| ?\[Op:[^\]]*\]|^ *\(\d+\) [A-Z_]+: *", re.MULTILINE
)
# Of an operation that can't be made: '{{node MatMul}} = MatMul[T=DT_FLOAT, ...](x, y)'.
_OPERATION = re.compile(r"'\{\{node [^{}]*\}\} = (\w+)[^']*'")
# The node that failed, if its name tells a layer.
_WHERE = re.compile(r"(?:Detected at node '?|\[\[\{\{node )([^\s'}]+/[^\s'}]+)")
# Lines of TensorFlow and Keras that say where, or that something is wrong at all.
_STACK = re.compile(
    r"Graph execution error:|Detected at node |File \"|<stack traces unavailable>|Exception encountered when calling"
    r"|\d+ root error\(s\) found|\[\[.*\]\]$|Node: "
)
_MARKS = re.compile(
    r"\{\{(?:function_node|node) |\[Op:|^in user code:|^Graph execution error:|^Exception encountered when calling"
    r"|Error encountered:|Stack trace for op definition",
    re.MULTILINE,
)


def said_by(error: BaseException) -> str:
    """Return what an exception says, or its class; of TensorFlow's and Keras's own words the line that says why."""
    text = str(error)
    return (line_of_cause(error) if _MARKS.search(text) else text) or type(error).__name__


def line_of_cause(error: BaseException) -> str:
    """Return the line of a message that says why, and the node of the network where TensorFlow names one.

    Keras puts where it happened before it, and colours it; TensorFlow puts call stacks before and behind.
    """
    text = _NOISE.sub("", _OPERATION.sub(r"\1", str(error)))
    lines = [line.strip() for line in (text.partition("Error encountered:")[2] or text).splitlines()]
    if lines[:1] == ["in user code:"]:  # the code that raised stands before what it raised
        name = f"{type(error).__name__}: "
        lines = [line.removeprefix(name) for line in lines if line.startswith(name)]
    said = next((line for line in lines if line and not _STACK.match(line)), "")
    where = _WHERE.search(str(error))
    return f"{said} (at {where[1]})" if said and where else said
