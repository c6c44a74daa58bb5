"""Every command of docs/report.md does what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from seqexp.cli.main import main
from tests import documents
from tests.conftest import Run
from tests.paths import REPO
from tests.reporting.page.parsed import parse

DOCS = REPO / "docs"
PAGE = (DOCS / "report.md").read_text()
COMMANDS = documents.commands(PAGE)
# The small series stands in for eight years of weather.
LONG = ("training=quick", "dataset.source=simulated")


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("seqexp train ")])
def test_its_trainings_are_valid(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(["validate", "--static", *shlex.split(command)[2:]]), capsys.readouterr().err) == (0, "")


def test_its_picture_is_small_and_every_section_is_explained() -> None:
    (picture,) = re.findall(r"!\[.*?\]\((.*?)\)", PAGE)
    assert (DOCS / picture).stat().st_size < 200_000
    folder = DOCS.parent / "src" / "seqexp" / "reporting"
    written = "".join(
        path.read_text() for path in [*folder.glob("page/*_sections.py"), folder / "templates" / "page.html"]
    )
    titles = re.findall(r"<h3>([A-Z][\w ]+)</h3>", written) + re.findall(
        r'"(Learning curves|Sweeps|Forecasts against actual values|Error by [a-z ]+|Predictions)"', written
    )
    assert len(set(titles)) == 10
    assert all(f"\n| {title} | " in PAGE for title in titles)


@pytest.mark.slow
def test_its_commands_run_in_their_order(tmp_path: Path, seqexp_process: Run, small: list[str]) -> None:
    printed = {}
    for command in COMMANDS:
        words = shlex.split(command)[1:]
        if words[0] == "train":
            words = [*(word for word in words if word not in LONG), *small]
            words = (
                [word for word in words if not word.startswith("dataset.step=6")]
                if "dataset.step=3,6" in words
                else words
            )
        done = seqexp_process(*words, cwd=tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        printed[command] = done.stdout
    assert ": 15 runs, 1 task\n" in printed["seqexp report"]
    page = parse((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert sum(len(rows) for line, rows in page.lines.items() if "g" in line) >= 8
    units = parse((tmp_path / "units.html").read_text(encoding="utf-8"))
    assert {rows[0][0].split()[0] for line, rows in units.lines.items() if "g" in line} == {"gru"}
    assert len(parse((tmp_path / "quick.html").read_text(encoding="utf-8")).lines) >= 5
    shown = documents.shown_after(PAGE, "seqexp compare 'gru seed=1' 'linear seed=1'")
    said = printed["seqexp compare 'gru seed=1' 'linear seed=1'"]
    headings = [line.split(":")[0] for line in said.splitlines() if re.match(r"[a-z]+: ", line)]
    assert headings == ["runs", "config", "data", "code", "environment", "figures", "curves"]
    own = [line.split()[0] for line in shown.splitlines() if line and not line.startswith(" ")]
    assert {name for name in own if name.startswith("model.")} <= {
        line.split()[0] for line in said.splitlines() if line
    }
    assert (tmp_path / "compare.png").is_file()
