from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.csv_format import CsvFormat, find_format
from tests.data.tables import file_format

PATH = Path("mine.csv")


def found(text: str | bytes, **given: str) -> CsvFormat:
    head = text.encode() if isinstance(text, str) else text
    return find_format(head, True, file_format(**given), InputFile(PATH, "dataset.path"))


def refused(text: str | bytes, **given: str) -> str:
    with pytest.raises(InputError) as caught:
        found(text, **given)
    return str(caught.value)


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


MUST = "dataset.path must begin with a header of "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"{MUST}column names. Received: mine.csv, an empty file"),
        ("\n\n", f"{MUST}column names. Received: mine.csv, an empty file"),
        ("# c\n", f"{MUST}column names. Received: mine.csv, nothing but comments"),
        (
            "<!DOCTYPE html><html>",
            f"{MUST}column names. Received: '<!DOCTYPE html><html>' in mine.csv. It looks like a web page.",
        ),
        ('{"a": [1, 2]}', "It looks like JSON."),
        ("word\n1\n2\n", f"{MUST}2 column names or more, separated by one of ',', ';', tab, '|', spaces (another one:"),
        ("a,b,a,b,c\n", f"{MUST}column names, each once. Received: 'a', 'b' more than once in mine.csv"),
        ("2020-01-01 00:00,1.5\n", "Received: '2020-01-01 00:00,1.5' in mine.csv, which looks like a row of values"),
        ("1.5,2\n2,3\n", "which looks like a row of values"),
        ("a;b\n1,234;2,500\n", "'1,234' in mine.csv, which may be either. Say dataset.format.decimal=','"),
        (b"a,b\n\x00\x01,2\n", "must be a text file of delimiter-separated values. Received: mine.csv"),
        (np.random.default_rng(0).bytes(100_000), "must be a text file of delimiter-separated values"),
        (b"\x01\x02\x03,b\n1,2\n", "Its first line holds control characters."),
    ],
)
def test_what_is_no_csv(text: str | bytes, message: str) -> None:
    assert message in refused(text)


def test_unknown_encoding() -> None:
    message = (
        "dataset.format.encoding must be an encoding that Python knows, such as utf-8, cp1252, latin-1, utf-16-le."
    )
    assert refused("a,b\n", encoding="utf-9") == f"{message} Received: 'utf-9'"


def test_endless_first_line() -> None:
    with pytest.raises(InputError, match="Its first line does not end"):
        find_format(b"a" * 5000, False, file_format(), InputFile(PATH, "it"))
