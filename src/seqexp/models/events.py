"""What happens in a training, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Arrays = Sequence[NDArray[Any]]


@dataclass(frozen=True)
class Epoch:
    """The figures of one completed epoch.

    Attributes:
        number: Completed epochs, from 1.
        metrics: loss, mae or accuracy, val_loss, val_mae or val_accuracy, learning_rate, epoch_seconds,
            gradient_norm.
    """

    number: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Snapshot:
    """A network between two epochs: batches need no state, they are a function of seed and epoch."""

    variables: Arrays  # every variable of the network in its own order, the states of its random generators among them
    optimizer: Arrays
    good: Arrays  # the last finite weights before an epoch, where the present ones are not finite; else empty
    last_norm: float  # the gradient's norm in the last step


@dataclass(frozen=True)
class Notice:
    """Something that takes long is about to be done; the text is a line for a person."""

    text: str


@dataclass(frozen=True)
class TrainingBegins:
    """The first epoch is about to begin; a model that is fitted at once has none."""


@dataclass(frozen=True)
class StepsDone:
    """Some training steps were taken, the last of an epoch always; epoch and step count from 1."""

    epoch: int
    step: int
    steps: int


@dataclass(frozen=True)
class Validating:
    """The validation part is about to be scored."""

    epoch: int


@dataclass(frozen=True)
class EpochDone:
    """An epoch is completed, and the training's state has it.

    Attributes:
        is_best: Whether it is the best one so far.
        snapshot: Returns all that the training goes on from; to be called before the next event is asked for.
    """

    epoch: Epoch
    is_best: bool
    snapshot: Callable[[], Snapshot]


Event = Notice | TrainingBegins | StepsDone | Validating | EpochDone
