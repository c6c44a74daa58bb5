"""The leaderboard to share: read back by parsers of each format."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from seqexp.reporting.board.comparison import Board, compare
from seqexp.reporting.board.formats import written
from seqexp.reporting.board.leaderboard import Leaderboard, leaderboard
from seqexp.reporting.board.words import remarks, warnings
from seqexp.tracking.reading.where import parse_condition
from seqexp.tracking.store.store import Store
from tests.factories import small_windows
from tests.paths import REPO
from tests.reporting.board.written_down import board_of, group_of, row
from tests.reporting.forecasts import noisy, run_of_scores, scores_of

NOWHERE = Store("sqlite:////nowhere/mlflow.db", None)
PAGE = REPO / "docs" / "compare.md"
ODD = "a|b *c* <i>& `x`"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Board], Leaderboard]:
    """Two seeds of one model, one of another with an odd name, a diverged one; all on stand-in data."""
    windows, folder = small_windows("model=naive", "dataset.boundary=strict"), tmp_path_factory.mktemp("formats")
    runs = [
        run_of_scores(folder, name, scores_of(windows, noisy(size, seed)), windows, seed=seed)
        for name, size, seed in (("gru", 0.5, 1), ("gru", 0.5, 2), ("odd", 0.7, 3), ("lost", 0.9, 4))
    ]
    runs[2] = replace(runs[2], name=ODD)
    runs[3] = replace(runs[3], name="lost", metrics={**runs[3].metrics, "best_val_mae": math.nan})
    runs = [replace(run, tags={**run.tags, "seqexp.data_source": "simulated"}) for run in runs]
    runs.append(
        replace(runs[0], run_id="failed", status="FAILED", tags={**runs[0].tags, "seqexp.failure": "Error: no"})
    )
    ranked = leaderboard(runs)
    return [compare(task, NOWHERE, top=0, cost="seconds", intervals=True) for task in ranked.tasks], ranked


def test_csv_has_a_line_a_group_with_all_digits(found: tuple[list[Board], Leaderboard]) -> None:
    lines = list(csv.DictReader(written("csv", *found).splitlines()))
    assert [line["name"] for line in lines] == ["gru", ODD, "lost"]
    gru, odd, lost = lines
    standing = found[0][0].standings[0]
    assert float(gru["val.mean"]) == standing.group.val.mean
    assert standing.skill_test is not None
    assert float(gru["skill_test.low"]) == standing.skill_test.low
    assert (gru["rank"], gru["n"], gru["simulated"], gru["selected_on_test"]) == ("1", "2", "true", "false")
    assert gru["runs"].split() == [row.stored.run_id for row in standing.group.rows]
    assert odd["versus_best.over_samples.over"] == "windows"  # of two seeds, which are too few for a spread
    assert odd["versus_best.over_seeds.estimate"] == ""
    assert (lost["rank"], lost["val.mean"]) == ("", "nan")


def test_what_a_table_says_beside_its_figures_is_in_every_format(found: tuple[list[Board], Leaderboard]) -> None:
    where = parse_condition("metrics.test_mae < 9 and seed < 9")
    (board,), ranked = found
    board = replace(board, task=replace(board.task, where=where, chosen_on_test=True), notes=("one", "two"))
    said = f"only runs where {where.text}, that is SELECTED ON THE TEST PART"
    assert said in written("md", [board], ranked).replace("\\", "").replace("&lt;", "<")
    assert said.replace("<", "&lt;") in written("html", [board], ranked)
    (task,) = json.loads(written("json", [board], ranked))["tasks"]
    assert (task["where"], task["selected_on_test"], task["notes"]) == (where.text, True, ["one", "two"])
    line = next(csv.DictReader(written("csv", [board], ranked).splitlines()))
    assert (line["where"], line["selected_on_test"], line["notes"]) == (where.text, "true", "one; two")
    assert (task["warnings"], task["remarks"]) == (warnings(board), remarks(board))
    assert line["warnings"] == "; ".join(warnings(board))
    (best, *_), names = task["groups"], [baseline["name"] for baseline in task["baselines"]]
    assert best["baseline"] == best["runs"][0]["baseline"] == line["baseline"]
    assert best["baseline"] in names
    assert (line["cost"], line["older_runs"], line["groups_not_shown"]) == ("seconds", "0", "0")
    only = replace(board, task=replace(board.task, where=parse_condition("model.units > 3"), chosen_on_test=False))
    assert "SELECTED" not in written("md", [only], ranked)
    assert "only runs where model.units" in written("md", [only], ranked)


def test_json_is_strict_and_complete(found: tuple[list[Board], Leaderboard]) -> None:
    content = json.loads(written("json", *found), parse_constant=pytest.fail)  # no NaN or Infinity
    (task,) = content["tasks"]
    assert (content["schema"], task["simulated"], task["measure"], task["delay"]) == (2, True, "mae", 3)
    gru, _, lost = task["groups"]
    assert [run["seed"] for run in gru["runs"]] == [row.seed for row in found[0][0].standings[0].group.rows]
    assert gru["skill_test"]["low"] < gru["skill_test"]["estimate"] < gru["skill_test"]["high"]
    assert (lost["val"]["mean"], lost["rank"]) == (None, None)
    assert task["baselines"][0]["val"] == pytest.approx(found[0][0].standings[0].group.rows[0].baseline("val"))
    assert content["unranked"][0]["reason"] == "Error: no"


def test_a_lead_of_months_is_in_json_and_csv_beside_its_hours() -> None:
    hours = 13 * 365.2425 / 12 * 24
    board = board_of(group_of(row(lead=hours, months=13)))
    ranked = Leaderboard((), ())
    (task,) = json.loads(written("json", [board], ranked))["tasks"]
    (group,), (baseline,) = task["groups"], task["baselines"]
    assert (group["true_lead_hours"], group["true_lead_months"]) == ([pytest.approx(hours)], [13])
    for line in (group["runs"][0], baseline):
        assert (line["true_lead_hours"], line["true_lead_months"]) == (pytest.approx(hours), 13)
    assert next(csv.DictReader(written("csv", [board], ranked).splitlines()))["true_lead_months"] == "13"
    (task,) = json.loads(written("json", [board_of(group_of(row()))], ranked))["tasks"]
    assert task["groups"][0]["true_lead_months"] is task["baselines"][0]["true_lead_months"] is None
    assert "" not in task["groups"][0]["runs"][0]


def fields(content: object) -> set[str]:
    if isinstance(content, dict):
        return set(content) | {name for value in content.values() for name in fields(value)}
    return {name for value in content for name in fields(value)} if isinstance(content, list) else set()


def test_every_field_of_the_json_is_documented(found: tuple[list[Board], Leaderboard]) -> None:
    page, content = PAGE.read_text(encoding="utf-8"), json.loads(written("json", *found, pairs=True))
    assert content["tasks"][0]["pairs"]
    assert [name for name in sorted(fields(content)) if f"`{name}`" not in page] == []


def test_markdown_is_a_table_whatever_names_hold(found: tuple[list[Board], Leaderboard]) -> None:
    text = written("md", *found)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "td_open"]
    shown = ["".join(child.content for child in cell.children or []) for cell in cells]
    assert ODD in shown
    assert {child.type for cell in cells for child in cell.children or []} == {"text"}  # no emphasis, no HTML
    assert "**simulated stand-in, not the official record**" in text
    assert text.endswith("Not ranked: 1 failed\n")


class Cells(HTMLParser):
    """Collects the texts of table cells, and every address that the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.addresses: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "td"
        if self._inside:
            self.cells.append("")
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data


def test_the_page_stands_alone(found: tuple[list[Board], Leaderboard]) -> None:
    page = written("html", *found)
    reader = Cells()
    reader.feed(page)
    assert ODD in reader.cells
    assert reader.addresses == []
    assert "http" not in page
    assert "prefers-color-scheme: dark" in page
    assert "simulated stand-in, not the official record" in page


def test_nothing_to_rank_is_said_in_each_format() -> None:
    empty = Leaderboard((), ())
    assert written("md", [], empty) == "No finished runs yet.\n"
    assert "No finished runs yet." in written("html", [], empty)
    assert json.loads(written("json", [], empty)) == {"schema": 2, "tasks": [], "unranked": []}
    assert written("csv", [], empty) == "task\n"
