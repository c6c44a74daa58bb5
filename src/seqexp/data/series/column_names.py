"""Units in the names of columns, as in "T (degC)"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seqexp.config.errors import refused, shown
from seqexp.config.schema import Experiment, SeriesConfig

_SERIAL_NUMBERS = re.compile(r"\s*\([^()]*\bS/N\b[^()]*\)\s*$")  # of a logger and its sensor


def unit_of(column: str) -> str:
    """Return the unit that a column's name gives, as people write it; an empty string where it gives none."""
    return split_name(column)[1]


def as_written(unit: str) -> str:
    """Return a unit as people write it: "deg C" for "degC"."""
    return re.sub(r"^deg[ _]?(?=[CF]$)", "deg ", unit, flags=re.IGNORECASE)


def split_name(column: str) -> tuple[str, str]:
    """Return a column's name without its unit, and the unit: "T (degC)" as ("T", "deg C").

    HOBO loggers put numbers of devices into parentheses: "Temp, °C (LGR S/N: 1)" is ("Temp", "°C").
    """
    plain = _SERIAL_NUMBERS.sub("", column)
    if plain != column:
        name, comma, unit = plain.rpartition(",")
        return (name, as_written(unit.strip())) if comma else (plain, "")
    match = re.search(r"\(([^()]*)\)\s*$", column)
    unit = as_written(match[1]) if match else ""
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
    """Return the dataset's section with the names of columns as the file has them; names without a unit will do.

    Raises:
        InputError: Two names of a mapping mean one column.
    """
    names = {
        "target": _target_in_full(dataset.target, columns),
        "inputs": None if dataset.inputs is None else names_in_full(dataset.inputs, columns),
        "known": names_in_full(dataset.known, columns),
        "sentinels": mapping_in_full("dataset.sentinels", dataset.sentinels, columns),
        "valid": mapping_in_full("dataset.valid", dataset.valid, columns),
        "categories": names_in_full(dataset.categories, columns),
    }
    return dataset.model_copy(update=names)


def _target_in_full(target: str | list[str] | None, columns: Sequence[str]) -> str | list[str] | None:
    if isinstance(target, list):
        return names_in_full(target, columns)
    return None if target is None else column_named(target, columns)


def names_in_full(names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return names of columns as the file has them, each once."""
    return list(dict.fromkeys(column_named(name, columns) for name in names))


def mapping_in_full(key: str, by_column: Any, columns: Sequence[str]) -> Any:
    """Return the value of a key of the configuration with the names of columns in it as the file has them.

    Raises:
        InputError: Two names mean one column.
    """
    if not isinstance(by_column, Mapping):
        return by_column
    named = dict[str, str]()
    for name in by_column:
        column = column_named(name, columns)
        if column in named:
            both = f"{shown(by_column[named[column]])} for {named[column]!r} and {shown(by_column[name])} for {name!r}"
            raise refused(key, f"must name each column once. Received: {both}, which are one column, {column!r}.")
        named[column] = name
    return {column: by_column[name] for column, name in named.items()}
