"""Encodings of text are taken, and codecs that are none refused before a file is read."""

from __future__ import annotations

from encodings.aliases import aliases

import pytest

from seqexp.config.limits.encodings import encoding_faults
from tests.config.oracle import only_fault
from tests.faults import is_about

OTHERS = (
    *("base64", "zlib", "bz2", "hex", "rot13", "uu", "quopri"),
    *("undefined", "idna", "punycode", "unicode_escape", "raw-unicode-escape"),
    *("", "utf-9", "a\0b", "é", "x" * 10_000),
)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_encoding_of_files_is_refused(name: str) -> None:
    (fault,) = encoding_faults(name)
    assert is_about(fault, "dataset.format.encoding", "utf-8", repr(name)[:100])
    assert len(fault.text) < 500


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "utf_8_sig", "latin-1", "utf-16", "utf-7", "gb18030"])
def test_encodings_of_files_are_taken(name: str) -> None:
    assert encoding_faults(name) == []


def test_all_that_python_encodes_texts_with_is_taken_but_its_own_of_names_and_source_code() -> None:
    refused = {name for name in aliases.values() if encoding_faults(name)}
    by_bytes = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
    system = {"mbcs", "oem"}  # of Windows alone
    assert refused - system == by_bytes


@pytest.mark.parametrize("dataset", ["csv", "text"])
def test_the_configuration_refuses_it_for_series_and_texts(dataset: str) -> None:
    fault = only_fault(f"dataset={dataset}", "dataset.path=x.csv", "dataset.format.encoding=utf_9")
    assert is_about(fault, "dataset.format.encoding", "'utf_9'", "'utf-8'")
