"""Find out how a csv file is written: encoding, line ends, header, delimiter, decimal mark."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seqexp.config.errors import raise_any
from seqexp.config.limits.encodings import encoding_faults
from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import BYTE_ORDER_MARKS, InputFile
from seqexp.data.files.delimited.head import MUST_BEGIN, find_head
from seqexp.data.files.delimited.row_shape import RowShape, shape_of, split_cells
from seqexp.data.files.numbers import VALUE, NumberStyle, columns_of, find_style

DELIMITERS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'", " ": "spaces"}
SNIFFED_LINES = 300
LONGEST_HEADER = 1 << 20
_MOST_ROWS = 0.5  # of the lines: as many are rows, at least


@dataclass(frozen=True)
class CsvFormat:
    """How a csv file is written."""

    encoding: str  # as Python names it
    bom: int  # how many bytes in front say so
    carriage: bool  # whether lines end with a carriage return alone
    header: int  # the number of the line with the names, 1 for the first; 0: there is none
    above: int  # how many lines stand above the first row
    names: tuple[str, ...]  # of all columns, in the file's order; a column without one is "(unnamed 3)" for the third
    units: tuple[str, ...]  # of all columns, "" where none is said; empty if the file says none
    shape: RowShape
    style: NumberStyle
    notes: tuple[str, ...]  # what was found out, not given

    @property
    def delimiter(self) -> str:
        """What stands between two cells; a space stands for any number of them."""
        return self.shape.delimiter

    @property
    def decimal(self) -> str:
        """The decimal mark."""
        return self.style.decimal


def find_format(head: bytes, whole: bool, given: FileFormat, file: InputFile) -> CsvFormat:
    """Find out from the beginning of a file, which is all of it where `whole`, what the user does not say about it.

    Raises:
        InputError: This is no text, or no header of names that stand once.
    """
    encoding, bom = _encoding(head, given.encoding, file)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head[bom:], final=whole)
    carriage = "\n" not in text and "\r" in text
    lines = re.split(r"\r" if carriage else r"\r?\n", text)
    endless = not whole and len(lines) == 1
    if not whole and not endless:
        del lines[-1]  # cut short
    filled = [at for at, line in enumerate(lines) if at >= (given.skip or 0) and line.strip()]
    first = next((number for number, at in enumerate(filled) if not lines[at].startswith("#")), None)
    if first is None:
        what = "nothing but comments" if filled else "an empty file" if not text.strip() else f"{len(lines)} lines"
        raise file.refused(f"{MUST_BEGIN}. Received: {file.path}, {what}")
    _refuse_other_formats(lines[filled[first]], endless, file)
    sniffed = filled[: first + SNIFFED_LINES]
    delimiter = given.delimiter or _delimiter(
        [lines[at] for at in sniffed[first:]], [lines[at] for at in sniffed], file
    )
    cells = split_cells([lines[at] for at in sniffed], delimiter)
    shape = shape_of(cells[first:] if len(set(map(len, cells[first:]))) == 1 else cells, delimiter, given.missing)
    found = list(zip(sniffed, (lines[at] for at in sniffed), cells, strict=True))
    top = find_head(found, shape, given, file)

    def columns(rows: list[list[str]]) -> list[list[str]]:
        return columns_of(rows, shape.width, without=shape.dates)

    def more() -> list[list[str]]:
        return columns(split_cells([lines[at] for at in filled if at >= top.first], delimiter))

    body = [row for at, _, row in found if at >= top.first]
    style, said = find_style(columns(body), more, given, file)
    guesses = {
        "delimiter": (given.delimiter, DELIMITERS.get(delimiter, repr(delimiter))),
        "decimal": (given.decimal, repr(style.decimal)),
        "encoding": (given.encoding, encoding),
    }
    guessed = ", ".join(f"{key} {value}" for key, (user, value) in guesses.items() if user is None)
    notes = (*([guessed] if guessed else []), *said, *top.notes)
    header = 0 if top.header is None else top.header + 1
    return CsvFormat(encoding, bom, carriage, header, top.first, top.names, top.units, shape, style, notes)


def _encoding(head: bytes, given: str | None, file: InputFile) -> tuple[str, int]:
    """Return the encoding and the length of the mark in front that says it."""
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name, len(mark)
    if given is not None:
        raise_any(encoding_faults(given))
        return codecs.lookup(given).name, 0
    if b"\0" in head:
        received = f"{file.path}, which holds bytes that are not text"
        hint = "(A text in UTF-16 without a mark needs dataset.format.encoding=utf-16-le)"
        raise file.refused(f"must be a text file of delimiter-separated values. Received: {received}. {hint}")
    for name in ("utf-8", "cp1252"):
        try:
            codecs.getincrementaldecoder(name)().decode(head, final=False)
            return name, 0
        except UnicodeDecodeError:
            continue
    return "latin-1", 0


def _refuse_other_formats(line: str, endless: bool, file: InputFile) -> None:
    hint = ""
    if line.lstrip().startswith("<"):
        hint = "It looks like a web page."
    elif line.lstrip().startswith(("{", "[")):
        hint = "It looks like JSON."
    elif endless or len(line) > LONGEST_HEADER:
        hint = "Its first line does not end."
    elif re.search(r"[\x00-\x08\x0e-\x1f]", line):
        hint = "Its first line holds control characters."
    if hint:
        raise file.refused(f"{MUST_BEGIN}. Received: {line[:80]!r} in {file.path}. {hint}")


def _delimiter(rows: Sequence[str], everything: Sequence[str], file: InputFile) -> str:
    """Return the delimiter that splits the rows as it splits the header, and leaves most numbers.

    Where the first of the rows is no header, for lines stand above it, or the last ones are no rows, it is the one
    that splits most lines into equally many cells.
    """
    cells = {delimiter: split_cells(rows, delimiter) for delimiter in DELIMITERS}
    scores = {
        delimiter: _score(delimiter, found, len(found[0])) for delimiter, found in cells.items() if len(found[0]) >= 2
    }
    best = max(scores, key=scores.__getitem__, default=None)
    if best is not None and len(set(map(len, cells[best]))) == 1:
        return best
    scores = {}
    for delimiter in DELIMITERS:
        found = split_cells(everything, delimiter)
        widths = Counter(map(len, found))
        width = max(widths, key=lambda count: (widths[count], count))
        if width >= 2:
            scores[delimiter] = _score(delimiter, found, width)
    # Dates and times of the day have a space between them, whatever stands between cells.
    scores = {delimiter: score for delimiter, score in scores.items() if score[0] >= _MOST_ROWS and score[1]} or scores
    if not scores:
        allowed = ", ".join(DELIMITERS.values())
        what = f"must begin with a header of 2 column names or more, separated by one of {allowed}"
        received = f"{rows[0][:80]!r} in {file.path}"
        raise file.refused(f"{what} (another one: dataset.format.delimiter). Received: {received}")
    return max(scores, key=scores.__getitem__)


def _score(delimiter: str, rows: Sequence[Sequence[str]], width: int) -> tuple[float, bool, float, int]:
    """Return how well a delimiter splits lines, the more the better; `width` is how many cells a line should have."""
    body = rows[1:]
    alike = [row for row in body if len(row) == width]
    cells = [cell for row in alike for cell in row]
    numbers = sum(1 for cell in cells if VALUE.fullmatch(cell))
    even = len(alike) / len(body) if body else 0.0
    return round(even, 1), delimiter != " ", numbers / max(len(cells), 1), -list(DELIMITERS).index(delimiter)
