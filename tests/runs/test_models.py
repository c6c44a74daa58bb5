"""Every kind of model does the same things, and is loaded again as what was saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.series.cutting import make_windows
from seqexp.models.estimators.model import EstimatorModel
from seqexp.models.events import EpochDone
from seqexp.models.model import Model
from seqexp.models.registry import NO_PLUGINS, Registry
from seqexp.models.training_state import TrainingState
from seqexp.runs.models import load_model, make_model
from seqexp.tasks.task import Task, classifying_task, forecasting_task
from tests.factories import experiment, small_experiment, wave_series
from tests.training.texts import telling_texts

SERIES = ("naive", "seasonal_naive", "linear", "ridge", "mlp", "gru_dropout")
TEXTS = ("majority", "bow_logreg", "nbsvm", "embedding_mlp")
CHOICES = {
    "seasonal_naive": ("model.season=8",),
    "gru_dropout": ("model.units=4",),
    "mlp": ("model.units=4",),
    "embedding_mlp": ("model.units=4", "model.embedding.dim=4"),
}


def task_for(model: str) -> Task:
    own = CHOICES.get(model, ())
    if model in TEXTS:
        small = () if model != "embedding_mlp" else ("training.epochs=2",)
        texts = telling_texts(classes=3)

        return classifying_task(experiment("dataset=imdb", f"model={model}", *own, *small), texts)
    setup = small_experiment(f"model={model}", *own)
    return forecasting_task(setup, make_windows(wave_series(), setup))


def trained(task: Task) -> tuple[Model, TrainingState, list[Any]]:
    model = make_model(task, NO_PLUGINS)
    state = TrainingState(task.experiment.training.monitor)
    events = list(model.train(task, state))
    model.use_best(state)
    return model, state, events


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves a layer's variables
@pytest.mark.parametrize("name", [*SERIES, *TEXTS])
def test_a_loaded_model_says_what_the_saved_one_did(name: str, tmp_path: Path) -> None:
    task = task_for(name)
    model, state, events = trained(task)
    assert sum(isinstance(event, EpochDone) for event in events) == len(state.epochs)
    assert bool(state.epochs) == state.has_begun
    said = task.score("val", model.predict(task.samples, task.samples.rows.val))
    assert state.best_predictions is not None
    np.testing.assert_allclose(said.predictions, state.best_predictions, rtol=1e-6)
    model.save(tmp_path, task.samples)
    loaded = load_model(tmp_path, task, NO_PLUGINS)
    assert type(loaded) is type(model)
    assert loaded.parameters == model.parameters
    again = task.score("val", loaded.predict(task.samples, task.samples.rows.val))
    np.testing.assert_allclose(again.predictions, said.predictions, rtol=1e-6, atol=1e-7)


class Mean:
    """A user's own estimator, without what it learned being kept."""

    parameters = 1

    def fit(self, windows: Any) -> None:
        self.mean = float(windows.targets(windows.rows.train).mean())

    def predict(self, windows: Any, rows: Any) -> Any:
        return np.full(len(rows), self.mean)


class KeptMean(Mean):
    """One that can be loaded again."""

    def artifacts(self) -> dict[str, Any]:
        return {"mean": np.array(self.mean)}

    def restore(self, arrays: dict[str, Any]) -> None:
        self.mean = float(arrays["mean"])


@pytest.mark.parametrize("cls", [Mean, KeptMean])
def test_a_users_own_estimator_is_loaded_if_it_can_restore(cls: type, tmp_path: Path) -> None:
    task = task_for("naive")
    model, entry = EstimatorModel(cls(), {cls.__name__: None}, cls.__name__), {cls.__name__: None}
    list(model.train(task, TrainingState("val_mae")))
    model.save(tmp_path, task.samples)
    registry = Registry(estimators={cls.__name__: cls})
    if cls is Mean:
        with pytest.raises(InputError, match="restore"):
            load_model(tmp_path, task, registry)
        return
    loaded = load_model(tmp_path, task, registry)
    rows = task.samples.rows.test
    np.testing.assert_array_equal(loaded.predict(task.samples, rows), model.predict(task.samples, rows))
    assert entry == {cls.__name__: None}


def test_without_a_saved_model_nothing_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path, task_for("mlp"), NO_PLUGINS)
