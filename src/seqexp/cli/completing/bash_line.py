"""A command line of bash as it stands while its last word is typed: its words, and what bash replaces."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[^\w@%+=:,./~^-]", re.ASCII)
_ESCAPED_IN_QUOTES = '"\\$`'


def split(line: str, word_breaks: str) -> tuple[list[str], int, str]:
    """Return the words of a line without quotes and escapes, the last one as far as it is typed.

    Args:
        line: The line up to the cursor.
        word_breaks: The characters at which bash begins a word of its own within one, its COMP_WORDBREAKS.

    Returns:
        The words; how many characters of the last one bash keeps, for it replaces what follows its last break or open
        quote; and the quote that is open, if one is.
    """
    words, word, kept, quote, begun = list[str](), "", 0, "", False
    characters = iter(line)
    for character in characters:
        if quote:
            if character == quote:
                quote = ""
            elif character == "\\" and quote == '"':
                following = next(characters, "")
                word += following if following in _ESCAPED_IN_QUOTES else character + following
            else:
                word += character
        elif character.isspace():
            words += [word] if begun else []
            word, kept, begun = "", 0, False
            continue
        elif character in "'\"":
            quote, kept = character, len(word)
        elif character == "\\":
            word += next(characters, "")
        else:
            word += character
            kept = len(word) if character in word_breaks else kept
        begun = True
    return [*words, word], kept, quote


def escaped(text: str) -> str:
    """Return a text with a backslash before each character that means something to a shell."""
    return _PLAIN.sub(r"\\\g<0>", text)
