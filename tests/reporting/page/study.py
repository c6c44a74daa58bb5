"""A store as trainings leave it: forecasts with seeds and of a sweep, and texts; a name that tries to break out."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store

EVIL = "</script><script>document.title='taken'</script> <b>bold</b> & %{x}"
FORECAST, TEXTS = "f" * 16, "e" * 16
WINDOWS = 600
EPOCHS = 4


def record_study(folder: Path) -> Store:
    """Record the runs in the folder's own store, and return it."""
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    random = np.random.default_rng(1)
    for seed in (1, 2, 3):
        forecaster(store, folder, f"gru seed={seed}", 0.25 + 0.001 * seed, random, model="gru", seed=seed)
    forecaster(store, folder, EVIL, 0.27, random, model="lstm", note=EVIL)
    forecaster(store, folder, "linear", 0.28, random, model="linear", epochs=0)
    _sweep(store, folder, random)
    for model, accuracy in (("lstm", 0.8), ("bow_logreg", 0.85)):
        classifier(store, folder, model, accuracy, random)
    return store


def forecaster(
    store: Store,
    folder: Path,
    name: str,
    val_mae: float,
    random: np.random.Generator,
    *,
    model: str = "gru",
    units: int = 32,
    step: int = 6,
    seed: int = 1,
    epochs: int = EPOCHS,
    note: str | None = None,
    parent: str | None = None,
) -> str:
    """Record a run with its forecasts of both parts, and return its id."""
    params = {
        "dataset.name": "jena",
        "dataset.target": "T (degC)",
        "dataset.delay": "144",
        "dataset.step": str(step),
        "dataset.split.train.first": "0",
        "dataset.split.train.end": "2000",
        "dataset.split.test.first": "3000",
        "dataset.split.test.end": "null",
        "training.score_every": "8",
        "model.name": model,
        "model.units": str(units),
        "seed": str(seed),
    }
    tags = {
        "seqexp.task_digest": FORECAST,
        "seqexp.data_digest": "d" * 64,
        "seqexp.data_source": "simulated",
        "seqexp.data_origin": "the file /home/me/of this test/station.csv",
        "seqexp.overrides": f'model={model} dataset.target="T (degC)" model.units={units} seed={seed}',
        "seqexp.unit": "deg C",
        "seqexp.true_lead_hours": "25",
        "seqexp.git_commit": "c" * 40,
        "seqexp.git_dirty": "true",
        "seqexp.threads": "2",
    }
    kind = "trial" if parent else "run"
    with RunRecorder(store, "ladder", name, kind, tags, params, note, parent) as run:
        for epoch in range(1, epochs + 1):
            run.log_epoch(epoch, {"loss": 0.4, "val_mae": val_mae + 0.02 * (epochs - epoch)})
        maes = {part: _write_forecasts(folder / f"{part}.parquet", val_mae, random) for part in ("val", "test")}
        for part, (mae, naive) in maes.items():
            run.log_summary(
                {
                    "best_val_mae" if part == "val" else "test_mae": mae,
                    f"naive_{part}_mae": naive,
                    f"skill_{part}": 1 - mae / naive,
                }
            )
            run.log_file(folder / f"{part}.parquet", "predictions")
        run.log_summary({"test_mae_units": 8 * maes["test"][0], "parameters": 100.0 * units, "train_seconds": 10.0})
        run.log_text(f"seed: {seed}\nmodel:\n  name: {model}\n  note: {json.dumps(name)}\n", "config.yaml")
        run.log_json(_environment(), "environment.json")
        run.log_dataset(
            "jena", "d" * 64, "a station", {"rows": 4000, "columns": ["p (mbar)", "T (degC)"], "dropped": []}
        )
    return run.run_id


def _write_forecasts(path: Path, val_mae: float, random: np.random.Generator) -> tuple[float, float]:
    """Write forecasts over 200 days, and return the normalised MAE of model and naive; the scale is 8 deg C."""
    rows = np.arange(WINDOWS) * 48
    times = np.datetime64("2014-03-01T00:10", "ms") + np.timedelta64(600_000, "ms") * rows
    came_true = np.random.default_rng(sum(path.stem.encode()))  # the same for all runs
    target = 10 + 8 * np.sin(2 * np.pi * rows / 144) + came_true.normal(0, 1, WINDOWS)
    floats = {
        "target": target,
        "prediction": target + random.normal(0, 8 * val_mae * 1.25, WINDOWS),
        "naive": target + came_true.normal(0, 8 * 0.36, WINDOWS),
    }
    held = {name: values.astype(np.float32) for name, values in floats.items()}
    table = pa.table({"row": rows.astype(np.int32), "time": times, **held})
    parquet.write_table(table.replace_schema_metadata({"target": "T (degC)"}), path)
    errors = [
        np.abs(held[name].astype(float) - held["target"].astype(float)).mean() / 8 for name in ("prediction", "naive")
    ]
    return float(errors[0]), float(errors[1])


def _sweep(store: Store, folder: Path, random: np.random.Generator) -> None:
    with RunRecorder(store, "ladder", "sweep over step, units", "sweep", {}, {}, None, None) as parent:
        rows: list[Sequence[object]] = []
        for step in (3, 6):
            for units in (8, 16):
                name, val = f"step={step} units={units}", 0.26 + 0.001 * step - 0.0005 * units
                run_id = forecaster(store, folder, name, val, random, units=units, step=step, parent=parent.run_id)
                rows.append([name, step, units, "mae", val, 0.1, val + 0.01, 0.1, 3.0, "FINISHED", run_id])
        figures = ["measure", "val", "skill_val", "test", "skill_test", "seconds", "status", "run_id"]
        heading = ["job", "dataset.step", "model.units", *figures]
        path = folder / "summary.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([heading, *rows])
        parent.log_file(path)


def classifier(store: Store, folder: Path, model: str, accuracy: float, random: np.random.Generator) -> str:
    """Record a run of texts with its classifications of both parts, and return its id."""
    params = {"dataset.name": "imdb", "training.score_every": "1", "model.name": model, "seed": "0"}
    tags = {
        "seqexp.task_digest": TEXTS,
        "seqexp.task": "classify",
        "seqexp.classes": "neg, pos",
        "seqexp.data_source": "official",
        "seqexp.overrides": f"dataset=imdb model={model}",
    }
    with RunRecorder(store, "texts", model, "run", tags, params, None, None) as run:
        if model == "lstm":
            run.log_epoch(1, {"loss": 0.4, "val_accuracy": accuracy})
        found = {part: _write_classes(folder / f"{part}.parquet", accuracy, random) for part in ("val", "test")}
        for part, right in found.items():
            run.log_summary(
                {
                    "best_val_accuracy" if part == "val" else "test_accuracy": right,
                    f"majority_{part}_accuracy": 0.5,
                    f"skill_{part}": 1 - (1 - right) / 0.5,
                }
            )
            run.log_file(folder / f"{part}.parquet", "predictions")
        run.log_summary({"parameters": 1000.0, "train_seconds": 2.0})
    return run.run_id


def _write_classes(path: Path, accuracy: float, random: np.random.Generator, texts: int = 400) -> float:
    labels = np.arange(texts) % 2
    right = random.random(texts) < accuracy
    predicted = np.where(right, labels, 1 - labels)
    sure = random.uniform(0.5, 1, texts)
    positive = np.where(predicted == 1, sure, 1 - sure)
    names = np.array(["neg", "pos"])
    table = pa.table(
        {
            "row": np.arange(texts, dtype=np.int32),
            "words": random.integers(5, 500, texts).astype(np.int32),
            "label": pa.array(names[labels]).dictionary_encode(),
            "predicted": pa.array(names[predicted]).dictionary_encode(),
            "p_neg": (1 - positive).astype(np.float32),
            "p_pos": positive.astype(np.float32),
        }
    )
    parquet.write_table(table.replace_schema_metadata({"dataset": "imdb", "classes": '["neg", "pos"]'}), path)
    return float(right.mean())


def _environment() -> dict[str, object]:
    return {
        "python": "CPython 3.11.7",
        "cpu": "a processor",
        "cores": 2,
        "memory_gib": 8.0,
        "packages": {"seqexp": "0.1.0", "keras": "3.15.1", "numba": None},
        "distributions": ["keras==3.15.1", "seqexp==0.1.0"],
    }
