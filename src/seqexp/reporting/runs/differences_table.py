"""How runs differ, as aligned text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from seqexp.reporting.console import PlainTable
from seqexp.reporting.numbers import counted, decimals_for, differing_parts
from seqexp.reporting.runs.differences import SECONDS, Compared, Differences, Figure
from seqexp.reporting.text_table import plain_table, print_text_table

if TYPE_CHECKING:
    from seqexp.reporting.console import Console

_ABSENT = "-"
_LONGEST = 80  # characters of a value that is written whole, even where only a part of it differs
_WHOLE = 1e4  # from here on a number is written without decimals


def print_differences(found: Differences, console: Console) -> None:
    """Print the runs, what differs between them section by section, and their figures side by side."""
    labels = [run.label for run in found.runs]
    _heading(console, "runs", f"{len(found.runs)} side by side")
    _print_rows(console, labels, _identity(found.runs))
    environment = "the same machine, Python and packages"
    if found.without_environment:
        environment = "the same device, XLA and threads, as far as they were recorded"
    same_of = {
        "config": "every other key is the same" if found.cut else "every key is the same",
        "data": f"the same: {found.runs[0].run.tags.get('seqexp.data_origin', 'of unknown origin')}",
        "code": "the same",
        "environment": environment,
    }
    for name, same in same_of.items():
        differing, unknown = found.sections[name], name in found.unknown
        known = counted(len(differing), "difference") if differing else same
        _heading(console, name, "not recorded" if unknown else known)
        if name == "environment" and found.without_environment and not unknown:
            console.prose(f"not recorded: {', '.join(found.without_environment)}", style="yellow")
        if name == "config" and found.cut:
            what = "the store has cut the values, and what is left is the same"
            console.prose(f"not known whether they differ, for {what}: {', '.join(found.cut)}", style="yellow")
        if differing:
            cells = [(key, differing_parts(list(map(_short, values)), _LONGEST)) for key, values in differing.items()]
            _print_rows(console, labels, cells)
    _print_figures(found, console)


def _identity(runs: Sequence[Compared]) -> list[tuple[str, list[str]]]:
    rows = [
        ("name", [run.run.name for run in runs]),
        ("id", [run.run.run_id[:12] for run in runs]),
        ("started", [f"{run.run.started.astimezone():%Y-%m-%d %H:%M}" for run in runs]),
        ("status", [run.run.status.lower() for run in runs]),
        ("task", [run.task[:8] if run.task else "unknown" for run in runs]),
    ]
    if any(_is_simulated(run) for run in runs):
        rows.append(("data", ["simulated stand-in" if _is_simulated(run) else "" for run in runs]))
    return rows


def _is_simulated(run: Compared) -> bool:
    return run.run.tags.get("seqexp.data_source") == "simulated"


def _short(value: str | None) -> str:
    """Return a digest's beginning, which is enough to recognise it, and all else as it is."""
    if value is None:
        return _ABSENT
    return value[:16] if re.fullmatch("[0-9a-f]{40,64}", value) else value


def _print_figures(found: Differences, console: Console) -> None:
    judged = found.is_one_task
    _heading(console, "figures", "the last value of each metric" + (", and its difference from A" if judged else ""))
    if not judged:
        console.prose(_why_not_judged(found.runs), style="yellow")
    elif not found.is_on_same_windows:
        console.prose(
            "The runs were scored on different windows, so no error or skill is called better: seqexp compare without "
            "RUN, the leaderboard, scores them anew on common ones.",
            style="yellow",
        )
    labels = [run.label for run in found.runs]
    headings = [*labels, *(f"{label} - A" for label in labels[1:] if judged), *(["better"] if judged else [])]
    rows = [(figure.name, _cells(figure, found, labels if judged else None)) for figure in found.figures]
    # On a narrow terminal differences are given up first, then the last runs: a number is never broken.
    kept = (1, *([len(headings)] if judged else []))
    lines = [(name, *cells) for name, cells in rows]
    print_text_table(plain_table(["", *headings], lines, left=("",), kept=kept, folding=()), console)
    if judged and len({run.run.tags.get("seqexp.true_lead_hours") for run in found.runs}) > 1:
        console.prose("The true leads differ, and so do the windows: each skill is against a baseline of its own.")
    if judged and not found.is_one_machine:
        console.prose("They ran on different machines or with different threads, so times are not compared.")


def _why_not_judged(runs: Sequence[Compared]) -> str:
    unknown = [run.label for run in runs if run.task is None]
    if unknown:
        return f"Not known to be of one task, so none is called better: {', '.join(unknown)} recorded none."
    return (
        "The runs did different tasks: other data, target, lead or delay, season, splits or windows. Their figures "
        "stand side by side, but none is better."
    )


def _cells(figure: Figure, found: Differences, labels: Sequence[str] | None) -> list[str]:
    """Return a figure's values and, where labels are given, the differences and which is better."""
    write = _writer(figure.values)
    cells = [write(value) for value in figure.values]
    if labels is None:
        return cells
    first, *others = figure.values
    cells += [_ABSENT if first is None or other is None else _signed(other - first, write) for other in others]
    # Times are of the machine, all other figures that can be better of the windows.
    comparable = found.is_one_machine if figure.name.endswith(SECONDS) else found.is_on_same_windows
    best = figure.best if comparable else None
    return [*cells, "" if best is None else labels[best]]


def _writer(values: Sequence[float | None]) -> Callable[[float | None], str]:
    """Return what writes the values of a metric with as many digits as make them differ."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    whole = all(value == round(value) for value in known)
    largest = max((abs(value) for value in known), default=0.0)
    apart = [value - known[0] for value in known[1:]]
    digits = 0 if whole or largest >= _WHOLE else 1 if largest >= 100 else decimals_for(apart)
    small = not whole and 0 < largest < 0.01

    def write(value: float | None) -> str:
        if value is None:
            return _ABSENT
        return f"{value:.3g}" if small else f"{value:,.{digits}f}"

    return write


def _signed(difference: float, write: Callable[[float | None], str]) -> str:
    text = write(abs(difference))
    if not text.strip("0.,"):
        return text
    return f"+{text}" if difference > 0 else f"-{text}"


def _heading(console: Console, name: str, text: str) -> None:
    if name != "runs":
        console.print()
    console.prose(text, heading=f"{name}: ")


def _print_rows(console: Console, headings: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
    table = PlainTable(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=not console.is_terminal)
    for name, cells in rows:
        table.add_row(name, *cells)
    console.print(table)
