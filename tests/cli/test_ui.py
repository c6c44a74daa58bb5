"""`seqexp ui` serves a real store over HTTP and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests.background import free_port
from tests.faults import assert_faults
from tests.reporting.recorded import record

COMMAND = [sys.executable, "-u", "-m", "seqexp.cli.main", "ui"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    record(open_store(f"sqlite:///{folder}/mlflow.db", folder), "the run", 0.27)
    return folder


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_it_serves_the_runs_and_ends_without_a_trace(
    folder: Path, number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name for path in folder.iterdir()}
    port = free_port()
    with subprocess.Popen(
        [*COMMAND, "--port", str(port)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Starting the MLflow UI on sqlite:///{folder}/mlflow.db ...\n"
        page_of_runs = f"http://127.0.0.1:{port}/#/experiments/1/runs?workflowType=machine_learning"
        assert process.stdout.readline() == f"The UI is at {page_of_runs}   (Ctrl-C ends it)\n"
        children = psutil.Process(process.pid).children(recursive=True)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            assert "<title>MLflow</title>" in page.read().decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/2.0/mlflow/runs/search",
            json.dumps({"experiment_ids": ["1"]}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            runs = json.load(answer)["runs"]
        assert [run["info"]["run_name"] for run in runs] == ["the run"]

        # The server is a store, too, and needs no second UI.
        assert main(["ui", "--uri", f"http://127.0.0.1:{port}"]) == 0
        assert capsys.readouterr().out.endswith(f" http://127.0.0.1:{port}\n")

        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == ""
    assert "Traceback" not in err
    assert children
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert {path.name for path in folder.iterdir()} == before


def test_a_given_port_that_is_taken_is_refused(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ui", "--port", str(taken)]) == 2
    assert_faults(capsys.readouterr().err, [("--port", f" {taken} ", "127.0.0.1")])


def test_the_default_port_gives_way_to_the_next_free_one(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqexp.cli import ui as module

    monkeypatch.setattr(module, "DEFAULT_PORT", taken)
    assert taken < module._usable_port("127.0.0.1", None) < taken + 100


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--port", "70000"], ("--port", "1 and 65535", "Received: 70000")),
        (["--host", "nowhere.invalid"], ("--host", "'nowhere.invalid'")),
        (["--uri", "sqlite:///other.db"], ("no", "other.db", "--uri")),
    ],
)
def test_wrong_input_is_explained(
    arguments: list[str], fault: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ui", *arguments]) == 2
    assert_faults(capsys.readouterr().err, [fault])


@pytest.mark.slow
def test_a_server_that_cannot_start_shows_why(tmp_path: Path) -> None:
    open_store(None, tmp_path)
    done = subprocess.run(
        [*COMMAND, "--port", str(free_port())],
        cwd=tmp_path,
        # MLflow's server refuses this setting; the store itself is in order.
        env=environment() | {"MLFLOW_TRACE_ARCHIVAL_CONFIG": str(tmp_path / "absent.yaml")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 1
    assert "absent.yaml" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "http://127.0.0.1:" in done.stderr.splitlines()[-1]
