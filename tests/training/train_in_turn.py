"""A process of test_reproducible: train models in turn, and write every number to a file."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from seqexp.data.batches import gather_texts as make_gather_of_texts
from seqexp.data.batches import gather_windows
from seqexp.data.series.windows import make_windows
from seqexp.models.registry import NO_PLUGINS
from seqexp.runs.prepare import build
from seqexp.tasks.problem import Problem
from seqexp.training.predict import make_predictor
from seqexp.training.training_state import Reached
from tests.factories import small_experiment, train, wave_series
from tests.training.texts import many_words, task_of, text_experiment, train_texts

SMALL_CONV = ("model.filters=4", "model.kernel_size=2", "model.pool_size=2")
OVERRIDES = {"conv1d": SMALL_CONV, "conv_gru": SMALL_CONV}


def numbers(model: str, seed: int = 7) -> dict[str, np.ndarray]:
    """Train a model as the runner does, and return history, weights and forecasts."""
    setup = small_experiment(f"model={model}", f"seed={seed}", "dataset.lookback=24", *OVERRIDES.get(model, ()))
    windows = make_windows(wave_series(), setup)
    network, compute = build(setup, Problem(windows.shape), NO_PLUGINS)
    reached = train(network, windows, setup, jit=compute.jit_compile)
    predict = make_predictor(network, gather_windows(windows), jit_compile=compute.jit_compile)
    return written_out(network, reached) | {"test forecasts": predict(windows.rows.test)}


def text_numbers(model: str, *, bucket: bool, seed: int = 7) -> dict[str, np.ndarray]:
    """Train a model of texts as the runner does, and return history, weights and probabilities."""
    texts = many_words(bucket=bucket)
    setup = text_experiment(model, f"seed={seed}", "training.jit_compile=auto")
    task = task_of(texts, setup)
    network, compute = build(setup, task.problem, NO_PLUGINS)
    reached = train_texts(network, texts, setup, jit=compute.jit_compile)
    predict = make_predictor(
        network,
        make_gather_of_texts(texts),
        jit_compile=compute.jit_compile,
        outputs=task.objective(network).outputs,
        samples=texts,
    )
    return written_out(network, reached) | {"test probabilities": predict(texts.rows.test)}


def written_out(network: Any, reached: Reached) -> dict[str, np.ndarray]:
    """Return weights, the last and the best, and every epoch's figures but the time that it took."""
    weights = [*network.get_weights(), *(reached.best_weights or [])]
    found = {f"weight {index}": weight for index, weight in enumerate(weights)}
    for epoch in reached.epochs:
        figures = {name: value for name, value in epoch.metrics.items() if name != "epoch_seconds"}
        found[f"epoch {epoch.number} {' '.join(figures)}"] = np.array(list(figures.values()))
    return found


def numbers_of(name: str) -> dict[str, np.ndarray]:
    """Return the numbers of a model of series, such as "gru", or of texts: "texts:gru", "buckets:gru"."""
    data, _, model = name.rpartition(":")
    return text_numbers(model, bucket=data == "buckets") if data else numbers(model)


def main(file: str, *models: str) -> None:
    """Train the models in turn, as the jobs of a sweep follow each other in one process."""
    np.savez(file, **{f"{model}/{name}": values for model in models for name, values in numbers_of(model).items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
