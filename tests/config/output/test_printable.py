from __future__ import annotations

import csv
import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.output.printable import (
    csv_text,
    markdown,
    masked_streams,
    one_line,
    print_error,
    printable,
    printable_json,
)

ACTING = "\x1b[31mred \x1b]0;title\x07 \x9b31m \x9d \x08 \r \x7f \u202e \u2066 \u2028 \u200f"


def acts(text: str) -> list[str]:
    """Return the controls, line separators and marks of direction in a text."""
    marks = ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI")
    return [
        sign
        for sign in text
        if unicodedata.category(sign) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(sign) in marks
    ]


@given(st.text() | st.just(ACTING))
def test_nothing_acts_on_a_terminal(text: str) -> None:
    assert set(acts(printable(text))) <= {"\n", "\t"}
    assert acts(one_line(text)) == acts(markdown(text).replace("\t", "")) == []
    written = printable_json(json.dumps({"name": text}, ensure_ascii=False))
    assert acts(written) == []
    assert json.loads(written) == {"name": text}


def test_what_would_act_is_written_out_and_what_does_not_stays() -> None:
    assert one_line("\x1b[31mred\n\x9b1m") == "\\x1b[31mred\\n\\x9b1m"
    assert printable("a\n\tb") == "a\n\tb"
    assert one_line("T (°C), 気温, é, 👍🏽, [red]bold[/red]") == "T (°C), 気温, é, 👍🏽, [red]bold[/red]"


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-m", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-1+1"])
def test_a_text_that_a_spreadsheet_would_reckon_with_is_quoted(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([[cell, "x"]])))
    assert row[0].startswith("'")
    assert acts(row[0].replace("\n", "").replace("\t", "")) == []


def test_numbers_are_no_texts() -> None:
    cells = [-0.5, "-0.5", "+3", "-1e-05", "-inf", "nan", 7, None, "", "a-b", "2009-01-01"]
    (row,) = csv.reader(io.StringIO(csv_text([cells])))
    assert row == ["-0.5", "-0.5", "+3", "-1e-05", "-inf", "nan", "7", "", "", "a-b", "2009-01-01"]


def test_whoever_writes_secrets_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    with masked_streams():
        print("see", "http://h/f?token=abc")
        sys.stderr.writelines(["a http://me:pw@h/x\n", "b\n"])
        assert sys.stdout.encoding
    assert capsys.readouterr() == ("see http://h/f?token=***\n", "a http://me:***@h/x\nb\n")


def test_of_a_path_without_end_a_message_has_begin_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/" + "a" * 600_000 + "/end.csv"
    print_error(f"error: dataset.path must be a file. Received: {path} (no such file)\nand a line")
    said = capsys.readouterr().err
    assert len(said) < 600
    assert "Received: /aaa" in said
    assert "/end.csv (no such file)\nand a line\n" in said
    assert f"{len(path) - 400:,} more" in said
    print_error("/folder" * 80)
    assert capsys.readouterr().err == "/folder" * 80 + "\n"
