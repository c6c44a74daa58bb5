"""Words for a shell: what a message proposes can be pasted as it is, and read."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)  # what no shell changes
_IN_DOUBLE = re.compile(r'(["\\])')


def shell_word(text: str) -> str:
    """Return a text as one word of a command line.

    Texts with single quotes stand in double ones, such as "dataset.target='T (degC)'", which a person can read. What
    shells expand within double quotes, some of them an exclamation mark, stands in single ones.
    """
    if _PLAIN.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    if any(sign in text for sign in "$`!"):
        return "'" + text.replace("'", "'\\''") + "'"
    return '"' + _IN_DOUBLE.sub(r"\\\1", text) + '"'


def shell_line(words: Iterable[str]) -> str:
    """Return words as a command line."""
    return " ".join(map(shell_word, words))
