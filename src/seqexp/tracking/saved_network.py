"""Save a network so that MLflow, and plain Keras, load it."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any


def save_network(network: Any, folder: Path, shape: tuple[int, int]) -> None:
    """Write an MLflow model folder with the network and its signature.

    Args:
        network: A Keras model from (batch, timesteps, columns) to (batch, 1), normalised values.
        folder: The folder to make.
        shape: (timesteps, columns) of one sample.
    """
    import keras
    import numpy as np
    import tensorflow as tf
    from mlflow import keras as flavour
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, *shape), "window")]),
        outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, 1))]),
    )
    # Given, or MLflow would import every package in a new process to find them out (10 s).
    requirements = [f"tensorflow=={tf.__version__}", f"keras=={keras.__version__}"]
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flavour.save_model(network, str(folder), signature=signature, pip_requirements=requirements)
