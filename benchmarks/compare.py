"""`python -m benchmarks.compare`: how long `seqexp compare` takes over a store with thousands of runs.

The store is what 2,000 trainings leave: one real run is recorded by the command itself, and its rows in the SQLite
file (every param, tag and metric) are copied under new ids with other figures, choices and seeds. Every copy has
forecasts of as many windows as the real one.
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
from typing import Any

import numpy as np

from benchmarks.client import child_environment

RUNS = 2000
SEEDS = 5
_COPIES = 20  # different files of forecasts; the runs share them
_ASKED: tuple[list[str], ...] = (
    [],
    ["--no-intervals"],
    ["--by", "model.name"],
    ["--where", "model.alpha > 200"],
    ["--format", "json"],
)
_TRAIN = ["train", "model=linear", "training=quick", "dataset.source=simulated", "--name", "original"]


def main(arguments: Sequence[str]) -> int:
    """Build the store, time the command, and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--store", type=Path, help="a folder to build the store in, or that has it; default: a new one")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = args.store or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "mlflow.db").exists():
            build_store(folder, args.runs, print)
        for what in _ASKED:
            figures = sorted(_seconds(folder, ["compare", *what]) for _ in range(args.rounds))
            print(f"{' '.join(['seqexp compare', *what]):<45} {figures[len(figures) // 2]:6.2f} s")
    return 0


def build_store(folder: Path, runs: int, say: Callable[[str], None]) -> None:
    """Fill a folder with a store of so many finished runs, as the command leaves them.

    Args:
        folder: An empty folder.
        runs: How many.
        say: Told how far it is.
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
        variants = _variants(artifacts, folder / "forecasts")
        random = np.random.default_rng(0)
        for number in range(1, runs):
            changed = _changed(number, random)
            place = artifacts.parent.parent / changed["run"] / "artifacts"
            (place / "predictions").mkdir(parents=True)
            for file in variants[number % _COPIES]:
                os.link(file, place / "predictions" / file.name)
            for table, names in columns.items():
                copies = [_copied(row, table, changed, place) for row in rows[table]]
                marks = ", ".join("?" for _ in names)
                connection.executemany(
                    f"INSERT INTO {table} VALUES ({marks})", [[row[name] for name in names] for row in copies]
                )
    say(f"{runs:,} runs in {time.perf_counter() - begin:.0f} s: {folder}")


def _changed(number: int, random: np.random.Generator) -> dict[str, Any]:
    """Return what is another run's own: five seeds a configuration."""
    group, seed = divmod(number, SEEDS)
    figure = 0.25 + 0.0002 * group + float(random.normal(0, 0.0005))
    seconds = float(random.uniform(5, 200))
    model = ("linear", "gru", "lstm")[group % 3]
    return {
        "run": f"{number:032x}",
        "name": f"trial alpha={group + 2} seed={seed}",
        "params": {
            "seed": str(seed),
            "model.alpha": str(group + 2),
            "model.name": model,
        },
        "metrics": {"best_val_mae": figure, "test_mae": figure + 0.002, "train_seconds": seconds},
    }


def _copied(row: Mapping[str, Any], table: str, changed: Mapping[str, Any], place: Path) -> dict[str, Any]:
    copy = {**row, "run_uuid": changed["run"]}
    if table == "runs":
        return {**copy, "name": changed["name"], "artifact_uri": place.as_uri()}
    if table == "tags":
        return {**copy, "value": changed["name"]} if row["key"] == "mlflow.runName" else copy
    values = changed["params"] if table == "params" else changed["metrics"]
    return {**copy, "value": values.get(row["key"], row["value"])}


def _variants(artifacts: Path, folder: Path) -> list[list[Path]]:
    """Return files of forecasts, each with errors of its own."""
    import pyarrow as pa
    from pyarrow import parquet

    found: list[list[Path]] = []
    for copy in range(_COPIES):
        random = np.random.default_rng(copy)
        place = folder / str(copy)
        place.mkdir(parents=True)
        for part in ("val", "test"):
            table = parquet.read_table(artifacts / "predictions" / f"{part}.parquet")
            off = table["prediction"].to_numpy() + random.normal(0, 0.1, len(table)).astype(np.float32)
            index = table.schema.get_field_index("prediction")
            table = table.set_column(index, "prediction", pa.array(off, pa.float32()))
            parquet.write_table(table, place / f"{part}.parquet", compression="zstd", use_dictionary=False)
        found.append(sorted(place.iterdir()))
    return found


def _seconds(folder: Path, arguments: Sequence[str]) -> float:
    begin = time.perf_counter()
    _run(folder, arguments)
    return time.perf_counter() - begin


def _run(folder: Path, arguments: Sequence[str]) -> None:
    environment = child_environment({})
    environment.pop("MLFLOW_TRACKING_URI", None)
    done = subprocess.run(
        [sys.executable, "-m", "seqexp", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"seqexp {' '.join(arguments)} exited with {done.returncode}:\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
