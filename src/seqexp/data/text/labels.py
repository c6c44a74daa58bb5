"""Labels as a file has them, as numbers of classes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seqexp.data.series.splits import Rows


def numbered(labels: Sequence[str]) -> tuple[tuple[str, ...], Rows]:
    """Return the classes' names in their order, and (texts,) int64: the number of each label's class.

    Numbers are ordered as numbers (whole ones lose a ".0"), names by the alphabet without regard to case: neg before
    pos, false before true, no before yes.

    Args:
        labels: One a text, none of them empty.
    """
    names = {label: _name(label) for label in dict.fromkeys(labels)}
    values = {name: _number(name) for name in names.values()}
    if all(value is not None for value in values.values()):
        classes = sorted(values, key=lambda name: (values[name], name))
    else:
        classes = sorted(values, key=lambda name: (name.lower(), name))
    numbers = {name: number for number, name in enumerate(classes)}
    return tuple(classes), np.array([numbers[names[label]] for label in labels], dtype=np.int64)


def are_measurements(labels: Sequence[str]) -> bool:
    """Return whether the labels are numbers with fractions."""
    values = [_number(label) for label in dict.fromkeys(labels)]
    return all(value is not None for value in values) and any(value != round(value) for value in values if value)


def _name(label: str) -> str:
    """Return a whole number without its ".0", anything else as it is."""
    value = _number(label)
    return str(round(value)) if value is not None and "." in label and value == round(value) else label


def _number(label: str) -> float | None:
    try:
        value = float(label)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
