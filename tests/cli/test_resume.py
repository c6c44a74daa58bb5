"""`seqexp train --resume` as a user needs it: after Ctrl-C, kill -9 and wrong words; and `rm` and `gc`."""

from __future__ import annotations

import csv
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from tests.cli.recorded import artifact, client_of, runs_in
from tests.conftest import COSTS, Run
from tests.faults import assert_faults

MODELS = {
    "gru_dropout": ("model=gru_dropout", "model.units=6", "training.optimizer=adam", "training.epochs=14"),
    "gru_stacked": (
        "model=gru_stacked", "model.units=4", "model.top_units=4", "dataset.sampling=epoch",
        "training.steps_per_epoch=null", "training.learning_rate=0.02", "training.epochs=40", "training.patience=4",
    ),
}  # fmt: skip


def begun_with(name: str, small: list[str]) -> list[str]:
    keys = {text.split("=")[0] for text in MODELS[name]}
    return ["train", *(text for text in small if text.split("=")[0] not in keys), *MODELS[name], "--name", "it"]


def start(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "seqexp", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end_after_epochs(
    process: subprocess.Popen[str], count: int, wait: float, number: signal.Signals
) -> tuple[int, str]:
    """Send a signal some time after a number of epochs were shown; return the exit code and stderr."""
    assert process.stdout is not None
    seen = 0
    for line in process.stdout:
        seen += line.lstrip()[:1].isdigit() and "/" in line.split()[0]
        if seen == count:
            break
    time.sleep(wait)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def figures(folder: Path) -> dict[str, Any]:
    """Return all numbers of the only run: of every epoch and at the end, its weights and its forecasts."""
    import keras

    (run,) = runs_in(folder)
    assert run.info.status == "FINISHED"
    with artifact(run, "history.csv").open() as file:
        history = [{k: v for k, v in row.items() if k != "epoch_seconds"} for row in csv.DictReader(file)]
    client = client_of(folder)
    stored = {
        name: [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, name)]
        for name in ("loss", "mae", "val_loss", "val_mae", "gradient_norm", "learning_rate")
    }
    once = {name: value for name, value in run.data.metrics.items() if name not in COSTS}
    model = keras.saving.load_model(artifact(run, "model/data/model.keras"))
    forecasts = [parquet.read_table(artifact(run, f"predictions/{part}.parquet")) for part in ("val", "test")]
    files = {path.relative_to(artifact(run, "")).as_posix() for path in artifact(run, "").rglob("*") if path.is_file()}
    return {
        "history": history,
        "stored": stored,
        "once": once,
        "weights": [np.asarray(weight).tobytes() for weight in model.get_weights()],
        "forecasts": [table.to_pydict() for table in forecasts],
        "files": files,
        "params": run.data.params,
    }


def kill_and_resume(
    name: str, kills: int, seed: int, folder: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    """Kill a run at random moments, resume it each time, and compare it with one that nobody killed."""
    whole, cut = folder / "whole", folder / "cut"
    whole.mkdir()
    cut.mkdir()
    done = seqexp(*begun_with(name, small), cwd=whole)
    assert done.returncode == 0, done.stderr
    moments, killed = random.Random(seed), 0
    process = start(begun_with(name, small), cut, environment)
    while True:
        # An epoch's line comes before its checkpoint, whose first there must be: the second line says that there is.
        epochs = moments.randint(1, 3) + (killed == 0)
        code, errors = end_after_epochs(process, epochs, moments.uniform(0, 0.2), signal.SIGKILL)
        if code == 0:
            break  # it had come to its end before
        assert code == -signal.SIGKILL, errors
        killed += 1
        listed = seqexp("ls", "runs", cwd=cut)
        assert "its process died (process " in listed.stdout
        (run,) = runs_in(cut)
        assert (run.info.status, run.data.tags["seqexp.failure"]) == ("KILLED", "its process died")
        assert f"seqexp train --resume {run.info.run_id} goes on after epoch " in listed.stdout
        if killed == kills:
            done = seqexp("train", "--resume", "it", cwd=cut)
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
            break
        process = start(["train", "--resume", run.info.run_id[:12]], cut, environment)
    assert killed >= 1
    expected, found = figures(whole), figures(cut)
    assert {key for key in expected if expected[key] != found[key]} == set()
    (run,) = runs_in(cut)
    lines = artifact(run, "log.txt").read_text().splitlines()
    assert [line.split("/")[0].strip() for line in lines if _is_epoch(line)] == [
        row["epoch"] for row in expected["history"]
    ]
    assert list((cut / ".seqexp" / "runs").iterdir()) == []


def _is_epoch(line: str) -> bool:
    first = line.split()[:1]
    return bool(first) and first[0].replace("/", "").isdigit() and "/" in first[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_run_that_was_killed_at_random_moments_is_the_one_that_was_not(
    name: str, tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    kill_and_resume(name, 2, 1, tmp_path, seqexp, small, environment)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
@pytest.mark.parametrize("name", MODELS)
def test_so_it_is_after_twenty_kills_in_all(
    name: str, seed: int, tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    kill_and_resume(name, 2, seed, tmp_path, seqexp, small, environment)


def end_after_three_epochs(
    folder: Path, small: list[str], environment: dict[str, str], number: signal.Signals
) -> tuple[int, str]:
    """Train a run named "long" that a signal ends; return the exit code and stderr."""
    process = start(["train", *small, "model=mlp", "training.epochs=99999", "--name", "long"], folder, environment)
    return end_after_epochs(process, 3, 0.0, number)


@pytest.fixture(scope="module")
def interrupted(
    tmp_path_factory: pytest.TempPathFactory, small: list[str], environment: dict[str, str]
) -> tuple[Path, str]:
    """A folder with a run that Ctrl-C ended, and what the command said on stderr."""
    folder = tmp_path_factory.mktemp("interrupted")
    code, errors = end_after_three_epochs(folder, small, environment, signal.SIGINT)
    assert code == 130
    return folder, errors


def assert_all_is_kept(folder: Path, errors: str, word: str) -> None:
    """Assert that a signal left a run that can go on, with all that it had reached, and that the command said so."""
    assert errors.startswith(word)
    assert "Traceback" not in errors
    (run,) = runs_in(folder)
    assert run.info.status == "KILLED"
    checkpoints = folder / ".seqexp" / "runs" / run.info.run_id
    epoch = int(max(checkpoints.glob("*.checkpoint")).stem.removeprefix("epoch-"))
    assert errors.splitlines()[-1] == f"seqexp train --resume {run.info.run_id} goes on after epoch {epoch}"
    assert not (checkpoints / "process.json").exists()
    assert run.data.metrics["best_epoch"] >= 1
    # Where the machine is too busy to save the model in the moment that there is, the command says so.
    assert artifact(run, "model/data/model.keras").is_file() != ("; the checkpoint alone has the weights" in errors)
    assert len(artifact(run, "history.csv").read_text().splitlines()) >= 4


def test_ctrl_c_leaves_what_was_reached_and_says_how_to_go_on(interrupted: tuple[Path, str]) -> None:
    assert_all_is_kept(*interrupted, "interrupted")


@pytest.mark.slow
def test_so_does_sigterm(tmp_path: Path, small: list[str], environment: dict[str, str]) -> None:
    code, errors = end_after_three_epochs(tmp_path, small, environment, signal.SIGTERM)
    assert code == 143
    assert_all_is_kept(tmp_path, errors, "terminated")


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        (
            ["model=gru", "tracking.urn=x", "-m", "--cfg", "job", "--dry-run"],
            [
                ("-m", "--resume"),
                ("--dry-run", "--resume"),
                ("--cfg", "--resume"),
                ("model=gru", "--resume", "tracking.uri", "tracking.checkpoints"),
                ("tracking.urn=x", "--resume", "tracking.checkpoints", "Did you mean 'tracking.uri'?"),
            ],
        ),
        (["tracking.uri=3"], [("tracking.uri", "Received: 3.")]),
        (["--tag", "nothing", "--plugin", "no.txt"], [("--tag", "K=V", "'nothing'"), ("--plugin", "'no.txt'")]),
    ],
)
def test_what_a_begun_run_does_not_take_is_told_at_once(
    interrupted: tuple[Path, str], arguments: list[str], faults: list[tuple[str, ...]], seqexp: Run
) -> None:
    done = seqexp("train", "--resume", "long", *arguments, cwd=interrupted[0])
    assert (done.returncode, done.stdout) == (2, "")
    assert_faults(done.stderr, faults)


def test_a_run_that_is_not_there_is_wrong_input(interrupted: tuple[Path, str], seqexp: Run) -> None:
    done = seqexp("train", "--resume", "lung", cwd=interrupted[0])
    assert done.returncode == 2
    assert "Did you mean 'long'?" in done.stderr


@pytest.mark.slow
def test_rm_and_gc_say_what_they_free(
    tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    process = start(["train", *small, "model=mlp", "training.epochs=9999", "--name", "cut"], tmp_path, environment)
    end_after_epochs(process, 1, 0.0, signal.SIGINT)
    done = seqexp("train", "-m", *small, "model=naive", "seed=0,1", "--name", "both", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (cut,) = [run for run in runs_in(tmp_path) if run.info.run_name == "cut"]
    done = seqexp("train", "--resume", "both", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is a sweep: run the command that began it again, with --resume and no run" in done.stderr
    assert done.stderr.endswith("All its jobs that began are finished.\n")
    done = seqexp("rm", "cut", "both", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: --yes must be given to delete 4 runs where there is no terminal to ask on.\n"
    done = seqexp("rm", "cut", "nothing", "--yes", cwd=tmp_path)
    assert done.returncode == 2
    assert len(runs_in(tmp_path)) == 4
    done = seqexp("rm", "cut", "both", "--yes", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("deleted ") == 4
    assert "MB of checkpoints freed" in done.stdout
    assert runs_in(tmp_path) == []
    assert [path for path in (tmp_path / ".seqexp" / "runs").iterdir() if path.name != ".claims"] == []
    # Restored by MLflow's own means; then it is there again, with its artifacts.
    client_of(tmp_path).restore_run(cut.info.run_id)
    assert [run.info.run_name for run in runs_in(tmp_path)] == ["cut"]
    assert artifact(cut, "history.csv").is_file()
    lost = tmp_path / ".seqexp" / "runs" / ("0" * 32)
    lost.mkdir()
    (lost / "store.txt").write_text(f"sqlite:///{tmp_path}/mlflow.db")
    (lost / "epoch-00000001.checkpoint").write_bytes(bytes(3_000_000))
    done = seqexp("gc", "--dry-run", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"3.0 MB  checkpoints of run {'0' * 32}: it is not in" in done.stdout
    assert done.stdout.count("artifacts of the deleted run") == 3
    assert lost.is_dir()
    size = (tmp_path / "mlflow.db").stat().st_size
    done = seqexp("gc", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    *_, last = done.stdout.splitlines()
    assert float(last.removesuffix(" MB freed")) >= 3.0
    assert not lost.exists()
    assert (tmp_path / "mlflow.db").stat().st_size <= size
    assert [run.info.run_name for run in runs_in(tmp_path)] == ["cut"]
    assert artifact(cut, "history.csv").is_file()
    assert seqexp("gc", cwd=tmp_path).stdout == "0.0 MB freed\n"


@pytest.mark.slow
def test_a_job_of_a_sweep_that_was_killed_is_resumed_by_itself(
    tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    sweep = ["train", "-m", *small, "model=mlp", "model.units=2,3", "training.epochs=40", "--name", "sweep"]
    process = start(sweep, tmp_path, environment)
    end_after_epochs(process, 43, 0.0, signal.SIGKILL)  # in the second job
    deadline = time.monotonic() + 60  # the job's own process, orphaned, ends its run and the sweep's
    while any(run.info.status == "RUNNING" for run in runs_in(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.5)
    runs = {run.info.run_name: run for run in runs_in(tmp_path)}
    assert {name: run.info.status for name, run in runs.items()} == {
        "sweep": "KILLED",
        "units=2": "FINISHED",
        "units=3": "KILLED",
    }
    refused = seqexp("train", "--resume", "sweep", cwd=tmp_path)
    assert refused.returncode == 2
    assert f"Not finished: units=3 (id {runs['units=3'].info.run_id}" in refused.stderr
    done = seqexp("train", "--resume", "units=3", "--tag", "who=me", "--note", "again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = client_of(tmp_path).get_run(runs["units=3"].info.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["mlflow.parentRunId"] == runs["sweep"].info.run_id
    assert run.data.tags["seqexp.kind"] == "trial"
    assert (run.data.tags["who"], run.data.tags["mlflow.note.content"]) == ("me", "again")
    refused = seqexp("train", "--resume", "units=3", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is finished: nothing to resume." in refused.stderr
