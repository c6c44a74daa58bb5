"""The MLflow UI that `seqexp ui` serves, in a browser: a sweep is a tree, and two runs' curves stand side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install '.[dev]'")

from playwright.sync_api import Locator, Page

from tests.browser import chromium, needs_chromium, watched
from tests.cli.recorded import client_of
from tests.cli.test_ui import free_port
from tests.reporting.page.study import EPOCHS, record_study

pytestmark = [needs_chromium, pytest.mark.slow]

SWEEP = "sweep over step, units"
JOBS = [f"step={step} units={units}" for step in (3, 6) for units in (8, 16)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    record_study(folder)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where the real command serves the study."""
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"}
    command = [sys.executable, "-u", "-m", "seqexp.cli.main", "ui", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Starting")
        assert process.stdout.readline().startswith("The UI is at ")
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)


def row(page: Page, name: str) -> Locator:
    """Return the row of a run: the part of it that has the name."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True)).first


def test_a_sweep_is_a_tree_and_two_of_its_jobs_are_compared(folder: Path, address: str) -> None:
    experiment = client_of(folder).get_experiment_by_name("ladder")
    with chromium() as browser, watched(browser, viewport={"width": 1600, "height": 1000}) as seen:
        page = seen.page
        page.set_default_timeout(60_000)
        page.goto(f"{address}/#/experiments/{experiment.experiment_id}/runs?workflowType=machine_learning")
        row(page, SWEEP).wait_for()
        assert not row(page, JOBS[0]).is_visible()
        row(page, SWEEP).get_by_role("button").click()
        for name in JOBS:
            row(page, name).wait_for()
        # Below their parent, and set in from it.
        parent = row(page, SWEEP).get_by_role("link").bounding_box()
        for name in JOBS:
            child = row(page, name).get_by_role("link", name=name).bounding_box()
            assert parent is not None
            assert child is not None
            assert child["y"] > parent["y"]
            assert child["x"] > parent["x"]

        for name in JOBS[:2]:
            row(page, name).locator("input.ag-checkbox-input").check(force=True)
        page.get_by_role("button", name="Compare").click()
        page.get_by_text("Comparing 2 Runs from 1 Experiment").wait_for()
        page.get_by_role("link", name="val_mae", exact=True).click()
        page.wait_for_function("document.querySelector('.js-plotly-plot')?.data?.length >= 2")
        curves = page.evaluate("document.querySelector('.js-plotly-plot').data.map(t => [t.name, Array.from(t.y)])")
        assert {name for name, _ in curves} == set(JOBS[:2])
        for name, values in curves:
            (run,) = client_of(folder).search_runs([experiment.experiment_id], f"attributes.run_name = '{name}'")
            history = client_of(folder).get_metric_history(run.info.run_id, "val_mae")
            assert values == pytest.approx([point.value for point in sorted(history, key=lambda point: point.step)])
            assert len(values) == EPOCHS
        lines = page.locator(".js-plotly-plot .scatterlayer .trace path.js-line")
        assert lines.first.is_visible()
        assert lines.count() >= 2
