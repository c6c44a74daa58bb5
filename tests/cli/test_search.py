"""`seqexp train -m hydra/sweeper=optuna` as a user runs it: trials, pruning, killed and gone on with, shared."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.image import imread
from mlflow.entities import Run as MlflowRun
from optuna.study import Study, load_study
from optuna.trial import TrialState

from seqexp.cli.main import main
from seqexp.sweeps.queue.storage import locate_studies
from tests.background import started, until
from tests.cli.recorded import artifact, no_room_for_summaries, runs_in
from tests.conftest import Run
from tests.faults import assert_faults
from tests.postgres import running_postgres

SEARCH = ("train", "-m", "hydra/sweeper=optuna")
NETWORK = (
    "model=mlp",
    "model.units=range(4,33,4)",
    "training.learning_rate=tag(log,interval(1e-4,1e-1))",
    "training.epochs=4",
    "hydra.sweeper.pruner.startup_trials=3",
)


def study_in(folder: Path, name: str, storage: str | None = None) -> Study:
    return load_study(study_name=name, storage=locate_studies(storage, None, folder).open())


def split(runs: list[MlflowRun]) -> tuple[list[MlflowRun], list[MlflowRun]]:
    """Return the sweeps' own runs, and the trials."""
    sweeps = [run for run in runs if run.data.tags["seqexp.kind"] == "sweep"]
    return sweeps, [run for run in runs if run not in sweeps]


def test_a_search_runs_its_trials_under_one_parent(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    command = (*SEARCH, "model=linear", "model.alpha=tag(log,interval(1e-3,1e3))", "hydra.sweeper.trials=3", *small)
    done = seqexp(*command, "--name", "ridge", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (parent,), trials = split(runs_in(tmp_path))
    study = study_in(tmp_path, "ridge")
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 3
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["seqexp.study"] == "ridge"
    assert parent.data.tags["seqexp.study_storage"] == f"sqlite:///{tmp_path}/.seqexp/studies.db"
    for trial, run in zip(study.trials, trials, strict=True):
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.data.params["model.alpha"] == repr(trial.params["model.alpha"])
        assert run.data.metrics["best_val_mae"] == trial.value
        assert (run.info.run_name or "").startswith(f"#{trial.number} alpha=")
    rows = list(csv.DictReader(artifact(parent, "summary.csv").read_text().splitlines()))
    assert [float(row["model.alpha"]) for row in rows] == [trial.params["model.alpha"] for trial in study.trials]
    assert parent.data.tags["seqexp.best_run"] == trials[study.best_trial.number].info.run_id
    assert imread(artifact(parent, "plots/history.png")).ndim == 3
    assert f"the best of 3 finished trials: #{study.best_trial.number}" in done.stdout
    again = seqexp(*command, "--name", "ridge", cwd=tmp_path)
    assert again.returncode == 2
    assert again.stderr.startswith("error: hydra.sweeper.study: the study 'ridge' is there already, with 3 trials")
    assert len(runs_in(tmp_path)) == 4


@pytest.mark.parametrize(
    ("overrides", "faults"),
    [
        (("model=gru_dropout", "model.dropout=interval(0,2)"), [("model.dropout", "[0, 1)", "Received: 2.0.")]),
        (("model.units=range(4,6)", "--resume"), [("--resume", "'model.units ")]),
        (("model.units=range(4,6)", "hydra.sweeper.storage=studies.db"), [("hydra.sweeper.storage='studies.db'",)]),
        (("hydra.sweeper.trials=0",), [("hydra.sweeper.trials", "Received: 0"), ("hydra/sweeper=optuna",)]),
    ],
)
def test_a_wrong_search_writes_nothing(
    tmp_path: Path, seqexp: Run, small: list[str], overrides: tuple[str, ...], faults: list[tuple[str, ...]]
) -> None:
    done = seqexp(*SEARCH, *small, *overrides, cwd=tmp_path)
    assert done.returncode == 2
    lines = "".join(f"{line}\n" for line in sorted(done.stderr.splitlines()))
    assert_faults(lines, faults)
    assert not (tmp_path / "mlflow.db").exists()
    assert not list(tmp_path.glob(".seqexp/*.db"))


@pytest.mark.slow
def test_a_study_that_was_killed_ends_as_if_it_had_not_been(
    tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str]
) -> None:
    """SIGKILL to the command while its sixth trial trains, and --resume at once."""
    command = [*SEARCH, *small, *NETWORK, "hydra.sweeper.trials=9"]
    whole = seqexp(*command, "hydra.sweeper.study=whole", cwd=tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    cut = [*command, "hydra.sweeper.study=cut"]
    with started(cut, tmp_path, environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("job 6 of 9"):
                break
        for line in process.stdout:
            if line.lstrip().startswith("1/4"):
                break
        process.kill()
        process.communicate()
    rest = seqexp(*cut, "--resume", cwd=tmp_path)
    assert (rest.returncode, rest.stderr) == (0, "")
    assert "4 of 9 trials are left" in rest.stdout
    before, after = study_in(tmp_path, "whole"), study_in(tmp_path, "cut")
    for one, other in zip(before.trials, after.trials, strict=True):
        assert one.state == other.state
        assert one.params == other.params
        assert one.value == other.value
        assert one.intermediate_values == other.intermediate_values
    states = [trial.state for trial in before.trials]
    assert states.count(TrialState.PRUNED) > 0
    assert states.count(TrialState.PRUNED) + states.count(TrialState.COMPLETE) == 9
    sweeps, trials = split(runs_in(tmp_path))
    assert [run.info.status for run in sweeps] == ["FINISHED", "FINISHED"]
    assert len(trials) == 18  # the sixth goes on as the run that it was
    pruned = [run for run in trials if "seqexp.pruned" in run.data.tags]
    assert len(pruned) == 2 * states.count(TrialState.PRUNED)
    assert f"pruned after epoch {pruned[0].data.tags['seqexp.pruned']}" in whole.stdout
    nothing_left = seqexp(*cut, "--resume", cwd=tmp_path)
    assert nothing_left.returncode == 0
    assert "all 9 trials have ended" in nothing_left.stdout
    assert len(runs_in(tmp_path)) == 20


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where studies are kept."""
    if request.param == "SQLite":
        yield f"sqlite:///{tmp_path / 'studies.db'}"
    else:
        with running_postgres() as server:
            yield server.create("studies")


@pytest.mark.slow
def test_two_commands_share_one_study(
    tmp_path: Path, seqexp: Run, small: list[str], environment: dict[str, str], storage: str
) -> None:
    settings = ["hydra.sweeper.trials=8", "hydra.sweeper.study=shared", f"hydra.sweeper.storage={storage}"]
    command = [*SEARCH, *small, *NETWORK, *settings]
    with started(command, tmp_path, environment) as first:
        until(lambda: locate_studies(storage, None, tmp_path).exists and _trials(tmp_path, storage) > 0)
        second = seqexp(*command, "--resume", "hydra/launcher=parallel", "hydra.launcher.workers=2", cwd=tmp_path)
        out, errors = first.communicate(timeout=300)
    assert (first.returncode, errors, second.returncode, second.stderr) == (0, "", 0, "")
    sweeps, trials = split(runs_in(tmp_path))
    assert len(sweeps) == 2
    assert len(trials) == 8
    assert {run.data.tags["mlflow.parentRunId"] for run in trials} == {run.info.run_id for run in sweeps}
    assert _trials(tmp_path, storage) == 8
    assert "done by another sweep" in out + second.stdout


def _trials(folder: Path, storage: str) -> int:
    try:
        return len(study_in(folder, "shared", storage).trials)
    except KeyError:
        return 0


@pytest.mark.slow
def test_a_search_that_could_not_be_summed_up_is_by_resume(own_folder: Path, small: list[str]) -> None:
    command = [*SEARCH, *small, *NETWORK, "hydra.sweeper.trials=2"]
    with no_room_for_summaries():
        assert main(command) == 1
    (sweep,), trials = split(runs_in(own_folder))
    assert sweep.info.status == "FAILED"
    assert main([*command, "--resume"]) == 0
    (sweep,), again = split(runs_in(own_folder))
    assert sweep.info.status == "FINISHED"
    assert [run.info.run_id for run in again] == [run.info.run_id for run in trials]
    assert len(artifact(sweep, "summary.csv").read_text().splitlines()) == 3


@pytest.mark.slow
def test_what_failed_is_told_and_the_search_goes_on(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    """A learning rate of 1e35 diverges."""
    rates = "training.learning_rate=0.01,1e35"
    done = seqexp(*SEARCH, *small, "model=mlp", rates, "hydra.sweeper.trials=5", "--name", "odd", cwd=tmp_path)
    assert done.returncode == 1
    states = [trial.state for trial in study_in(tmp_path, "odd").trials]
    assert set(states) == {TrialState.COMPLETE, TrialState.FAIL}
    assert "TrainingDiverged" in done.stdout
