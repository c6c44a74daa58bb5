"""Trained models of small series, honest ones and ones that cheat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqexp.config.schema import Experiment
from seqexp.data.samples import Samples
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.series import Series
from seqexp.data.sources import ResolvedSource
from seqexp.models.estimators.model import EstimatorModel
from seqexp.models.model import Model
from seqexp.models.registry import NO_PLUGINS
from seqexp.models.training_state import TrainingState
from seqexp.runs.audit.audit import quick_checks
from seqexp.runs.models import make_model
from seqexp.runs.prepare import Prepared
from seqexp.tasks.task import Task
from tests.factories import small_experiment, task_of, wave_series


class Estimator:
    """A rule of a user's own, which learns nothing."""

    parameters = 0

    def fit(self, data: Any) -> None:
        pass

    def predict(self, data: Any, rows: Any) -> Any:
        return data.last_seen(rows)


class KnowsTheTarget(Estimator):
    """Uses y as X."""

    def predict(self, data: Any, rows: Any) -> Any:
        return data.targets(rows)


class ReadsTheNextRow(Estimator):
    """Looks one row further than the window goes."""

    def predict(self, data: Any, rows: Any) -> Any:
        return data.target_at(rows - data.step + 1)[:, None]


class ReadsTheRecord(Estimator):
    """Gets round the windows: the series as recorded is among them."""

    def predict(self, data: Any, rows: Any) -> Any:
        return data.series.values[rows + data.delay, 1]


class ReadsTheLabels(Estimator):
    """Knows the class of each text."""

    def predict(self, data: Any, rows: Any) -> Any:
        return np.eye(len(data.classes))[data.labels(rows)]


class DiffersEachTime(Estimator):
    """Gives other numbers each time it is asked."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    def predict(self, data: Any, rows: Any) -> Any:
        return self._random.normal(size=len(rows))


class LooksAside(Estimator):
    """Gives each sample less than the mean of those that are asked for with it."""

    def predict(self, data: Any, rows: Any) -> Any:
        values = data.last_seen(rows)
        return values - values.mean()


def prepared_for(samples: Samples, setup: Experiment, model: Model | Estimator | None = None) -> Prepared:
    """Return an experiment that is ready for an audit, with its own model, or another one, trained."""
    return ready(task_of(samples, setup), model)


def ready(task: Task, model: Model | Estimator | None = None) -> Prepared:
    """Return a task that is ready for an audit, with its own model, or another one, trained."""
    own = EstimatorModel(model, {type(model).__name__: {}}, "own.predict") if isinstance(model, Estimator) else model
    trained = own or make_model(task, NO_PLUGINS)
    state = TrainingState(task.experiment.training.monitor)
    list(trained.train(task, state))
    trained.use_best(state)
    return Prepared(ResolvedSource("path", "a test"), task, None, trained, "digest")


def series_ready(*overrides: str, series: Series | None = None, model: Estimator | None = None) -> Prepared:
    """Return a small series that is ready for an audit."""
    setup = small_experiment(*overrides)
    return prepared_for(make_windows(wave_series() if series is None else series, setup), setup, model)


def verdicts(prepared: Prepared) -> Mapping[str, bool | None]:
    """Return what each quick check comes to, by its name."""
    return {check.name: check.passed for check in quick_checks(prepared)}
