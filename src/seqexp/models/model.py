"""What every model can do, be it a network or an estimator: nobody asks which it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Rows
from seqexp.data.samples import Samples
from seqexp.models.events import Event, Snapshot
from seqexp.models.training_state import TrainingState
from seqexp.tasks.task import Task


@dataclass(frozen=True)
class Compute:
    """How a model is computed, with all choices made: part of what a result depends on."""

    jit_compile: bool  # whether XLA compiles the training step and the evaluation
    threads: int  # CPU threads of TensorFlow
    layers: str  # whose recurrent layers run: "seqexp", "keras", or "none" where there are none
    device: Literal["cpu", "gpu"]  # "cpu" or "gpu"


@dataclass(frozen=True)
class LayerFacts:
    """What a person reads of one layer."""

    name: str  # its class; of a wrapper also what it wraps
    shape: str  # of its output
    parameters: int  # how many numbers it holds


class Model(Protocol):
    """A model of one task."""

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""

    @property
    def compute(self) -> Compute:
        """How it is computed."""

    @property
    def subject(self) -> str:
        """What gives out its predictions, as messages about them name it: with the file of a user's own."""

    @property
    def about(self) -> str:
        """How many numbers it learns and how it is computed, in words."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What else is to be known of it: which layers fall back to Keras's own loop, and why."""

    def layers(self) -> list[LayerFacts]:
        """Return its layers from the first to the last; none where it has no such."""

    def train(self, task: Task, state: TrainingState, begin: Snapshot | None = None) -> Iterator[Event]:
        """Learn from the training part.

        A training that goes on from a snapshot is, bit for bit, the one that was never cut short.

        Args:
            task: What is to be learned.
            state: Filled as the training goes on, also when it is cut short; epochs that it has are not done again.
            begin: What it goes on from; None: from the model as it is.

        Raises:
            TrainingDiverged: If loss or gradient is not finite.
        """

    def check_snapshot(self, task: Task, state: TrainingState, begin: Snapshot) -> None:
        """Check that a training of this model can have left a state and a snapshot; nothing is changed.

        Raises:
            ValueError: If they are another model's. The message says what differs.
        """

    def use_best(self, state: TrainingState) -> None:
        """Take the weights of the best epoch of a training of this model, if it has one."""

    def predict(self, samples: Samples, rows: Rows, batch: int | None = None) -> Floats:
        """Return (samples, ...) float64, the prediction for each row's sample; `Task.shaped` checks and shapes it.

        `batch` is how many are predicted at once; None: as many as is best.
        """

    def learned(self) -> list[NDArray[Any]]:
        """Return all that it has learned, always in the same order."""

    def save(self, folder: Path, samples: Samples) -> None:
        """Write all that the model is to an existing folder: in `model/` as MLflow loads it, the rest beside that.

        What turns raw data into its inputs, of the samples that it was trained on, is saved with it.
        """
