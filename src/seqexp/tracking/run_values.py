"""What a run has of a name, and how it compares with a value."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from seqexp.tracking.stored_runs import StoredRun

ATTRIBUTES: dict[str, Callable[[StoredRun], str]] = {
    "name": lambda run: run.name,
    "id": lambda run: run.run_id,
    "status": lambda run: run.status,
    "experiment": lambda run: run.experiment,
}
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
PREFIXES = ("params", "metrics", "tags")

Value = float | str


def value_of(run: StoredRun, name: str) -> Value | None:
    """Return what a run has of a name; None if it has nothing of the kind.

    Args:
        run: The run.
        name: An attribute, a configuration key, a metric or a tag, in this order where several are called so; with one
            of `PREFIXES` before it, such as "metrics.test_mae", one of them alone.
    """
    prefix, _, rest = name.partition(".")
    if prefix in PREFIXES and rest and name not in run.params:
        held: Value | None = getattr(run, prefix).get(rest)
        return held
    if name in ATTRIBUTES:
        return ATTRIBUTES[name](run)
    for values in (run.params, run.metrics, run.tags):
        if name in values:
            return values[name]
    return None


class Word(str):
    """A value without quotes: upper and lower case are one, as in true and True."""


def compared(name: str, sign: str, value: Value) -> Callable[[StoredRun], bool]:
    """Return whether what a run has of a name compares so with a value: sign is =, ==, != or one of `ORDERS`."""
    if sign in ("=", "=="):
        return lambda run: equal(value_of(run, name), value)
    if sign == "!=":
        return lambda run: not equal(value_of(run, name), value)
    return lambda run: _ordered(value_of(run, name), sign, value)


def equal(held: Value | None, value: Value) -> bool:
    """Return whether what a run has is a value; nothing is equal to what it does not have."""
    if held is None:
        return False
    if isinstance(value, float):
        return _number(held) == value
    if isinstance(value, Word):
        return str(held).lower() == value.lower()
    return str(held) == value


def _ordered(held: Value | None, sign: str, value: Value) -> bool:
    if held is None:
        return False
    if isinstance(value, str):
        return ORDERS[sign](str(held), value)
    number = _number(held)
    return number is not None and ORDERS[sign](number, value)


def _number(held: Value) -> float | None:
    try:
        return float(held)
    except ValueError:
        return None
