"""The faults of a file in which several series stand one below the other."""

from __future__ import annotations

import re

import numpy as np

from seqexp.config.errors import Fault
from seqexp.config.output.shell import shell_line, shell_word
from seqexp.config.overrides import as_mapping, as_value
from seqexp.data.series.series import Series

_SHOWN = 8  # values of a column
_HOURS = [{str(first + hour) for hour in range(count)} for first in (0, 1) for count in (24, 25)]


def stack_faults(series: Series) -> list[Fault]:
    """Return the fault of a series that is a mixture of several, with the ways out; nothing if it is one."""
    if not series.stacked:
        return []
    total = len(series)
    repeated = total - len(np.unique(series.times))
    names = " and ".join(map(repr, series.stacked))
    there = "; ".join(_listed(values) for values in series.stacked.values())
    one = as_mapping({name: values[0] for name, values in series.stacked.items()})
    axes = [
        f"dataset.where.{name}={','.join(map(as_value, values[:_SHOWN]))}" for name, values in series.stacked.items()
    ]
    # Hydra's grammar has no other names as keys of a sweep.
    can_sweep = all(re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) for name in series.stacked)
    each = f"; -m {shell_line(axes)} trains on each" if can_sweep else ""
    text = (
        f"dataset.where must choose one of the several series that {series.origin} holds: {repeated:,} of {total:,} "
        f"rows repeat a time stamp, and {names} {'tell' if len(series.stacked) > 1 else 'tells'} them apart ({there}). "
        f"{shell_word(f'dataset.where={one}')} reads one{each}{_hours(series)}"
    )
    return [Fault("dataset.where", text)]


def _hours(series: Series) -> str:
    """Return what to type where a column that tells series apart may be the hour of the day."""
    names = [name for name, values in series.stacked.items() if set(values) in _HOURS]
    if len(names) != 1 or len(series.stacked) != 1:
        return ""
    joined = f"dataset.format.time=[DATE,{as_value(names[0])}]"
    return f". If {names[0]!r} is the hour of the day, {shell_word(joined)} joins it to the column DATE"


def _listed(values: tuple[str, ...]) -> str:
    more = f" and {len(values) - _SHOWN:,} more" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more
