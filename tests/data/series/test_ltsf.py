"""The datasets of the published long-horizon tables: official files, borders and windows are those of the protocol."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.arrays import Floats, Part
from seqexp.data.series.load import load_series
from seqexp.data.series.series import Series
from tests.data.ltsf import FOLDER, REAL, SHAPES, WIDE, asked, made_values, real_file, windows_of, write_file
from tests.factories import experiment

SHORT = ("etth1", "exchange", "illness")  # whose windows are scored in a moment
NARROW = [name for name in SHAPES if name not in WIDE]
DATASETS = [*NARROW, *(pytest.param(name, marks=pytest.mark.slow) for name in WIDE)]


def protocol(name: str) -> dict[Part, tuple[int, int]]:
    """Return the parts as the tables' loaders cut them: ETT by months of 30 days, the others by shares."""
    shape = SHAPES[name]
    if name.startswith("ett"):
        month = 30 * 24 * 60 // shape.minutes
        return {"train": (0, 12 * month), "val": (12 * month, 16 * month), "test": (16 * month, 20 * month)}
    train, test = int(shape.rows * 0.7), int(shape.rows * 0.2)
    return {"train": (0, train), "val": (train, shape.rows - test), "test": (shape.rows - test, shape.rows)}


def repeat_mse(values: Floats, name: str, horizon: int) -> float:
    """Return the MSE of repeating the last value in the test part, window by window, scaled by the training rows."""
    parts = protocol(name)
    train = values[: parts["train"][1]]
    scaled = (values - train.mean(axis=0)) / train.std(axis=0)
    first, end = parts["test"]
    errors = [np.mean((scaled[row : row + horizon] - scaled[row - 1]) ** 2) for row in range(first, end - horizon + 1)]
    return float(np.mean(errors))


@pytest.mark.parametrize("name", SHAPES)
def test_the_official_file_has_the_shape_and_the_parts_of_the_protocol(name: str) -> None:
    dataset = experiment(f"dataset={name}", "model=naive").series
    shape, official = SHAPES[name], dataset.official
    assert dataset.url is not None
    assert official is not None
    assert dataset.split.rows(shape.rows) == protocol(name)
    assert official.rows == shape.rows
    assert official.columns is None or len(official.columns) == shape.columns
    length = np.datetime64(official.last) - np.datetime64(official.first)
    # The weather's file lacks eight rows of its year.
    assert length == np.timedelta64((shape.rows - 1 + (8 if name == "weather" else 0)) * shape.minutes, "m")
    assert official.sha256
    assert (dataset.target, dataset.delay, dataset.step, dataset.repair) == ("all", 0, 1, "off")
    assert (dataset.max_gap, dataset.input_limit, dataset.calendar) == (None, None, False)


@pytest.mark.parametrize("name", DATASETS)
def test_windows_are_those_of_the_protocol(name: str, tmp_path: Path) -> None:
    """Validation and test inputs reach back into the part before, so that the targets don't depend on the lookback."""
    _, windows = windows_of(name, write_file(name, tmp_path))
    lookback, horizon = windows.lookback, windows.geometry.horizon
    train, val, test = (end - first for first, end in protocol(name).values())
    assert windows.shape == (lookback, SHAPES[name].columns)
    assert len(windows.target.names) == SHAPES[name].columns
    rows = windows.rows
    assert [len(rows.of(part)) for part in ("train", "val", "test")] == [
        train - lookback - horizon + 1,
        val - horizon + 1,
        test - horizon + 1,
    ]
    assert (rows.test[0], rows.test[-1] + horizon) == protocol(name)["test"]
    assert windows.ahead.tolist() == list(range(horizon))
    if name in SHORT:
        last_seen = windows.last_seen(rows.test)
        squared = (windows.targets(rows.test) - last_seen) ** 2
        assert squared.mean() == pytest.approx(repeat_mse(made_values(name), name, horizon), rel=1e-9)


def load_official(name: str, root: Path, file: Path, *, packed: bool = False) -> Series:
    """Load a dataset whose official file somebody has put into the data folder."""
    dataset = asked(name, file, "dataset.path=null").series
    assert dataset.official is not None
    root.mkdir(exist_ok=True)
    if packed:
        with zipfile.ZipFile(root / f"{dataset.official.file}.zip", "w") as archive:
            archive.write(file, f"archive/{dataset.official.file}")
    else:
        (root / dataset.official.file).write_bytes(file.read_bytes())
    return load_series(dataset, "official", lambda line: None)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", REAL)
def test_the_real_file_is_the_official_one(name: str, packed: bool, root: Path) -> None:
    series = load_official(name, root, real_file(name), packed=packed)
    with REAL[name].open(encoding="utf-8") as stream:
        rows = [[float(cell) for cell in row[1:]] for row in list(csv.reader(stream))[1:]]
    np.testing.assert_array_equal(series.values, rows)


def test_line_ends_of_the_other_archive_are_official_as_well(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(real_file("illness").read_bytes().replace(b"\n", b"\r\n"))
    assert len(load_official("illness", root, other)) == SHAPES["illness"].rows


def test_a_digit_that_differs_is_refused_with_both_digests(root: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.csv"
    changed.write_bytes(real_file("etth1").read_bytes().replace(b"5.827000141143799", b"5.827000141143798"))
    with pytest.raises(InputError) as caught:
        load_official("etth1", root, changed)
    (fault,) = caught.value.faults
    assert fault.key == "the official file"
    lines = fault.text.splitlines()
    assert len(lines) == 2, "nothing else differs"
    assert "must have the SHA-256 f18de3ad269cef59" in lines[0]
    assert str(root / "ETTh1.csv") in lines[0]
    assert "dataset.path=FILE" in lines[1]


def test_the_real_files_are_not_part_of_the_repository() -> None:
    assert not FOLDER.is_relative_to(Path(__file__).parents[3])
