"""`seqexp train` on texts as a user runs it: what it prints, what it records, what it refuses."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from mlflow.entities import Run as MlflowRun
from pyarrow import parquet

from tests.cli.recorded import artifact, client_of, runs_in
from tests.conftest import Run
from tests.data.text.corpora import CLASSES, random_texts
from tests.faults import keys_of

# Small rows of small texts, and a training of seconds.
SMALL = (
    "dataset=text",
    "dataset.maxlen=12",
    "dataset.batch_size=16",
    "training.epochs=3",
    "training.learning_rate=0.02",
)
DIM = "model.embedding.dim=6"


def write_csv(path: Path, texts: int, classes: int) -> Path:
    """Write random texts of which most hold a word that tells the class, as CSV."""
    written, labels = random_texts(texts, classes, seed=3)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["review", "sentiment"])
        writer.writerows((text, CLASSES[label]) for text, label in zip(written, labels.tolist(), strict=True))
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("texts") / "two.csv", 200, 2)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("texts") / "three.csv", 240, 3)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table_of(run: MlflowRun, part: str) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = parquet.read_table(artifact(run, f"predictions/{part}.parquet")).to_pydict()
    return columns


def check_scores(run: MlflowRun, path: Path) -> None:
    """Compute every score again from the predictions that were kept and the texts' own labels."""
    metrics, labels = run.data.metrics, [row["sentiment"] for row in rows_of(path)]
    tables = {part: table_of(run, part) for part in ("val", "test")}
    scored = {row for table in tables.values() for row in table["row"]}
    trained_on = Counter(label for row, label in enumerate(labels) if row not in scored)
    assert run.data.tags["seqexp.texts"] == (
        f"train={trained_on.total()} val={len(tables['val']['row'])} test={len(tables['test']['row'])}"
    )
    majority = max(CLASSES, key=lambda name: trained_on[name])
    for part, name in (("val", "best_val"), ("test", "test")):
        table = tables[part]
        assert table["label"] == [labels[int(str(row))] for row in table["row"]]
        right = np.mean(np.array(table["label"]) == np.array(table["predicted"]))
        assert right == pytest.approx(metrics[f"{name}_accuracy"])
        of_majority = np.mean(np.array(table["label"]) == majority)
        assert of_majority == pytest.approx(metrics[f"majority_{part}_accuracy"])
        assert metrics[f"skill_{part}"] == pytest.approx(1 - (1 - right) / (1 - of_majority))
        classes = sorted({*table["label"]}, key=str)
        chances = np.array([table[f"p_{name}"] for name in classes], dtype=float).T
        np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
        assert table["predicted"] == [classes[index] for index in chances.argmax(axis=1)]
        true = chances[np.arange(len(chances)), [classes.index(label) for label in table["label"]]]
        assert metrics[f"{name}_loss"] == pytest.approx(-np.log(true).mean(), rel=1e-4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, seqexp: Run, two: Path) -> tuple[Path, str, MlflowRun]:
    """A run of gru_dropout in buckets on two classes, and what it printed."""
    folder = tmp_path_factory.mktemp("trained")
    masked = ("dataset.bucket=true", "model.embedding.mask_zero=true")  # so that padding makes no difference
    own = ("model=gru_dropout", "model.units=4", DIM, *masked, f"dataset.path={two}")
    done = seqexp("train", *SMALL, *own, "--name", "mine", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (run,) = runs_in(folder)
    return folder, done.stdout, run


Trained = tuple[Path, str, MlflowRun]


def test_it_prints_plain_lines_with_the_accuracy(trained: Trained) -> None:
    lines = trained[1].splitlines()
    assert lines[0].startswith("data     ")
    assert "\x1b" not in trained[1]
    assert all(line == line.rstrip() for line in lines)
    assert len([line for line in lines if line.lstrip().startswith(("1/3", "2/3", "3/3"))]) == 3
    assert any("val accuracy" in line for line in lines)
    assert any(line.startswith("majority ") for line in lines)
    assert any("2 classes: neg, pos" in line for line in lines)
    assert "MAE" not in trained[1]


def test_metrics_tags_and_params_are_recorded(trained: Trained) -> None:
    folder, _, run = trained
    once = (
        "best_epoch best_val_accuracy test_accuracy majority_val_accuracy majority_test_accuracy "
        "baseline_val_accuracy baseline_test_accuracy skill_val skill_test "
        "best_val_loss best_val_f1 best_val_auc best_val_ece test_loss test_f1 test_auc test_ece parameters "
        "memory_mb train_seconds"
    )
    each = "loss accuracy val_loss val_accuracy learning_rate epoch_seconds gradient_norm"
    assert set(f"{once} {each}".split()) == set(run.data.metrics)
    assert run.info.status == "FINISHED"
    tags = run.data.tags
    assert tags["seqexp.task"] == "classify"
    assert tags["seqexp.classes"] == "neg, pos"
    assert tags["seqexp.data_source"] == "path"
    assert {"seqexp.vocabulary", "seqexp.share_cut", "seqexp.share_unknown", "seqexp.task_digest"} <= set(tags)
    assert run.data.params["dataset.bucket"] == "true"
    assert run.data.params["training.monitor"] == "val_accuracy"
    history = client_of(folder).get_metric_history(run.info.run_id, "val_accuracy")
    assert [metric.step for metric in history] == [1, 2, 3]
    assert run.data.metrics["best_val_accuracy"] == max(metric.value for metric in history)
    words = int(tags["seqexp.vocabulary"])
    # The Embedding; GRU(4) on 6 numbers: 3 x (6 x 4 + 4 x 4 + 2 x 4); Dense: 5.
    assert run.data.metrics["parameters"] == 6 * words + 3 * (24 + 16 + 8) + 5


def test_scores_agree_with_the_predictions_that_were_kept(trained: Trained, two: Path) -> None:
    check_scores(trained[2], two)


def test_artifacts_are_there_and_agree(trained: Trained, two: Path) -> None:
    run, texts = trained[2], rows_of(two)
    files = (
        "config.yaml history.csv environment.json log.txt tokeniser.json embedding.npy plots/curves.png "
        "plots/confusion.png plots/calibration.png model/MLmodel network/network.keras predictions/most_wrong.csv"
    )
    assert [name for name in files.split() if not artifact(run, name).stat().st_size] == []
    tokeniser = json.loads(artifact(run, "tokeniser.json").read_text(encoding="utf-8"))
    assert tokeniser["maxlen"] == 12
    assert np.load(artifact(run, "embedding.npy")).shape == (4 + len(tokeniser["words"]), 6)
    table = table_of(run, "test")
    wrong = {row for row, label, said in zip(table["row"], table["label"], table["predicted"], strict=True)
             if label != said}  # fmt: skip
    worst = rows_of(artifact(run, "predictions/most_wrong.csv"))
    assert {int(row["row"]) for row in worst} == wrong
    for row in worst:
        assert row["text"] == texts[int(row["row"])]["review"]
        assert row["label"] == texts[int(row["row"])]["sentiment"]
    sure = [float(row["probability"]) for row in worst]
    assert sure == sorted(sure, reverse=True)


def test_the_saved_model_gives_the_recorded_predictions_for_raw_texts(trained: Trained, two: Path) -> None:
    import tensorflow as tf

    run, texts = trained[2], rows_of(two)
    table = table_of(run, "test")
    model = tf.saved_model.load(str(artifact(run, "model/tf2model")))
    said = model(tf.constant([texts[int(str(row))]["review"] for row in table["row"]])).numpy()
    np.testing.assert_allclose(said, table["p_pos"], rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory, seqexp: Run, three: Path) -> tuple[Path, str]:
    """A sweep over estimators and networks on three classes."""
    folder = tmp_path_factory.mktemp("sweep")
    models = "model=majority,bow_logreg,nbsvm,embedding_mlp"
    done = seqexp("train", "-m", *SMALL, models, f"dataset.path={three}", cwd=folder)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder, done.stdout


@pytest.mark.slow
@pytest.mark.slow
def test_every_model_of_a_sweep_is_scored_alike(sweep: tuple[Path, str], three: Path) -> None:
    trials = {run.data.params["model.name"]: run for run in runs_in(sweep[0]) if "model.name" in run.data.params}
    assert set(trials) == {"majority", "bow_logreg", "nbsvm", "embedding_mlp"}
    for run in trials.values():
        assert run.info.status == "FINISHED"
        check_scores(run, three)
    assert len({run.data.tags["seqexp.task_digest"] for run in trials.values()}) == 1
    assert len({run.data.tags["seqexp.config_digest"] for run in trials.values()}) == 4
    assert trials["majority"].data.metrics["skill_test"] == 0
    assert trials["nbsvm"].data.metrics["test_accuracy"] > trials["majority"].data.metrics["test_accuracy"] + 0.2
    assert not any((artifact(trials["majority"], name)).exists() for name in ("network", "embedding.npy"))


@pytest.mark.filterwarnings("ignore:.*Any type hint")  # of MLflow's own types
@pytest.mark.slow
def test_every_saved_model_takes_raw_strings(sweep: tuple[Path, str]) -> None:
    from mlflow import pyfunc

    for run in runs_in(sweep[0]):
        if "model.name" in run.data.params:
            said = pyfunc.load_model(str(artifact(run, "model"))).predict(np.array(["one text", "another one", ""]))
            assert said.shape == (3, 3)
            np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.slow
def test_compare_ranks_by_accuracy_beside_the_majority(sweep: tuple[Path, str], seqexp: Run) -> None:
    done = seqexp("compare", cwd=sweep[0])
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("rank"))
    assert "val accuracy" in lines[at]
    assert "test accuracy" in lines[at]
    assert "MAE" not in lines[at]
    assert "true lead" not in lines[at]
    rows = lines[at + 2 : at + 6]
    column = lines[at].index("val accuracy") + len("val accuracy")
    figures = [float(row[:column].split()[-1]) for row in rows]
    assert figures == sorted(figures, reverse=True)
    assert "majority (baseline)" in rows[-1]  # the run, which is the baseline: one line
    metrics = {run.data.params["model.name"]: run.data.metrics["best_val_accuracy"]
               for run in runs_in(sweep[0]) if "model.name" in run.data.params}  # fmt: skip
    assert figures == sorted((round(value, 4) for value in metrics.values()), reverse=True)


@pytest.mark.slow
def test_simulated_reviews_train_where_nothing_is_installed(tmp_path: Path, seqexp: Run) -> None:
    short = ("training.epochs=1", "training.steps_per_epoch=3", "dataset.maxlen=60", "training.score_every=20")
    own = ("model=dense_bow", "dataset=imdb", "dataset.source=simulated")
    done = seqexp("train", *own, *short, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "simulated" in done.stdout.splitlines()[0]
    (run,) = runs_in(tmp_path)
    assert run.data.tags["seqexp.data_source"] == "simulated"
    assert run.data.metrics["parameters"] == 160_305
    assert len(table_of(run, "test")["row"]) == 5000  # of 6,250: so many are scored whatever the share
    assert not artifact(run, "embedding.npy").exists()


WRONG: list[tuple[list[str], list[str]]] = [
    (
        [*SMALL, "dataset.path=FILE", "dataset.maxlen=0", "training.loss=mae", "model.embedding.dim=none"],
        ["dataset.maxlen", "model.embedding.dim", "training.loss"],
    ),
    ([*SMALL, "dataset.path=FILE", "dataset.format.text=revue", "dataset.format.label=stars"], ["dataset.format.text",
                                                                                               "dataset.format.label"]),
    ([*SMALL, "dataset.path=FILE", "model=naive"], ["model.estimator.Naive"]),
    ([*SMALL, "dataset.path=FILE", "model=mlp", "dataset.bucket=true"], ["model.layers.1"]),
]  # fmt: skip


@pytest.mark.parametrize(("overrides", "keys"), WRONG, ids=[keys[0] for _, keys in WRONG])
def test_wrong_input_is_told_and_nothing_is_written(
    tmp_path: Path, seqexp: Run, two: Path, overrides: list[str], keys: list[str]
) -> None:
    done = seqexp("train", *[text.replace("FILE", str(two)) for text in overrides], cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert keys_of(done.stderr) == keys
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_texts_is_refused_on_a_series(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    done = seqexp("train", "model=nbsvm", *small, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: model.estimator.NBSVM classifies texts, and the dataset needs a model that ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_interrupt_leaves_what_was_reached(tmp_path: Path, two: Path, environment: dict[str, str]) -> None:
    own = ("model=embedding_mlp", DIM, f"dataset.path={two}", "training.epochs=100000")
    command = [sys.executable, "-u", "-m", "seqexp", "train", *SMALL, *own]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.lstrip().startswith("3/"):
            break
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.startswith("interrupted")
    assert "Traceback" not in errors
    assert "val accuracy 0." in errors or "val accuracy 1." in errors
    (run,) = runs_in(tmp_path)
    assert run.info.status == "KILLED"
    history = client_of(tmp_path).get_metric_history(run.info.run_id, "val_accuracy")
    assert run.data.metrics["best_val_accuracy"] == max(metric.value for metric in history)
    assert artifact(run, "history.csv").is_file()
    # TensorFlow takes seconds to write a network of texts: its whole model is recorded in time, or nothing of it.
    assert artifact(run, "tokeniser.json").is_file()
    kept = "model/MLmodel network/network.keras embedding.npy"
    found = {artifact(run, name).is_file() for name in kept.split()}
    assert found == {"; the checkpoint alone has the weights" not in errors}
