"""Decide from a sample of a table which column is the time, which hold numbers, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqexp.config.errors import nearest, raise_any, wrong
from seqexp.config.output.shell import shell_word
from seqexp.config.overrides import as_list
from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.chosen import EVERY_ROW, RowChoice, RowFilter, TableChoice
from seqexp.data.files.numbers import CROWDED, NUMBER, NumberStyle
from seqexp.data.files.times.time_column import all_like, find_time, first_cell, join_columns, listed, time_format_of
from seqexp.data.files.times.time_formats import check_time_format
from seqexp.data.series.column_names import names_in_full

if TYPE_CHECKING:
    import pyarrow as pa

UNNAMED = re.compile(r"\(unnamed \d+\)|__index_level_\d+__")
NUMERIC_SHARE = 0.1  # of the cells of a sample that are numbers: below it, the column is a text


@dataclass(frozen=True)
class Layout:
    """What the columns of a table are."""

    time: tuple[str, ...]  # the time column, or the columns that are joined by a space
    time_format: str  # what `time_stamps.parse_times` takes; TYPED if the column holds times
    numeric: tuple[str, ...]  # the columns of numbers, in the file's order
    number_like: frozenset[str]  # those columns of dataset.where that hold numbers
    flags: tuple[str, ...]  # those of them that hold true and false
    texts: tuple[str, ...]  # the columns of texts
    coded: tuple[str, ...]  # those of them that are read, as codes
    dropped: tuple[str, ...]  # the columns left out because they hold no numbers
    notes: tuple[str, ...]  # lines for a person: what was found out


def arrange(
    sample: Mapping[str, pa.Array],
    given: FileFormat,
    style: NumberStyle,
    file: InputFile,
    choice: TableChoice = EVERY_ROW,
) -> Layout:
    """Decide what each column is, by what the user says about the file and by some rows of each, in the file's order.

    The sample's columns are trimmed texts (null: missing), numbers, or times.

    Raises:
        InputError: There is no time column, or no telling which or how it is written; a column that is named does not
            exist; there are no numbers, or texts where they are refused.
    """
    names = list(sample)
    given = given.model_copy(update={"drop": names_in_full(given.drop, names)})
    if given.time_format is not None:
        check_time_format(given.time_format)
    time = tuple(names_in_full([given.time] if isinstance(given.time, str) else given.time or (), names))
    faults = [
        wrong(f"dataset.format.{key}", f"must name {what} of {file.path}. Received: {name!r}.{_hint(name, names)}")
        for key, what, named in (("drop", "columns", given.drop), ("time", "a column", time))
        for name in named
        if name not in sample
    ]
    faults += [
        wrong(f"dataset.where.{name}", f"is not a column of {file.path}.{_hint(name, names)}")
        for name in choice.where
        if name not in sample
    ]
    raise_any(faults)
    sample, numbers = _chosen(sample, choice.where, style)
    pinned = {name for name, value in choice.where.items() if not isinstance(value, list) or len(value) == 1}
    kept = {name: column for name, column in sample.items() if name not in given.drop and name not in pinned}
    why: list[str] = []
    if given.time is None:
        time, why = find_time(kept, file)
    form, notes = time_format_of(join_columns([sample[name] for name in time]), time, given, file)
    notes += why
    notes += [f"rows where {name} is {_one_of(value)}" for name, value in choice.where.items()]
    rest = {name: column for name, column in kept.items() if name not in time}
    nameless = [name for name in rest if UNNAMED.fullmatch(name)]
    if nameless:
        notes = [*notes, f"left out, having no name: {listed(nameless)}"]
    kinds = {name: _kind(column, style) for name, column in rest.items() if name not in nameless}
    _refuse_grouped(rest, kinds, style, file)
    texts = tuple(name for name, kind in kinds.items() if kind == "text")
    coded = tuple(name for name in texts if name in choice.categories)
    dropped = tuple(name for name, kind in kinds.items() if kind in ("text", "other") and name not in coded)
    if dropped and given.text_columns == "refuse":
        examples = ", ".join(f"{name!r} (such as {first_cell(rest[name])!r})" for name in dropped)
        without = shell_word(f"dataset.format.drop={as_list(dropped)}")
        raise file.refused(
            f"must hold only numbers besides the time. Received: {examples} in {file.path}. "
            f"{without} or dataset.format.text_columns=drop leaves them out"
        )
    numeric = tuple(name for name, kind in kinds.items() if kind in ("number", "flag"))
    if not numeric:
        raise file.refused(f"must have a column of numbers besides the time. Received: {listed(names)} in {file.path}")
    if dropped:
        notes = [*notes, f"left out, holding no numbers: {listed(dropped)}"]
    flags = tuple(name for name, kind in kinds.items() if kind == "flag")
    return Layout(time, form, numeric, frozenset(numbers), flags, texts, coded, dropped, tuple(notes))


def _chosen(
    sample: Mapping[str, pa.Array], where: RowChoice, style: NumberStyle
) -> tuple[Mapping[str, pa.Array], set[str]]:
    """Return the rows of a sample that are asked for, all where none of them is; and the numeric columns of `where`."""
    numbers = {name for name in where if _kind(sample[name], style) in ("number", "flag")}
    if not where:
        return sample, numbers
    rows = RowFilter(where, numbers, style).rows(sample)
    return {name: column.take(rows) for name, column in sample.items()} if len(rows) else sample, numbers


def _one_of(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _kind(column: pa.Array, style: NumberStyle) -> str:
    """Return "number", "flag" (true and false), "text" or "other"; a column without a value counts as numbers."""
    import pyarrow as pa

    if pa.types.is_boolean(column.type):
        return "flag"
    if not pa.types.is_string(column.type):
        numbers = pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal, pa.types.is_null
        return "number" if any(check(column.type) for check in numbers) else "other"
    if column.null_count == len(column):
        return "number"
    if _share(column, "true|false") == 1.0:
        return "flag"
    return "number" if _share(column, style.pattern) >= NUMERIC_SHARE else "text"


def _share(column: pa.Array, pattern: str) -> float:
    """Return the share of a column's texts that are like a pattern."""
    import pyarrow.compute as pc

    return float(pc.mean(pc.match_substring_regex(column, f"^({pattern})$", ignore_case=True)).as_py())


def _refuse_grouped(
    columns: Mapping[str, pa.Array], kinds: Mapping[str, str], style: NumberStyle, file: InputFile
) -> None:
    """Refuse thousands separators, which would make a column of numbers one of texts."""
    for name, kind in kinds.items():
        cell = first_cell(columns[name]) if kind == "text" else None
        if isinstance(cell, str) and all_like(columns[name], re.compile(f"{CROWDED.pattern}|{NUMBER.pattern}", re.I)):
            keys = "dataset.format.decimal; what stands between thousands: dataset.format.thousands"
            raise file.refused(
                f"must hold numbers of one style, with {style.decimal!r} as the decimal mark (another one: {keys}). "
                f"Received: {cell!r} in column {name!r} of {file.path}. "
                f"{shell_word(f'dataset.format.drop={as_list([name])}')} leaves it out"
            )


def _hint(name: str, names: Sequence[str]) -> str:
    return nearest(name, names) or f" There are: {listed(names)}."
