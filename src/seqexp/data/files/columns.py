"""Decide from a sample of a table which column is the time, which hold numbers, and what is left out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from seqexp.config.errors import nearest, raise_any, wrong
from seqexp.config.overrides import as_list
from seqexp.config.schema import FileFormat
from seqexp.data.files import time_stamps
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.chosen import EVERY_ROW, RowChoice, RowFilter, TableChoice
from seqexp.data.files.csv_format import COMMA_NUMBER, GROUPED, NUMBER
from seqexp.data.files.time_formats import check_time_format, is_zoned

if TYPE_CHECKING:
    import pyarrow as pa

TIME_NAME = re.compile(r"date|time|datum|zeit|stamp|fecha|epoch|unix|^ts$|^dt$|^ds$", re.IGNORECASE)
EXACT_TIME = re.compile(r"(date|datum)?[ _]?(time|zeit)?(stamp)?|ds|dt|ts", re.IGNORECASE)
CLOCK = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?")
TIME_PARTS = ("year", "month", "day", "hour", "minute", "second")
UNNAMED = re.compile(r"\(unnamed \d+\)|__index_level_\d+__")
NUMERIC_SHARE = 0.1  # of the cells of a sample that are numbers: below it, the column is a text
TYPED = ""  # the format of a column that holds times, not texts


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
    sample: Mapping[str, pa.Array], given: FileFormat, decimal: str, file: InputFile, choice: TableChoice = EVERY_ROW
) -> Layout:
    """Decide what each column is, by what the user says about the file and by some rows of each, in the file's order.

    The sample's columns are trimmed texts (null: missing), numbers, or times.

    Raises:
        InputError: There is no time column, or no telling which or how it is written; a column that is named does not
            exist; there are no numbers, or texts where they are refused.
    """
    names = list(sample)
    if given.time_format is not None:
        check_time_format(given.time_format)
    time = (given.time,) if isinstance(given.time, str) else tuple(given.time or ())
    faults = [
        wrong(f"dataset.format.{key}", f"must name {what} of {file.path}. Received: {name!r}.{_hint(name, names)}")
        for key, what, named in (("drop", "columns", given.drop), ("time", "a column", time))
        for name in named
        if name not in sample
    ]
    faults += [
        wrong(f"dataset.where.{name}", f"is no column of {file.path}.{_hint(name, names)}")
        for name in choice.where
        if name not in sample
    ]
    raise_any(faults)
    sample, numbers = _chosen(sample, choice.where, decimal)
    pinned = {name for name, value in choice.where.items() if not isinstance(value, list) or len(value) == 1}
    kept = {name: column for name, column in sample.items() if name not in given.drop and name not in pinned}
    if given.time is None:
        time = _find_time(kept, file)
    form, notes = _time_format(join_columns([sample[name] for name in time]), time, given, file)
    notes += [f"rows where {name} is {_one_of(value)}" for name, value in choice.where.items()]
    rest = {name: column for name, column in kept.items() if name not in time}
    nameless = [name for name in rest if UNNAMED.fullmatch(name)]
    if nameless:
        notes = [*notes, f"left out, having no name: {_listed(nameless)}"]
    kinds = {name: _kind(column, decimal) for name, column in rest.items() if name not in nameless}
    _refuse_grouped(rest, kinds, decimal, file)
    texts = tuple(name for name, kind in kinds.items() if kind == "text")
    coded = tuple(name for name in texts if name in choice.categories)
    dropped = tuple(name for name, kind in kinds.items() if kind in ("text", "other") and name not in coded)
    if dropped and given.text_columns == "refuse":
        examples = ", ".join(f"{name!r} (such as {_first(rest[name])!r})" for name in dropped)
        without = shlex.quote(f"dataset.format.drop={as_list(dropped)}")
        raise file.refused(
            f"must hold nothing but numbers beside the time. Received: {examples} in {file.path}. "
            f"{without} or dataset.format.text_columns=drop leaves them out"
        )
    numeric = tuple(name for name, kind in kinds.items() if kind in ("number", "flag"))
    if not numeric:
        raise file.refused(f"must have a column of numbers beside the time. Received: {_listed(names)} in {file.path}")
    if dropped:
        notes = [*notes, f"left out, holding no numbers: {_listed(dropped)}"]
    flags = tuple(name for name, kind in kinds.items() if kind == "flag")
    return Layout(time, form, numeric, frozenset(numbers), flags, texts, coded, dropped, tuple(notes))


def _chosen(sample: Mapping[str, pa.Array], where: RowChoice, decimal: str) -> tuple[Mapping[str, pa.Array], set[str]]:
    """Return the rows of a sample that are asked for, all where none of them is; and the numeric columns of `where`."""
    numbers = {name for name in where if _kind(sample[name], decimal) in ("number", "flag")}
    if not where:
        return sample, numbers
    rows = RowFilter(where, numbers, decimal).rows(sample)
    return {name: column.take(rows) for name, column in sample.items()} if len(rows) else sample, numbers


def _one_of(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _time_format(column: pa.Array, time: Sequence[str], given: FileFormat, file: InputFile) -> tuple[str, list[str]]:
    """Return the format of the time stamps, and what was found out."""
    listed = " + ".join(map(repr, time))
    if _is_time(column):
        zone = column.type.tz if hasattr(column.type, "tz") else None
        notes = [f"time {listed}"] if given.time is None else []
        return TYPED, [*notes, *([f"times in {zone}: converted to UTC"] if zone and zone != "UTC" else [])]
    form = given.time_format or _guess_format(column, listed, file)
    notes = []
    if given.time is None or given.time_format is None:
        notes = [f"time {listed} like {form}"]
    if is_zoned(form):
        notes.append("time stamps with a zone: converted to UTC")
    return form, notes


def join_columns(columns: Sequence[pa.Array]) -> pa.Array:
    """Return one column of time stamps; several are joined with a space, null where one is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(columns) == 1:
        return columns[0] if _is_time(columns[0]) else columns[0].cast(pa.string())
    return pc.binary_join_element_wise(*[column.cast(pa.string()) for column in columns], " ")


def _guess_format(column: pa.Array, name: str, file: InputFile) -> str:
    """Return the format of most stamps in the column.

    Raises:
        InputError: There is none, or two that mean other times.
    """
    guess = time_stamps.guess_format(column)
    if guess is None or guess.share < 0.5:
        guess = time_stamps.guess_unix(column) or guess
    if guess is None or guess.share < 0.5:
        what = (
            f"must hold time stamps in column {name} in a format that is known, or said by dataset.format.time_format"
        )
        received = f"{_first(column)!r} in {file.path}"
        raise file.refused(f"{what} (such as '%d.%m.%Y %H:%M', or unix). Received: {received}")
    if guess.rival is not None:
        received = f"{_first(column)!r} in {file.path}, which may be either"
        remedy = f"Say dataset.format.time_format={guess.format!r} or {guess.rival!r}"
        raise file.refused(f"must tell days from months in column {name}. Received: {received}. {remedy}")
    return guess.format


def _find_time(kept: Mapping[str, pa.Array], file: InputFile) -> tuple[str, ...]:
    """Return the column that holds time stamps, with the one that holds the time of day if that is apart.

    Raises:
        InputError: There is none, or several and none of a better name.
    """
    import pyarrow as pa

    lowered = {name.lower(): name for name in kept}
    parts = [lowered[part] for part in TIME_PARTS if part in lowered]
    if len(parts) >= 3 and [part.lower() for part in parts] == list(TIME_PARTS[: len(parts)]):
        return tuple(parts)
    found = {name: rank for name, column in kept.items() if (rank := _rank(name, column)) is not None}
    best = [name for name, rank in found.items() if rank == min(found.values())]
    if not best:
        examples = ", ".join(f"{name!r} (such as {_first(kept[name])!r})" for name in islice(kept, 20))
        where = "which one: dataset.format.time, how they are written: dataset.format.time_format"
        received = f"{examples} in {file.path}"
        raise file.refused(f"must have a column of time stamps ({where}). Received the columns {received}")
    if len(best) > 1:
        what = "must have one column of time stamps, or dataset.format.time must name it"
        raise file.refused(f"{what}. Received: {_listed(best)} in {file.path}")
    column = kept[best[0]]
    clocks = [
        name
        for name, other in kept.items()
        if name != best[0] and pa.types.is_string(other.type) and _all(other, CLOCK) and TIME_NAME.search(name)
    ]
    if len(clocks) == 1 and pa.types.is_string(column.type) and not _all(column, re.compile(r".*\d[:T]\d.*")):
        return best[0], clocks[0]
    return (best[0],)


def _rank(name: str, column: pa.Array) -> int | None:
    """Return how likely a column is the time, the least for the likeliest; None if it is not."""
    import pyarrow as pa

    likely = 0 if name and EXACT_TIME.fullmatch(name) else 1 if TIME_NAME.search(name) else 2
    if _is_time(column):
        return likely
    column = column.cast(pa.string()) if pa.types.is_integer(column.type) else column
    if not pa.types.is_string(column.type) or column.null_count == len(column):
        return None
    if _all(column, re.compile(r"-?\d+(\.\d+)?")):  # digits alone may be a measurement
        if likely == 2:
            return None
        guess = time_stamps.guess_format(column, time_stamps.COMPACT)
        compact = guess is not None and guess.share == 1.0
        return likely if compact or time_stamps.guess_unix(column) is not None else None
    guess = time_stamps.guess_format(column.slice(0, 1000))
    needed = 0.5 if likely < 2 else 1.0
    return likely if guess is not None and guess.share >= needed else None


def _kind(column: pa.Array, decimal: str) -> str:
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
    pattern = f"{NUMBER.pattern}|{COMMA_NUMBER.pattern}" if decimal == "," else NUMBER.pattern
    return "number" if _share(column, pattern) >= NUMERIC_SHARE else "text"


def _share(column: pa.Array, pattern: str) -> float:
    """Return the share of a column's texts that are like a pattern."""
    import pyarrow.compute as pc

    return float(pc.mean(pc.match_substring_regex(column, f"^({pattern})$", ignore_case=True)).as_py())


def _refuse_grouped(columns: Mapping[str, pa.Array], kinds: Mapping[str, str], decimal: str, file: InputFile) -> None:
    """Refuse thousands separators, which would make a column of numbers one of texts."""
    for name, kind in kinds.items():
        cell = _first(columns[name]) if kind == "text" else None
        if isinstance(cell, str) and _all(columns[name], re.compile(f"{GROUPED.pattern}|{NUMBER.pattern}", re.I)):
            raise file.refused(
                f"must hold numbers without thousands separators, with {decimal!r} as the decimal mark "
                f"(another one: dataset.format.decimal). Received: {cell!r} in column {name!r} of {file.path}. "
                f"{shlex.quote(f'dataset.format.drop={as_list([name])}')} leaves it out"
            )


def _all(column: pa.Array, pattern: re.Pattern[str]) -> bool:
    """Return whether the first cells of a column, and any, are like the pattern."""
    cells = list(islice((cell for cell in column.to_pylist() if cell), 1000))
    return bool(cells) and all(pattern.fullmatch(cell) for cell in cells)


def _is_time(column: pa.Array) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(column.type) or pa.types.is_date(column.type))


def _first(column: pa.Array) -> object:
    return next((cell for cell in column.to_pylist() if cell is not None and cell != ""), None)


def _hint(name: str, names: Sequence[str]) -> str:
    return nearest(name, names) or f" There are: {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:30])
    return f"{shown} and {len(names) - 30} more" if len(names) > 30 else shown
