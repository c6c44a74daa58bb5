"""What the tests of reading tables share: write one, read it, or see why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seqexp.config.errors import InputError
from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.chosen import EVERY_ROW, TableChoice, TextCodes
from seqexp.data.series.load import open_table
from tests.faults import is_about, only_fault_of

MISSING = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "?"]


def file_format(**changes: Any) -> FileFormat:
    """Return the defaults: all found out, texts dropped."""
    unknown = dict.fromkeys(("time", "time_format", "delimiter", "decimal", "encoding"))
    return FileFormat(**(unknown | {"missing": MISSING, "drop": [], "text_columns": "drop"} | changes))


@dataclass(frozen=True)
class Content:
    """All that a table holds."""

    columns: tuple[str, ...]
    dropped: tuple[str, ...]
    notes: str
    times: NDArray[np.datetime64]
    values: NDArray[np.float64]
    texts: dict[str, list[str | None]]  # of the categories, row by row
    units: dict[str, str]


def read(path: Path, member: str | None = None, choice: TableChoice = EVERY_ROW, **changes: Any) -> Content:
    table = open_table(InputFile(path, "dataset.path"), file_format(**changes), member, choice)
    known = TextCodes(table.layout.coded)
    parts = list(table.chunks(known))
    for times, values, codes in parts:
        assert times.dtype == np.dtype("datetime64[us]")
        assert (values.dtype, values.shape) == (np.float64, (len(times), len(table.columns)))
        assert (codes.dtype, codes.shape) == (np.int32, (len(times), len(table.layout.coded)))
    times, values, codes = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    texts = {
        name: [None if code < 0 else [*found][code] for code in codes[:, index].tolist()]
        for index, (name, found) in enumerate(known.texts.items())
    }
    return Content(table.columns, table.dropped, "\n".join(table.notes), times, values, texts, dict(table.units))


def fails(path: Path, **changes: Any) -> str:
    """Return the message with which the file is refused."""
    with pytest.raises(InputError) as caught:
        read(path, **changes)
    return str(caught.value)


def assert_refused(path: Path, key: str, *facts: str, **changes: Any) -> None:
    """Assert that the file is refused for one fault, which is about a key and gives these values and names."""
    fault = only_fault_of(read, path, **changes)
    assert is_about(fault, key, *facts), fault


def write(path: Path, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode(encoding))
    return path


def series(stamps: Sequence[str], header: str = "time,x") -> list[str]:
    """Return the lines of a csv file with these stamps, and the row's number as the value."""
    return [header, *(f"{stamp},{row}" for row, stamp in enumerate(stamps))]
