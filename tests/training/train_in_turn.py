"""A process of test_reproducible: train models in turn, and write every number to a file."""

from __future__ import annotations

import sys

import numpy as np

from seqexp.data.batches import make_gather
from seqexp.data.windows import make_windows
from seqexp.evaluation.predict import make_predictor
from seqexp.models.problem import Problem
from seqexp.models.registry import NO_PLUGINS
from seqexp.runner.prepare import build
from tests.factories import small_experiment, train, wave_series

SMALL_CONV = ("model.filters=4", "model.kernel_size=2", "model.pool_size=2")
OVERRIDES = {"conv1d": SMALL_CONV, "conv_gru": SMALL_CONV}


def numbers(model: str, seed: int = 7) -> dict[str, np.ndarray]:
    """Train a model as the runner does, and return history, weights and forecasts."""
    setup = small_experiment(f"model={model}", f"seed={seed}", "dataset.lookback=24", *OVERRIDES.get(model, ()))
    windows = make_windows(wave_series(), setup)
    network, compute = build(setup, Problem(windows.shape), NO_PLUGINS)
    reached = train(network, windows, setup, jit=compute.jit_compile)
    predict = make_predictor(network, make_gather(windows), jit_compile=compute.jit_compile)
    found = {
        f"weight {index}": weight
        for index, weight in enumerate([*network.get_weights(), *(reached.best_weights or [])])
    }
    for epoch in reached.epochs:
        figures = {name: value for name, value in epoch.metrics.items() if name != "epoch_seconds"}
        found[f"epoch {epoch.number} {' '.join(figures)}"] = np.array(list(figures.values()))
    return found | {"test forecasts": predict(windows.rows.test)}


def main(file: str, *models: str) -> None:
    """Train the models in turn, as the jobs of a sweep follow each other in one process."""
    np.savez(file, **{f"{model}/{name}": values for model in models for name, values in numbers(model).items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
