"""Short trainings on data that has next to nothing, or far too much, and on texts: as in `test_explosions.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.trainings import OF_A_FILE, ROWS, SMALL, train, write_series

# Of columns, which are neither scopes of TensorFlow nor keys of MLflow, and must not become any.
NAMES = ("a b/c:%", "x" * 1000, "\U0001f600", "loss", "../up", "{{node}}", "${seed}", "a=b", "'", "=1+1")
OF_DATA = {
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


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_DATA)
def test_odd_series(name: str, wild: Path, environment: dict[str, str]) -> None:
    train([*OF_A_FILE, *OF_DATA[name]], wild, environment)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_TEXTS)
def test_texts_that_explode(name: str, wild: Path, text_overrides: list[str], environment: dict[str, str]) -> None:
    of_texts = [text for text in SMALL if not text.startswith(("dataset.lookback", "dataset.delay", "model"))]
    train([*text_overrides, *of_texts, *OF_TEXTS[name]], wild, environment)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_column(name: str, tmp_path: Path, environment: dict[str, str]) -> None:
    wave = np.sin(np.arange(ROWS) / 5)
    write_series(tmp_path / "wild.csv", {"a": wave, name: np.flip(wave)})
    quoted = name.replace("'", "\\'").replace("${", "\\${")
    (tmp_path / "own").mkdir()
    train([*OF_A_FILE, f"dataset.target='{quoted}'", f"dataset.valid={{'{quoted}':[-2,2]}}"], tmp_path, environment)
    assert (tmp_path / "mlflow.db").exists()
