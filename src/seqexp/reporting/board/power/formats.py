"""How many seeds it takes, printed and to share: as a table, Markdown, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqexp.config.output.printable import csv_text, printable_json
from seqexp.evaluation.power import POWER
from seqexp.reporting.board.formats import finite, md_section
from seqexp.reporting.board.power.outlook import FOLDS, Outlook, PairOutlook
from seqexp.reporting.board.power.words import next_step, section_of
from seqexp.reporting.board.tables import print_section
from seqexp.reporting.board.words import NOTHING, warnings

if TYPE_CHECKING:
    from seqexp.reporting.console import Console

SCHEMA = 1  # of the JSON; raised where a field changes its meaning or goes
_FIELDS = (
    "task", "pair", "figure", "relative", "absolute", "can_be_told", "seeds", "seeds_low", "seeds_high", "folds",
)  # fmt: skip


def print_outlooks(outlooks: Sequence[Outlook], console: Console) -> None:
    """Print a table per task, and what to run next."""
    for found in outlooks:
        print_section(section_of(found), console)
        if (step := next_step(found)) is not None:
            console.prose(step.what, heading="next  ")
            for command in step.commands:
                console.print(f"  {command}")
        console.print()
    if not outlooks:
        console.print(NOTHING)


def written_outlooks(form: str, outlooks: Sequence[Outlook]) -> str:
    """Return it in one of the formats md, csv and json."""
    if form == "csv":
        lines = [line for found in outlooks for line in _differences(found)]
        return csv_text([_FIELDS, *([_as_text(line[name]) for name in _FIELDS] for line in lines)])
    return _as_json(outlooks) if form == "json" else _as_markdown(outlooks)


def _as_markdown(outlooks: Sequence[Outlook]) -> str:
    parts = []
    for found in outlooks:
        parts.append(md_section(section_of(found)))
        if (step := next_step(found)) is not None:
            parts.append(
                "\n".join([f"Next: {step.what}", "", "```console", *(f"$ {c}" for c in step.commands), "```", ""])
            )
    return "\n".join(parts or [f"{NOTHING}\n"])


def _as_json(outlooks: Sequence[Outlook]) -> str:
    content = {
        "schema": SCHEMA,
        "power": POWER,
        "differences": [line for found in outlooks for line in _differences(found)],
        "tasks": [_task(found) for found in outlooks],
    }
    return printable_json(json.dumps(finite(content), indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _task(found: Outlook) -> dict[str, object]:
    board, step = found.board, next_step(found)
    judgement = board.judgement
    return {
        "digest": board.task.digest,
        "dataset": board.task.dataset,
        "target": board.task.target,
        "simulated": board.task.simulated,
        "figure": judgement and judgement.metric.name("test"),
        "best": judgement and judgement.best,
        "independent_windows": judgement and judgement.independent,
        "pairs": [_pair(pair) for pair in found.pairs],
        "next": {"what": step.what, "commands": step.commands} if step else None,
        "warnings": warnings(board),
    }


def _pair(pair: PairOutlook) -> dict[str, object]:
    least, low, high = pair.floor
    return {
        "pair": pair.name,
        "groups": [group.name for group in pair.groups],
        "seeds_now": pair.seeds,
        "knows_seeds": pair.knows_seeds,
        "least_now": pair.now,
        "least": least,
        "least_low": low,
        "least_high": high,
        "least_of_folds": {str(FOLDS): pair.with_folds(FOLDS)},
    }


def _differences(found: Outlook) -> list[dict[str, object]]:
    judgement = found.board.judgement
    return [
        {
            "task": found.board.task.digest,
            "pair": pair.name,
            "figure": judgement and judgement.metric.name("test"),
            "relative": each.relative,
            "absolute": each.relative * abs(pair.best),
            "can_be_told": each.can_be_told,
            "seeds": each.seeds,
            "seeds_low": each.low,
            "seeds_high": each.high,
            "folds": each.folds,
        }
        for pair, needed in found.needed
        for each in needed
    ]


def _as_text(value: object) -> object:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value
