"""Which names of encodings mean one that a text file may have."""

from __future__ import annotations

import codecs
from encodings.aliases import aliases

from seqexp.config.errors import Fault, nearest, shown, wrong

_KEY = "dataset.format.encoding"
# Python's own: of domain names and of source code, and one that fails on purpose. No file of data has them.
_NOT_FOR_FILES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape")


def encoding_faults(given: str) -> list[Fault]:
    """Return the fault of a name that means no encoding of text files, if it is one."""
    if _is_of_files(given):
        return []
    known = sorted(name for name in {name.replace("_", "-") for name in aliases.values()} if _is_of_files(name))
    what = "must be an encoding of text that Python knows, such as utf-8, cp1252, latin-1, utf-16"
    return [wrong(_KEY, f"{what}. Received: {shown(given)}.{nearest(given, known)}")]


def _is_of_files(name: str) -> bool:
    try:
        "".encode(name)  # the documented way to tell encodings of text from others, such as base64
        return codecs.lookup(name).name.replace("_", "-") not in _NOT_FOR_FILES
    except (LookupError, ValueError):  # a UnicodeError, too, and what is said of a null character
        return False
