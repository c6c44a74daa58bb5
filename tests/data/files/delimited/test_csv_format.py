from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.delimited.csv_format import CsvFormat, find_format
from tests.data.tables import file_format
from tests.faults import is_about, only_fault_of

PATH = Path("mine.csv")


def found(text: str | bytes, **given: str) -> CsvFormat:
    head = text.encode() if isinstance(text, str) else text
    return find_format(head, True, file_format(**given), InputFile(PATH, "dataset.path"))


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal", "names"),
    [
        ("a,b\n1,2\n", ",", ".", ("a", "b")),
        ("a,b\n1.5,2\n", ",", ".", ("a", "b")),
        ("a;b\n1,5;2\n", ";", ",", ("a", "b")),
        ("a;b\n1.5;2\n", ";", ".", ("a", "b")),
        ("a\tb\n1,5\t2\n", "\t", ",", ("a", "b")),
        ("a|b\n1|2\n", "|", ".", ("a", "b")),
        ("  a   b\n 10   2.5\n", " ", ".", ("a", "b")),
        ('a,b\n"1,5","2,25"\n', ",", ",", ("a", "b")),
        ('"Date Time","p, mean"\n01.01.2020 00:00,5\n', ",", ".", ("Date Time", "p, mean")),
        ("Date Time,T\n2020-01-01 00:00,1\n", ",", ".", ("Date Time", "T")),  # two words in either
        ("Date;min, C;max, C\n1.1.2020;1,5;2,5\n", ";", ",", ("Date", "min, C", "max, C")),
        ("a;b\n1,234;0,5\n", ";", ",", ("a", "b")),
        ("a, b\n1, 2\n", ",", ".", ("a", "b")),
        (",b,\n1,2,3\n", ",", ".", ("(unnamed 1)", "b", "(unnamed 3)")),
        ("year,2009,2010\na,1,2\n", ",", ".", ("year", "2009", "2010")),
        ("0,1\n5,6\n", ",", ".", ("0", "1")),
        ("a,b", ",", ".", ("a", "b")),
    ],
)
def test_dialects(text: str, delimiter: str, decimal: str, names: tuple[str, ...]) -> None:
    form = found(text)
    assert (form.delimiter, form.decimal, form.names) == (delimiter, decimal, names)


@pytest.mark.parametrize(
    ("head", "encoding", "bom"),
    [
        (b"a,b\n1,2\n", "utf-8", 0),
        ("é,b\n1,2\n".encode(), "utf-8", 0),
        ("é,b\n1,2\n".encode("utf-8-sig"), "utf-8", 3),
        ("é,b\n1,2\n".encode("utf-16"), "utf-16-le", 2),
        (b"\xfe\xff" + "é,b\n1,2\n".encode("utf-16-be"), "utf-16-be", 2),
        ("é,€\n1,2\n".encode("cp1252"), "cp1252", 0),
        ("é,b\x81\n1,2\n".encode("latin-1"), "latin-1", 0),
    ],
)
def test_encodings(head: bytes, encoding: str, bom: int) -> None:
    form = found(head)
    assert (form.encoding, form.bom) == (encoding, bom)
    assert form.names[0] in ("a", "é")


@pytest.mark.parametrize(
    ("text", "line", "carriage"),
    [
        ("# one\n#two\na,b\n1,2\n", 3, False),
        ("\n\na,b\n1,2\n", 3, False),
        ("# one\r\n\r\na,b\r\n1,2\r\n", 3, False),
        ("# one\ra,b\r1,2\r", 2, True),
    ],
)
def test_comments_and_line_ends(text: str, line: int, carriage: bool) -> None:
    form = found(text)
    assert (form.names, form.header, form.carriage) == (("a", "b"), line, carriage)


def test_what_is_said_is_not_guessed() -> None:
    form = found("a:b,c\n1:2,3\n", delimiter=":", decimal=",", encoding="latin-1")
    assert (form.delimiter, form.decimal, form.encoding, form.notes) == (":", ",", "iso8859-1", ())
    assert found("a;b\n1,5;2\n").notes == ("delimiter ';', decimal ',', encoding utf-8",)
    assert found("a\tb\n1\t2\n", decimal=".").notes == ("delimiter tab, encoding utf-8",)


def test_a_text_cut_within_a_character() -> None:
    head = "a,é\n1,ü".encode()[:-1]
    assert find_format(head, False, file_format(), InputFile(PATH, "it")).encoding == "utf-8"


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("", ["mine.csv", "an empty file"]),
        ("\n\n", ["mine.csv", "an empty file"]),
        ("# c\n", ["mine.csv", "nothing but comments"]),
        ("<!DOCTYPE html><html>", ["Received: '<!DOCTYPE html><html>' in mine.csv", "web page"]),
        ('{"a": [1, 2]}', ["JSON"]),
        (
            "word\n1\n2\n",
            ["2 column names", "',', ';', tab, '|', spaces", "dataset.format.delimiter", "'word' in mine.csv"],
        ),
        ("a,b,a,b,c\n", ["Received: 'a', 'b'", "mine.csv"]),
        ("2020-01-01 00:00,1.5\n", ["Received: '2020-01-01 00:00,1.5' in mine.csv", "a row of values"]),
        ("1.5,2\n2,3\n", ["Received: '1.5,2' in mine.csv", "a row of values"]),
        (
            "a;b\n1,234;2,500\n",
            ["Received: '1,234' in mine.csv", "dataset.format.decimal=','", "dataset.format.thousands=comma"],
        ),
        (b"a,b\n\x00\x01,2\n", ["Received: mine.csv", "bytes", "dataset.format.encoding=utf-16-le"]),
        (np.random.default_rng(0).bytes(100_000), ["Received: mine.csv", "bytes"]),
        (b"\x01\x02\x03,b\n1,2\n", ["'\\x01\\x02\\x03,b' in mine.csv", "control characters"]),
    ],
)
def test_what_is_no_csv(text: str | bytes, facts: list[str]) -> None:
    fault = only_fault_of(found, text)
    assert is_about(fault, "dataset.path", *facts), fault


def test_unknown_encoding() -> None:
    fault = only_fault_of(found, "a,b\n", encoding="utf-9")
    assert is_about(fault, "dataset.format.encoding", "such as utf-8, cp1252, latin-1", "Received: 'utf-9'")


def test_endless_first_line() -> None:
    fault = only_fault_of(find_format, b"a" * 5000, False, file_format(), InputFile(PATH, "it"))
    assert is_about(fault, "it", repr("a" * 80), "mine.csv", "first line", "not end")
