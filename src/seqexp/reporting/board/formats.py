"""The leaderboard to share: as Markdown, CSV, JSON or a page, each with what a reader must know of its figures."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from seqexp.config.output.printable import csv_text, markdown, printable_json
from seqexp.data.arrays import SCORED
from seqexp.reporting.board.column import Column
from seqexp.reporting.board.columns import columns
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.horizons import by_horizon
from seqexp.reporting.board.leaderboard import Leaderboard
from seqexp.reporting.board.lines import shown_baselines
from seqexp.reporting.board.pairs.judgement import Judgement
from seqexp.reporting.board.rows import Row
from seqexp.reporting.board.standing import Standing
from seqexp.reporting.board.tables import as_texts
from seqexp.reporting.board.words import NOTHING, remarks, title, unranked_line, warnings
from seqexp.reporting.pages import read, template
from seqexp.reporting.text_table import TextTable

SCHEMA = 2  # of the JSON; raised where a field changes its meaning or goes
_FOR_THE_EYE = ("", "n", "figure")  # what tables say of a single run there


def written(form: str, boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return the leaderboard in one of the formats md, csv, json and html."""
    return _FORMATS[form](boards, leaderboard)


def as_markdown(boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return a heading and a table a task."""
    parts = []
    for board in boards:
        table = as_texts(board)
        parts.append(_md_section(title(board.task, anew=board.common is not None), warnings(board), table))
        parts[-1] += "\n".join([*(f"- {markdown(line)}" for line in remarks(board)), ""])
    parts += [_md_section(each.title, each.warnings, each.table) for each in by_horizon(boards)]
    parts += [] if boards else [f"{NOTHING}\n"]
    parts += [f"{unranked_line(leaderboard)}\n"] if leaderboard.unranked else []
    return "\n".join(parts)


def as_html(boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return one page that needs nothing else, light or dark as the reader's browser is."""
    return template("leaderboard.html").render(
        style=read("leaderboard.css"),
        tasks=[
            (title(board.task, anew=board.common is not None), warnings(board), as_texts(board), remarks(board))
            for board in boards
        ]
        + [(each.title, each.warnings, each.table, []) for each in by_horizon(boards)],
        nothing=NOTHING,
        unranked=unranked_line(leaderboard) if leaderboard.unranked else "",
    )


def as_csv(boards: Sequence[Board], _: Leaderboard) -> str:
    """Return a line per group, with all digits of every figure; what is not there is empty. Dots join nested fields."""
    lines = []
    for board in boards:
        own = columns(board)
        lines += [_flat(_task(board) | _group(standing, own), board) for standing in board.standings]
    names = list(dict.fromkeys(name for line in lines for name in line))
    return csv_text([names or ["task"], *([line.get(name, "") for name in names] for line in lines)])


def as_json(boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    """Return all that is known of tasks, groups and runs; its fields stand in docs/compare.md. NaN becomes null."""
    content = {
        "schema": SCHEMA,
        "tasks": [_task(board) | {"remarks": remarks(board)} | _lines(board) for board in boards],
        "unranked": [
            {
                "name": run.name, "model": run.model, "status": run.status, "reason": run.reason,
                "started": run.started.isoformat(),
            }
            for run in leaderboard.unranked
        ],
    }  # fmt: skip
    return printable_json(json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


_FORMATS: Mapping[str, Callable[[Sequence[Board], Leaderboard], str]] = {
    "md": as_markdown,
    "csv": as_csv,
    "json": as_json,
    "html": as_html,
}


def _task(board: Board) -> dict[str, object]:
    task = board.task
    return {
        "digest": task.digest,
        "dataset": task.dataset,
        "target": task.target,
        "lead": task.lead,
        "delay": task.delay,
        "horizon": task.horizon if task.columns else None,
        "horizon_step": task.horizon_step if task.columns else None,
        "columns": list(task.columns),
        "boundary": task.boundary or None,
        "at_lead": task.at and task.at.lead,
        "at_column": task.at and task.at.column,
        "score_every": task.score_every,
        "unit": task.unit or None,
        "simulated": task.simulated,
        "measure": task.metric.key,
        "ranked_by": task.ranking.by,
        "selected_on_test": task.selects_on_test,
        "where": task.where.text if task.where else None,
        "cost": board.cost,
        "warnings": warnings(board),
        "notes": list(board.notes),
        "older_runs": task.older,
        "groups_not_shown": board.hidden,
        "common_windows": dict(board.common) if board.common else None,
        "independent_windows": dict(board.independent) or None,
        "resolution": _resolution(board.judgement),
    }


def _resolution(judgement: Judgement | None) -> dict[str, object]:
    return {
        "relative": judgement and judgement.resolution(with_seeds=False),
        "relative_with_seeds": judgement and judgement.resolution(with_seeds=True),
        "independent_windows": judgement and judgement.independent,
    }


def _lines(board: Board) -> dict[str, object]:
    own = columns(board)
    return {
        "groups": [_group(standing, own) for standing in board.standings],
        "baselines": [
            {
                "name": line.name,
                **{column.key: line.figures.get(column.figure) for column in own if column.figure},
                "true_lead_hours": line.lead and line.lead.hours,
                "true_lead_months": (line.lead and line.lead.months) or None,
            }
            for line in shown_baselines(board)
        ],
    }


def _group(standing: Standing, own: Sequence[Column]) -> dict[str, object]:
    found = {column.key: column.plain(standing) for column in own if column.key}
    return found | {"runs": [_run(row, own) for row in standing.group.rows]}


def _run(row: Row, own: Sequence[Column]) -> dict[str, object]:
    return {
        "id": row.stored.run_id,
        "experiment": row.stored.experiment,
        "seed": row.seed,
        "started": row.stored.started.isoformat(),
        **{column.key: column.of_run(row) for column in own if column.is_of_runs and column.key not in _FOR_THE_EYE},
    }


def _flat(content: Mapping[str, object], board: Board) -> dict[str, object]:
    """Return a task's and a group's fields as a line of a table: nested ones joined by dots, lists by spaces."""
    common = board.common or {}
    as_fields: dict[str, object] = {
        **content,
        "warnings": "; ".join(warnings(board)),
        "notes": "; ".join(board.notes),
        "common_windows": {part: common.get(part) for part in SCORED},
    }
    line = dict(_leaves(as_fields))
    return {
        {"digest": "task"}.get(key, key): str(value).lower() if isinstance(value, bool) else value
        for key, value in line.items()
    }


def _leaves(content: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", each) for name, each in _leaves(value))
        elif key == "runs" and isinstance(value, list):
            yield key, " ".join(run["id"] for run in value)
        else:
            yield key, " ".join(map(str, value)) if isinstance(value, list) else value


def _finite(content: object) -> object:
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _md_section(heading: str, above: Sequence[str], table: TextTable) -> str:
    """Return a heading, what must be known before the table is read, and the table, with an empty line behind it."""
    bold = [f"**{markdown(line)}**\n" for line in above]
    return "\n".join([f"## {markdown(heading)}", "", *bold, *_md_table(table), "", ""])


def _md_table(table: TextTable) -> list[str]:
    headings = _md_row([column.header for column in table.columns])
    sides = _md_row(["---:" if column.is_number else "---" for column in table.columns], escaped=False)
    return [headings, sides, *(_md_row(cells) for cells in table.rows)]


def _md_row(cells: Sequence[str], *, escaped: bool = True) -> str:
    return f"| {' | '.join(markdown(cell) if escaped else cell for cell in cells)} |"
