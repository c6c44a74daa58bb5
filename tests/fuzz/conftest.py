"""Small files to begin from, and the overrides of experiments on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import SMALL
from tests.fuzz.trainings import MODELS, ROWS, write_series


@pytest.fixture(scope="session")
def series_overrides(series_csv: Path) -> list[str]:
    """An experiment on the small series, with keys of dataset=csv."""
    of_data = [text for text in SMALL if text.startswith("dataset.")]
    return ["dataset=csv", f"dataset.path={series_csv}", "dataset.target='T (degC)'", *of_data]


@pytest.fixture(scope="session")
def text_overrides(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """An experiment on two hundred texts of two classes."""
    path = tmp_path_factory.mktemp("texts") / "texts.csv"
    rows = [f"word{n % 7} good{n % 3} and bad{n % 5},{'pos' if n % 2 else 'neg'}" for n in range(200)]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return ["dataset=text", f"dataset.path={path}", "model=bow_logreg", "dataset.maxlen=20"]


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
    write_series(folder / "wild.csv", columns)
    (folder / "own" / "model").mkdir(parents=True)
    for name, text in MODELS.items():
        (folder / "own" / "model" / f"{name}.yaml").write_text(text)
    return folder
