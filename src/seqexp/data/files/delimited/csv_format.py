"""Find out how a csv file is written: encoding, line ends, header, delimiter, decimal mark."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seqexp.config.errors import raise_any
from seqexp.config.limits.encodings import encoding_faults
from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import BYTE_ORDER_MARKS, InputFile
from seqexp.data.files.numbers import AMBIGUOUS, COMMA_NUMBER, NUMBER

DELIMITERS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'", " ": "spaces"}
SNIFFED_LINES = 300
LONGEST_HEADER = 1 << 20
_MUST = "must begin with a header of column names"


@dataclass(frozen=True)
class CsvFormat:
    """How a csv file is written."""

    encoding: str  # as Python names it
    bom: int  # how many bytes in front say so
    carriage: bool  # whether lines end with a carriage return alone
    header: int  # the number of the line with the names, 1 for the first
    names: tuple[str, ...]  # of all columns, in the file's order; a column without one is "(unnamed 3)" for the third
    delimiter: str  # what stands between two cells; a space stands for any number of them
    decimal: str  # the decimal mark
    notes: tuple[str, ...]  # what was found out, not given


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
    header = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if header is None:
        what = "nothing but comments" if text.strip() else "an empty file"
        raise file.refused(f"{_MUST}. Received: {file.path}, {what}")
    _refuse_other_formats(lines[header], endless, file)
    rows = [line for line in lines[header : header + SNIFFED_LINES] if line.strip()]
    delimiter = given.delimiter or _delimiter(rows, file)
    cells = _cells(rows, delimiter)
    names = _names(cells[0], rows[0], delimiter, file)
    body = [cell for row in cells[1:] for cell in row]
    _check_names(cells[0], rows[0], file)
    decimal = given.decimal or _decimal(body, file)
    found = {
        "delimiter": (given.delimiter, DELIMITERS.get(delimiter, repr(delimiter))),
        "decimal": (given.decimal, repr(decimal)),
        "encoding": (given.encoding, encoding),
    }
    guessed = ", ".join(f"{key} {value}" for key, (user, value) in found.items() if user is None)
    return CsvFormat(encoding, bom, carriage, header + 1, names, delimiter, decimal, (guessed,) if guessed else ())


def _encoding(head: bytes, given: str | None, file: InputFile) -> tuple[str, int]:
    """Return the encoding and the length of the mark in front that says it."""
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name, len(mark)
    if given is not None:
        raise_any(encoding_faults(given))
        return codecs.lookup(given).name, 0
    if b"\0" in head:
        received = f"{file.path}, which holds bytes that are no text"
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
        raise file.refused(f"{_MUST}. Received: {line[:80]!r} in {file.path}. {hint}")


def _delimiter(rows: Sequence[str], file: InputFile) -> str:
    """Return the delimiter that splits most rows as it splits the header, and leaves most numbers."""
    scores = {}
    for rank, delimiter in enumerate(DELIMITERS):
        header, *body = _cells(rows, delimiter)
        if len(header) < 2:
            continue
        alike = [row for row in body if len(row) == len(header)]
        cells = [cell for row in alike for cell in row]
        numbers = sum(1 for cell in cells if NUMBER.fullmatch(cell) or COMMA_NUMBER.fullmatch(cell))
        even = len(alike) / len(body) if body else 0.0
        scores[delimiter] = (round(even, 1), delimiter != " ", numbers / max(len(cells), 1), -rank)
    if not scores:
        allowed = ", ".join(DELIMITERS.values())
        what = f"must begin with a header of 2 column names or more, separated by one of {allowed}"
        received = f"{rows[0][:80]!r} in {file.path}"
        raise file.refused(f"{what} (another one: dataset.format.delimiter). Received: {received}")
    return max(scores, key=scores.__getitem__)


def _cells(rows: Sequence[str], delimiter: str) -> list[list[str]]:
    if delimiter == " ":
        rows = [row.strip(" ") for row in rows]
    reader = csv.reader(rows, delimiter=delimiter, skipinitialspace=delimiter == " ")
    try:
        return [[cell.strip() for cell in row] for row in reader if row]
    except csv.Error:  # a cell longer than the reader's limit
        return [[cell.strip() for cell in row.split(delimiter)] for row in rows]


def _names(cells: Sequence[str], line: str, delimiter: str, file: InputFile) -> tuple[str, ...]:
    """Return the columns' names.

    Raises:
        InputError: There are fewer than two, or one stands twice.
    """
    twice = [name for name, count in Counter(cells).items() if count > 1 and name]
    if twice:
        raise file.refused(f"{_MUST}, each once. Received: {', '.join(map(repr, twice))} more than once in {file.path}")
    if len(cells) < 2:
        raise file.refused(f"{_MUST}, 2 or more, separated by {delimiter!r}. Received: {line[:80]!r} in {file.path}")
    return tuple(name or f"(unnamed {number})" for number, name in enumerate(cells, 1))


def _check_names(names: Sequence[str], line: str, file: InputFile) -> None:
    """Refuse a first row of data in place of the header: numbers and times alone, not all of them plain integers."""
    named = [name for name in names if name]
    value = re.compile(r"[\d\s:./,+TZ-]*\d[\d\s:./,+TZ-]*")
    if all(value.fullmatch(name) or NUMBER.fullmatch(name) for name in named) and not all(map(str.isdigit, named)):
        raise file.refused(f"{_MUST}. Received: {line[:80]!r} in {file.path}, which looks like a row of values")


def _decimal(cells: Sequence[str], file: InputFile) -> str:
    """Return the decimal mark of most numbers that hold one.

    Raises:
        InputError: Numbers like 1,234 may be 1.234 or 1234.
    """
    points = sum(1 for cell in cells if "." in cell and NUMBER.fullmatch(cell))
    commas = [cell for cell in cells if "," in cell and COMMA_NUMBER.fullmatch(cell)]
    if len(commas) <= points:
        return "."
    if not points and all(AMBIGUOUS.fullmatch(cell) for cell in commas):
        received = f"{commas[0]!r} in {file.path}, which may be either"
        remedy = "Say dataset.format.decimal=',' if it is a decimal; thousands separators are not read"
        raise file.refused(f"must tell decimal commas from thousands separators. Received: {received}. {remedy}")
    return ","
