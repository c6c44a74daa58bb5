"""Descriptions and checks of data, for a person: on a terminal, in a pipe, or as Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from seqexp.config.output.printable import markdown, printable_json
from seqexp.data.findings import CheckResult
from seqexp.reporting.console import Console
from seqexp.reporting.text_table import plain_table, print_text_table

Description = dict[str, Any]  # JSON values

_MARGIN = 9  # of a check's name
_TEXTS = ("column", "unit", "part", "constant", "from", "to")  # headings of what is no number
TableRows = list[tuple[str, ...]]
Headed = tuple[Sequence[str], TableRows]  # headings and rows of a table


@dataclass(frozen=True)
class DescriptionTable:
    """What is known about a dataset, ready to be printed."""

    title: str
    stand_in: bool  # whether its data is simulated
    table: Headed
    facts: Sequence[tuple[str, str]]  # by their names
    parts: Headed | None = None  # the table below the facts

    def print(self, console: Console) -> None:
        """Print the tables and the facts."""
        console.print(self.title, style="bold yellow" if self.stand_in else "bold")
        console.print()
        _print_headed(self.table, console)
        console.print()
        for name, text in self.facts:
            console.fact(name, text)
        if self.parts:
            console.print()
            _print_headed(self.parts, console)

    def as_markdown(self) -> str:
        """Return the tables and a list of the facts as Markdown."""
        lines = [f"# {markdown(self.title)}", "", *markdown_table(*self.table), ""]
        lines += [f"- **{name}**: {markdown(text)}" if name else f"- {markdown(text)}" for name, text in self.facts]
        if self.parts:
            lines += ["", *markdown_table(*self.parts)]
        return "\n".join(lines)


def description_as_json(about: Description) -> str:
    """Return a description as JSON, unrounded."""
    return printable_json(json.dumps(about, indent=2, ensure_ascii=False, allow_nan=False))


def print_check_results(checked: Sequence[CheckResult], console: Console, *, fits: bool = True) -> None:
    """Print a line for each check: what is well, what is worth knowing, what would harm a training.

    Where the configuration doesn't fit the data, that nothing else was found means little: it isn't said.
    """
    styles = {"ok": "green", "note": "cyan", "finding": "bold red"}
    width = max(len(item.name) for item in checked)
    for item in checked:
        line = Text(f"{item.level:<{_MARGIN}}", style=styles[item.level])
        text = console.wrapped(item.text, _MARGIN + width + 2)
        console.print(line.append(f"{item.name:<{width}}  {text}", style="not bold default"))
    count = sum(item.level == "finding" for item in checked)
    console.print()
    if count:
        console.print(f"findings: {count}")
    elif fits:
        console.print("found nothing that would harm a training")


def title_of(about: Description) -> str:
    """Return the dataset's name, and that it is a stand-in if it is one."""
    label = ": the simulated stand-in, not the official record" if about["stand_in"] else ""
    return f"{about['dataset']}{label}"


def named(name: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return texts as facts, the first of them under the name."""
    return [(name if index == 0 else "", text) for index, text in enumerate(texts)]


def _print_headed(headed: Headed, console: Console) -> None:
    headings, rows = headed
    print_text_table(plain_table(headings, rows, left=_TEXTS, kept=(1,)), console)


def markdown_table(headings: Sequence[str], rows: TableRows) -> list[str]:
    """Return a table's lines in Markdown; figures are aligned on the right."""

    def line(cells: Sequence[str], write: Callable[[str], str] = markdown) -> str:
        return f"| {' | '.join(map(write, cells))} |"

    rule = ["---" if heading in _TEXTS else "---:" for heading in headings]
    return [line(headings), line(rule, str), *(line(row) for row in rows)]
