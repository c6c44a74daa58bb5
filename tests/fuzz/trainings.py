"""Short trainings on wild numbers, and what must be true of how each ended."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
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
SMALL = [
    "dataset.lookback=6",
    "dataset.delay=1",
    "dataset.batch_size=8",
    "model=mlp",
    "training.epochs=1",
    "training.steps_per_epoch=3",
    "training.jit_compile=false",
]
OF_A_FILE = ["dataset=csv", "dataset.path=wild.csv", "dataset.target=a", *SMALL, "--config-dir", "own"]


def write_series(path: Path, columns: Mapping[str, Sequence[float]]) -> None:
    """Write columns of an hourly series."""
    times = np.datetime64("2020-01-01") + np.timedelta64(3600, "s") * np.arange(ROWS)
    with path.open("w", newline="") as file:
        rows = zip(times, *(map(float, values) for values in columns.values()), strict=True)
        csv.writer(file).writerows([["time", *columns], *rows])


def train(overrides: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
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
