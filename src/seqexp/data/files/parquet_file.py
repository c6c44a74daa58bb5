"""Read a Parquet file batch by batch, as pandas, Polars, Spark or pyarrow write it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seqexp.config.schema import FileFormat
from seqexp.data.arrays import Floats, Times
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.chosen import EVERY_ROW, RowFilter, TableChoice, TextCodes
from seqexp.data.files.columns import arrange
from seqexp.data.files.numbers import PLAIN, without_missing
from seqexp.data.files.series_table import SeriesTable, too_short
from seqexp.data.files.times import time_stamps
from seqexp.data.files.times.time_column import TYPED, join_columns
from seqexp.data.series.series import Chunk

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet


SAMPLE_ROWS = 1 << 14
PARQUET_CHUNK_ROWS = 1 << 16


@dataclass(frozen=True)
class ParquetTable(SeriesTable):
    """A Parquet file whose beginning was looked at."""

    def chunks(self, codes: TextCodes | None = None) -> Iterator[Chunk]:
        """Yield the rows, at most `PARQUET_CHUNK_ROWS` at once."""
        before, rows, filter = 0, 0, self.row_filter()
        codes = codes or TextCodes(self.layout.coded)
        with open_parquet(self.file) as opened:
            for batch in opened.iter_batches(PARQUET_CHUNK_ROWS, columns=list(self.needed)):
                chunk = self._parse(batch, before, filter, codes)
                yield chunk
                before, rows = before + len(batch), rows + len(chunk.times)
        if filter:
            filter.check()
        if rows < 2:
            raise too_short(rows, self.file)

    def _parse(self, batch: pa.RecordBatch, first: int, filter: RowFilter | None, codes: TextCodes) -> Chunk:
        """Return the rows of a batch that are asked for; `first` rows came before."""
        table = {name: plain_column(batch[name]) for name in self.needed}
        places = np.arange(len(batch)) if filter is None else filter.rows(table)
        if filter:
            table = {name: column.take(places) for name, column in table.items()}

        def position(row: int) -> str:
            return f"row {first + int(places[row]) + 1}"

        stamps = join_columns([table[name] for name in self.layout.time])
        if self.layout.time_format == TYPED:
            times = self._micros(stamps, position)
        else:
            times = time_stamps.parse_times(stamps, self.layout.time_format)
        if np.isnat(times).any():
            row = int(np.isnat(times).argmax())
            raise self.bad_time(stamps[row].as_py(), position(row))
        values = np.empty((len(times), len(self.columns)))
        for index, name in enumerate(self.columns):
            values[:, index] = self._numbers(table[name], name, position)
        self.check_finite(values, position)
        self.check_times(times, position)
        coded = {name: without_missing(table[name], self.given.missing) for name in self.layout.coded}
        return Chunk(times, values, codes.codes(coded, len(times)))

    def _micros(self, stamps: pa.Array, position: Callable[[int], str]) -> Times:
        """Return typed time stamps in microseconds; nanoseconds are cut, and what is too far away is refused."""
        import pyarrow as pa

        kind = pa.timestamp("us", getattr(stamps.type, "tz", None))
        try:
            micros = stamps.cast(kind, safe=getattr(stamps.type, "unit", "") in ("s", "ms"))
        except pa.ArrowInvalid as error:
            what = "must hold time stamps of the years 1000 to 8999"
            where = f"the rows from {position(0)} on in {self.file.path}"
            raise self.file.refused(f"{what}. Received: others in {where} ({error})") from error
        times: Times = micros.to_numpy(zero_copy_only=False).astype("datetime64[us]")
        return times

    def _numbers(self, column: pa.Array, name: str, position: Callable[[int], str]) -> Floats:
        """Return a column as numbers, NaN where a value is missing."""
        import pyarrow as pa

        if pa.types.is_string(column.type):
            column = self.parse_numbers(without_missing(column, self.given.missing), column, name, position)
        elif pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)


def open_parquet_table(file: InputFile, given: FileFormat, choice: TableChoice = EVERY_ROW) -> ParquetTable:
    """Look at the beginning of a Parquet file; delimiter, decimal and encoding of `given` say nothing about it.

    Raises:
        InputError: The file cannot be read, or its beginning is not that of a table with times and numbers.
    """
    with open_parquet(file) as opened:
        names = opened.schema_arrow.names
        index = _time_index(opened.schema_arrow)
        rows = opened.metadata.num_rows
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            received = f"{', '.join(map(repr, twice))} more than once in {file.path}"
            raise file.refused(f"must have column names that occur only once. Received: {received}")
        batch = next(opened.iter_batches(SAMPLE_ROWS), None)
    if batch is None or rows < 2:
        raise too_short(rows, file)
    sample = {}
    for name in names:
        column = plain_column(batch[name])
        sample[name] = without_missing(column, given.missing) if str(column.type) == "string" else column
    chosen = given.model_copy(update={"time": index}) if given.time is None and index is not None else given
    choice = choice.in_full(names)
    layout = arrange(sample, chosen, PLAIN, file, choice)
    if chosen is not given:
        layout = replace(layout, notes=(f"time {index!r}, the index of the frame", *layout.notes))
    return ParquetTable(file, given, choice, layout)


def plain_column(column: pa.Array) -> pa.Array:
    """Return a column with categories replaced by what they stand for, and texts of one type."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return column


@contextmanager
def open_parquet(file: InputFile) -> Iterator[parquet.ParquetFile]:
    """Open a Parquet file. InputError: it is damaged, or cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with file.path.open("rb") as stream, parquet.ParquetFile(stream, page_checksum_verification=True) as opened:
            yield opened
    except pa.ArrowException as error:
        raise file.damaged("Parquet", error) from error
    except OSError as error:  # also pyarrow's word for damage
        raise (file.unreadable(error) if error.errno else file.damaged("Parquet", error)) from error


def _time_index(schema: pa.Schema) -> str | None:
    """Return the column that holds the index of a pandas frame, if that is one of times."""
    import pyarrow as pa

    try:
        metadata = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    except (ValueError, RecursionError):  # others than pandas wrote it: the columns speak for themselves
        return None
    index = metadata.get("index_columns") if isinstance(metadata, dict) else None
    if not isinstance(index, list) or len(index) != 1 or not isinstance(index[0], str) or index[0] not in schema.names:
        return None
    return index[0] if pa.types.is_timestamp(schema.field(index[0]).type) else None
