"""A baseline of texts as an MLflow model that takes raw strings."""

from __future__ import annotations

import logging
import pickle
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import seqexp
from seqexp.data.text.prepare import texts_to_classify
from seqexp.data.text.tokeniser import Tokeniser


@dataclass(frozen=True)
class RawTexts:
    """The tokeniser and a fitted estimator; what MLflow hands strings to.

    Attributes:
        estimator: Fitted.
        tokeniser: What made the ids that it was fitted on.
        classes: Those that it tells apart.
    """

    estimator: Any
    tokeniser: Tokeniser
    classes: tuple[str, ...]

    def predict(self, strings: Any) -> Any:
        """Return float32: (texts,) probabilities of the second of two classes, or (texts, classes) of more."""
        texts = texts_to_classify([str(text) for text in np.ravel(strings)], self.tokeniser, self.classes)
        found = np.asarray(self.estimator.predict(texts, texts.rows.test), dtype=np.float32)
        return found[:, 1] if len(self.classes) == 2 else found


def _load_pyfunc(path: str) -> RawTexts:
    """Return what `save_text_estimator` wrote; MLflow asks for this function by its name."""
    with Path(path).open("rb") as file:
        loaded = pickle.load(file)
    assert isinstance(loaded, RawTexts)
    return loaded


def save_text_estimator(estimator: Any, folder: Path, tokeniser: Tokeniser, classes: tuple[str, ...]) -> None:
    """Write an MLflow model from raw texts to probabilities; where it is loaded, seqexp must be installed.

    Args:
        estimator: Fitted.
        folder: The folder to make.
        tokeniser: What made the ids that it was fitted on.
        classes: Those that it tells apart.
    """
    import sklearn
    from mlflow import pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    shape = (-1,) if len(classes) == 2 else (-1, len(classes))
    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(str), (-1,))]),
        outputs=Schema([TensorSpec(np.dtype(np.float32), shape)]),
    )
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = Path(name) / "estimator.pkl"
        data.write_bytes(pickle.dumps(RawTexts(estimator, tokeniser, classes)))
        pyfunc.save_model(
            str(folder),
            loader_module=__name__,
            data_path=str(data),
            signature=signature,
            pip_requirements=[f"seqexp=={seqexp.__version__}", f"scikit-learn=={sklearn.__version__}"],
        )
