"""Find the header of a table, the lines above it, and a row of units below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seqexp.config.errors import InputError, refused
from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.delimited.row_shape import RowShape, is_rule, is_value, split_cells
from seqexp.data.files.times.time_column import TIME_NAME

MUST_BEGIN = "must begin with a header of column names"
WITHOUT_HEADER = "A file without one: dataset.format.header=false, and dataset.format.names=[...] names its columns"
_MOST_BESIDE = 3  # lines between the header and the first row
Line = tuple[int, str, list[str]]  # its position in the file, 0 for the first, its text and its cells


@dataclass(frozen=True)
class Head:
    """What stands above the rows of a table."""

    header: int | None  # the position of the line with the names, 0 for the first; None: there is none
    first: int  # the position of the first row
    names: tuple[str, ...]  # of all columns, in the file's order; a column without one is "(unnamed 3)" for the third
    units: tuple[str, ...]  # of all columns, "" where none is said; empty if the file says none
    notes: tuple[str, ...]  # what was found out, not given


def find_head(lines: Sequence[Line], shape: RowShape, given: FileFormat, file: InputFile) -> Head:
    """Find what stands above the rows, given the lines that are not empty from dataset.format.skip on.

    Raises:
        InputError: There is no header where one must be, or names of columns are missing or stand twice.
    """
    start = next((at for at, (_, text, _) in enumerate(lines) if not text.startswith("#")), 0)
    first_row = next((at for at, line in enumerate(lines) if shape.is_row(line[2])), None)
    if not given.header:
        at = start if given.skip is not None or first_row is None else first_row
        names = names_without_header(given.names, shape.width)
        named = [] if given.names else [f"columns named {names[0]} to {names[-1]} (dataset.format.names)"]
        return Head(None, lines[at][0], names, (), (*_above(lines, at, given), *named))
    at, beside = _header(lines, start, first_row, shape, given, file)
    position, _, cells = lines[at]
    first = at + 1 + len(beside)
    names = given_names(given.names, shape.width) or _names(lines, at, cells, shape, file)
    units = _units(beside, len(names)) if given.units_row is not False else ()
    after = lines[first][0] if first < len(lines) else lines[-1][0] + 1
    return Head(position, after, names, units, (*_above(lines, at, given), *_below(beside, given)))


def _header(
    lines: Sequence[Line], start: int, first_row: int | None, shape: RowShape, given: FileFormat, file: InputFile
) -> tuple[int, list[Line]]:
    """Return the index of the header, and the lines between it and the first row."""
    if given.skip is not None:
        at = 0
    elif first_row is None or first_row <= start:
        at = start
        comments = [index for index in range(start) if len(_uncommented(lines[index], shape)) == shape.width]
        is_row = first_row is not None and (shape.dates or _are_values(lines[start][2]))
        if is_row and comments:
            return comments[-1], []
        if is_row and shape.dates:
            raise missing_header(lines[start][1], file)
    else:
        at = _likely_header(lines, first_row, shape, file)
    beside = [] if first_row is None else list(lines[at + 1 : first_row])
    if given.units_row:
        return at, beside or list(lines[at + 1 : at + 2])
    units = [line for line in beside if not line[1].startswith("#")]
    is_known = len(units) <= _MOST_BESIDE and all(shape.is_beside(cells) for _, _, cells in units)
    return at, beside if given.units_row is None and is_known else []


def _likely_header(lines: Sequence[Line], first_row: int, shape: RowShape, file: InputFile) -> int:
    """Return the index of the line above the first row that holds the names of its columns."""
    block: list[int] = []
    for at in range(first_row - 1, -1, -1):
        _, text, cells = lines[at]
        if text.startswith("#") or is_rule(cells):
            continue
        if not shape.width - shape.spare <= len(cells) <= shape.width:
            break
        block.insert(0, at)
    if not block:
        comments = [at for at in range(first_row) if len(_uncommented(lines[at], shape)) == shape.width]
        if comments:
            return comments[-1]
        raise missing_header(lines[first_row][1], file)
    for at in block:
        cells = lines[at][2]
        if any(TIME_NAME.search(cells[column]) for column in shape.dates if column < len(cells)):
            return at
    return max(block, key=lambda at: sum(map(bool, lines[at][2])))  # the first of those with most names


def _uncommented(line: Line, shape: RowShape) -> list[str]:
    """Return the cells of a comment that may name the columns; none of another line."""
    if not line[1].startswith("#"):
        return []
    text = line[1].lstrip("#")  # which may be the name of the first column, too
    first, second = split_cells([text, text.strip()], shape.delimiter)
    return first if len(first) == shape.width else second


def _are_values(cells: Sequence[str]) -> bool:
    named = [cell for cell in cells if cell]
    return all(map(is_value, named)) and not all(map(str.isdigit, named))


def missing_header(line: str, file: InputFile) -> InputError:
    """Return the error for a row of values in place of the header."""
    received = f"{line[:80]!r} in {file.path}, which looks like a row of values"
    return file.refused(f"{MUST_BEGIN}. Received: {received}. {WITHOUT_HEADER}")


def _names(lines: Sequence[Line], at: int, cells: Sequence[str], shape: RowShape, file: InputFile) -> tuple[str, ...]:
    """Return the names of the columns; names that stand twice are joined with the line above, as some loggers do.

    Raises:
        InputError: There are fewer than two, or one stands twice.
    """
    line = lines[at]
    cells = _uncommented(line, shape) or cells
    if shape.width - shape.spare <= len(cells) < shape.width:
        cells = [*cells, *[""] * (shape.width - len(cells))]
    above = lines[at - 1][2] if at else []
    if _twice(cells) and len(above) == len(cells):
        joined = [f"{upper} {lower}".strip() for upper, lower in zip(above, cells, strict=True)]
        cells = joined if not _twice(joined) else cells
    if twice := _twice(cells):
        received = f"{', '.join(map(repr, twice))} more than once in {file.path}"
        ways = "dataset.format.skip=N leaves out N lines above the header, dataset.format.names=[...] names the columns"
        raise file.refused(f"{MUST_BEGIN}, each once. Received: {received}. {ways}")
    if len(cells) < 2:
        what = f"{MUST_BEGIN}, 2 or more, separated by {shape.delimiter!r}"
        raise file.refused(f"{what}. Received: {line[1][:80]!r} in {file.path}")
    if _are_values(cells):
        raise missing_header(line[1], file)
    return tuple(name or f"(unnamed {number})" for number, name in enumerate(cells, 1))


def _twice(cells: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(cells).items() if count > 1 and name]


def given_names(names: Sequence[str] | None, width: int) -> tuple[str, ...]:
    """Return the names that the user gives so many columns, or nothing.

    Raises:
        InputError: They are more or fewer, or one stands twice.
    """
    if names is None:
        return ()
    if len(names) != width or _twice(names):
        what = f"must give the {width} columns a name each, none twice"
        raise refused("dataset.format.names", f"{what}. Received: {list(names)}, {len(names)} names")
    return tuple(names)


def names_without_header(names: Sequence[str] | None, width: int) -> tuple[str, ...]:
    """Return the names of the columns of a file without a header: those given, or c1, c2 and so on."""
    return given_names(names, width) or tuple(f"c{number}" for number in range(1, width + 1))


def _units(beside: Sequence[Line], width: int) -> tuple[str, ...]:
    units = next((cells for _, text, cells in beside if not (text.startswith("#") or is_rule(cells))), [])
    return tuple(unit.strip("[]()").strip() for unit in units) if len(units) == width else ()


def _above(lines: Sequence[Line], at: int, given: FileFormat) -> list[str]:
    """Return the remarks on the lines above the header, or above the first row."""
    content = [text for _, text, cells in lines[:at] if not (text.startswith("#") or is_rule(cells))]
    if given.skip is not None or not content:
        return []
    what = "above the header" if given.header else "above the first row"
    return [f"{_lines(lines[at][0])} {what} left out: {_shortened(content[0])} (dataset.format.skip={lines[at][0]})"]


def _below(beside: Sequence[Line], given: FileFormat) -> list[str]:
    """Return the remarks on the lines between the header and the first row."""
    rows = [line for line in beside if not (line[1].startswith("#") or is_rule(line[2]))]
    if given.units_row is not None or not rows:
        return []
    others = f", {_lines(len(rows) - 1)} below left out" if len(rows) > 1 else ""
    return [f"units from line {rows[0][0] + 1}{others} (dataset.format.units_row=true)"]


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
