"""Sweeps that are cut short, go on, share their jobs, and are only looked at: as a user runs them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from mlflow.entities import Run as MlflowRun

from tests.cli.recorded import artifact, runs_in
from tests.cli.test_sweep import training
from tests.conftest import SMALL, Run
from tests.runs.dying import write_plugin

EPOCHS = ("model=mlp", "training.epochs=6", "seed=1,2,3")


def figures(run: MlflowRun) -> dict[str, float]:
    """Return a run's metrics without those that are times or memory."""
    return {
        key: value for key, value in run.data.metrics.items() if "seconds" not in key and not key.startswith("memory")
    }


def trials_in(folder: Path) -> list[MlflowRun]:
    return [run for run in runs_in(folder) if run.data.tags["seqexp.kind"] == "trial"]


def sweeps_in(folder: Path) -> list[MlflowRun]:
    return [run for run in runs_in(folder) if run.data.tags["seqexp.kind"] == "sweep"]


@pytest.mark.slow
def test_only_what_failed_runs_again_and_then_nothing(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    flags = write_plugin(tmp_path)
    jobs = ["train", "-m", *flags, "model=odd", f"model.marks={tmp_path / 'marks'}", "model.how=fine,once", *small]
    first = seqexp(*jobs, cwd=tmp_path)
    assert (first.returncode, first.stderr) == (1, "")
    again = seqexp(*jobs, "--resume", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert [line.split()[0] for line in (tmp_path / "marks").read_text().splitlines()] == ["fine", "once", "once"]
    (parent,) = sweeps_in(tmp_path)
    assert parent.info.status == "FINISHED"
    assert "seqexp.failure" not in parent.data.tags
    assert (
        artifact(parent, "failures.txt").read_text()
        == "The jobs that had failed were run again, and none of them failed this time.\n"
    )
    assert (parent.data.metrics["jobs"], parent.data.metrics["jobs_failed"]) == (2, 0)
    assert [(run.info.run_name, run.info.status) for run in trials_in(tmp_path)] == [
        ("how=fine", "FINISHED"),
        ("how=once", "FAILED"),
        ("how=once", "FINISHED"),
    ]
    done = trials_in(tmp_path)[0].info.run_id
    assert f"done before: how=fine (run {done})" in again.stdout
    table = again.stdout.partition("the sweep's 2 jobs")[2]
    assert [line.split()[0] for line in table.splitlines() if "done before" in line] == ["how=fine"]
    log = artifact(parent, "log.txt").read_text()
    progress = first.stdout[: first.stdout.rindex(" so far\n") + len(" so far\n")]
    assert log.startswith(progress)
    assert again.stdout.startswith(log[len(progress) :])
    third = seqexp(*jobs, "--resume", cwd=tmp_path)
    assert third.returncode == 0
    assert "all 2 jobs are done: nothing is left to run" in third.stdout
    assert len(runs_in(tmp_path)) == 4


@pytest.mark.slow
def test_an_interrupted_sweep_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, small: list[str], environment: dict[str, str], seqexp: Run
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    assert seqexp("train", "-m", *small, *EPOCHS, cwd=whole).returncode == 0
    with training(cut, small, environment, EPOCHS) as (process, children):
        psutil.Process(process.pid).kill()
        process.wait(timeout=20)
        psutil.wait_procs(children, timeout=60)
    hint = seqexp("train", "-m", *small, *EPOCHS, "--resume", "--dry-run", cwd=cut)
    assert hint.returncode == 0
    assert "goes on after epoch" in hint.stdout
    again = seqexp("train", "-m", *small, *EPOCHS, "--resume", cwd=cut)
    assert (again.returncode, again.stderr) == (0, "")
    assert "resumed" in again.stdout
    assert len(sweeps_in(cut)) == 1
    assert [figures(run) for run in trials_in(cut)] == [figures(run) for run in trials_in(whole)]
    assert all(run.data.tags["mlflow.parentRunId"] == sweeps_in(cut)[0].info.run_id for run in trials_in(cut))


@pytest.mark.slow
def test_a_new_sweep_says_that_an_unfinished_one_could_go_on(
    tmp_path: Path, small: list[str], environment: dict[str, str], seqexp: Run
) -> None:
    with training(tmp_path, small, environment, EPOCHS, "job 2 of 3") as (process, _):
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 143
        assert "1 of 3 jobs are done. The same command with --resume goes on with the rest." in errors
    (cut,) = sweeps_in(tmp_path)
    anew = seqexp("train", "-m", *small, *EPOCHS, cwd=tmp_path)
    assert anew.returncode == 0
    (line,) = [line for line in anew.stdout.splitlines() if "did not come to its end" in line]
    assert f"(run {cut.info.run_id}), 1 of 3 jobs done" in line
    assert "--resume" in line
    assert [run.info.status for run in trials_in(tmp_path)].count("FINISHED") == 4


@pytest.mark.slow
def test_two_sweeps_at_once_share_the_jobs(tmp_path: Path, small: list[str], environment: dict[str, str]) -> None:
    jobs = ["model=mlp", "training.epochs=40", "seed=1,2,3,4,5,6"]
    command = [sys.executable, "-m", "seqexp", "train", "-m", *small, *jobs]
    started = [
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300) for process in started]
    assert [process.returncode for process in started] == [0, 0], outputs
    finished = [run.data.params["seed"] for run in trials_in(tmp_path)]
    assert sorted(finished) == ["1", "2", "3", "4", "5", "6"]
    assert [run.info.status for run in sweeps_in(tmp_path)] == ["FINISHED", "FINISHED"]
    assert [run.data.metrics["jobs"] for run in sweeps_in(tmp_path)] == [6, 6]
    shared = sum(output.count("done by another sweep: ") for output, _ in outputs)
    assert shared == 6  # each job is run by one of them, and known to the other


@pytest.mark.slow
def test_jobs_in_parallel_give_what_they_give_in_turn(tmp_path: Path, small: list[str], seqexp: Run) -> None:
    flags = write_plugin(tmp_path)
    jobs = ["train", "-m", *flags, "model=odd", "model.how=fine,kill,raise", "seed=1,2", "training.threads=1", *small]
    tables = {}
    for launcher in ("serial", "parallel"):
        done = seqexp(*jobs, f"hydra/launcher={launcher}", f"tracking.experiment={launcher}", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (1, "")
        (parent,) = [run for run in sweeps_in(tmp_path) if run.info.experiment_id in _experiment(tmp_path, launcher)]
        rows = [line.split(",") for line in artifact(parent, "summary.csv").read_text().splitlines()]
        tables[launcher] = [[*row[:8], row[9]] for row in rows]  # without seconds and run ids
        failures = artifact(parent, "failures.txt").read_text()
        assert failures.count("killed by signal 9") == 2
        assert failures.count("ValueError: not like this") >= 2
    assert tables["serial"] == tables["parallel"]
    assert [row[-1] for row in tables["serial"][1:]] == ["FINISHED", "FINISHED", *["FAILED"] * 4]


def _experiment(folder: Path, name: str) -> set[str]:
    from tests.cli.recorded import client_of

    return {client_of(folder).get_experiment_by_name(name).experiment_id}  # type: ignore[union-attr]


@pytest.mark.slow
def test_threads_are_shared_by_jobs_at_once(tmp_path: Path, small: list[str], seqexp: Run) -> None:
    flags = ["hydra/launcher=parallel", "hydra.launcher.workers=2", "hydra.launcher.threads=1"]
    done = seqexp("train", "-m", *small, "model=mlp", "sweep.seeds=2", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 at once, 1 thread each" in done.stdout
    assert [run.data.tags["seqexp.threads"] for run in trials_in(tmp_path)] == ["1", "1"]
    assert sorted(run.data.params["seed"] for run in trials_in(tmp_path)) == ["0", "1"]
    again = seqexp("train", "-m", *small, "model=mlp", "sweep.seeds=2", "--resume", cwd=tmp_path)
    assert "all 2 jobs are done" in again.stdout  # what was asked for is the same


def test_a_dry_run_writes_nothing(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    done = seqexp("train", "-m", *small, "model=naive,mlp", "model.units=4", "--dry-run", cwd=tmp_path)
    assert done.returncode == 2  # naive has no units
    done = seqexp("train", "-m", *small, "model=naive,mlp", "--dry-run", "hydra/launcher=parallel", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
    rows = done.stdout.partition("2 jobs, nothing is run")[2].splitlines()
    assert [row.split()[0] for row in rows[2:4]] == ["naive", "mlp"]
    assert all("timed steps" in row and row.endswith("runs") for row in rows[2:4])
    assert "to run   2 of 2 jobs, 2 at once: about 0:" in done.stdout
    assert " MB; " in done.stdout.partition("disk ")[2].splitlines()[0]
    assert " GB for 2 at once" in done.stdout.partition("memory ")[2]


@pytest.mark.slow
def test_a_dry_run_learns_from_past_runs_and_finds_what_would_fail(
    tmp_path: Path, seqexp: Run, small: list[str]
) -> None:
    assert seqexp("train", *small, "model=mlp", cwd=tmp_path).returncode == 0
    done = seqexp("train", "-m", *small, "model=mlp", "seed=0,5", "training.epochs=7", "--dry-run", cwd=tmp_path)
    assert done.stdout.count("a past run") == 2
    assert "timing" not in done.stdout
    broken = ["model=mlp", "model.layers=[Flatten],[{Conv1D:{filters:2,kernel_size:999}}]"]
    fails = seqexp("train", "-m", *small, *broken, "--dry-run", cwd=tmp_path)
    assert fails.returncode == 1
    assert "would fail: InputError: model.layers" in fails.stdout
    assert len(runs_in(tmp_path)) == 1


def test_resume_needs_a_run_or_a_sweep(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    done = seqexp("train", *small, "--resume", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --resume must name a run, or go with a sweep (-m)")


@pytest.mark.slow
def test_jobs_on_several_files_are_found_in_the_experiments_of_each(
    tmp_path: Path, series_csv: Path, seqexp: Run
) -> None:
    lines = series_csv.read_text().splitlines()
    for name, rows in (("north", lines), ("south", lines[:-1])):
        (tmp_path / f"{name}.csv").write_text("\n".join(rows))
    jobs = ["train", "-m", "dataset=csv", "dataset.target=T", *SMALL, "dataset.path=north.csv,south.csv", "model=naive"]
    assert seqexp(*jobs, cwd=tmp_path).returncode == 0
    experiments = {run.info.experiment_id for run in trials_in(tmp_path)}
    assert experiments == _experiment(tmp_path, "north") | _experiment(tmp_path, "south")
    (sweep,) = sweeps_in(tmp_path)
    again = seqexp(*jobs, "--resume", cwd=tmp_path)
    assert "all 2 jobs are done" in again.stdout
    assert len(trials_in(tmp_path)) == 2
    assert seqexp("rm", sweep.info.run_id, "--yes", cwd=tmp_path).returncode == 0
    assert runs_in(tmp_path) == []
