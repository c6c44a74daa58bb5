"""Units in the names of columns, as in "T (degC)"."""

from __future__ import annotations

import re


def unit_of(column: str) -> str:
    """Return the unit that a column's name gives in parentheses, as people write it."""
    match = re.search(r"\(([^()]*)\)\s*$", column)
    return as_written(match[1]) if match else ""


def as_written(unit: str) -> str:
    """Return a unit as people write it: "deg C" for "degC"."""
    return re.sub(r"^deg[ _]?(?=[CF]$)", "deg ", unit, flags=re.IGNORECASE)


def split_name(column: str) -> tuple[str, str]:
    """Return a column's name without its unit, and the unit: "T (degC)" as ("T", "deg C")."""
    unit = unit_of(column)
    return (column.rpartition("(")[0].rstrip(), unit) if unit else (column, "")
