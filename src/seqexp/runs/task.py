"""What the runner asks of a task, be it a forecast or the classes of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from seqexp.config.schema import Experiment
from seqexp.data.arrays import Floats, Part
from seqexp.data.batches import Gather
from seqexp.data.samples import Samples
from seqexp.models.epoch import Epoch
from seqexp.tasks.metric import Measure
from seqexp.tasks.problem import Problem

if TYPE_CHECKING:
    from rich.table import Table

    from seqexp.training.objective import Objective
    from seqexp.training.train_step import MakeBatch


class Score(Protocol):
    """A model's predictions for one part, beside the baseline's for the same samples."""

    @property
    def part(self) -> Part:
        """Which part."""

    @property
    def skill(self) -> float:
        """The share of the baseline's error that the model takes away."""


class Task(Protocol):
    """Data with what is to be learned from it."""

    @property
    def kind(self) -> Literal["forecast", "classify"]:
        """What is to be done: "forecast" or "classify"."""

    @property
    def measure(self) -> Measure:
        """What models are ranked by."""

    @property
    def experiment(self) -> Experiment:
        """What is run, with whatever only the data tells filled in."""

    @property
    def data(self) -> Samples:
        """The samples."""

    @property
    def problem(self) -> Problem:
        """What a network is built for."""

    @property
    def name(self) -> str:
        """The dataset's name."""

    @property
    def source(self) -> str:
        """Such as "official" or "simulated"."""

    @property
    def origin(self) -> str:
        """Where the data came from, in words."""

    @property
    def data_digest(self) -> str:
        """SHA-256 of the content."""

    @property
    def task_digest(self) -> str:
        """Runs may be ranked together only where it is equal."""

    @property
    def digests(self) -> Mapping[str, str]:
        """Digests of what else changes a number, such as pretrained vectors."""

    def facts(self) -> Iterable[tuple[str, str]]:
        """Yield (name, line): what a person reads of the data before the training."""

    def tags(self) -> dict[str, str]:
        """Return the run's tags that tell of the data."""

    def documents(self) -> dict[str, str]:
        """Return what the saved model can't be used without, as texts by their file names."""

    def dataset_facts(self) -> dict[str, Any]:
        """Return what the store keeps of the dataset."""

    def objective(self, network: Any) -> Objective:
        """Return what the network is trained for.

        Raises:
            InputError: If its outputs are of no use for it.
        """

    def feed(self) -> tuple[Gather, MakeBatch]:
        """Return what gathers samples, and what makes batches of them."""

    def baseline(self, part: Part) -> float:
        """Return the baseline's figure for a part."""

    def score(self, part: Part, predictions: Floats) -> Score:
        """Put predictions for a part's rows, in their order, beside the truth and the baseline."""

    def figure(self, score: Score) -> float:
        """Return the figure by which models are ranked."""

    def results(self, val: Score, test: Score) -> dict[str, float]:
        """Return the metrics that a run has once."""

    def draw_curves(self, epochs: list[Epoch], path: Path, title: str) -> None:
        """Draw the learning curves as a PNG."""

    def draw_results(self, val: Score, test: Score, folder: Path, title: str) -> Iterable[tuple[Path, str]]:
        """Write predictions and pictures; yield each file with the artifact folder that it belongs to."""

    def save(self, network: Any, folder: Path) -> None:
        """Write the network as an MLflow model folder, and beside it what else is kept of it."""

    def save_estimator(self, estimator: Any, folder: Path) -> None:
        """Write what of a fitted estimator is kept besides its arrays: folders of artifacts."""

    def result_table(self, model: str, val: Score, test: Score) -> Table:
        """Return the table of a run's scores beside the baseline's."""

    def progress_scale(self) -> tuple[float, str] | None:
        """Return (factor, unit) that turn the measure into the target's unit, if it has one."""

    def samples_table(self) -> tuple[str, Table, str]:
        """Return a heading, a table of the parts, and a line about their samples."""
