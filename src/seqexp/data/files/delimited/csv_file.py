"""Read a csv file in blocks of whole lines: pyarrow parses, and every fault is named by its line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from seqexp.config.errors import InputError, shown
from seqexp.config.schema import FileFormat
from seqexp.data.arrays import Floats
from seqexp.data.files.byte_files import InputFile, open_bytes
from seqexp.data.files.chosen import EVERY_ROW, RowFilter, TableChoice, TextCodes
from seqexp.data.files.columns import arrange
from seqexp.data.files.delimited.csv_blocks import CsvBlock, LinesBelow, csv_blocks, undecodable
from seqexp.data.files.delimited.csv_format import CsvFormat, find_format
from seqexp.data.files.numbers import without_missing
from seqexp.data.files.series_table import SeriesTable, too_short
from seqexp.data.files.times import time_stamps
from seqexp.data.files.times.time_column import join_columns
from seqexp.data.series.series import Chunk

if TYPE_CHECKING:
    import pyarrow as pa


SAMPLE_BYTES = 1 << 20  # bytes that are looked at first
BLOCK_BYTES = 4 << 20  # bytes that are parsed at once: about 60 MB of memory
CSV_CHUNK_ROWS = 1 << 18  # most rows given at once


@dataclass(frozen=True)
class CsvTable(SeriesTable):
    """A csv file whose beginning was looked at."""

    member: str | None  # the file in a zip that is meant if there are several
    written: CsvFormat
    below: LinesBelow = field(compare=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found out."""
        return (*self.written.notes, *self.layout.notes, *self.below.notes)

    @property
    def units(self) -> dict[str, str]:
        """The units that stand below the header, by their columns."""
        units = dict(zip(self.written.names, self.written.units, strict=bool(self.written.units)))
        return {name: unit for name, unit in units.items() if unit and name in self.columns}

    def chunks(self, codes: TextCodes | None = None) -> Iterator[Chunk]:
        """Yield the rows, at most `CSV_CHUNK_ROWS` at once."""
        rows, filter, codes = 0, self.row_filter(self.written.style), codes or TextCodes(self.layout.coded)
        for block in self.below.without(csv_blocks(self.file, self.member, self.written, BLOCK_BYTES)):
            chunk = self._parse(block, filter, codes)
            rows += len(chunk.times)
            for first in range(0, len(chunk.times), CSV_CHUNK_ROWS):
                yield chunk.at(slice(first, first + CSV_CHUNK_ROWS))
        if filter:
            filter.check()
        if rows < 2:
            raise too_short(rows, self.file)

    def _parse(self, block: CsvBlock, filter: RowFilter | None, codes: TextCodes) -> Chunk:
        """Return the rows of a block that are asked for."""
        import pyarrow as pa

        as_texts = {*self.layout.time, *self.layout.flags, *self.layout.coded, *self.choice.where}
        typed = {name: pa.string() if name in as_texts else pa.float64() for name in self.needed}
        try:
            table = parse_block(block, self.written, typed, self.given.missing)
        except pa.ArrowInvalid:  # white space around a number, or a fault
            table = text_columns(block, self.written, list(typed), self.file)
        lines = np.arange(len(table[self.needed[0]])) if filter is None else filter.rows(table)
        if filter:
            table = {name: column.take(lines) for name, column in table.items()}

        def position(row: int) -> str:
            return block.position(int(lines[row]))

        stamps = join_columns([table[name] for name in self.layout.time])
        times = time_stamps.parse_times(stamps, self.layout.time_format)
        values = np.empty((len(times), len(self.columns)))
        for index, name in enumerate(self.columns):
            values[:, index] = self._numbers(table[name], name, position)
        coded = {name: without_missing(table[name], self.given.missing) for name in self.layout.coded}
        found = Chunk(times, values, codes.codes(coded, len(times)))
        without_time = np.isnat(times)
        if without_time.any():
            padding = f'{self.written.delimiter} "\t'.encode()
            rows = np.flatnonzero(without_time)[:10_000]
            blank = np.array([not block.row(int(lines[row]))[1].strip(padding) for row in rows])
            if not blank.all():
                row = int(rows[~blank][0])
                cell = stamps[row].as_py() or ""
                hint = "" if self.given.time_format else " (as most begin; another way: dataset.format.time_format)"
                raise self.bad_time(cell if cell.strip() else None, position(row), hint)
            found = found.at(~without_time)  # only delimiters, as spreadsheets end
        kept = np.flatnonzero(~without_time)
        self.check_finite(found.values, lambda row: position(int(kept[row])))
        self.check_times(found.times, lambda row: position(int(kept[row])))
        return found

    def _numbers(self, column: pa.Array, name: str, position: Callable[[int], str]) -> Floats:
        """Return a column as numbers, NaN where a value is missing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_string(column.type):
            cells = column
            column = without_missing(column, self.given.missing)
            if name in self.layout.flags:
                flags = pc.utf8_lower(column)
                column = pc.if_else(pc.equal(flags, "true"), "1", pc.if_else(pc.equal(flags, "false"), "0", column))
            column = self.parse_numbers(self.written.style.plain(column), cells, name, position)
        return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def open_csv_table(
    file: InputFile, given: FileFormat, member: str | None = None, choice: TableChoice = EVERY_ROW
) -> CsvTable:
    """Look at the beginning of a csv file, zipped or not.

    `member` is the file in a zip that is meant if there are several.

    Raises:
        InputError: The file cannot be read, or its beginning is not that of a table with times and numbers.
    """
    with open_bytes(file, member) as stream:
        head = stream.read(SAMPLE_BYTES)
    written = find_format(head, len(head) < SAMPLE_BYTES, given, file)
    below, is_whole = LinesBelow(given.footer, written), len(head) < SAMPLE_BYTES
    blocks = csv_blocks(file, member, written, SAMPLE_BYTES)
    block = next(below.without(blocks) if is_whole else blocks, CsvBlock(1, b""))
    if is_whole and (rows := sum(1 for _ in block.lines())) < 2:
        raise too_short(rows, file)
    texts = text_columns(block, written, list(written.names), file)
    sample = {name: without_missing(column, given.missing) for name, column in texts.items()}
    choice = choice.in_full(list(sample))
    return CsvTable(file, given, choice, arrange(sample, given, written.style, file, choice), member, written, below)


def parse_block(
    block: CsvBlock, written: CsvFormat, types: dict[str, pa.DataType], missing: Sequence[str]
) -> dict[str, pa.Array]:
    """Parse some columns. pyarrow reads numbers as exactly as Python's float(), and refuses rows that are cut short.

    Raises:
        pyarrow.ArrowInvalid: Something is not as it should be.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    table = arrow_csv.read_csv(
        pa.BufferReader(block.data),
        arrow_csv.ReadOptions(column_names=list(written.names), block_size=max(2 << 20, len(block.data) // 4)),
        arrow_csv.ParseOptions(delimiter=written.delimiter),
        arrow_csv.ConvertOptions(
            include_columns=list(types),
            column_types=types,
            null_values=["", *missing],
            strings_can_be_null=False,
            decimal_point=written.decimal,
        ),
    )
    if len(table) != block.rows():  # a quote that is not closed swallows lines
        raise pa.ArrowInvalid(f"{block.rows()} lines give {len(table)} rows")
    return {name: table[name].combine_chunks() for name in types}


def text_columns(block: CsvBlock, written: CsvFormat, names: Sequence[str], file: InputFile) -> dict[str, pa.Array]:
    """Return some columns as trimmed texts.

    Raises:
        InputError: A row has more or fewer cells than the header, or bytes are not of the encoding.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        texts = parse_block(block, written, {name: pa.string() for name in names}, ())
    except pa.ArrowInvalid as error:
        raise _bad_line(block, written, file, error) from error
    return {name: pc.utf8_trim_whitespace(column) for name, column in texts.items()}


def _bad_line(block: CsvBlock, written: CsvFormat, file: InputFile, error: Exception) -> InputError:
    """Return the error for the first line that is no row."""
    for number, line in block.lines():
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return undecodable(number, written.encoding, file)
        if text.count('"') % 2:
            what = "must close each quote in the line where it opens; line breaks within a cell are not read"
            return file.refused(f"{what}. Received: {shown(text)} in line {number} of {file.path}")
        cells = next(csv.reader([text], delimiter=written.delimiter), [])
        if len(cells) != len(written.names):
            what = (
                f"must hold {len(written.names)} cells in every row, as in {'the header' if written.header else 'most'}"
            )
            remedy = "dataset.format.skip leaves out lines above the header, dataset.format.footer those below the rows"
            return file.refused(f"{what}. Received: {len(cells)} in line {number} of {file.path}. {remedy}")
    return file.refused(f"must be a whole csv file. Received: {file.path} ({error})")
