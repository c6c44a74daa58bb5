"""What every training checks of itself, where the model is a network: one that looks ahead is caught."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from seqexp.data.series.cutting import make_windows
from seqexp.models.model import Compute
from seqexp.runs.audit.audit import quick_checks
from seqexp.runs.prepare import Prepared
from seqexp.training.network_model import NetworkModel
from tests.factories import small_experiment, task_of, wave_series
from tests.runs.audit import made
from tests.training.texts import telling_texts, text_experiment


@keras.saving.register_keras_serializable("audit tests")
class NextOfBatch(keras.layers.Layer):
    """Sees of each window what the next one of its batch shows, which lies a row further in the future."""

    def call(self, inputs: Any) -> Any:
        return keras.ops.roll(inputs, -1, axis=0)

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


def network(*, looks_ahead: bool) -> Prepared:
    setup = small_experiment("model=mlp", "training.epochs=1")
    task = task_of(make_windows(wave_series(), setup), setup)
    window = keras.Input(task.samples.shape)  # type: ignore[attr-defined]
    seen = NextOfBatch()(window) if looks_ahead else window
    keras.utils.set_random_seed(0)
    built = keras.Model(window, keras.layers.Dense(1)(keras.layers.Flatten()(seen)))
    return made.ready(task, NetworkModel(built, task, Compute(False, 2, "none", "cpu")))


@pytest.fixture(scope="module", params=[False, True])
def pair(request: pytest.FixtureRequest) -> tuple[bool, Prepared]:
    return request.param, network(looks_ahead=request.param)


def test_a_layer_that_looks_ahead_is_caught(pair: tuple[bool, Prepared]) -> None:
    looks_ahead, prepared = pair
    verdicts = made.verdicts(prepared)
    assert verdicts["future rows"] is not looks_ahead
    assert verdicts["batch size"] is not looks_ahead
    assert all(passed for name, passed in verdicts.items() if name not in ("future rows", "batch size"))


def test_a_network_of_texts_passes() -> None:
    prepared = made.prepared_for(telling_texts(), text_experiment("embedding_mlp"))
    verdicts = {check.name: check.passed for check in quick_checks(prepared)}
    assert verdicts == {"fit rows": True, "duplicate texts": False, "batch size": True, "test labels": True}


def test_as_many_samples_are_predicted_at_once_as_asked_for(pair: tuple[bool, Prepared]) -> None:
    looks_ahead, prepared = pair
    samples = prepared.task.samples
    rows, model = samples.rows.test, prepared.model
    usual, by_seven = model.predict(samples, rows), model.predict(samples, rows, 7)
    # Alone, or as the last one of its batch, each window is beside itself, or beside the first one.
    same = np.isclose(usual, by_seven, rtol=1e-5, atol=1e-6).all(axis=1)
    at_the_end = np.arange(len(rows)) % 7 == 6
    assert same.all() if not looks_ahead else (same[~at_the_end].all() and not same[at_the_end][:-1].any())
