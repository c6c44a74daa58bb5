"""The leaderboard to share: as Markdown, CSV, JSON or a page, each with what a reader must know of its figures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

from seqexp.config.output.printable import csv_text, markdown, printable_json
from seqexp.data.arrays import SCORED
from seqexp.reporting.board.column import Column
from seqexp.reporting.board.columns import columns
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.leaderboard import Leaderboard
from seqexp.reporting.board.lines import shown_baselines
from seqexp.reporting.board.pairs.flattered import Flattered
from seqexp.reporting.board.pairs.judgement import Judgement
from seqexp.reporting.board.pairs.matrix import pair_tables, pairs_of_board
from seqexp.reporting.board.rows import Row
from seqexp.reporting.board.standing import Standing
from seqexp.reporting.board.tables import TitledTable, titled_tables
from seqexp.reporting.board.words import NOTHING, remarks, unranked_line, warnings
from seqexp.reporting.pages import read, template
from seqexp.reporting.text_table import TextTable

SCHEMA = 2  # of the JSON; raised where a field changes its meaning or goes
_FOR_THE_EYE = ("", "n", "figure")  # what tables say of a single run there


def written(form: str, boards: Sequence[Board], leaderboard: Leaderboard, *, pairs: bool = False) -> str:
    """Return the leaderboard in one of the formats md, csv, json and html; or all pairs of its groups.

    JSON has these beside all else.
    """
    if form == "csv":
        return _lines_as_csv(_pair_lines(boards) if pairs else _group_lines(boards))
    if form == "json":
        return as_json(boards, leaderboard, pairs=pairs)
    sections = pair_tables(boards) if pairs else titled_tables(boards)
    return (_as_markdown if form == "md" else _as_html)(sections, leaderboard)


def _as_markdown(sections: Sequence[TitledTable], leaderboard: Leaderboard) -> str:
    """Return a heading and a table a section."""
    parts = [md_section(section) for section in sections] or [f"{NOTHING}\n"]
    parts += [f"{unranked_line(leaderboard)}\n"] if leaderboard.unranked else []
    return "\n".join(parts)


def _as_html(sections: Sequence[TitledTable], leaderboard: Leaderboard) -> str:
    """Return one page that needs nothing else, light or dark as the reader's browser is."""
    return template("leaderboard.html").render(
        style=read("leaderboard.css"),
        tasks=[(each.title, each.warnings, each.table, each.remarks) for each in sections],
        nothing=NOTHING,
        unranked=unranked_line(leaderboard) if leaderboard.unranked else "",
    )


def _group_lines(boards: Sequence[Board]) -> list[dict[str, object]]:
    """Return a line per group, with all digits of every figure."""
    lines = []
    for board in boards:
        own = columns(board)
        lines += [_flat(_task(board) | _group(standing, own), board) for standing in board.standings]
    return lines


def _pair_lines(boards: Sequence[Board]) -> list[dict[str, object]]:
    """Return a line per pair of groups."""
    return [_flat(_task(board) | pair, board) for board in boards for pair in pairs_of_board(board)]


def _lines_as_csv(lines: Sequence[Mapping[str, object]]) -> str:
    """Return lines as CSV; what is not there is empty."""
    names = list(dict.fromkeys(name for line in lines for name in line))
    return csv_text([names or ["task"], *([line.get(name, "") for name in names] for line in lines)])


def as_json(boards: Sequence[Board], leaderboard: Leaderboard, *, pairs: bool = False) -> str:
    """Return all that is known of tasks, groups and runs; its fields stand in docs/compare.md. NaN becomes null."""
    content = {
        "schema": SCHEMA,
        "tasks": [
            _task(board) | {"remarks": remarks(board)} | _lines(board)
            | ({"pairs": pairs_of_board(board)} if pairs else {})
            for board in boards
        ],
        "unranked": [
            {
                "name": run.name, "model": run.model, "status": run.status, "reason": run.reason,
                "started": run.started.isoformat(),
            }
            for run in leaderboard.unranked
        ],
    }  # fmt: skip
    return printable_json(json.dumps(finite(content), indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


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
        "flattery": _flattery(board.flattered),
    }


def _flattery(found: Flattered | None) -> dict[str, object]:
    return {
        "figure": found and found.metric.name(found.part),
        "groups": found and found.groups,
        "absolute": found and found.amount,
        "relative": found and found.share,
        "with_seeds": found and found.with_seeds,
    }


def _resolution(judgement: Judgement | None) -> dict[str, object]:
    return {
        "figure": judgement and judgement.metric.name("test"),
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


def finite(content: object) -> object:
    """Return nested content with None for every number that is not finite, which JSON has no word for."""
    if isinstance(content, Mapping):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list):
        return [finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def md_section(section: TitledTable) -> str:
    """Return a heading, what must be known before the table is read, the table, and what explains it."""
    bold = [f"**{markdown(line)}**\n" for line in section.warnings]
    below = [f"- {markdown(line)}" for line in section.remarks]
    return "\n".join([f"## {markdown(section.title)}", "", *bold, *_md_table(section.table), "", *below, ""])


def _md_table(table: TextTable) -> list[str]:
    headings = _md_row([column.header for column in table.columns])
    sides = _md_row(["---:" if column.is_number else "---" for column in table.columns], escaped=False)
    return [headings, sides, *(_md_row(cells) for cells in table.rows)]


def _md_row(cells: Sequence[str], *, escaped: bool = True) -> str:
    return f"| {' | '.join(markdown(cell) if escaped else cell for cell in cells)} |"
