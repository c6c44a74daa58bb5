"""What is said of a file in which several series stand one below the other."""

from __future__ import annotations

import shlex

import numpy as np

from seqexp.config.errors import Fault
from seqexp.config.overrides import as_value
from seqexp.data.series.series import Series

_SHOWN = 8  # values of a column


def stack_faults(series: Series) -> list[Fault]:
    """Return the fault of a series that is a mixture of several, with the ways out; nothing if it is one."""
    if not series.stacked:
        return []
    total = len(series)
    repeated = total - len(np.unique(series.times))
    names = " and ".join(map(repr, series.stacked))
    there = "; ".join(_listed(values) for values in series.stacked.values())
    one = ", ".join(f"{name}: {_value(values[0])}" for name, values in series.stacked.items())
    axes = [
        shlex.quote(f"dataset.where.{name}={','.join(map(_value, values[:_SHOWN]))}")
        for name, values in series.stacked.items()
    ]
    text = (
        f"dataset.where must choose one of several series that stand in {series.origin}: {repeated:,} of {total:,} "
        f"rows repeat a time stamp, and {names} {'tell' if len(series.stacked) > 1 else 'tells'} them apart ({there}). "
        f"{shlex.quote(f'dataset.where={{{one}}}')} reads one; -m {' '.join(axes)} trains on each"
    )
    return [Fault("dataset.where", text)]


def _value(text: str) -> str:
    """Return a text as an override takes it, in double quotes where it needs some: the shell's are single ones."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return text if as_value(text) == text else f'"{escaped}"'


def _listed(values: tuple[str, ...]) -> str:
    more = f" and {len(values) - _SHOWN:,} more" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more
