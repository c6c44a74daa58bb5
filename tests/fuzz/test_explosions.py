"""Short trainings whose values explode, vanish or are all the same: they end with figures, or say what is wrong.

No figure that is recorded is a number of nothing: where a training diverges, the run has failed and says in which
epoch, and what to do.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from tests import warm
from tests.fuzz.harness import complaint

ROWS = 300
_LAYERS = "# Mine.\nname: {name}\nlayers:\n  - Flatten:\n  - Dense:\n      units: 4\n      {more}\n"
MODELS = {
    "scale": _LAYERS.format(
        name="scale", more="kernel_initializer: {class_name: RandomNormal, config: {stddev: 1.0e+30}}"
    ),
    "infinite": _LAYERS.format(
        name="infinite", more="kernel_initializer: {class_name: Constant, config: {value: 3.0e+38}}"
    ),
    "zeros": _LAYERS.format(name="zeros", more="kernel_initializer: Zeros"),
    "exploding": _LAYERS.format(name="exploding", more="activation: exponential"),
    "penalty": _LAYERS.format(name="penalty", more="kernel_regularizer: {class_name: L2, config: {l2: 1.0e+38}}"),
    "looks_up": "# Mine.\nname: looks_up\nlayers:\n  - Embedding: {input_dim: 5, output_dim: 3}\n  - Flatten:\n",
}
# Of columns, which are neither scopes of TensorFlow nor keys of MLflow, and must not become any.
NAMES = ("a b/c:%", "x" * 1000, "\U0001f600", "loss", "../up", "{{node}}", "${seed}", "a=b", "'", "=1+1")
OF_SERIES = {
    **{
        f"rate {rate} {name}": [f"training.learning_rate={rate}", f"training.optimizer={name}"]
        for rate in ("1e30", "1e37", "1e38", "1e-37")
        for name in ("sgd", "adam", "rmsprop")
    },
    "rate 1e30 clipped": ["training.learning_rate=1e30", "training.clipnorm=1"],
    "nadam": ["training.learning_rate=1e10", "training.optimizer=nadam"],
    "adamw": ["training.learning_rate=1e10", "training.optimizer=adamw"],
    "clipnorm tiny": ["training.clipnorm=1e-37"],
    "clipnorm huge": ["training.clipnorm=1e37"],
    "mse explodes": ["training.loss=mse", "training.learning_rate=1e15", "training.optimizer=sgd"],
    "huber": ["training.loss=huber", "training.learning_rate=1e25"],
    **{f"model {name}": [f"model={name}"] for name in MODELS if name != "looks_up"},
    "units 1": ["model=gru", "model.units=1"],
    "gru explodes": ["model=gru", "model.units=2", "training.learning_rate=1e30"],
    "dropout": ["model=gru_dropout", "model.units=2", "model.dropout=0.999"],
    "tcn explodes": ["model=tcn", "training.learning_rate=1e30"],
    "tsmixer explodes": ["model=tsmixer", "training.learning_rate=1e30"],
    "attention explodes": ["model=attention", "training.learning_rate=1e30"],
    "lookback 1": ["dataset.lookback=1"],
    "lookback of nearly all": ["dataset.lookback=100"],
    "batch above the samples": ["dataset.batch_size=5000"],
    "batch 1": ["dataset.batch_size=1"],
    "one step": ["training.steps_per_epoch=1", "dataset.batch_size=1"],
    **{
        f"target {name}": [f"dataset.target={name}"]
        for name in ("huge", "large", "subnormal", "constant", "still", "late", "whole", "two")
    },
    "huge, not limited": ["dataset.target=large", "dataset.input_limit=null", "training.loss=mse"],
    "late, not limited": ["dataset.input_limit=null", "dataset.format.drop=[huge]"],
    "ridge of huge": ["model=linear", "dataset.target=large"],
    "naive of late": ["model=naive", "dataset.target=late"],
}
OF_TEXTS = {
    "maxlen 1": ["dataset.maxlen=1", "model=embedding_mlp"],
    "vocabulary 5": ["dataset.num_words=5", "model=embedding_mlp"],
    "both": ["dataset.maxlen=1", "dataset.num_words=5", "model=bow_logreg"],
    "texts explode": ["model=embedding_mlp", "training.learning_rate=1e30"],
    "texts diverge": ["model=gru", "model.units=1", "training.learning_rate=1e37", "training.optimizer=sgd"],
    "texts of one step": ["model=gru", "model.units=1", "dataset.batch_size=1", "training.steps_per_epoch=1"],
    "batch above the texts": ["model=dense_bow", "dataset.batch_size=9000"],
    "nbsvm of nothing": ["model=nbsvm", "dataset.maxlen=1", "dataset.num_words=5"],
}


def _write(path: Path, columns: Mapping[str, Sequence[float]]) -> None:
    times = np.datetime64("2020-01-01") + np.timedelta64(3600, "s") * np.arange(ROWS)
    with path.open("w", newline="") as file:
        rows = zip(times, *(map(float, values) for values in columns.values()), strict=True)
        csv.writer(file).writerows([["time", *columns], *rows])


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wild.csv and the models."""
    folder = tmp_path_factory.mktemp("wild")
    random, row = np.random.default_rng(0), np.arange(ROWS)
    columns = {
        "a": np.sin(row / 5),
        "huge": 1e38 * random.normal(size=ROWS),
        "large": 1e100 * np.sin(row / 9),
        "subnormal": 5e-324 * random.integers(0, 9, ROWS),
        "constant": np.full(ROWS, 7.0),
        "still": np.where(row < 200, 3.0, random.normal(size=ROWS)),  # never changes in training
        "late": np.where(row == ROWS - 3, 1e30, random.normal(size=ROWS)),
        "whole": row // 50,
        "two": row % 2,
    }
    _write(folder / "wild.csv", columns)
    (folder / "own" / "model").mkdir(parents=True)
    for name, text in MODELS.items():
        (folder / "own" / "model" / f"{name}.yaml").write_text(text)
    return folder


SMALL = [
    "dataset.lookback=6",
    "dataset.delay=1",
    "dataset.batch_size=8",
    "model=mlp",
    "training.epochs=1",
    "training.steps_per_epoch=3",
    "training.jit_compile=false",
    "training.threads=1",
]


OF_A_FILE = ["dataset=csv", "dataset.path=wild.csv", "dataset.target=a", *SMALL, "--config-dir", "own"]


def _train(overrides: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    """Train, and assert that it ends as it should, and that what is recorded is true."""
    before = {*folder.iterdir(), folder / "mlflow.db", folder / ".seqexp", folder / "mlruns"}
    done = warm.run(["train", *overrides], folder, environment)
    wrong = complaint(done, folder, before, ends=(0, 1, 2))
    assert wrong is None, (wrong, done.stdout[-2000:])
    if done.returncode == 2:
        return
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    found = [experiment.experiment_id for experiment in client.search_experiments()]
    run = client.search_runs(found, order_by=["attributes.start_time DESC"], max_results=1)[0]
    figures = run.data.metrics
    if done.returncode:
        assert run.info.status == "FAILED"
        assert not [name for name in figures if name.startswith("test_")], figures
        assert re.search(r"epoch 1\b.*training\.learning_rate", done.stderr), done.stderr
        assert "--resume" not in done.stderr  # it would end alike
    else:
        assert run.info.status == "FINISHED"
        assert {"test_mae", "naive_test_mae"} <= set(figures) or "test_accuracy" in figures, figures
        unlike = {name: value for name, value in figures.items() if not math.isfinite(value)}
        assert not unlike
        assert not re.search(r"\bnan\b", done.stdout), done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_SERIES)
def test_series_that_explode(name: str, wild: Path, environment: dict[str, str]) -> None:
    _train([*OF_A_FILE, *OF_SERIES[name]], wild, environment)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_TEXTS)
def test_texts_that_explode(name: str, wild: Path, text_overrides: list[str], environment: dict[str, str]) -> None:
    of_texts = [text for text in SMALL if not text.startswith(("dataset.lookback", "dataset.delay", "model"))]
    _train([*text_overrides, *of_texts, *OF_TEXTS[name]], wild, environment)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_column(name: str, tmp_path: Path, environment: dict[str, str]) -> None:
    wave = np.sin(np.arange(ROWS) / 5)
    _write(tmp_path / "wild.csv", {"a": wave, name: np.flip(wave)})
    quoted = name.replace("'", "\\'").replace("${", "\\${")
    (tmp_path / "own").mkdir()
    _train([*OF_A_FILE, f"dataset.target='{quoted}'", f"dataset.valid={{'{quoted}':[-2,2]}}"], tmp_path, environment)
    assert (tmp_path / "mlflow.db").exists()


@pytest.mark.slow
def test_what_tensorflow_raises_is_one_line(wild: Path, environment: dict[str, str]) -> None:
    done = warm.run(["train", *OF_A_FILE, "model=looks_up"], wild, environment)
    assert done.returncode == 1
    assert re.match(r"failed: indices\[.*\] = -?\d+ is not in \[0, 5\) \(at \S*embedding\S*\)\n", done.stderr), (
        done.stderr
    )
    assert complaint(done, wild, set(wild.iterdir()), ends=(1,)) is None
