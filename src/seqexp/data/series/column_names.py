"""Units in the names of columns, as in "T (degC)"."""

from __future__ import annotations

import re


def unit_of(column: str) -> str:
    """Return the unit that a column's name gives in parentheses, "degC" written as "deg C"."""
    match = re.search(r"\(([^()]*)\)\s*$", column)
    return re.sub(r"^deg(?=[CF]$)", "deg ", match[1]) if match else ""


def split_name(column: str) -> tuple[str, str]:
    """Return a column's name without its unit, and the unit: "T (degC)" as ("T", "deg C")."""
    unit = unit_of(column)
    return (column.rpartition("(")[0].rstrip(), unit) if unit else (column, "")
