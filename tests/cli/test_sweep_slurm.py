"""`hydra/launcher=slurm` for real: on a Slurm of this machine, and through submitit's local executor without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.background import PATIENCE, started, until
from tests.cli.recorded import runs_in
from tests.conftest import Run
from tests.runs.dying import process_of, write_plugin
from tests.slurm import running_slurm

pytestmark = pytest.mark.slow

SETTINGS = ("hydra/launcher=slurm", "hydra.launcher.workers=2", "hydra.launcher.threads=1", "hydra.launcher.memory=2")


def test_without_a_cluster_the_settings_can_be_tried(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    pytest.importorskip("submitit")
    flags = write_plugin(tmp_path)
    jobs = ["model=odd", "model.how=kill,fine,raise"]
    done = seqexp("train", "-m", *flags, *small, *jobs, *SETTINGS, "hydra.launcher.cluster=local", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "3 jobs over model.how, 2 at once, 1 thread each" in done.stdout
    parent, *trials = runs_in(tmp_path)
    assert parent.info.status == "FAILED"
    assert {str(run.info.run_name): run.info.status for run in trials} == {
        "how=kill": "FAILED",
        "how=fine": "FINISHED",
        "how=raise": "FAILED",
    }
    table = done.stdout.partition("failures, with their tracebacks")[2]
    assert "how=kill   killed by signal 9 (SIGKILL): out of memory?" in table
    assert "ValueError: not like this" in table
    (own,) = (tmp_path / ".seqexp" / "slurm").iterdir()
    assert own.stat().st_mode & 0o077 == 0  # the submissions hold the sweep's key
    held = [process for process in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(process.info["cmdline"])]
    assert held == []


def test_a_sweep_that_is_killed_takes_its_workers_with_it(
    tmp_path: Path, small: list[str], environment: dict[str, str]
) -> None:
    pytest.importorskip("submitit")
    jobs = ["model=mlp", "training.epochs=100000", "seed=1,2", *SETTINGS, "hydra.launcher.cluster=local"]
    command = [sys.executable, "-m", "seqexp", "train", "-m", *small, *jobs]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as sweep:
        try:
            until(lambda: len({path.parent for path in (tmp_path / ".seqexp").rglob("epoch-*.checkpoint")}) == 2)
        finally:
            sweep.kill()
    until(lambda: {run.info.status for run in runs_in(tmp_path)} == {"KILLED"})
    until(lambda: not any(str(tmp_path) in str(each.info["cmdline"]) for each in psutil.process_iter(["cmdline"])))
    parent, *trials = runs_in(tmp_path)
    assert parent.data.tags["seqexp.failure"] == "its process was killed"
    for run in trials:
        assert run.data.metrics["best_epoch"] >= 1


def test_a_slurm_job_that_is_killed_fails_its_job_alone(
    tmp_path: Path, small: list[str], environment: dict[str, str]
) -> None:
    pytest.importorskip("submitit")
    marks, flags = tmp_path / "marks.txt", write_plugin(tmp_path)
    jobs = ["model=odd", "model.how=stubborn,fine,raise", f"model.marks={marks}"]

    with running_slurm() as slurm:
        told = {**environment, **slurm}
        more = ["hydra.launcher.partition=work", "+hydra.launcher.parameters.nice=7"]
        with started(["train", "-m", *flags, *small, *jobs, *SETTINGS, *more], tmp_path, told) as sweep:
            until(lambda: process_of("stubborn", marks) is not None or sweep.poll() is not None)
            victim = process_of("stubborn", marks)
            assert victim is not None
            its = victim.environ()  # SLURM_JOB_ID may name the whole array
            task = f"{its['SLURM_ARRAY_JOB_ID']}_{its['SLURM_ARRAY_TASK_ID']}"
            subprocess.run(["scancel", "--signal=KILL", task], env=told, check=True)
            shown, errors = sweep.communicate(timeout=PATIENCE)
        left = subprocess.run(["squeue", "--noheader"], env=told, capture_output=True, text=True, check=True).stdout
    assert (sweep.returncode, errors) == (1, "")
    assert left == ""
    parent, *trials = runs_in(tmp_path)
    ended = {str(run.info.run_name): (run.info.status, run.data.tags.get("seqexp.failure", "")) for run in trials}
    # Whether the process that is connected dies before the one that runs the job is Slurm's affair.
    assert ended["how=stubborn"] in [
        ("FAILED", f"the connection to {os.uname().nodename} was lost"),
        ("FAILED", "killed by signal 9 (SIGKILL): out of memory?"),
    ]
    assert ended["how=stubborn"][1] in shown.partition("failures, with their tracebacks")[2]
    assert ended["how=fine"] == ("FINISHED", "")
    assert ended["how=raise"][0] == "FAILED"
    assert (parent.data.metrics["jobs"], parent.data.metrics["jobs_failed"]) == (3, 2)
    (submission,) = [
        path for path in (tmp_path / ".seqexp" / "slurm").rglob("*submission.sh") if "--array" in path.read_text()
    ]
    assert set(submission.read_text().splitlines()) >= {
        "#SBATCH --array=0-1%2",
        "#SBATCH --cpus-per-task=1",
        "#SBATCH --mem=2GB",
        "#SBATCH --time=240",
        "#SBATCH --partition=work",
        "#SBATCH --nice=7",
    }


def test_what_slurm_refuses_is_wrong_input(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    pytest.importorskip("submitit")
    with running_slurm() as slurm:
        jobs = ["model=naive", "seed=1,2", *SETTINGS, "hydra.launcher.partition=nope"]
        done = seqexp("train", "-m", *small, *jobs, cwd=tmp_path, **slurm)
    assert done.returncode == 2
    assert "sbatch refuses the workers" in done.stderr
    assert "Traceback" not in done.stderr
    assert runs_in(tmp_path) == []
