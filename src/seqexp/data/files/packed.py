"""What the first bytes of a file say of its kind: how it is compressed, or that it is an office program's."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

ZIP, PARQUET = b"PK\x03\x04", b"PAR1"
MAGIC_BYTES = 16  # at the beginning of a file: as many as tell its kind
# What the streams below raise for bytes that are not of their format; bz2 and pyarrow raise an OSError with no number.
DAMAGE = (gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)


def _zstd(raw: IO[bytes]) -> pa.CompressedInputStream:
    import pyarrow as pa  # Python's own zstd comes with 3.14

    return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")


@dataclass(frozen=True)
class Packing:
    """A way in which one file is compressed."""

    kind: str  # as messages call it
    suffix: str  # what names of such files end with
    magic: re.Pattern[bytes]  # what such files begin with
    unpack: Callable[[IO[bytes]], BufferedIOBase | IO[bytes] | pa.CompressedInputStream]  # opens the stream within


PACKINGS = (
    Packing("gzip", ".gz", re.compile(rb"\x1f\x8b"), gzip.open),
    Packing("xz", ".xz", re.compile(rb"\xfd7zXZ\x00"), lzma.open),
    Packing("bzip2", ".bz2", re.compile(rb"BZh[1-9](\x31\x41\x59\x26\x53\x59|\x17\x72\x45\x38\x50\x90)"), bz2.open),
    Packing("zstd", ".zst", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), _zstd),
)
SUFFIXES = ("zip", *(packing.suffix[1:] for packing in PACKINGS))


def packing_of(start: bytes) -> Packing | None:
    """Return how a file that begins with these bytes is compressed; None if it is not, or is a zip file."""
    return next((packing for packing in PACKINGS if packing.magic.match(start)), None)


_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOKS = {
    "xl/workbook.xml": "an Excel workbook (.xlsx)",
    "xl/workbook.bin": "an Excel workbook (.xlsb)",
    "META-INF/manifest.xml": "an OpenDocument file (.ods)",
}


def office_file(start: bytes, members: Collection[str], name: str) -> str | None:
    """Return what an office program's file is and how its table becomes a csv file; None for all other files.

    Args:
        start: The first bytes.
        members: The names of the files within, of a zip file.
        name: The file's.
    """
    found = next((what for member, what in _WORKBOOKS.items() if member in members), None)
    if start.startswith(_OLD_OFFICE):
        found = "a file of Excel or another office program (.xls, or an .xlsx with a password)"
    if found is None:
        return None
    csv = PurePath(name).with_suffix(".csv").name
    csv = csv if csv != name else f"{PurePath(name).stem}-sheet.csv"
    pandas = f"import pandas; pandas.read_excel({name!r}).to_csv({csv!r}, index=False)"
    return (
        f"{found}. Save its sheet as csv there (File, Save As), or let Python do it: {pandas}. Then dataset.path={csv}"
    )
