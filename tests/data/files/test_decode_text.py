from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import InputFile, decode_text


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        ("süß €".encode(), None, ("süß €", "utf-8")),
        (codecs.BOM_UTF8 + "süß".encode(), None, ("süß", "utf-8")),
        (codecs.BOM_UTF16_LE + "süß".encode("utf-16-le"), None, ("süß", "utf-16-le")),
        ("süß".encode("utf-16"), "latin-1", ("süß", "utf-16-le")),
        ("süß €".encode("cp1252"), None, ("süß €", "cp1252")),
        (b"s\xfc\xdf \x81", None, ("süß \x81", "latin-1")),
        ("süß".encode("cp1252"), "latin-1", ("süß", "latin-1")),
        ("süß".encode("utf-16-le"), "utf-16-le", ("süß", "utf-16-le")),
        (b"", None, ("", "utf-8")),
    ],
)
def test_bytes_become_text(data: bytes, encoding: str | None, expected: tuple[str, str]) -> None:
    assert decode_text(data, encoding, InputFile(Path("f.txt"), "dataset.path")) == expected


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (b"one\ntwo\nthr\xffe", "utf-8", "Received: byte 0xff at 11, in line 3 of f.txt"),
        (codecs.BOM_UTF8 + b"a\xff", None, "Received: byte 0xff at 4, in line 1 of f.txt"),
        (b"a", "utf-9", r"encoding must be an encoding of text.*Received: 'utf-9'.*utf-8"),
        (b"a", "hex", "encoding must be an encoding of text.*Received: 'hex'"),
        (b"a\0b\0", None, "holds bytes that are not text"),
    ],
)
def test_what_is_no_text_is_reported(data: bytes, encoding: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode_text(data, encoding, InputFile(Path("f.txt"), "dataset.path"))
