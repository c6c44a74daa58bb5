"""docs/developing.md is right about the code: its map, its links, and that a metric takes one entry."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import documents
from tests.conftest import SMALL, write_series
from tests.paths import REPO

PAGE = (REPO / "docs" / "developing.md").read_text(encoding="utf-8")


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert len(links) > 30
    assert [link for link in links if not (REPO / "docs" / link).exists()] == []


def test_names_of_the_code_are_in_the_files_that_they_link_to() -> None:
    named = re.findall(r"\[`(\w+)`\]\(([^)]+\.py)\)", PAGE)
    assert len(named) > 5
    assert [name for name, file in named if name not in (REPO / "docs" / file).read_text(encoding="utf-8")] == []


def test_the_map_has_every_room() -> None:
    rooms = {path.parent.name for path in (REPO / "src" / "seqexp").glob("*/__init__.py")}
    table = PAGE[PAGE.index("## The map") : PAGE.index("## The words")]
    assert set(re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE)) == rooms


@pytest.mark.slow
def test_a_metric_is_one_entry_and_shows_everywhere(tmp_path: Path) -> None:
    (entry,) = [text for language, text in documents.blocks(PAGE) if language == "python"]
    functions, _, made = entry.rpartition("\n\n\n")
    shutil.copytree(REPO / "src" / "seqexp", tmp_path / "seqexp")
    shutil.copytree(REPO / "conf", tmp_path / "conf")
    metrics = tmp_path / "seqexp" / "tasks" / "metric.py"
    text = metrics.read_text(encoding="utf-8")
    text = text.replace("\nMAE = Metric(", f"\n{functions}\n\n\nMAE = Metric(", 1)
    text = text.replace("        ACCURACY,\n", f"        ACCURACY,\n        {made.strip()},\n", 1)
    metrics.write_text(text, encoding="utf-8")
    (tmp_path / "seqexp" / "conf").symlink_to(tmp_path / "conf")

    def seqexp(*arguments: str) -> str:
        command = [sys.executable, "-m", "seqexp.cli.main", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    data = [f"dataset.path={write_series(tmp_path / 'series.csv', 1500)}", *SMALL]
    printed = seqexp("train", "model=mlp", "training.monitor=val_medae", *data)
    assert "MedAE" in printed
    seqexp("train", "model=linear", *data)
    (head, *lines) = csv.reader(io.StringIO(seqexp("compare", "--metric", "test_medae", "--format", "csv")))
    assert any(name.startswith("test_medae") for name in head)
    figures = [float(line[head.index(next(n for n in head if n.startswith("figure")))]) for line in lines[:2]]
    assert figures == sorted(figures)
    assert np.isfinite(figures).all()
    for form in ("md", "json", "html"):
        assert "medae" in seqexp("compare", "--format", form).lower()
    seqexp("report")
    assert "MedAE" in (tmp_path / "report.html").read_text(encoding="utf-8")
