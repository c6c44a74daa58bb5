"""The datasets of the published long-horizon tables: their names, the real files, and files made in their shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from seqexp.config.schema import Experiment
from seqexp.data.arrays import Floats
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.load import load_series
from seqexp.data.series.series import Series
from seqexp.data.series.windows import Windows
from tests.factories import experiment
from tests.paths import REPO

FOLDER = REPO.parent / "shared" / "data" / "ltsf"
REAL = {"etth1": FOLDER / "ETTh1.csv", "illness": FOLDER / "national_illness.csv"}


@dataclass(frozen=True)
class Shape:
    """What a file of the tables looks like: its rows, its columns, and how far these are apart."""

    rows: int
    columns: int
    minutes: int
    first: str
    stamps: str = "%Y-%m-%d %H:%M:%S"


SHAPES = {
    "etth1": Shape(17_420, 7, 60, "2016-07-01T00:00"),
    "etth2": Shape(17_420, 7, 60, "2016-07-01T00:00"),
    "ettm1": Shape(69_680, 7, 15, "2016-07-01T00:00"),
    "ettm2": Shape(69_680, 7, 15, "2016-07-01T00:00"),
    "weather": Shape(52_696, 21, 10, "2020-01-01T00:10"),
    "electricity": Shape(26_304, 321, 60, "2016-07-01T02:00"),
    "traffic": Shape(17_544, 862, 60, "2016-07-01T02:00"),
    "exchange": Shape(7_588, 8, 24 * 60, "1990-01-01T00:00", "%Y/%-m/%-d %-H:%M"),
    "illness": Shape(966, 7, 7 * 24 * 60, "2002-01-01T00:00"),
}
WIDE = ("electricity", "traffic")  # whose files take seconds


def real_file(name: str) -> Path:
    """Return the real file of a dataset, or skip."""
    if not REAL[name].is_file():
        pytest.skip(f"no real rows to score: ../shared/data/ltsf/{REAL[name].name} is absent")
    return REAL[name]


def made_values(name: str) -> Floats:
    """Return (rows, columns) values in a file's shape: a daily wave and a slow one, and noise."""
    shape, random = SHAPES[name], np.random.default_rng(3)
    row = np.arange(shape.rows)[:, None]
    phase = random.uniform(0, 6, shape.columns)
    waves = np.sin(2 * np.pi * row * shape.minutes / 1440 + phase) + 2 * np.sin(row / 900 + phase)
    return np.round(5 + waves + random.normal(0, 0.3, (shape.rows, shape.columns)), 4)


def write_file(name: str, folder: Path) -> Path:
    """Write a file in the shape of the official one: its rows, its columns' number, its time stamps."""
    shape = SHAPES[name]
    times = np.datetime64(shape.first, "m") + np.arange(shape.rows) * shape.minutes
    stamps = [time.strftime(shape.stamps) for time in times.tolist()]
    columns = [str(number) for number in range(shape.columns - 1)]
    table = pa.table([pa.array(stamps), *made_values(name).T], names=["date", *columns, "OT"])
    csv.write_csv(table, folder / f"{name}.csv", csv.WriteOptions(quoting_style="none"))
    return folder / f"{name}.csv"


def asked(name: str, path: Path, *overrides: str) -> Experiment:
    """Return an experiment on a dataset of the tables, read from a file."""
    return experiment(f"dataset={name}", f"dataset.path={path}", "model=naive", *overrides)


@cache
def _series(name: str, path: Path) -> Series:
    return load_series(asked(name, path).series, "path", lambda line: None)


def windows_of(name: str, path: Path, *overrides: str) -> tuple[Experiment, Windows]:
    """Return an experiment on a dataset of the tables, and its windows."""
    made = asked(name, path, *overrides)
    return made, make_windows(_series(name, path), made)
