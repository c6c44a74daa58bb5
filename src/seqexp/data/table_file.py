"""Open any user's time series: a csv file (plain, zipped or gzipped) or a Parquet file; read in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seqexp.config.schema import FileFormat
from seqexp.data.byte_files import PARQUET, first_bytes
from seqexp.data.csv_file import open_csv_table
from seqexp.data.parquet_file import open_parquet_table


class TableReader(Protocol):
    """A table of times and numbers, read in pieces."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of numbers, in the file's order, without the time."""

    @property
    def dropped(self) -> tuple[str, ...]:
        """The columns left out because they hold no numbers; not those of `dataset.format.drop`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for a person: what was found out about the file."""

    def chunks(self) -> Iterator[tuple[NDArray[np.datetime64], NDArray[np.float64]]]:
        """Yield times, datetime64[us] of shape (rows,), and values, float64 of shape (rows, columns).

        Rows stand in the file's order, sentinels as they are; NaN is a missing value. Times with an offset are in UTC.

        Raises:
            InputError: The file is damaged or not as its beginning is; the line (a Parquet file's row) is named.
        """


def open_table(path: Path, format: FileFormat, subject: str, member: str | None = None) -> TableReader:
    """Look at the beginning of a file and find out what is not said about it.

    Args:
        path: The file; its content decides what it is, not its name.
        format: What the user says about it.
        subject: What the file is to the user, for messages, such as "dataset.path".
        member: The file in a zip that is meant if there are several.

    Raises:
        InputError: The file cannot be read, or its beginning is not that of a table with times and numbers.
    """
    if first_bytes(path, subject) == PARQUET:
        return open_parquet_table(path, format, subject)
    return open_csv_table(path, format, subject, member)
