"""The leaderboard to share: as Markdown, CSV, JSON or a page, each with what a reader must know of its figures."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.columns import (
    NOTHING,
    Column,
    columns,
    faint_lines,
    remarks,
    shown_baselines,
    title,
    unranked_line,
    warnings,
)
from seqexp.reporting.board.comparison import Board, Standing
from seqexp.reporting.board.groups import Spread
from seqexp.reporting.board.html import STYLE
from seqexp.reporting.board.leaderboard import Leaderboard

SCHEMA = 1  # of the JSON; raised where a field changes its meaning or goes


def written(form: str, boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return the leaderboard in one of the formats md, csv, json and html."""
    return _FORMATS[form](boards, leaderboard)


def as_markdown(boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return a heading and a table a task."""
    parts = []
    for board in boards:
        shown = columns(board)
        lines = [f"## {_md(title(board.task))}", ""]
        lines += [f"**{_md(line)}**\n" for line in warnings(board)]
        lines.append(_md_row([column.header for column in shown]))
        lines.append(_md_row(["---:" if column.number else "---" for column in shown], escaped=False))
        lines += [_md_row(cells) for cells in zip(*(column.cells for column in shown), strict=True)]
        lines += ["", *(f"- {_md(line)}" for line in remarks(board)), ""]
        parts.append("\n".join(lines))
    parts += [] if boards else [f"{NOTHING}\n"]
    parts += [f"{unranked_line(leaderboard)}\n"] if leaderboard.unranked else []
    return "\n".join(parts)


def as_csv(boards: Sequence[Board]) -> str:
    """Return a line a group, every figure with all its digits; what is not there is empty. Dots join nested fields."""
    lines = [_flat(_group(standing), board) for board in boards for standing in board.standings]
    names = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, names or ["task"], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def as_json(boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return all that is known of tasks, groups and runs; its fields stand in docs/compare.md. NaN becomes null."""
    content = {
        "schema": SCHEMA,
        "tasks": [_task(board) for board in boards],
        "unranked": [
            {
                "name": run.name, "model": run.model, "status": run.status, "reason": run.reason,
                "started": run.started.isoformat(),
            }
            for run in leaderboard.unranked
        ],
    }  # fmt: skip
    return json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_html(boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return one page that needs nothing else, light or dark as the reader's browser is."""
    body = "\n".join(_section(board) for board in boards) or f"<p>{NOTHING}</p>"
    rest = f"<p>{escape(unranked_line(leaderboard))}</p>" if leaderboard.unranked else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Leaderboard</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Leaderboard</h1>\n"
        f"{body}\n{rest}\n</main>\n</body>\n</html>\n"
    )


_FORMATS: Mapping[str, Callable[[Sequence[Board], Leaderboard], str]] = {
    "md": as_markdown,
    "csv": lambda boards, _: as_csv(boards),
    "json": as_json,
    "html": as_html,
}


def _task(board: Board) -> dict[str, Any]:
    task = board.task
    return {
        "digest": task.digest,
        "dataset": task.dataset,
        "target": task.target,
        "delay": int(task.delay) if task.delay.isdecimal() else None,
        "score_every": int(task.score_every) if task.score_every.isdecimal() else None,
        "unit": task.unit or None,
        "simulated": task.simulated,
        "measure": task.measure.key,
        "ranked_by": task.ranking.metric,
        "selected_on_test": task.selects_on_test,
        "where": task.where.text if task.where else None,
        "cost": board.cost,
        "common_windows": dict(board.common) if board.common else None,
        "notes": list(board.notes),
        "older_runs": task.older,
        "groups_not_shown": board.hidden,
        "groups": [_group(standing) for standing in board.standings],
        "baselines": [
            {
                "name": task.measure.baseline, "val": line.val, "test": line.test, "test_units": line.test_units,
                "true_lead_hours": line.lead_hours,
            }
            for line in shown_baselines(board)
        ],
    }  # fmt: skip


def _group(standing: Standing) -> dict[str, Any]:
    group, versus = standing.group, standing.versus
    return {
        "rank": standing.rank,
        "name": group.name,
        "by": dict(group.by),
        "model": group.model,
        "n": group.n,
        "failed": group.failed,
        "figure": group.figure,
        "val": _spread(group.val),
        "test": _spread(group.test),
        "test_units": group.mean(lambda row: row.test_units),
        "skill_val": _skill(standing.skill_val, group.skill_val),
        "skill_test": _skill(standing.skill_test, group.skill_test),
        "versus_best": {
            "over_seeds": _interval(versus.seeds if versus else None),
            "over_samples": _interval(versus.windows if versus else None),
            "can_be_told": versus.can_be_told if versus else None,
        },
        "true_lead_hours": group.leads,
        "parameters": group.parameters,
        "seconds": group.seconds,
        "on_front": standing.on_front,
        "runs": [
            {
                "id": row.run_id, "name": row.name, "experiment": row.stored.experiment, "model": row.model,
                "seed": row.seed, "val": row.val, "test": row.test, "test_units": row.test_units,
                "skill_val": row.skill_val, "skill_test": row.skill_test, "true_lead_hours": row.lead_hours,
                "parameters": row.parameters, "seconds": row.seconds, "started": row.started.isoformat(),
            }
            for row in group.rows
        ],
    }  # fmt: skip


def _spread(spread: Spread | None) -> dict[str, float | None]:
    if spread is None:
        return {"mean": None, "sd": None, "best": None}
    return {"mean": spread.mean, "sd": spread.sd, "best": spread.best}


def _skill(found: Interval | None, mean: float | None) -> dict[str, Any]:
    return _interval(found) if found else {**_interval(None), "estimate": mean}


def _interval(found: Interval | None) -> dict[str, Any]:
    if found is None:
        return dict.fromkeys(("estimate", "low", "high", "over", "block"))
    return {
        "estimate": found.estimate, "low": found.low, "high": found.high, "over": found.over, "block": found.block,
    }  # fmt: skip


def _flat(group: Mapping[str, Any], board: Board) -> dict[str, Any]:
    """Return a group as a line of a table: its task in front, nested fields joined by dots, lists by spaces."""
    task = board.task
    common = board.common or {}
    line: dict[str, Any] = {
        "task": task.digest, "dataset": task.dataset, "target": task.target, "delay": task.delay,
        "score_every": task.score_every, "unit": task.unit, "simulated": str(task.simulated).lower(),
        "measure": task.measure.key, "ranked_by": task.ranking.metric,
        "selected_on_test": str(task.selects_on_test).lower(), "where": task.where.text if task.where else None,
        "cost": board.cost, "notes": "; ".join(board.notes), "older_runs": task.older, "groups_not_shown": board.hidden,
        "common_windows.val": common.get("val"), "common_windows.test": common.get("test"),
    }  # fmt: skip
    for key, value in group.items():
        if key == "runs":
            line["runs"] = " ".join(run["id"] for run in value)
        elif isinstance(value, Mapping):
            line |= {f"{key}.{name}": each for name, each in _leaves(value)}
        else:
            line[key] = " ".join(map(str, value)) if isinstance(value, list) else value
    return {
        key: "" if value is None else str(value).lower() if isinstance(value, bool) else value
        for key, value in line.items()
    }


def _leaves(content: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in content.items():
        if isinstance(value, Mapping):
            found += [(f"{key}.{name}", each) for name, each in _leaves(value)]
        else:
            found.append((key, value))
    return found


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _md_row(cells: Sequence[str], *, escaped: bool = True) -> str:
    return f"| {' | '.join(_md(cell) if escaped else cell for cell in cells)} |"


def _md(text: str) -> str:
    """Return a text with what Markdown or HTML would take for more than a character held off."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#~" else " " if c in "\r\n" else c for c in text)


def _section(board: Board) -> str:
    shown, faint = columns(board), faint_lines(board)
    head = "".join(f"<th{_class(column)}>{escape(column.header)}</th>" for column in shown)
    rows = []
    for place in range(len(shown[0].cells)):
        cells = "".join(f"<td{_class(column)}>{escape(column.cells[place])}</td>" for column in shown)
        rows.append(f"<tr{' class=faint' if place in faint else ''}>{cells}</tr>")
    said = "".join(f'<p class="warning">{escape(line)}</p>' for line in warnings(board))
    after = "".join(f"<li>{escape(line)}</li>" for line in remarks(board))
    return (
        f"<section>\n<h2>{escape(title(board.task))}</h2>\n{said}\n"
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        f"{chr(10).join(rows)}\n</tbody>\n</table></div>\n<ul>{after}</ul>\n</section>"
    )


def _class(column: Column) -> str:
    return ' class="number"' if column.number else ""
