"""A process of test_reproducible: train models in turn, and write every number to a file."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from seqexp.data.series.cutting import make_windows
from seqexp.models.registry import NO_PLUGINS
from seqexp.models.training_state import TrainingState
from seqexp.runs.models import build
from seqexp.tasks.task import Task, classifying_task, forecasting_task
from seqexp.training.network_model import NetworkModel
from tests.factories import small_experiment, wave_series
from tests.training.texts import many_words, text_experiment

SMALL_CONV = ("model.filters=4", "model.kernel_size=2", "model.pool_size=2")
OVERRIDES = {"conv1d": SMALL_CONV, "conv_gru": SMALL_CONV}


def numbers(model: str, seed: int = 7) -> dict[str, np.ndarray]:
    """Train a model as the runner does, and return history, weights and forecasts."""
    setup = small_experiment(f"model={model}", f"seed={seed}", "dataset.lookback=24", *OVERRIDES.get(model, ()))
    return numbers_of_task(forecasting_task(setup, make_windows(wave_series(), setup)), "test forecasts")


def text_numbers(model: str, *, bucket: bool, seed: int = 7) -> dict[str, np.ndarray]:
    """Train a model of texts as the runner does, and return history, weights and probabilities."""
    setup = text_experiment(model, f"seed={seed}", "training.jit_compile=auto")
    return numbers_of_task(classifying_task(setup, many_words(bucket=bucket)), "test probabilities")


def numbers_of_task(task: Task, name: str) -> dict[str, np.ndarray]:
    """Train the model of a task, and return history, weights and what it says of the test part under this name."""
    network, compute = build(task.experiment, task.problem, NO_PLUGINS)
    model, state = NetworkModel(network, task, compute), TrainingState(task.experiment.training.monitor)
    for _ in model.train(task, state):
        pass
    return written_out(network, state) | {name: model.predict(task.samples, task.samples.rows.test)}


def written_out(network: Any, reached: TrainingState) -> dict[str, np.ndarray]:
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
