"""What a training has reached: the best epoch, and figures that survive as text."""

from __future__ import annotations

import csv
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqexp.models.events import Epoch
from seqexp.models.training_state import TrainingDiverged, TrainingState

NO_FORECASTS = np.zeros(0)


def reached_of(values: list[float]) -> tuple[TrainingState, list[bool]]:
    reached = TrainingState("val_mae")
    said = [
        reached.add(Epoch(number, {"val_mae": value}), [np.array(number)], NO_FORECASTS + number)
        for number, value in enumerate(values, start=1)
    ]
    return reached, said


@given(st.lists(st.floats(0, 3, width=16) | st.sampled_from([math.nan, math.inf]), max_size=12))
def test_the_best_epoch_is_the_first_with_the_lowest_finite_value(values: list[float]) -> None:
    reached, said = reached_of(values)
    finite = [value for value in values if math.isfinite(value)]
    assert len(reached.epochs) == len(values)
    if not finite:
        assert reached.best is None
        assert reached.best_weights is None
        assert reached.epochs_since_best == len(values)
        assert not any(said)
        return
    best = values.index(min(finite)) + 1
    assert reached.best is reached.epochs[best - 1]
    assert reached.best_weights is not None
    assert int(reached.best_weights[0]) == best
    assert reached.epochs_since_best == len(values) - best
    assert [number for number, was_best in enumerate(said, start=1) if was_best][-1] == best


@given(st.lists(st.tuples(st.floats(), st.floats(width=32).map(np.float32)), min_size=1, max_size=5))
def test_history_keeps_every_bit(values: list[tuple[float, float]]) -> None:
    reached = TrainingState("val_mae")
    for number, (loss, mae) in enumerate(values, start=1):
        reached.add(Epoch(number, {"loss": loss, "val_mae": mae}), [], NO_FORECASTS)
    header, *lines = csv.reader(reached.history_csv().splitlines())
    assert header == ["epoch", "loss", "val_mae"]
    assert [int(line[0]) for line in lines] == list(range(1, len(values) + 1))
    read = np.array([[float(text) for text in line[1:]] for line in lines])
    np.testing.assert_array_equal(read, np.array(values, dtype=np.float64))


def test_history_has_a_column_for_every_figure_of_any_epoch() -> None:
    reached = TrainingState("loss")
    reached.add(Epoch(1, {"loss": 0.5}), [], NO_FORECASTS)
    reached.add(Epoch(2, {"loss": 0.25, "mae": 0.1}), [], NO_FORECASTS)
    assert reached.history_csv() == "epoch,loss,mae\n1,0.5,nan\n2,0.25,0.1\n"


def test_a_diverged_training_says_where_and_what_may_help() -> None:
    error = TrainingDiverged(epoch=3, step=17, loss=math.inf, learning_rate=0.5, gradient_norm=math.nan, last_norm=12.5)
    assert (error.epoch, error.step, error.learning_rate) == (3, 17, 0.5)
    assert str(error) == (
        "training diverged in epoch 3 at step 17: loss inf, gradient norm nan (last finite one 12.5), "
        "learning rate 0.5. Try a smaller training.learning_rate, or training.clipnorm=1."
    )


def test_what_was_clipped_is_to_be_clipped_more() -> None:
    of = {"epoch": 1, "step": 2, "loss": math.inf, "learning_rate": 1.0, "gradient_norm": math.inf, "last_norm": 1.0}
    assert "clipnorm=1" not in str(TrainingDiverged(**of, clipnorm=1.0))  # type: ignore[arg-type]
