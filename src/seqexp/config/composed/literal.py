"""Overrides whose values are texts as a person writes them: what Hydra's grammar can't read is taken as it stands."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

# Keys that hold names of columns, texts and paths. Elsewhere an unreadable value is a slip.
_OF_TEXTS = ("dataset.", "tracking.")
_CLOSING = {"[": "]", "{": "}"}


# A text in quotes, and the colon behind it where it is a name in a mapping, such as {"T (degC)":[0,1]}.
_IN_QUOTES = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')(\s*:)?""", re.DOTALL)


def literally(text: str, quoted: Callable[[str], str]) -> str | None:
    """Return an override with quotes around what can't be read, such as dataset.target="T (degC)"; None: there is none.

    Args:
        text: Such as "dataset.target=T (degC)", or "dataset.format.drop=[T (degC),rh (%)]".
        quoted: Puts a text in quotes.
    """
    key, equals, value = text.partition("=")
    if not equals or "${" in value or not key.lstrip("+").startswith(_OF_TEXTS):
        return None

    def readable(piece: str) -> str:
        piece = piece.strip()
        closing = _CLOSING.get(piece[:1])
        if piece in ("[]", "{}") or can_read(piece):
            return piece
        if closing and piece.endswith(closing):
            inner = _pieces(piece[1:-1], ",")
            return piece[0] + ",".join(map(pair if closing == "}" else readable, inner)) + closing
        return quoted(piece)

    def pair(piece: str) -> str:
        name, *rest = _pieces(piece, ":")
        name = name.strip()
        key = name if name[:1] in ("'", '"') or can_read(f"{{{name}:0}}") else quoted(name)
        return f"{key}:{readable(':'.join(rest))}"

    return f"{key}={','.join(map(readable, _pieces(value, ',')))}"


def _pieces(text: str, separator: str) -> Iterator[str]:
    """Yield the parts of a text between separators outside of quotes and brackets."""
    piece, quote, depth = "", "", 0
    for character in text:
        if quote:
            quote = "" if character == quote and not piece.endswith("\\") else quote
        elif character in "'\"" and not piece.strip():
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(depth - 1, 0)
        elif character == separator and not depth:
            yield piece
            piece = ""
            continue
        piece += character
    yield piece


def can_read(value: str) -> bool:
    """Return whether Hydra's grammar reads a text as one value."""
    try:
        return not OverridesParser.create().parse_override(f"key={value}").is_sweep_override()
    except HydraException:
        return False


def parsed_as_written(text: str) -> Override:
    """Return an override as Hydra's grammar reads it; the keys of a mapping may be in quotes, which it doesn't know.

    Raises:
        HydraException: It can't be read.
    """
    parser = OverridesParser.create()
    try:
        return parser.parse_override(text)
    except HydraException:
        names: dict[str, str] = {}

        def stand_in(match: re.Match[str]) -> str:
            if not match[2]:
                return match[0]
            key = f"quoted_key_{len(names)}_"
            name = str(parser.parse_override(f"key={match[1]}").value())
            names[key] = re.sub(r"(\\+)\$\{", lambda signs: signs[1][: len(signs[1]) // 2] + "${", name)
            return f"{key}:"

        plain = _IN_QUOTES.sub(stand_in, text)
        if not names:
            raise
        override = parser.parse_override(plain)
        if override.is_sweep_override():  # its values are told apart as text
            raise
        return dataclasses.replace(override, _value=_named(override.value(), names), input_line=text)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """Return a value with the keys that stood in quotes."""
    if isinstance(value, dict):
        return {names.get(str(key), key): _named(inner, names) for key, inner in value.items()}
    return [_named(inner, names) for inner in value] if isinstance(value, list) else value
