"""Open any user's time series: a csv file (plain, zipped or gzipped) or a Parquet file; read in bounded memory."""

from __future__ import annotations

from pathlib import Path

from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import PARQUET, first_bytes
from seqexp.data.files.csv_file import open_csv_table
from seqexp.data.files.parquet_file import open_parquet_table
from seqexp.data.series.series import TableReader


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
