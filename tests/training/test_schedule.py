"""The learning rates of all steps against plain formulas, and against Keras's own callback."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.schema import TrainingConfig
from seqexp.models.events import Epoch
from seqexp.training.schedule import learning_rates
from tests.factories import small_experiment

BASE = small_experiment("model=mlp", "training.learning_rate=0.3").training


def training(schedule: str, epochs: int = 4, **changes: Any) -> TrainingConfig:
    return BASE.model_copy(update={"schedule": schedule, "epochs": epochs, **changes})


def epochs_of(figures: list[float], monitor: str = "val_mae") -> list[Epoch]:
    return [Epoch(number, {monitor: figure}) for number, figure in enumerate(figures, 1)]


def all_rates(setup: TrainingConfig, steps: int, figures: list[float] | None = None) -> np.ndarray:
    """Return the learning rates of a whole training, epoch after epoch."""
    done = epochs_of(figures or [1.0] * setup.epochs, setup.monitor)
    found = [learning_rates(setup, steps, done[:number]) for number in range(setup.epochs)]
    assert all(rates is not None and rates.dtype == np.float32 and rates.shape == (steps,) for rates in found)
    return np.concatenate([rates for rates in found if rates is not None])


def test_what_stays_the_same_is_no_schedule() -> None:
    assert learning_rates(training("constant"), 5, []) is None
    assert learning_rates(training("constant"), 5, epochs_of([1.0, 2.0])) is None


def test_cosine_falls_from_the_learning_rate_to_0() -> None:
    rates = all_rates(training("cosine"), 25)
    expected = 0.15 * (1 + np.cos(np.pi * np.arange(100) / 100))
    np.testing.assert_allclose(rates, expected, rtol=1e-6)
    assert rates[0] == np.float32(0.3)
    assert rates[50] == pytest.approx(0.15)
    assert 0 < rates[-1] < 0.001


def test_cosine_begins_where_the_warm_up_ends() -> None:
    rates = all_rates(training("cosine", warmup=0.2), 25)
    np.testing.assert_allclose(rates[:20], 0.3 * np.arange(1, 21) / 20, rtol=1e-6)
    np.testing.assert_allclose(rates[20:], 0.15 * (1 + np.cos(np.pi * np.arange(80) / 80)), rtol=1e-6)


def test_a_warm_up_alone_stays_at_the_learning_rate() -> None:
    rates = all_rates(training("constant", warmup=0.3), 5)
    np.testing.assert_allclose(rates, 0.3 * np.minimum(1, np.arange(1, 21) / 6), rtol=1e-6)


@pytest.mark.parametrize(("share", "steps"), [(1e-9, 1), (0.001, 3), (0.999, 3), (0.5, 1)])
def test_a_warm_up_has_a_step_and_leaves_finite_rates(share: float, steps: int) -> None:
    rates = all_rates(training("cosine", epochs=2, warmup=share), steps)
    assert np.isfinite(rates).all()
    assert (rates > 0).all()
    assert rates.max() <= np.float32(0.3)


@pytest.mark.parametrize("factor", [0.5, 0.9])
@pytest.mark.parametrize("patience", [1, 2, 3])
def test_exponential_multiplies_once_an_epoch(factor: float, patience: int) -> None:
    rates = all_rates(training("exponential", epochs=6, schedule_factor=factor, schedule_patience=patience), 2)
    rate, expected = 0.3, []
    for epoch in range(1, 7):
        if epoch > patience:
            rate *= factor
        expected += [rate, rate]
    np.testing.assert_allclose(rates, expected, rtol=1e-6)


def test_the_ltsf_benchmarks_type1_is_exponential_with_a_patience_of_2() -> None:
    """Zeng et al. set the rate to 0.5^(epoch - 1) of it after each epoch, from 1: the second has the whole one, too."""
    rates = all_rates(training("exponential", epochs=6, schedule_factor=0.5, schedule_patience=2), 1)
    after = {epoch + 1: 0.3 * 0.5 ** (epoch - 1) for epoch in range(1, 6)}
    np.testing.assert_allclose(rates, [0.3, *after.values()], rtol=1e-6)


FIGURES = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5, math.nan]), max_size=12)


@given(st.floats(0, 1), FIGURES, st.integers(1, 4), st.sampled_from(["val_mae", "val_accuracy"]))
def test_plateau_is_kerass_own(first: float, others: list[float], patience: int, monitor: str) -> None:
    rises, figures = monitor == "val_accuracy", [first, *others]
    callback = keras.callbacks.ReduceLROnPlateau(
        monitor, factor=0.5, patience=patience, min_delta=0, mode="max" if rises else "min"
    )
    callback.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=np.float32(0.3))))
    callback.on_train_begin()
    expected = []
    for number, figure in enumerate(figures):
        expected.append(float(callback.model.optimizer.learning_rate))
        callback.on_epoch_end(number, {monitor: figure})
    setup = training("plateau", epochs=len(figures), schedule_factor=0.5, schedule_patience=patience, monitor=monitor)
    np.testing.assert_allclose(all_rates(setup, 1, figures), expected, rtol=1e-6)


@pytest.mark.parametrize("figure", [math.nan, math.inf])
def test_what_is_not_finite_is_never_the_best(figure: float) -> None:
    """As for training.patience; in Keras the first figure would be, whatever it is."""
    setup = training("plateau", epochs=5, schedule_factor=0.5, schedule_patience=2)
    rates = all_rates(setup, 1, [figure, figure, 0.3, figure, 0.2])
    np.testing.assert_allclose(rates, [0.3, 0.3, 0.15, 0.15, 0.15], rtol=1e-6)


def test_plateau_falls_after_a_warm_up_too() -> None:
    setup = training("plateau", epochs=5, schedule_factor=0.1, schedule_patience=1, warmup=0.2)
    rates = all_rates(setup, 2, [0.5, 0.6, 0.4, 0.4, 0.3])
    np.testing.assert_allclose(rates, [0.15, 0.3, 0.3, 0.3, 0.03, 0.03, 0.03, 0.03, 0.003, 0.003], rtol=1e-6)
