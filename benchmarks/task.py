"""What is measured: the series, the windows and the models that every peer gets alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Float32s = NDArray[np.float32]
Rows = NDArray[np.int64]

# The lecture's series and its splits.
ROWS, COLUMNS, TARGET = 420_551, 14, 1
TRAIN, VALIDATION = (0, 200_000), (200_001, 300_000)
DELAY = 144

# The lecture's epoch: 500 training steps, then the validation part in batches of 128.
EPOCH_TRAIN_STEPS, EPOCH_EVAL_STEPS = 500, 769

# In which tuned peers evaluate: no gradients are kept, so larger batches save calls.
EVALUATION_BATCH = 512

MODELS = ("mlp", "conv1d", "gru", "gru_dropout", "gru_stacked", "gru_bidirectional", "lstm", "conv_gru")
RECURRENT = ("gru", "gru_dropout", "gru_stacked", "gru_bidirectional", "lstm", "conv_gru")


@dataclass(frozen=True)
class Task:
    """One model on windows of one shape, and how many steps a measurement takes.

    Attributes:
        model: The name of its file in conf/model/.
        train_steps: Training steps of a measurement.
        eval_steps: Its evaluation, in steps of `batch` windows, whatever batch the peer evaluates in.
        lookback: Rows a window looks back.
        step: Rows between two timesteps.
        batch: Windows a training step.
        units: Of the recurrent layer; None: as the model's file says.
    """

    model: str
    train_steps: int
    eval_steps: int
    lookback: int = 1440
    step: int = 6
    batch: int = 128
    units: int | None = None

    @property
    def timesteps(self) -> int:
        """Timesteps of a window."""
        return self.lookback // self.step

    @property
    def shape(self) -> tuple[int, int]:
        """(timesteps, columns) of a window."""
        return self.timesteps, COLUMNS

    @property
    def offsets(self) -> Rows:
        """(timesteps,) int64: a window's rows relative to the row that names it."""
        return np.arange(-self.lookback, 0, self.step, dtype=np.int64)

    @property
    def eval_windows(self) -> int:
        """Windows that a measurement's evaluation scores."""
        return self.eval_steps * self.batch


class Loaded(TypedDict):
    """What a peer says of a model that it has built.

    Attributes:
        parameters: How many numbers the model learns.
        note: How the peer runs it, where it had a choice.
    """

    parameters: int
    note: str


class Times(TypedDict):
    """Seconds that one epoch took: its training steps, and its evaluation."""

    train: float
    evaluation: float


def task_of(model: str, **changes: Any) -> Task:
    """Return the headline task of a model; conv_gru sees half as far back, twice as finely, as in the lecture."""
    values: dict[str, Any] = {"model": model, **_STEPS.get(model, _RECURRENT_STEPS)}
    if model == "conv_gru":
        values |= {"lookback": 720, "step": 3}
    return Task(**(values | changes))


# Chosen so that a measurement takes about 0.7 s with a tuned peer.
# Multiples of 16, and of 64 for evaluation, where a peer may take 16 steps a call: none is taken in vain.
_RECURRENT_STEPS = {"train_steps": 20, "eval_steps": 40}
_STEPS = {
    "mlp": {"train_steps": 320, "eval_steps": 640},
    "conv1d": {"train_steps": 96, "eval_steps": 192},
    "conv_gru": {"train_steps": 40, "eval_steps": 80},
}


@cache
def random_series() -> Float32s:
    """Return (rows, columns) float32, independent normal values: already normalised, as a network wants them."""
    return np.random.default_rng(0).standard_normal((ROWS, COLUMNS), dtype=np.float32)


def training_bounds(task: Task) -> tuple[int, int]:
    """Return the rows [first, end) that may name a training window: its past and its target are in the part."""
    return TRAIN[0] + task.lookback, TRAIN[1] - DELAY


def validation_rows(task: Task, batch: int, index: int) -> Rows:
    """Return (batch,) int64: the rows of the validation part's batch of that index, in order; it starts over."""
    first, end = VALIDATION[0] + task.lookback, VALIDATION[1] - DELAY
    return first + (index * batch + np.arange(batch)) % (end - first)
