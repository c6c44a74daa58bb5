"""Tables on terminals of several widths: what is given up, in which order, and that numbers stay whole."""

from __future__ import annotations

import pytest

from seqexp.reporting.console import Console
from seqexp.reporting.text_table import plain_table, print_text_table

HEADINGS = ("name", "val", "same", "sd", "n")
ROWS = [("a name of several words", "0.1234", "25 h", "0.2", "3"), ("other", "0.5678", "-", "0.3", "")]
ROWS += [("third", "0.9", "25 h", "0.4", "")]


def lines_at(width: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    if width is not None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(width))
    print_text_table(plain_table(HEADINGS, ROWS, left=("name",), kept=(1,)), console := Console())
    assert all(heading in console.transcript.splitlines()[0] for heading in HEADINGS)  # a run's log has the whole one
    assert "hidden" not in console.transcript
    text = capsys.readouterr().out
    return [
        line.rstrip() for line in text.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()
    ]


@pytest.mark.parametrize(
    ("width", "kept", "hidden"),
    [
        (None, HEADINGS, None),
        (60, HEADINGS, None),
        (37, ("name", "val", "sd", "n"), "hidden: same"),
        (31, ("name", "val", "sd"), "hidden: same, n"),
        (28, ("name", "val"), "hidden: same, n, sd"),
    ],
)
def test_columns_that_say_the_same_everywhere_go_first_then_those_on_the_right(
    width: int | None,
    kept: tuple[str, ...],
    hidden: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, *lines = lines_at(width, monkeypatch, capsys)
    assert tuple(first.split()) == kept
    assert (hidden is None) != any(line.startswith(f"{hidden} (") for line in lines)
    assert {"0.1234", "0.5678", "0.9"} <= {word for line in lines for word in line.split()}
    assert all(width is None or len(line) <= width for line in lines)


def test_columns_are_given_up_before_a_number_in_a_name_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(globals(), "ROWS", [("#5 units=16 learning_rate=0.000266", "0.1234", "25 h", "0.2", "3")])
    text = "\n".join(lines_at(37, monkeypatch, capsys))
    assert "learning_rate=0.000266" in text
    assert "hidden: n, sd (" in text
