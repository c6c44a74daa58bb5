"""`python -m benchmarks.compare`: how long `seqexp compare` takes over a store with thousands of runs.

The store is what 2,000 trainings leave: one real run is recorded by the command itself, and its rows in the SQLite
file (every param, tag and metric) are copied under new ids with other figures, choices and seeds. Every copy has
forecasts of as many windows as the real one; or, where lookbacks are to differ, half of them of fewer.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.client import child_environment
from seqexp.evaluation.predictions import parquet_format
from seqexp.tracking.tags import GROUP_DIGEST_TAG, SCORED_TAG

RUNS = 2000
SEEDS = 5
_COPIES = 20  # different files of forecasts; the runs share them
_CUT = 48  # scored windows that a longer lookback leaves out
_ASKED: tuple[list[str], ...] = (
    [],
    ["--no-intervals"],
    ["--by", "model.name"],
    ["--where", "model.alpha > 200"],
    ["--format", "json"],
)
_SEARCH = """
from mlflow import MlflowClient
client = MlflowClient("sqlite:///mlflow.db")
ids = [experiment.experiment_id for experiment in client.search_experiments()]
page = client.search_runs(ids, max_results=1000)
runs = list(page)
while page.token:
    page = client.search_runs(ids, max_results=1000, page_token=page.token)
    runs += page
"""
_TRAIN = ["-m", "seqexp", "train", "model=linear", "training=quick", "dataset.source=simulated", "--name", "original"]


def main(arguments: Sequence[str]) -> int:
    """Build the store, time the command, and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--unequal", action="store_true", help="of every other configuration a longer lookback")
    parser.add_argument("--store", type=Path, help="a folder to build the store in, or that has it; default: a new one")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = args.store or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "mlflow.db").exists():
            build_store(folder, args.runs, print, unequal=args.unequal)
        for what in _ASKED:
            _time(" ".join(["seqexp compare", *what]), ["-m", "seqexp", "compare", *what], folder, args.rounds)
        _time("the peer: MLflow's own search, all pages", ["-c", _SEARCH], folder, args.rounds)
    return 0


def build_store(folder: Path, runs: int, say: Callable[[str], None], *, unequal: bool = False) -> None:
    """Fill a folder with a store of so many finished runs, as the command leaves them.

    Args:
        folder: An empty folder.
        runs: How many.
        say: Told how far it is.
        unequal: Whether every other configuration has a longer lookback, and so was scored on fewer windows.
    """
    begin = time.perf_counter()
    _run(folder, _TRAIN)
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection, connection:
        columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for table in ("runs", "params", "tags", "latest_metrics", "metrics")
        }
        rows = {
            table: [dict(zip(names, row, strict=True)) for row in connection.execute(f"SELECT * FROM {table}")]
            for table, names in columns.items()
        }
        artifacts = Path(rows["runs"][0]["artifact_uri"].removeprefix("file://"))
        original = {row["key"]: row["value"] for row in (*rows["params"], *rows["latest_metrics"])}
        variants = {cut: _variants(artifacts, folder / "forecasts" / str(cut), cut) for cut in {0, _CUT * unequal}}
        random = np.random.default_rng(0)
        for number in range(1, runs):
            cut = _CUT * (unequal and number // SEEDS % 2)
            changed = _changed(number, cut, original, random)
            place = artifacts.parent.parent / changed["run"] / "artifacts"
            (place / "predictions").mkdir(parents=True)
            for file in variants[cut][number % _COPIES]:
                os.link(file, place / "predictions" / file.name)
            for table, names in columns.items():
                copies = [_copied(row, table, changed, place) for row in rows[table]]
                marks = ", ".join("?" for _ in names)
                connection.executemany(
                    f"INSERT INTO {table} VALUES ({marks})", [[row[name] for name in names] for row in copies]
                )
    say(f"{runs:,} runs in {time.perf_counter() - begin:.0f} s: {folder}")


def _changed(number: int, cut: int, original: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """Return what is another run's own: five seeds a configuration."""
    group, seed = divmod(number, SEEDS)
    figure = 0.25 + 0.0002 * group + float(random.normal(0, 0.0005))
    test = figure + 0.002
    in_units = original["test_mae_units"] / original["test_mae"]
    longer = cut * int(original["training.score_every"])
    return {
        "run": f"{number:032x}",
        "name": f"trial alpha={group + 2} seed={seed}",
        "tags": {
            "mlflow.runName": f"trial alpha={group + 2} seed={seed}",
            GROUP_DIGEST_TAG: f"sha256:{group:016x}",
            **({SCORED_TAG: f"without the first {cut}"} if cut else {}),
        },
        "params": {
            "seed": str(seed),
            "model.alpha": str(group + 2),
            "model.name": ("linear", "gru", "lstm")[group % 3],
            "dataset.lookback": str(int(original["dataset.lookback"]) + longer),
        },
        "metrics": {
            "best_val_mae": figure,
            "test_mae": test,
            "test_mae_units": test * in_units,
            "train_seconds": float(random.uniform(5, 200)),
        },
    }


def _copied(row: Mapping[str, Any], table: str, changed: Mapping[str, Any], place: Path) -> dict[str, Any]:
    copy = {**row, "run_uuid": changed["run"]}
    if table == "runs":
        return {**copy, "name": changed["name"], "artifact_uri": place.as_uri()}
    if table == "tags":
        return {**copy, "value": changed["tags"].get(row["key"], row["value"])}
    values = changed["params"] if table == "params" else changed["metrics"]
    return {**copy, "value": values.get(row["key"], row["value"])}


def _variants(artifacts: Path, folder: Path, cut: int) -> list[list[Path]]:
    """Return files of forecasts, each with errors of its own, without the first windows."""
    import pyarrow as pa
    from pyarrow import parquet

    found: list[list[Path]] = []
    for copy in range(_COPIES):
        random = np.random.default_rng(copy)
        place = folder / str(copy)
        place.mkdir(parents=True)
        for part in ("val", "test"):
            table = parquet.read_table(artifacts / "predictions" / f"{part}.parquet").slice(cut)
            off = table["prediction"].to_numpy() + random.normal(0, 0.1, len(table)).astype(np.float32)
            index = table.schema.get_field_index("prediction")
            table = table.set_column(index, "prediction", pa.array(off, pa.float32()))
            parquet.write_table(table, place / f"{part}.parquet", **parquet_format(table.column_names))
        found.append(sorted(place.iterdir()))
    return found


def _time(what: str, command: Sequence[str], folder: Path, rounds: int) -> None:
    """Print the median time of a Python command, start included."""
    figures = []
    for _ in range(rounds):
        begin = time.perf_counter()
        _run(folder, command)
        figures.append(time.perf_counter() - begin)
    print(f"{what:<45} {median(figures):6.2f} s")


def _run(folder: Path, command: Sequence[str]) -> None:
    environment = child_environment({})
    environment.pop("MLFLOW_TRACKING_URI", None)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exited with {done.returncode}:\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
