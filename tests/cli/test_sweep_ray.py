"""`hydra/launcher=ray` for real: a cluster of its own, and one of node processes on this machine, of which one dies."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from tests.background import PATIENCE, free_port, started, until
from tests.cli.recorded import artifact, runs_in
from tests.conftest import Run
from tests.ray_nodes import RAY, kill_with_all_below, ray_cluster
from tests.runs.dying import process_of, write_plugin

pytestmark = pytest.mark.slow


def test_a_cluster_for_the_sweep_alone(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    pytest.importorskip("ray")
    arguments = ["hydra/launcher=ray", "hydra.launcher.workers=2", "model=naive,linear,mlp"]
    done = seqexp("train", "-m", *small, *arguments, cwd=tmp_path, **RAY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 jobs over model, 2 at once, 1 thread each" in done.stdout
    parent, *trials = runs_in(tmp_path)
    assert parent.info.status == "FINISHED"
    assert {run.data.tags["mlflow.parentRunId"] for run in trials} == {parent.info.run_id}
    assert sorted((str(run.info.run_name), run.info.status) for run in trials) == [
        ("linear", "FINISHED"),
        ("mlp", "FINISHED"),
        ("naive", "FINISHED"),
    ]
    assert "val MAE" in artifact(trials[0], "log.txt").read_text()


def test_a_node_that_dies_fails_its_job_alone(tmp_path: Path, small: list[str], environment: dict[str, str]) -> None:
    pytest.importorskip("ray")
    marks, flags = tmp_path / "marks.txt", write_plugin(tmp_path)
    jobs = ["model=odd", "model.how=stubborn,fine,raise,kill", f"model.marks={marks}"]

    with ray_cluster(environment, nodes=2) as (address, nodes):
        command = ["train", "-m", *flags, *small, *jobs, "hydra/launcher=ray", f"hydra.launcher.address={address}"]
        with started(command, tmp_path, {**environment, **RAY}) as sweep:
            until(lambda: process_of("stubborn", marks) is not None or sweep.poll() is not None)
            victim = process_of("stubborn", marks)
            assert victim is not None
            (node,) = [parent for parent in victim.parents() if parent.pid in nodes]
            kill_with_all_below(node)
            shown, _ = sweep.communicate(timeout=PATIENCE)
    assert sweep.returncode == 1
    lost = f"the connection to {os.uname().nodename} was lost"
    parent, *trials = runs_in(tmp_path)
    assert parent.info.status == "FAILED"
    assert {str(run.info.run_name): (run.info.status, run.data.tags.get("seqexp.failure", "")) for run in trials} | {
        "how=raise": ("FAILED", "")
    } == {
        "how=stubborn": ("FAILED", lost),
        "how=fine": ("FINISHED", ""),
        "how=raise": ("FAILED", ""),
        "how=kill": ("FAILED", "killed by signal 9 (SIGKILL): out of memory?"),
    }
    table = shown.partition("failures, with their tracebacks")[2]
    assert f"how=stubborn  {lost}" in table
    assert "how=kill      killed by signal 9 (SIGKILL): out of memory?" in table
    assert "ValueError: not like this" in table
    assert (parent.data.metrics["jobs"], parent.data.metrics["jobs_failed"]) == (4, 3)


def test_when_the_last_node_dies_the_rest_is_left_for_resume(
    tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    pytest.importorskip("ray")
    jobs = ["train", "-m", *small, "model=mlp", "training.epochs=300", "seed=1,2"]
    with ray_cluster(environment, nodes=1) as (address, (node,)):
        on_ray = ["hydra/launcher=ray", f"hydra.launcher.address={address}", "hydra.launcher.wait=20"]
        with started([*jobs, *on_ray], tmp_path, {**environment, **RAY}) as sweep:
            until(lambda: any(tmp_path.rglob("epoch-*.checkpoint")) or sweep.poll() is not None)
            kill_with_all_below(psutil.Process(node))
            shown, errors = sweep.communicate(timeout=PATIENCE)
    lost = f"the connection to {os.uname().nodename} was lost"
    assert sweep.returncode == 1, errors
    assert f"failed: {lost}" in shown
    assert errors.startswith("failed: hydra.launcher.wait=20: Ray has had no worker for that long. ")
    assert "0 of 2 jobs are done. The same command with --resume goes on with the rest." in errors
    parent, cut = runs_in(tmp_path)
    assert (parent.info.status, cut.info.status) == ("FAILED", "FAILED")
    done = seqexp(*jobs, "--resume", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "seed=1, which goes on from its checkpoint" in done.stdout
    runs = runs_in(tmp_path)
    assert [run.info.run_id for run in runs[:2]] == [parent.info.run_id, cut.info.run_id]
    assert [run.info.status for run in runs] == ["FINISHED"] * 3


def test_no_cluster_where_one_should_be_is_wrong_input(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    pytest.importorskip("ray")
    address = f"127.0.0.1:{free_port()}"
    arguments = ["hydra/launcher=ray", f"hydra.launcher.address={address}", "seed=1,2", "model=naive"]
    done = seqexp("train", "-m", *small, *arguments, cwd=tmp_path, **RAY)
    assert done.returncode == 2
    assert f"hydra.launcher.address={address}: no Ray cluster answers there (connection refused)" in done.stderr
    assert "Traceback" not in done.stderr
    assert runs_in(tmp_path) == []
