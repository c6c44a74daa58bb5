"""`seqexp train` as a user runs it: what it prints, what it records, how it ends."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from pyarrow import parquet

from seqexp.cli.main import _parse
from seqexp.cli.train import _takes_resume
from tests.cli.recorded import artifact, client_of, runs_in
from tests.conftest import COSTS, Run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, seqexp: Run, small: list[str]) -> tuple[Path, str]:
    """One run of gru_dropout with a name, a note and tags, and what it printed."""
    folder = tmp_path_factory.mktemp("trained")
    flags = ["--name", "first, 'best'", "--note", "why = because", "--tag", "who=me", "--tag", "n=2"]
    done = seqexp("train", "model=gru_dropout", "model.units=6", *small, *flags, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder, done.stdout


class TestOneRun:
    def test_prints_plain_lines_when_piped(self, trained: tuple[Path, str]) -> None:
        output = trained[1]
        lines = output.splitlines()
        assert lines[0].startswith("data     ")
        assert "\x1b" not in output
        assert "\r" not in output
        assert all(line == line.rstrip() for line in lines)
        epochs = [line for line in lines if line.lstrip().startswith(("1/2", "2/2"))]
        assert len(epochs) == 2
        assert any("a lead of 3 h" in line for line in lines)
        assert any("seqexp compare" in line for line in lines)

    def test_records_names_notes_and_tags(self, trained: tuple[Path, str]) -> None:
        (run,) = runs_in(trained[0])
        assert run.info.run_name == "first, 'best'"
        assert run.info.status == "FINISHED"
        assert run.data.tags["mlflow.note.content"] == "why = because"
        assert (run.data.tags["who"], run.data.tags["n"]) == ("me", "2")

    def test_keeps_the_contract_of_tags_params_and_metrics(self, trained: tuple[Path, str]) -> None:
        (run,) = runs_in(trained[0])
        tags = (
            "kind config_digest group_digest data_digest task_digest data_source git_commit git_dirty version overrides"
        )
        assert {f"seqexp.{tag}" for tag in tags.split()} <= set(run.data.tags)
        assert run.data.tags["seqexp.kind"] == "run"
        assert run.data.tags["seqexp.data_source"] == "path"
        assert run.data.tags["seqexp.true_lead_hours"] == "3"
        assert run.data.params["model.units"] == "6"
        assert run.data.params["dataset.split.test.end"] == "null"
        assert run.data.params["training.learning_rate"] == "0.001"
        once = "best_epoch best_val_mae test_mae test_mae_units naive_val_mae naive_test_mae skill_val skill_test"
        once += " best_val_rmse test_rmse test_rmse_units best_val_bias test_bias best_val_sd_ratio test_sd_ratio"
        each = "loss mae val_loss val_mae val_rmse val_bias learning_rate epoch_seconds"
        assert set(f"{once} {each} parameters train_seconds".split()) <= set(run.data.metrics)
        history = client_of(trained[0]).get_metric_history(run.info.run_id, "val_mae")
        assert [metric.step for metric in history] == [1, 2]
        assert run.data.metrics["best_val_mae"] == min(metric.value for metric in history)
        # GRU(6) on 3 columns: 3 x (3 x 6 + 6 x 6 + 2 x 6); Dense: 7.
        assert run.data.metrics["parameters"] == 3 * (18 + 36 + 12) + 7

    def test_scores_agree_with_the_forecasts_it_kept(self, trained: tuple[Path, str]) -> None:
        (run,) = runs_in(trained[0])
        metrics = run.data.metrics
        std = json.loads(artifact(run, "scaling.json").read_text())["std"][1]
        for part, mae, naive in (("val", "best_val_mae", "naive_val_mae"), ("test", "test_mae", "naive_test_mae")):
            table = parquet.read_table(artifact(run, f"predictions/{part}.parquet")).to_pydict()
            target = np.array(table["target"])
            error = np.abs(np.array(table["prediction"]) - target).mean()
            assert error / std == pytest.approx(metrics[mae], rel=1e-5)
            assert np.abs(np.array(table["naive"]) - target).mean() / std == pytest.approx(metrics[naive], rel=1e-5)
        assert metrics["test_mae_units"] == pytest.approx(metrics["test_mae"] * std)
        errors = np.array(table["prediction"]) - target
        assert metrics["test_rmse_units"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-5)
        assert metrics["test_bias_units"] == pytest.approx(errors.mean(), rel=1e-4)
        assert metrics["test_sd_ratio"] == pytest.approx(np.std(table["prediction"]) / target.std(), rel=1e-4)
        assert metrics["skill_test"] == pytest.approx(1 - metrics["test_mae"] / metrics["baseline_test_mae"])
        best = min((name for name in metrics if name.endswith("_val_mae") and name != "best_val_mae"), key=metrics.get)
        assert metrics[best] == metrics["baseline_val_mae"] == metrics[f"{run.data.tags['seqexp.baseline']}_val_mae"]

    def test_the_saved_model_gives_the_recorded_score_again(self, trained: tuple[Path, str], series_csv: Path) -> None:
        import keras

        (run,) = runs_in(trained[0])
        model = keras.saving.load_model(artifact(run, "model/data/model.keras"))
        scaling = json.loads(artifact(run, "scaling.json").read_text())
        # An oracle of its own: read, repair, scale and cut windows by plain loops.
        rows = [line.split(",")[1:] for line in series_csv.read_text().splitlines()[1:]]
        data = np.array(rows, dtype=float)
        for i in range(1, len(data)):
            data[i] = np.where(data[i] == -9999.0, data[i - 1], data[i])
        scaled = (data - scaling["mean"]) / scaling["std"]
        test = range(1100 - 12, 1500 - 12)
        samples = np.array([[scaled[i] for i in range(row - 48, row, 6)] for row in test], dtype=np.float32)
        targets = np.array([scaled[row + 12][1] for row in test])
        mae = np.abs(model.predict(samples, verbose=0)[:, 0] - targets).mean()
        assert mae == pytest.approx(run.data.metrics["test_mae"], rel=1e-5)

    def test_mlflow_loads_the_model_with_its_signature(self, trained: tuple[Path, str]) -> None:
        from mlflow.models import Model

        (run,) = runs_in(trained[0])
        described = Model.load(str(artifact(run, "model")))
        assert described.signature is not None
        assert described.signature.inputs.inputs[0].shape == (-1, 8, 3)

    def test_keeps_the_contract_of_artifacts(self, trained: tuple[Path, str]) -> None:
        (run,) = runs_in(trained[0])
        files = "config.yaml history.csv environment.json log.txt plots/curves.png plots/forecast.png model/MLmodel"
        assert all(artifact(run, name).stat().st_size for name in files.split())
        config = yaml.safe_load(artifact(run, "config.yaml").read_text())
        assert config["model"]["units"] == 6
        assert config["model"]["layers"][0]["GRU"]["units"] == 6
        history = artifact(run, "history.csv").read_text().splitlines()
        assert len(history) == 3
        assert artifact(run, "log.txt").read_text() in trained[1]
        environment = json.loads(artifact(run, "environment.json").read_text())
        assert environment["threads"] >= 1

    def test_stays_within_its_folder(self, trained: tuple[Path, str]) -> None:
        inside = {path.name for path in trained[0].iterdir()}
        assert inside <= {"mlflow.db", "mlflow.db.lock", "mlartifacts", ".seqexp"}
        assert list((trained[0] / ".seqexp" / "runs").iterdir()) == []  # what resumes a run goes with its end
        (run,) = runs_in(trained[0])
        assert artifact(run, "").is_relative_to(trained[0] / "mlartifacts")

    def test_the_repaired_value_is_told(self, trained: tuple[Path, str]) -> None:
        assert "wv (m/s) 1" in trained[1]


def figures(output: str) -> list[list[str]]:
    """Return the words of all lines with figures, without the times of an epoch's line."""
    lines = [words for words in map(str.split, output.splitlines()) if words]
    epochs = [words[:6] for words in lines if words[0] in ("1/2", "2/2")]
    assert len(epochs) == 2
    (header,) = [number for number, words in enumerate(lines) if words[:2] == ["val", "MAE"]]
    return epochs + lines[header + 1 : header + 3]


@pytest.mark.slow
def test_the_same_command_in_a_process_of_its_own_gives_the_same_numbers_bit_for_bit(
    trained: tuple[Path, str], tmp_path: Path, seqexp_process: Run, small: list[str]
) -> None:
    done = seqexp_process("train", "model=gru_dropout", "model.units=6", *small, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert figures(done.stdout) == figures(trained[1])
    (first,), (second,) = runs_in(trained[0]), runs_in(tmp_path)
    assert {k: v for k, v in first.data.metrics.items() if k not in COSTS} == {
        k: v for k, v in second.data.metrics.items() if k not in COSTS
    }
    assert first.data.tags["seqexp.config_digest"] == second.data.tags["seqexp.config_digest"]
    tables = [parquet.read_table(artifact(run, "predictions/test.parquet")) for run in (first, second)]
    assert tables[0].equals(tables[1])


@pytest.mark.slow
def test_a_sweep_is_a_parent_with_a_child_a_job(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    done = seqexp(
        "train", "-m", *small, "model=mlp", "model.units=2,3", "training.learning_rate=0.01,1e35",
        "--name", "my sweep", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert done.stderr == ""
    runs = runs_in(tmp_path)
    (parent,) = [run for run in runs if run.data.tags["seqexp.kind"] == "sweep"]
    trials = [run for run in runs if run.data.tags["seqexp.kind"] == "trial"]
    assert parent.info.run_name == "my sweep"
    assert parent.info.status == "FAILED"
    assert {run.data.tags["mlflow.parentRunId"] for run in trials} == {parent.info.run_id}
    assert {run.info.run_name: run.info.status for run in trials} == {
        "units=2 learning_rate=0.01": "FINISHED",
        "units=2 learning_rate=1e+35": "FAILED",
        "units=3 learning_rate=0.01": "FINISHED",
        "units=3 learning_rate=1e+35": "FAILED",
    }
    assert done.stdout.count("failed: training diverged") == 2
    assert done.stdout.count("TrainingDiverged: training diverged") == 2  # in the table at the end
    (diverged, _) = [run for run in trials if run.info.status == "FAILED"]
    assert "training diverged" in diverged.data.tags["seqexp.failure"]
    assert diverged.data.metrics["diverged_learning_rate"] == pytest.approx(1e35)
    assert diverged.data.metrics["diverged_step"] >= 1
    assert "TrainingDiverged" in artifact(diverged, "traceback.txt").read_text()
    import keras

    kept = keras.saving.load_model(artifact(diverged, "model/data/model.keras"))
    assert all(np.isfinite(weights).all() for weights in kept.get_weights())
    # A trial gives what the same job gives alone.
    alone = tmp_path / "alone"
    alone.mkdir()
    single = seqexp("train", *small, "model=mlp", "model.units=3", "training.learning_rate=0.01", cwd=alone)
    assert single.returncode == 0, single.stderr
    (finished,) = [run for run in trials if run.info.run_name == "units=3 learning_rate=0.01"]
    (same,) = runs_in(alone)
    assert same.data.metrics["test_mae"] == finished.data.metrics["test_mae"]


def test_faults_of_the_data_are_told_at_once_and_nothing_is_written(
    tmp_path: Path, seqexp: Run, small: list[str]
) -> None:
    done = seqexp(
        "train", *small, "dataset.split.val={first:800,end:850}", "dataset.split.test={first:1100,end:9000}",
        "dataset.target=Temp", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "dataset.target" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
    done = seqexp(
        "train", "-m", *small, "dataset.boundary=strict", "dataset.split.val={first:800,end:850}",
        "dataset.split.test={first:1100,end:9000}", "dataset.step=3,6", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "dataset.split.val is shorter than one window" in done.stderr
    assert "dataset.split.test must lie within the series' 1500 rows" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_layer_that_is_refused_is_wrong_input(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    folder = tmp_path / "mine" / "model"
    folder.mkdir(parents=True)
    (folder / "odd.yaml").write_text("name: odd\nlayers:\n  - GRUU:\n      units: 4\n")
    done = seqexp("train", "--config-dir", "mine", "model=odd", *small, cwd=tmp_path)
    assert done.returncode == 2
    assert "model.layers.0: 'GRUU' is not a Keras layer. Did you mean 'GRU'?" in done.stderr
    assert not (tmp_path / "mlflow.db").exists()


def test_naive_meets_the_same_evaluator(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    done = seqexp("train", "model=naive", *small, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (run,) = runs_in(tmp_path)
    metrics = run.data.metrics
    assert metrics["best_val_mae"] == metrics["naive_val_mae"]
    assert metrics["test_mae"] == metrics["naive_test_mae"]
    assert metrics["skill_test"] == 1 - metrics["test_mae"] / metrics["baseline_test_mae"]
    assert metrics["parameters"] == 0
    assert run.info.status == "FINISHED"


def test_where_nothing_is_reachable_the_first_line_says_what_stands_in(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """`auto` with an address that refuses: the simulated station, said at once and within the 3 seconds."""
    command = [sys.executable, "-u", "-m", "seqexp", "train", "model=naive", "dataset.url=http://127.0.0.1:9/x.zip"]
    env = {**environment, "SEQEXP_DATA_DIR": str(tmp_path / "empty")}
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    waited = time.monotonic() - started
    process.kill()
    process.communicate()
    assert first.startswith("data     ")
    assert "simulated" in first
    assert waited < 30


@pytest.mark.parametrize(
    ("words", "run", "overrides"),
    [
        (["--resume", "units=3"], "units=3", 0),  # the name of a sweep's job
        (["--resume", "gru units=64 seed=1", "tracking.uri=sqlite:///a.db"], "gru units=64 seed=1", 1),
        (["tracking.uri=sqlite:///a.db", "--resume", "units=3"], "units=3", 1),
        (["--resume", "tracking.uri=sqlite:///a.db"], "", 1),
        (["-m", "--resume", "model.units=3,4"], "", 1),
        (["-m", "--resume", "units=3"], "", 1),  # told as the slip that it is
        (["--resume", "experiment=jena_seeds"], "", 1),
        (["--resume", "model.units=3", "experiment=jena_seeds"], "", 2),
        (["-m", "model=gru,lstm", "--resume"], "", 1),
        (["model=gru"], None, 1),
    ],
)
def test_what_follows_resume_is_a_run_or_an_override(words: list[str], run: str | None, overrides: int) -> None:
    args = _parse(["train", *words])
    assert _takes_resume(args) is (run == "")
    assert args.resume == run
    assert len(args.overrides) == overrides


def test_sentinels_and_ranges_by_column_are_recorded_and_kept_in_what_is_next(
    seqexp: Run, small: list[str], tmp_path: Path
) -> None:
    own = ['dataset.sentinels={"wv (m/s)":[777,888],all:[]}', 'dataset.valid={"wv (m/s)":[0,null],"T (degC)":[-60,60]}']
    done = seqexp("train", "model=naive", *small, *own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (run,) = runs_in(tmp_path)
    assert run.data.params["dataset.valid"] == "{'wv (m/s)': [0, None], 'T (degC)': [-60, 60]}"
    assert run.data.params["dataset.sentinels"] == "{'wv (m/s)': [777, 888], 'all': []}"
    assert "wv (m/s) 1" in run.data.tags["seqexp.repairs"]  # the sentinel -9999 is none now, but out of its range
    (line,) = [line for line in done.stdout.splitlines() if line.strip().startswith("a sweep ")]
    assert set(own) < set(shlex.split(line))
    again = seqexp("train", "model=naive", *small, *own, cwd=tmp_path)
    assert len({run.data.tags["seqexp.task_digest"] for run in runs_in(tmp_path)}) == 1, again.stderr
