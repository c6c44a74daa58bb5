"""What is known about a series, for a person: on a terminal, in a pipe, or as Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from seqexp.config.durations import in_words, span
from seqexp.data.findings import CheckResult
from seqexp.reporting.console import Console

_MARGIN = 9  # of a check's name
_HEADINGS = ("column", "unit", "mean", "sd", "min", "max", "missing", "sentinels", "constant")
_PART_HEADINGS = ("part", "from", "to", "windows", "across gaps", "not measured")
TableRows = list[tuple[str, ...]]


def print_series_description(about: dict[str, Any], console: Console) -> None:
    """Print a description: the columns, then the facts.

    Args:
        about: As `seqexp.reporting.data.description.describe_series` gives it.
        console: Where to print.
    """
    console.print(title_of(about), style="bold yellow" if about["stand_in"] else "bold")
    console.print()
    console.print(aligned_table(*_column_table(about), console))
    console.print()
    for name, text in _facts(about):
        console.fact(name, text)
    if about["windows"]:
        console.print()
        console.print(aligned_table(_PART_HEADINGS, _part_rows(about), console))


def series_as_markdown(about: dict[str, Any]) -> str:
    """Return a description as Markdown: a table of columns, a list of facts, a table of parts."""
    lines = [f"# {title_of(about)}", "", *markdown_table(*_column_table(about)), ""]
    lines += [f"- **{name}**: {text}" if name else f"- {text}" for name, text in _facts(about)]
    if about["windows"]:
        lines += ["", *markdown_table(_PART_HEADINGS, _part_rows(about))]
    return "\n".join(lines)


def description_as_json(about: dict[str, Any]) -> str:
    """Return a description as JSON, unrounded."""
    return json.dumps(about, indent=2, ensure_ascii=False, allow_nan=False)


def print_check_results(checked: Sequence[CheckResult], console: Console) -> None:
    """Print a line for each check: what is well, what is worth knowing, what would harm a training."""
    styles = {"ok": "green", "note": "cyan", "finding": "bold red"}
    width = max(len(item.name) for item in checked)
    for item in checked:
        line = Text(f"{item.level:<{_MARGIN}}", style=styles[item.level])
        text = console.wrapped(item.text, _MARGIN + width + 2)
        console.print(line.append(f"{item.name:<{width}}  {text}", style="not bold default"))
    count = sum(item.level == "finding" for item in checked)
    console.print()
    console.print("nothing found that would harm a training" if not count else f"findings: {count}")


def title_of(about: dict[str, Any]) -> str:
    """Return the dataset's name, and that it is a stand-in if it is one."""
    label = ": the simulated stand-in, not the official record" if about["stand_in"] else ""
    return f"{about['dataset']}{label}"


def _column_table(about: dict[str, Any]) -> tuple[tuple[str, ...], TableRows]:
    rows: TableRows = []
    for column in about["columns"]:
        constant = "yes" if column["constant"] else "in training" if column["constant_in_training"] else "no"
        figures = (rounded_to_sd(column[key], column["sd"]) for key in ("mean", "sd", "min", "max"))
        counts = (f"{column['missing'] + column['infinite']:,}", f"{column['sentinels']:,}")
        rows.append((column["name"], column["unit"], *figures, *counts, constant))
    empty = {"unit": "", "constant": "no"}  # a column that says nothing else is left out
    kept = [
        index
        for index, heading in enumerate(_HEADINGS)
        if heading not in empty or any(row[index] != empty[heading] for row in rows)
    ]
    return tuple(_HEADINGS[index] for index in kept), [tuple(row[index] for index in kept) for row in rows]


def rounded_to_sd(value: float | None, sd: float | None) -> str:
    """Return a figure with about three digits of the column's standard deviation."""
    if value is None:
        return "-"
    scale = sd if sd else abs(value)
    if abs(value) >= 1e7 or 0 < scale < 1e-4:
        return f"{value:.3g}"
    digits = min(max(2 - math.floor(math.log10(scale)), 0), 6) if scale else 0
    return f"{value:,.{digits}f}"


def _facts(about: dict[str, Any]) -> list[tuple[str, str]]:
    time, windows = about["time"], about["windows"]
    why = [] if about["reason"].endswith(", as asked") else [about["reason"]]
    facts = [*named("source", [*why, about["origin"]]), ("digest", about["digest"])]
    facts.append(("rows", f"{about['rows']:,} of {len(about['columns'])} columns{_on_disk(about)}"))
    if about["dropped_columns"]:
        facts.append(("dropped", f"no numbers in: {', '.join(about['dropped_columns'])}"))
    facts += named("format", about["format_notes"])
    facts.append(("time", f"{_stamp(time['first'])} to {_stamp(time['last'])}"))
    facts.append(("interval", _interval(time)))
    facts.append(("stamps", f"repeated {time['duplicates']:,}, out of order {time['unordered']:,}"))
    facts.append(("gaps", _gaps(time)))
    no_values = sum(column["missing"] + column["sentinels"] for column in about["columns"])
    facts += named("repair", about["repairs"] or (["nothing to repair"] if windows and not no_values else []))
    if windows:
        facts += named("windows", _measures(about))
        facts.append(("naive", _naive(about)))
    return facts


def named(name: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return texts as facts, the first of them under the name."""
    return [(name if index == 0 else "", text) for index, text in enumerate(texts)]


def _on_disk(about: dict[str, Any]) -> str:
    return ", read from disk as they are needed" if about["on_disk"] else ""


def _interval(time: dict[str, Any]) -> str:
    text = in_words(round(time["interval_seconds"] * 1e6))
    differing, distances = time["distances_that_differ"], time["distances"]
    if not differing:
        return f"{text}, always"
    share = differing / distances
    shown = f"{share:.2%}" if share >= 1e-4 else "less than 0.01%"
    uneven = time["uneven_distances"]
    more = f"; {uneven:,} are no whole number of {text}" if uneven else ""
    return f"{text}; {differing:,} of {distances:,} distances differ ({shown}){more}"


def _gaps(time: dict[str, Any]) -> str:
    if not time["gaps"]:
        return "none"
    longest = [
        f"{gap['rows']:,} {'row' if gap['rows'] == 1 else 'rows'} after {_stamp(gap['after'])}"
        for gap in time["longest_gaps"][:3]
    ]
    return f"{time['gaps']:,}, {time['missing_rows']:,} rows missing; the longest: {', '.join(longest)}"


def _measures(about: dict[str, Any]) -> list[str]:
    windows = about["windows"]

    def measure(name: str) -> str:
        rows = windows[name]["rows"]
        return f"{rows:,} {'row' if rows == 1 else 'rows'} ({span(round(windows[name]['seconds'] * 1e6))})"

    return [
        f"target {about['target']}, true lead {measure('true_lead')}",
        f"lookback {measure('lookback')}, step {measure('step')}, delay {measure('delay')}",
        f"each {windows['timesteps']} timesteps x {len(windows['inputs'])} columns",
    ]


def _naive(about: dict[str, Any]) -> str:
    naive = about["naive"]
    units = f"{naive['val_mae_units']:.4g} {naive['unit'] or 'in the unit of the target'}"
    return f"validation MAE {units} ({naive['val_mae']:.4f} normalised), on {naive['windows']:,} windows"


def _part_rows(about: dict[str, Any]) -> TableRows:
    return [
        (
            name,
            _stamp(part["first"]),
            _stamp(part["last"]),
            f"{part['windows']:,}",
            f"{part['across_gaps']:,}",
            f"{part['not_measured']:,}",
        )
        for name, part in about["windows"]["parts"].items()
    ]


def _stamp(iso: str) -> str:
    """Return a time stamp for a person, without seconds where they are zero."""
    day, _, time = iso.partition("T")
    return f"{day} {time.removesuffix(':00') if time.count(':') == 2 else time}"


def aligned_table(headings: Sequence[str], rows: TableRows, console: Console) -> Table:
    """Return a table; on a narrow terminal the columns of zeros alone are left out, then names are broken."""
    kept = list(range(len(headings)))
    for index in reversed(kept[2:]):
        if not console.is_terminal or _width(headings, rows, kept) <= console.rich.width:
            break
        if all(row[index] in ("0", "") for row in rows):
            kept.remove(index)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index in kept:
        is_text = headings[index] in ("column", "unit", "part", "constant", "from", "to")
        table.add_column(
            headings[index],
            justify="left" if is_text else "right",
            no_wrap=index > 0,
            overflow="fold",
            min_width=min(8, max(len(row[index]) for row in rows)),
        )
    for row in rows:
        table.add_row(*(Text(row[index]) for index in kept))
    return table


def _width(headings: Sequence[str], rows: TableRows, kept: Sequence[int]) -> int:
    return sum(max(len(headings[index]), *(len(row[index]) for row in rows)) + 2 for index in kept) - 2


def markdown_table(headings: Sequence[str], rows: TableRows) -> list[str]:
    """Return a table's lines in Markdown; figures are aligned on the right."""

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    texts = ("column", "unit", "part", "from", "to", "constant")
    rule = ["---" if heading in texts else "---:" for heading in headings]
    return [line(headings), line(rule), *(line(row) for row in rows)]
