from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.text_table import CellTable, read_table
from tests.data.text.helpers import text_format
from tests.faults import is_about, only_fault_of

ROWS = [("good\nfilm, they say", "pos"), ('a "bad" one', "neg"), ("süß", "pos"), ("", "neg")]


def read(path: Path, **format: Any) -> CellTable:
    return read_table(InputFile(path, "dataset.path"), text_format(**format))


def assert_refused(path: Path, *facts: str, **format: Any) -> None:
    """Assert that the fault is about the file, which it names, and that it gives the facts."""
    fault = only_fault_of(read, path, **format)
    assert is_about(fault, "dataset.path", str(path), *facts), fault


def as_csv(rows: Any, delimiter: str = ",", end: str = "\n") -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end)
    writer.writerows([("text", "label"), *rows])
    return stream.getvalue()


def columns(rows: Any) -> dict[str, list[Any]]:
    texts, labels = zip(*rows, strict=True)
    return {"text": list(texts), "label": list(labels)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_as_python_writes_it(delimiter: str, end: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv(ROWS[1:] if end == "\r" else ROWS, delimiter, end).encode(encoding))
    found = read(path)
    assert found.cells == columns(ROWS[1:] if end == "\r" else ROWS)
    assert found.texts == ("text", "label")
    assert ("cp1252" in found.notes[0]) == (encoding == "cp1252")


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_any_csv_that_python_writes(rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_bytes(as_csv(rows).encode())
    assert read(path, encoding="utf-8", delimiter=",").cells == columns(rows)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("text\tlabel, old", ["text", "label, old"]),
        ("a, b, c\td", ["a, b, c", "d"]),
        ("review;a,b,c", ["review", "a,b,c"]),
        ('"text, whole",label', ["text, whole", "label"]),
        ("a|b|c", ["a", "b", "c"]),
    ],
)
def test_the_delimiter_is_that_of_the_header(header: str, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(header + "\n" + header.replace('"text, whole"', "x") + "\n")
    assert list(read(path).cells) == names


def test_quotes_in_a_tsv_file_are_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('label\ttext\nham\t"Hello" he said\nspam\t"Win\nham\t"quoted"\n')
    assert read(path).cells == {"label": ["ham", "spam", "ham"], "text": ['"Hello" he said', '"Win', '"quoted"']}
    path.write_text('label\ttext\nham\t"Hello ""he"" said"\nspam\t"Win"\n')
    assert read(path).cells == {"label": ["ham", "spam"], "text": ['Hello "he" said', "Win"]}


@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz"])
def test_packed_files(name: str, tmp_path: Path) -> None:
    data, path = as_csv(ROWS).encode(), tmp_path / name
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("IMDB Dataset.csv", data)
    else:
        path.write_bytes(gzip.compress(data))
    assert read(path).cells == columns(ROWS)


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"text": "gut 😀\n", "label": 1, "is": True}, {"label": 0, "text": None, "more": [1]}, {"text": "x"}]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    found = read(path)
    assert found.cells == {"text": ["gut 😀\n", None, "x"], "label": ["1", "0", None], "is": ["true", None, None]}
    assert found.texts == ("text",)


def test_a_long_line_of_json_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    long = "word " * 500_000
    path.write_text("\n".join(json.dumps({"text": long, "label": number}) for number in (0, 1)))
    assert read(path).cells["text"] == [long, long]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "text": pa.array(["a", None, "b"], pa.large_string()),
            "label": pa.array(["pos", "neg", "pos"]).dictionary_encode(),
            "stars": pa.array([1.0, 2.5, float("nan")]),
            "list": pa.array([[1], [2], [3]]),
        }
    )
    parquet.write_table(table, path)
    found = read(path)
    assert found.cells == {"text": ["a", None, "b"], "label": ["pos", "neg", "pos"], "stars": ["1", "2.5", None]}
    assert found.texts == ("text", "label")
    path.write_bytes(path.read_bytes()[:50])
    assert_refused(path, "whole", "Parquet")


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        ("", ["an empty file"]),
        ('[{"text": "a"}]', ["one JSON array"]),
        ("<html></html>", ["a web page"]),
        ("text,label\na,b,c\n", ["header", "Expected 2 columns, got 3"]),
        ("text,text\na,b\n", ["2 column names", "'text, text'"]),
        ("text\na\n", ["2 column names", "'text'"]),
        ("text,label\n", ["no rows"]),
        ('{"text": 1}\n{"text": "a"}\n', ["JSON object", "number to string"]),
        ('{"text": \n', ["JSON object", "Invalid value"]),
    ],
)
def test_what_is_no_table_is_reported(content: str, facts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert_refused(path, *facts)


def test_a_bad_byte_is_placed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label\ngood,pos\nb\xffd,neg\n")
    assert_refused(path, "byte 0xff at 21, in line 3 of", encoding="utf-8")
    assert_refused(tmp_path / "absent.csv", "No such file")


def test_a_header_is_missing_or_its_names_are_others(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('ham\tgood day\nspam\t"win\nnow"\nham\tbye\n')
    table = read(path, header=False)
    assert table.cells == {"c1": ["ham", "spam", "ham"], "c2": ["good day", "win\nnow", "bye"]}
    assert any("c1 to c2 (dataset.format.names)" in note for note in table.notes)
    assert read(path, header=False, names=["label", "text"]).cells == {
        "label": table.cells["c1"],
        "text": table.cells["c2"],
    }
    assert read(path, names=["label", "text"]).cells["label"] == ["spam", "ham"]
    fault = only_fault_of(read, path, header=False, names=["a", "b", "c"])
    assert is_about(fault, "dataset.format.names", "2 columns", "['a', 'b', 'c']")
