"""A page as a browser would take it apart, without one."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import numpy as np

_VOID = {"meta", "link", "input", "line", "br"}


@dataclass
class Page(HTMLParser):
    """What the tests ask a page for.

    Attributes:
        tags: (name, attributes) of every element.
        scripts: (attributes, text) of every script element.
        lines: The leaderboards' lines by id: the cells of a tbody's rows, row by row.
        text: All text outside of scripts and styles.
        unclosed: Elements that were not closed, or closed in another order.
    """

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    scripts: list[tuple[dict[str, str | None], str]] = field(default_factory=list)
    lines: dict[str, list[list[str]]] = field(default_factory=dict)
    text: str = ""
    unclosed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._line: list[list[str]] | None = None
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.tags.append((tag, held))
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "script":
            self.scripts.append((held, ""))
        if tag == "tbody" and held.get("data-line"):
            self._line = self.lines.setdefault(str(held["data-line"]), [])
        if tag == "tr" and self._line is not None:
            self._line.append([])
        if tag in ("td", "th") and self._line is not None:
            self._line[-1].append("")
            self._in_cell = True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unclosed.append(tag)
        if tag == "tbody":
            self._line = None
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif inside != "style":
            self.text += data
        if self._in_cell and self._line is not None:
            self._line[-1][-1] = f"{self._line[-1][-1]} {data}".strip()

    @property
    def ids(self) -> list[str]:
        """The ids of all elements."""
        return [str(held["id"]) for _, held in self.tags if held.get("id")]

    def json(self, name: str) -> Any:
        """Return the values in the script element with this id."""
        (text,) = [text for held, text in self.scripts if held.get("id") == name]
        return json.loads(text)


def numbers(values: Any) -> list[float]:
    """Return a trace's values: Plotly writes arrays in base64."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return list(values)


def parse(text: str) -> Page:
    """Return a page taken apart."""
    page = Page()
    page.feed(text)
    page.close()
    return page
