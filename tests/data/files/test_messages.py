"""The catalogue of what is said of files that can't be read, word by word; other tests go by keys and values."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.text_table import read_table
from tests.data import tables
from tests.data.text.helpers import text_format
from tests.faults import read_catalogue

# After "$ " a file and how it is written, as JSON: its characters are bytes. Then what is said; FILE is its path.
CATALOGUE = read_catalogue(Path(__file__).with_name("messages_catalogue.txt"))


def read(path: Path, given: dict[str, Any]) -> None:
    """Write a file and read it, the texts of a csv file as those to classify, all else as a series."""
    if "zip" in given:
        with zipfile.ZipFile(path, "w") as archive:
            for name in given.pop("zip"):
                archive.writestr(name, "")
    elif "parquet" in given:
        parquet.write_table(pa.table(given.pop("parquet")), path)
    elif "texts" in given:
        path.write_bytes(given.pop("texts").encode("latin-1"))
        read_table(InputFile(path, "dataset.path"), text_format(**given))
    else:
        path.write_bytes(given.pop("series").encode("latin-1"))
    tables.read(path, **given)


@pytest.mark.parametrize("line", CATALOGUE)
def test_a_file_is_refused_in_these_words(line: str, tmp_path: Path) -> None:
    given = json.loads(line)
    path = tmp_path / given.pop("name", "a.csv")
    with pytest.raises(InputError) as caught:
        read(path, given)
    texts = [text.replace(str(path), "FILE") for text in caught.value.texts]
    # What a library says in brackets is its own, and changes with its version.
    assert [re.sub(r"FILE \(.*\)", "FILE (why)", text) for text in texts] == CATALOGUE[line]
