"""Words of a command line: a shell reads what was meant, and a person can, too."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.output.shell import shell_line, shell_word

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
HARD = st.text("'\"\\$`!*?[]{}() ~#&;|<>\n=aé-", max_size=12)


@settings(max_examples=300)
@given(TEXT | HARD)
def test_a_word_is_read_as_it_was_meant(text: str) -> None:
    assert shlex.split(shell_word(text)) == [text]


@settings(max_examples=10)
@given(st.lists(TEXT | HARD, min_size=10, max_size=60))
def test_a_shell_reads_words_as_they_were_meant(words: list[str]) -> None:
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {shell_line(words)}"], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == words


@given(TEXT | HARD)
def test_no_single_quote_is_left_and_entered_again(text: str) -> None:
    assert "'\"'\"'" not in shell_word(text) or "'\"'\"'" in text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("model=gru", "model=gru"),
        ("dataset.target=T (degC)", "'dataset.target=T (degC)'"),
        ("dataset.target='T (degC)'", "\"dataset.target='T (degC)'\""),
        ('dataset.format.drop=["T (degC)"]', "'dataset.format.drop=[\"T (degC)\"]'"),
        ("it's 5", '"it\'s 5"'),
        ("it's $5", "'it'\\''s $5'"),
        ("", "''"),
    ],
)
def test_words_are_written_as_a_person_would(text: str, word: str) -> None:
    assert shell_word(text) == word
