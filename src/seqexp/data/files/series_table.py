"""What tables of times and numbers have in common, whatever file they stand in, and what can be wrong with them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from seqexp.config.errors import InputError, shown
from seqexp.config.output.shell import shell_word
from seqexp.config.overrides import as_list, as_mapping
from seqexp.config.schema import FileFormat
from seqexp.data.arrays import Floats, Times
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.chosen import RowFilter, TableChoice, TextCodes
from seqexp.data.files.columns import Layout
from seqexp.data.files.numbers import NUMBER, PLAIN, NumberStyle, thousands_in
from seqexp.data.files.times.time_column import TYPED
from seqexp.data.series.series import Chunk

if TYPE_CHECKING:
    import pyarrow as pa

# Python's calendar ends with the year 9999; a picture's margins reach beyond the series.
_FIRST, _END = np.datetime64("1000-01-01", "us"), np.datetime64("9000-01-01", "us")


@dataclass(frozen=True)
class SeriesTable(ABC):
    """A table of times and numbers in a file, whose beginning was looked at; it is read in pieces."""

    file: InputFile
    given: FileFormat  # what the user says about it
    choice: TableChoice  # which rows and columns of texts are read
    layout: Layout = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of numbers, in the file's order, without the time."""
        return self.layout.numeric

    @property
    def dropped(self) -> tuple[str, ...]:
        """The columns left out because they hold no numbers; not those of `dataset.format.drop`."""
        return self.layout.dropped

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for a person: what was found out about the file."""
        return self.layout.notes

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that are read, each once."""
        return tuple(dict.fromkeys((*self.layout.time, *self.columns, *self.layout.coded, *self.choice.where)))

    @abstractmethod
    def chunks(self, codes: TextCodes | None = None) -> Iterator[Chunk]:
        """Yield the rows that are asked for, in the file's order, sentinels as they are, times with an offset in UTC.

        `codes` keeps the texts of the columns that are read as codes, for whoever wants to know them.

        Raises:
            InputError: The file is damaged, not as its beginning is (the line, or a Parquet file's row, is named), or
                has fewer than two rows.
        """

    @property
    def units(self) -> Mapping[str, str]:
        """The units that the file says beside its columns' names, by the columns; none in most files."""
        return {}

    def row_filter(self, style: NumberStyle = PLAIN) -> RowFilter | None:
        """Return what chooses the rows, or None if all are read; `style` is how the file writes numbers."""
        return RowFilter(self.choice.where, self.layout.number_like, style) if self.choice.where else None

    def parse_numbers(self, texts: pa.Array, cells: pa.Array, name: str, position: Callable[[int], str]) -> pa.Array:
        """Return texts as float64 of shape (rows,), null where they are null.

        Args:
            texts: The numbers, with a point as the decimal mark.
            cells: The same as the file has them, for messages.
            name: The column's name.
            position: Returns where a row stands in the file, such as "line 7".

        Raises:
            InputError: A text is no number.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        good = pc.match_substring_regex(texts, f"^({NUMBER.pattern})$", ignore_case=True)
        if good.null_count < len(good) and not pc.all(good).as_py():
            row = pc.index(good, False).as_py()
            cell = cells[row].as_py()
            word = thousands_in(str(cell))
            way = f"If these are thousands, dataset.format.thousands={word} reads them. " if word else ""
            chosen = shell_word(f"dataset.where={as_mapping({name: cell})}")
            raise self.file.refused(
                f"must hold a number in column {name!r}. Received: {shown(cell)} in "
                f"{position(row)} of {self.file.path}. {way}If it means a missing value, "
                f"add it to dataset.format.missing; "
                f"if it names one of several series, {chosen} reads that; "
                f"{shell_word(f'dataset.format.drop={as_list([name])}')} leaves the column out"
            )
        return texts.cast(pa.float64())

    def check_finite(self, values: Floats, position: Callable[[int], str]) -> None:
        """Refuse infinite numbers among (rows, columns) values; `position` says where a row stands in the file.

        Raises:
            InputError: A number is infinite.
        """
        if np.isinf(values).any():
            row, column = map(int, np.argwhere(np.isinf(values))[0])
            what = f"must hold finite numbers in column {self.columns[column]!r}"
            raise self.file.refused(f"{what}. Received: infinity in {position(row)} of {self.file.path}")

    def check_times(self, times: Times, position: Callable[[int], str]) -> None:
        """Refuse years that calendars and pictures don't reach; `position` says where a row stands in the file.

        Raises:
            InputError: A time stamp lies in such a year.
        """
        outside = (times < _FIRST) | (times >= _END)
        if outside.any():
            row = int(outside.argmax())
            what = f"must hold time stamps of the years {_FIRST.astype('M8[Y]')} to {_END.astype('M8[Y]') - 1}"
            raise self.file.refused(f"{what}. Received: {times[row]} in {position(row)} of {self.file.path}")

    def bad_time(self, cell: object, position: str, hint: str = "") -> InputError:
        """Return the error for a cell that is no time stamp of the format, or that is empty."""
        like = f" like {self.layout.time_format}" if self.layout.time_format != TYPED else ""
        hint = hint or (" (dataset.format.time_format)" if like else "")
        name = " + ".join(map(repr, self.layout.time))
        received = f"{shown(cell) if cell else 'nothing'} in {position} of {self.file.path}"
        what = f"must hold a time stamp{like}{hint} in every row of column {name}"
        return self.file.refused(f"{what}. Received: {received}. A row without a time can't be placed: take it out")


def too_short(rows: int, file: InputFile) -> InputError:
    """Return the error for a table without two rows."""
    return file.refused(f"must hold 2 rows or more. Received: {rows} in {file.path}")
