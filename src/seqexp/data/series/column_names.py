"""Units in the names of columns, as in "T (degC)"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from seqexp.config.schema import Experiment, SeriesConfig


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


def column_named(name: str, columns: Sequence[str]) -> str:
    """Return the column that a name means: "T" means "T (degC)" where no other column is called T without its unit.

    Where there is none, or several are, the name is returned as it is.
    """
    alike = [column for column in columns if split_name(column)[0] == name]
    return alike[0] if name not in columns and len(alike) == 1 else name


def experiment_in_full(experiment: Experiment, columns: Sequence[str]) -> Experiment:
    """Return an experiment with the names of columns as the file has them; see `in_full`."""
    return experiment.model_copy(update={"dataset": in_full(experiment.series, columns)})


def in_full(dataset: SeriesConfig, columns: Sequence[str]) -> SeriesConfig:
    """Return the dataset's section with the names of columns as the file has them; names without a unit will do."""

    def renamed(by_column: Any) -> Any:
        if not isinstance(by_column, dict):
            return by_column
        return {column_named(name, columns): value for name, value in by_column.items()}

    names = {
        "target": None if dataset.target is None else column_named(dataset.target, columns),
        "sentinels": renamed(dataset.sentinels),
        "valid": renamed(dataset.valid),
    }
    return dataset.model_copy(update=names)
