"""Small files to begin from, and the overrides of experiments on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SMALL


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
