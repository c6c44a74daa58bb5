"""Which column of a table holds the time, and how its stamps are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from seqexp.config.output.shell import shell_word
from seqexp.config.overrides import as_value
from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.times.time_formats import is_zoned, pattern_of
from seqexp.data.files.times.time_guess import COMPACT, guess_format, guess_unix
from seqexp.data.files.times.time_stamps import parse_times

if TYPE_CHECKING:
    import pyarrow as pa

_ALIKE = 1000  # cells that are looked at
TIME_NAME = re.compile(r"date|time|datum|zeit|stamp|fecha|epoch|unix|^ts$|^dt$|^ds$", re.IGNORECASE)
EXACT_TIME = re.compile(r"(date|datum)?[ _]?(time|zeit)?(stamp)?|ds|dt|ts", re.IGNORECASE)
CLOCK = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)?( ?[AaPp](\.?[Mm]\.?)?)?")
TIME_PARTS = ("year", "month", "day", "hour", "minute", "second")
TYPED = ""  # the format of a column that holds times, not texts


def find_time(kept: Mapping[str, pa.Array], file: InputFile) -> tuple[tuple[str, ...], list[str]]:
    """Return the column of time stamps, with that of the time of day if that is apart, and why it is this one.

    Of several with names as good it is the one whose stamps rise from row to row.

    Raises:
        InputError: There is none, or several.
    """
    import pyarrow as pa

    lowered = {name.lower(): name for name in kept}
    parts = [lowered[part] for part in TIME_PARTS if part in lowered]
    if len(parts) >= 3 and [part.lower() for part in parts] == list(TIME_PARTS[: len(parts)]):
        return tuple(parts), []
    found = {name: rank for name, column in kept.items() if (rank := _rank(name, column)) is not None}
    best = [name for name, rank in found.items() if rank == min(found.values())]
    if not best:
        examples = ", ".join(f"{name!r} (such as {first_cell(kept[name])!r})" for name in islice(kept, 20))
        where = "which one: dataset.format.time, how they are written: dataset.format.time_format"
        received = f"{examples} in {file.path}"
        raise file.refused(f"must have a column of time stamps ({where}). Received the columns {received}")
    chosen, why = best[0], list[str]()
    if len(best) > 1:
        rising = [name for name in best if _rises(kept[name])]
        if len(rising) != 1:
            count = "each of which rises" if rising else "none of which rises"
            received = f"{listed(rising or best)} in {file.path}, {count} from row to row"
            ways = " or ".join(shell_word(f"dataset.format.time={as_value(name)}") for name in rising or best)
            raise file.refused(f"must have one column of time stamps. Received: {received}. Say {ways}")
        chosen = rising[0]
        others = listed([name for name in best if name != chosen])
        why = [f"{chosen!r} is the time and not {others}, for it alone rises from row to row (dataset.format.time)"]
    column = kept[chosen]
    clocks = [
        name
        for name, other in kept.items()
        if name != chosen and pa.types.is_string(other.type) and all_like(other, CLOCK) and TIME_NAME.search(name)
    ]
    if len(clocks) == 1 and pa.types.is_string(column.type) and not all_like(column, re.compile(r".*\d[:T]\d.*")):
        return (chosen, clocks[0]), why
    return (chosen,), why


def _rises(column: pa.Array) -> bool:
    """Return whether each time stamp of a sample differs from the one before in the same direction."""
    import pyarrow as pa

    column = column.drop_null()
    if not _is_time(column):
        texts = column.cast(pa.string())
        guess = guess_format(texts) or guess_unix(texts)
        if guess is None:
            return False
        times = parse_times(texts, guess.format)
    else:
        times = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False).to_numpy(
            zero_copy_only=False
        )
    steps = np.diff(times.astype("datetime64[us]").astype(np.int64))
    return bool(len(steps) and ((steps > 0).all() or (steps < 0).all()))


def _ends_a_day(column: pa.Array, form: str) -> bool:
    """Return whether some of the stamps say 24:00."""
    import pyarrow.compute as pc

    groups = pattern_of(form).groupindex
    if "H" not in groups:
        return False
    likely = column.filter(pc.match_substring_regex(column, r"(^|\D)24(\D|$)|24(00){0,2}$").fill_null(False))
    return any(
        (match := pattern_of(form).fullmatch(text.strip())) and match["H"] == "24" for text in likely.to_pylist()
    )


def time_format_of(column: pa.Array, time: Sequence[str], given: FileFormat, file: InputFile) -> tuple[str, list[str]]:
    """Return the format of the time stamps, and what was found out."""
    names = " + ".join(map(repr, time))
    if _is_time(column):
        zone = column.type.tz if hasattr(column.type, "tz") else None
        notes = [f"time {names}"] if given.time is None else []
        return TYPED, [*notes, *([f"times in {zone}: converted to UTC"] if zone and zone != "UTC" else [])]
    form = given.time_format or _guess_format(column, names, file)
    notes = []
    if given.time is None or given.time_format is None:
        notes = [f"time {names} like {form}"]
    if _ends_a_day(column, form):
        notes.append("24:00 is 0:00 of the next day")
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
    guess = guess_format(column)
    if guess is None or guess.share < 0.5:
        guess = guess_unix(column) or guess
    if guess is None or guess.share < 0.5:
        what = (
            f"must hold time stamps in column {name} in a format that is known, or said by dataset.format.time_format"
        )
        received = f"{first_cell(column)!r} in {file.path}"
        raise file.refused(
            f"{what} (such as '%d.%m.%Y %H:%M', unix, or excel for a spreadsheet's days). Received: {received}"
        )
    if guess.rival is not None:
        received = f"{first_cell(column)!r} in {file.path}, which may be either"
        remedy = f"Set dataset.format.time_format={guess.format!r} or {guess.rival!r}"
        orders = "days from months and years" if "%y" in guess.format else "days from months"
        raise file.refused(f"must tell {orders} in column {name}. Received: {received}. {remedy}")
    return guess.format


def _rank(name: str, column: pa.Array) -> int | None:
    """Return how likely a column is the time, the least for the likeliest; None if it is not."""
    import pyarrow as pa

    likely = 0 if name and EXACT_TIME.fullmatch(name) else 1 if TIME_NAME.search(name) else 2
    if _is_time(column):
        return likely
    column = column.cast(pa.string()) if pa.types.is_integer(column.type) else column
    if not pa.types.is_string(column.type) or column.null_count == len(column):
        return None
    if all_like(column, re.compile(r"-?\d+(\.\d+)?")):  # digits alone may be a measurement
        if likely == 2:
            return None
        guess = guess_format(column, COMPACT)
        compact = guess is not None and guess.share == 1.0
        return likely if compact or guess_unix(column) is not None else None
    guess = guess_format(column.slice(0, 1000))
    needed = 0.5 if likely < 2 else 1.0
    return likely if guess is not None and guess.share >= needed else None


def _is_time(column: pa.Array) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(column.type) or pa.types.is_date(column.type))


def all_like(column: pa.Array, pattern: re.Pattern[str]) -> bool:
    """Return whether the first cells of a column, and any, are like the pattern."""
    pieces = (column.slice(first, _ALIKE).to_pylist() for first in range(0, len(column), _ALIKE))
    cells = list(islice((cell for piece in pieces for cell in piece if cell), _ALIKE))
    return bool(cells) and all(pattern.fullmatch(cell) for cell in cells)


def first_cell(column: pa.Array) -> object:
    """Return the first cell of a column that holds something, for messages."""
    return next((cell for cell in column.to_pylist() if cell is not None and cell != ""), None)


def listed(names: Sequence[str]) -> str:
    """Return names for a message, the first 30 of many."""
    shown = ", ".join(repr(name) for name in names[:30])
    return f"{shown} and {len(names) - 30} more" if len(names) > 30 else shown
