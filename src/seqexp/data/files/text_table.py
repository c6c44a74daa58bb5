"""A user's table of texts: csv or tsv (plain or compressed), JSON lines, or Parquet."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqexp.config.errors import shown
from seqexp.config.schema import TextFormat
from seqexp.data.files.byte_files import InputFile, decode_text, is_parquet, open_bytes
from seqexp.data.files.delimited.csv_format import DELIMITERS
from seqexp.data.files.delimited.head import given_names, names_without_header

if TYPE_CHECKING:
    import pyarrow as pa

# What columns of texts and of labels are usually called, in lower case.
TEXT_NAMES = (
    "text", "texts", "review", "reviews", "content", "sentence", "comment", "body", "message", "tweet", "document",
    "review_text", "reviewtext", "comment_text",
)  # fmt: skip
LABEL_NAMES = ("label", "labels", "sentiment", "class", "target", "category", "polarity", "y")
_CHUNK = 1 << 24
_LARGEST_BLOCK = (1 << 31) - 1
# In a tsv file a cell that quotes enclose, or the quote at the beginning of one that they don't.
_QUOTED = re.compile(r'(?:\A|[\t\n])(?:"(?:[^"]++|"")*+"(?=\t|\r?\n|\Z)|(?P<open>"))')


@dataclass(frozen=True)
class CellTable:
    """The columns that hold texts or what may be labels."""

    cells: Mapping[str, list[str | None]]  # of each column by its name, as text; None where there is none
    texts: tuple[str, ...]  # the columns of texts; the others hold numbers or truth values
    notes: tuple[str, ...]  # what was found out about the format


def read_table(file: InputFile, format: TextFormat) -> CellTable:
    """Return a file's columns; its content decides what it is, not its name.

    Raises:
        InputError: The file can't be read, or is no table with a header.
    """
    if is_parquet(file):
        return _from_arrow(_parquet(file), (), file)
    with open_bytes(file) as stream:
        data = b"".join(iter(lambda: stream.read(_CHUNK), b""))
    text, encoding = decode_text(data, format.encoding, file)
    if "\n" not in text:
        text = text.replace("\r", "\n")  # how old Macs end lines
    notes = [] if format.encoding else [f"encoding {encoding}"]
    start = text.lstrip()[:1]
    if start in ("", "[", "<"):
        what = {"": "an empty file", "[": "one JSON array: write one object per line", "<": "a web page"}[start]
        raise file.refused(f"must be csv, tsv, JSON lines or Parquet. Received: {file.path}, {what}")
    if start == "{":
        return _from_arrow(_json_lines(text, file), notes, file)
    delimiter = format.delimiter or _delimiter(text, format)
    if not format.delimiter:
        notes.insert(0, f"delimiter {DELIMITERS[delimiter]}")
    table = _csv(text, delimiter, format, file)
    said = [", ".join(notes)] if notes else []
    if not (format.header or format.names):
        said.append(f"columns named {table.column_names[0]} to {table.column_names[-1]} (dataset.format.names)")
    return _from_arrow(table, said, file)


def _parquet(file: InputFile) -> pa.Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_table(file.path)
    except (pa.ArrowException, OSError) as error:
        raise file.damaged("Parquet", error) from error


def _json_lines(text: str, file: InputFile) -> pa.Table:
    import pyarrow as pa
    from pyarrow import json

    data = text.encode(errors="surrogatepass")
    try:  # one block: an object may not lie across two
        return json.read_json(pa.BufferReader(data), json.ReadOptions(block_size=_block(data)))
    except pa.ArrowException as error:
        what = "must hold one JSON object per line, with values of one kind for each name"
        raise file.refused(f"{what}. Received: {file.path} ({shown(str(error))})") from error


def _csv(text: str, delimiter: str, format: TextFormat, file: InputFile) -> pa.Table:
    """Return a csv file's columns, all of them as text; line ends may stand within quotes."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = _names(text, delimiter, format, file)
    above = 1 if format.header else 0
    data = text.encode(errors="surrogatepass")
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(
                use_threads=False,  # so that a fault has its row's number
                block_size=_block(data),
                column_names=names,
                skip_rows_after_names=above,
            ),
            arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, quote_char='"' if _is_quoted(text, delimiter) else False
            ),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
        )
    except pa.ArrowException as error:
        what = "must be a table with as many cells in each row as in its header"
        raise file.refused(f"{what}. Received: {file.path} ({shown(str(error))})") from error


def _names(text: str, delimiter: str, format: TextFormat, file: InputFile) -> list[str]:
    """Return the names of the columns.

    Raises:
        InputError: There are fewer than two, or one stands twice.
    """
    names = _cells(text, delimiter)
    if len(names) >= 2 and not format.header:
        return [*names_without_header(format.names, len(names))]
    if len(names) >= 2 and format.names:
        return [*given_names(format.names, len(names))]
    twice = {name for name in names if name and names.count(name) > 1}
    if len(names) < 2 or twice:
        what = "must begin with a header of 2 column names or more, each once"
        raise file.refused(f"{what}. Received: {shown(', '.join(names))} in {file.path}")
    return names


def _delimiter(text: str, format: TextFormat) -> str:
    """Return what splits the header into most cells that are called as a column of texts or labels is.

    A tab, which hardly stands in texts, goes before what may; then most cells of any name count.
    """
    usual = {*TEXT_NAMES, *LABEL_NAMES, *((name or "").lower() for name in (format.text, format.label))}

    def score(delimiter: str) -> tuple[int, bool, int]:
        cells = _cells(text, delimiter)
        named = sum(cell.strip().lower() in usual for cell in cells if cell.strip())
        return named, delimiter == "\t" and len(cells) > 1, len(cells)

    return max((delimiter for delimiter in DELIMITERS if delimiter != " "), key=score)


def _cells(text: str, delimiter: str) -> list[str]:
    """Return the first row's cells."""
    line = text.lstrip("\n\r").partition("\n")[0].rstrip("\r")
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell longer than the reader's limit
        return line.split(delimiter)


def _is_quoted(text: str, delimiter: str) -> bool:
    """Return whether quotes enclose cells: in a tsv file they may be part of a text, and none need be closed."""
    if delimiter != "\t":
        return True
    return not any(match["open"] for match in _QUOTED.finditer(text))


def _block(data: bytes) -> int:
    return min(len(data) + 1, _LARGEST_BLOCK)


def _from_arrow(table: pa.Table, notes: Sequence[str], file: InputFile) -> CellTable:
    if not table.num_rows:
        raise file.refused(f"must hold texts. Received: no rows in {file.path}")
    cells, texts = {}, []
    for name, column in zip(table.column_names, table.columns, strict=True):
        found = _strings(column)
        if found is not None:
            cells[name], is_text = found
            texts += [name] if is_text else []
    return CellTable(cells, tuple(texts), tuple(notes))


def _strings(column: pa.ChunkedArray) -> tuple[list[str | None], bool] | None:
    """Return a column's cells as text, and whether they were text; None for what can be neither text nor label."""
    import pyarrow as pa
    from pyarrow import compute

    types = pa.types
    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_string(column.type) or types.is_large_string(column.type) or types.is_null(column.type):
        return column.to_pylist(), True
    if types.is_floating(column.type):  # not a number is how numpy says that there is none
        column = compute.if_else(compute.is_nan(column), pa.scalar(None, column.type), column)
    if types.is_floating(column.type) or types.is_integer(column.type) or types.is_boolean(column.type):
        return column.cast(pa.string()).to_pylist(), False
    return None
