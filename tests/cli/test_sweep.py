"""`seqexp train -m` as a user runs it: jobs that die, signals, and what the sweep's own run holds."""

from __future__ import annotations

import csv
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from matplotlib.image import imread
from mlflow.entities import Run as MlflowRun

from seqexp.cli.main import _parse, main
from seqexp.cli.train import _next_sweep
from tests.cli.recorded import artifact, no_room_for_summaries, runs_in
from tests.conftest import Run
from tests.factories import make_plan
from tests.runs.dying import line_of, write_plugin


def test_jobs_that_die_fail_and_the_others_finish(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    flags = write_plugin(tmp_path)
    done = seqexp("train", "-m", *flags, "model=odd", "model.how=kill,fine,leave,exit", *small, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    parent, *trials = runs_in(tmp_path)
    assert [(run.info.run_name, run.info.status, run.data.tags.get("seqexp.failure")) for run in trials] == [
        ("how=kill", "FAILED", "killed by signal 9 (SIGKILL): out of memory?"),
        ("how=fine", "FINISHED", None),
        ("how=leave", "FAILED", "SystemExit: bye"),
        ("how=exit", "FAILED", "its process ended with exit code 7"),
    ]
    assert parent.info.status == "FAILED"
    assert (parent.data.metrics["jobs"], parent.data.metrics["jobs_failed"]) == (4, 3)
    assert "fitting kill" in done.stdout  # what a user's own code prints
    assert artifact(trials[0], "log.txt").read_text() in done.stdout
    table = done.stdout.partition("failures, with their tracebacks")[2]
    assert "how=kill   killed by signal 9 (SIGKILL): out of memory?" in table
    assert f'own.py, line {line_of("sys.exit")}, in fit: sys.exit("bye")' in table
    failures = artifact(parent, "failures.txt").read_text()
    assert "how=kill" in failures
    assert "SystemExit: bye" in failures
    assert "Traceback (most recent call last)" in failures
    assert done.stdout.startswith(artifact(parent, "log.txt").read_text())


@pytest.mark.slow
def test_a_summary_that_cannot_be_recorded_hides_no_table(
    own_folder: Path, small: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    flags = write_plugin(own_folder)
    command = ["train", "-m", *flags, "model=odd", "model.how=fine,leave", *small]
    with no_room_for_summaries():
        assert main(command) == 1
    said = capsys.readouterr()
    assert "how=leave  SystemExit: bye" in said.out.partition("failures, with their tracebacks")[2]
    assert said.err == (
        "failed: the sweep's summary could not be recorded: No space left on device\n"
        "        All its jobs have ended. The same command with --resume sums them up again.\n"
    )
    parent, *jobs = runs_in(own_folder)
    assert [run.info.status for run in (parent, *jobs)] == ["FAILED", "FINISHED", "FAILED"]
    assert main([*command, "--resume"]) == 1
    assert "done before" in capsys.readouterr().out
    assert artifact(parent, "summary.csv").is_file()


@pytest.mark.slow
def test_the_sweeps_run_holds_its_table_its_best_and_its_pictures(
    tmp_path: Path, seqexp: Run, small: list[str]
) -> None:
    arguments = ["model=mlp", "model.units=2,4", "training.learning_rate=0.01,1e35", "--note", "why"]
    done = seqexp("train", "-m", *small, *arguments, cwd=tmp_path)
    assert done.returncode == 1
    parent, *trials = runs_in(tmp_path)
    rows = list(csv.DictReader(artifact(parent, "summary.csv").read_text().splitlines()))
    assert [(row["model.units"], row["training.learning_rate"], row["status"], row["run_id"]) for row in rows] == [
        (run.data.params["model.units"], rate, run.info.status, run.info.run_id)
        for run, rate in zip(trials, ["0.01", "1e+35"] * 2, strict=True)
    ]
    finished = [run for run in trials if run.info.status == "FINISHED"]
    for row, run in zip([row for row in rows if row["val"]], finished, strict=True):
        assert float(row["val"]) == pytest.approx(run.data.metrics["best_val_mae"], rel=1e-6)
        assert float(row["test"]) == pytest.approx(run.data.metrics["test_mae"], rel=1e-6)
        assert float(row["skill_test"]) == pytest.approx(run.data.metrics["skill_test"], rel=1e-6)
    best = min(finished, key=lambda run: run.data.metrics["best_val_mae"])
    assert parent.data.tags["seqexp.best_run"] == best.info.run_id
    note = parent.data.tags["mlflow.note.content"]
    assert note.startswith("why\n\nBest by validation: ")
    assert best.info.run_id in note
    assert len(artifact(parent, "summary.md").read_text().splitlines()) == 2 + len(rows)
    assert imread(artifact(parent, "plots/axes.png")).ndim == 3
    assert imread(artifact(parent, "plots/validation.png")).ndim == 3
    (line,) = [line for line in done.stdout.splitlines() if line.endswith("finished, the best")]
    assert line.startswith(best.info.run_name or "?")


@contextmanager
def training(
    folder: Path,
    small: list[str],
    environment: dict[str, str],
    jobs: tuple[str, ...] = ("model=mlp", "training.epochs=100000", "seed=1,2"),
    until: str = "3/",
) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A sweep that has printed a line, by default of its first job's third epoch, and its child processes."""
    arguments = ["train", "-m", *small, *jobs]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "seqexp", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children: list[psutil.Process] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.lstrip().startswith(until):
                break
        children = psutil.Process(process.pid).children(recursive=True)
        assert children, process.stderr
        yield process, children
    finally:
        for left in [*children, process]:
            if left.pid == process.pid or psutil.pid_exists(left.pid):
                left.kill()
        process.communicate()


def assert_killed(run: MlflowRun) -> None:
    """Assert that a job's run was ended in order, with what it had reached."""
    assert run.info.status == "KILLED"
    assert run.data.metrics["best_epoch"] >= 1
    assert artifact(run, "history.csv").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_ends_the_job_and_the_sweep_and_leaves_no_process(
    tmp_path: Path,
    small: list[str],
    environment: dict[str, str],
    number: signal.Signals,
    code: int,
    word: str,
) -> None:
    """To every process at once, as a terminal sends Ctrl-C, and a scheduler its SIGTERM."""
    with training(tmp_path, small, environment) as (process, children):
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == code
        assert errors.startswith(word)
        assert "Traceback" not in errors
        assert psutil.wait_procs(children, timeout=10)[1] == []
    parent, trial = runs_in(tmp_path)
    assert parent.info.status == "KILLED"
    assert_killed(trial)
    assert trial.info.run_id in errors


@pytest.mark.slow
def test_a_second_interrupt_waits_no_longer(tmp_path: Path, small: list[str], environment: dict[str, str]) -> None:
    jobs = (*write_plugin(tmp_path), "model=odd", "model.how=stubborn,fine")
    with training(tmp_path, small, environment, jobs, "fitting") as (process, children):
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130, errors
        assert errors.startswith("interrupted")
        assert psutil.wait_procs(children, timeout=10)[1] == []
    parent, trial = runs_in(tmp_path)
    assert (parent.info.status, trial.info.status) == ("KILLED", "KILLED")


@pytest.mark.slow
def test_a_supervisor_that_is_killed_takes_its_worker_with_it(
    tmp_path: Path, small: list[str], environment: dict[str, str]
) -> None:
    with training(tmp_path, small, environment) as (process, children):
        process.kill()
        process.wait(timeout=10)
        assert psutil.wait_procs(children, timeout=60)[1] == []
    parent, trial = runs_in(tmp_path)
    assert parent.info.status == "KILLED"
    assert_killed(trial)


@pytest.mark.slow
def test_a_worker_that_is_killed_from_outside_is_replaced(
    tmp_path: Path, small: list[str], environment: dict[str, str]
) -> None:
    with training(tmp_path, small, environment) as (process, children):
        (worker,) = [child for child in children if "spawn_main" in str(child.cmdline())]
        worker.kill()
        assert process.stdout is not None
        for line in process.stdout:
            if line.lstrip().startswith("2/"):  # of the second job
                break
        deadline = time.monotonic() + 30
        while len(runs := runs_in(tmp_path)) < 3 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert [run.info.status for run in runs] == ["RUNNING", "FAILED", "RUNNING"]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert [run.info.status for run in runs_in(tmp_path)] == ["KILLED", "FAILED", "KILLED"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["dataset.path=a.csv,b.csv", "dataset.target=x"], ["dataset.path=a.csv,b.csv", "dataset.target=x"]),
        (["dataset.path=a.csv", "dataset.target=x,y"], ["dataset.path=a.csv", "dataset.target=x,y"]),
        (["dataset.where.well=A,B", "dataset.step=1,2"], ["dataset.where.well=A,B"]),
        (
            ["dataset=jena,csv", "dataset.lookback=240", "model.units=8,16"],
            ["dataset=jena,csv", "dataset.lookback=240"],
        ),
    ],
)
def test_what_names_the_data_stays_in_what_is_next_also_where_it_was_swept_over(
    given: list[str], kept: list[str]
) -> None:
    line = _next_sweep(_parse(["train", "-m", *given]), make_plan([]))
    assert line is not None
    assert shlex.split(line)[3:-2] == kept


def test_what_is_next_after_a_preset_is_the_preset_with_several_seeds() -> None:
    one, several = ["experiment=jena_gru_dropout", "dataset.source=simulated"], ["experiment=jena_step_units"]
    line = _next_sweep(_parse(["train", *one]), make_plan(one))
    assert line == f"seqexp train -m {' '.join(one)} sweep.seeds=3"
    assert len(make_plan(shlex.split(line)[3:], multirun=True).experiments) == 3
    assert _next_sweep(_parse(["train", *one, "seed=7"]), make_plan([*one, "seed=7"])) is None
    assert _next_sweep(_parse(["train", *several]), make_plan(several)) is None
